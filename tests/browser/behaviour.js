// Reads and works the page as a visitor would; evaluated in the page by behaviour.py.

function all(selector, root = document) { return [...root.querySelectorAll(selector)]; }
function one(selector) {
	const found = document.querySelector(selector);
	if (!found) throw new Error("there is no " + selector);
	return found;
}

function rowsOf(table) { return all("tr[data-cell]", table); }
function isShown(row) { return row.checkVisibility(); }
function cellNames() { return [...new Set(rowsOf(one("#cells")).map((row) => row.dataset.cell))]; }

function choose(id, value) {
	const control = one("#" + id);
	if (control.tagName === "SELECT" && !all("option", control).some((option) => option.value === value))
		throw new Error("#" + id + " has no option '" + value + "'");
	control.value = value;
	for (const kind of ["input", "change"]) control.dispatchEvent(new Event(kind, { bubbles: true }));
}

function optionsOf(id) { return all("option", one("#" + id)).map((option) => option.value); }

// The rows of all tables whose state is not the wanted one: [shown though not wanted, hidden though wanted].
function wrongRows(wanted) {
	const names = new Set(wanted), rows = rowsOf(document);
	return [rows.filter((row) => isShown(row) && !names.has(row.dataset.cell)).map((row) => row.dataset.cell),
		rows.filter((row) => row.hidden && names.has(row.dataset.cell)).map((row) => row.dataset.cell)];
}

// The columns of a table: { text, aria, button, numeric }.
function columnsOf(selector) {
	const table = one(selector), first = rowsOf(table)[0];
	return all("thead tr:last-child th", table).map((th, i) => ({
		text: th.textContent.trim(), aria: th.getAttribute("aria-sort"), button: !!th.querySelector("button.sort"),
		numeric: !!first && first.cells[i] && first.cells[i].hasAttribute("data-v"),
		time: !!first && first.cells[i] && first.cells[i].classList.contains("time"),
	}));
}

function clickSort(selector, column) {
	all("thead tr:last-child th", one(selector))[column].querySelector("button.sort").click();
}

function valuesOf(selector, column) {
	return rowsOf(one(selector)).filter(isShown).map((row) => [row.dataset.cell, row.cells[column].dataset.v ?? null,
		row.cells[column].textContent.trim()]);
}

// Whether texts ascend in an order that a reader would accept: by code, by letters, or with numbers in them by value.
function ascend(texts) {
	const orders = [(a, b) => (a < b ? -1 : a > b ? 1 : 0), new Intl.Collator().compare, new Intl.Collator("en", { numeric: true }).compare];
	return orders.some((order) => texts.every((text, i) => !i || order(texts[i - 1], text) <= 0));
}

function timesOf() {
	return all("table").map((table) => rowsOf(table).map((row) => [row, row.querySelector("td.time[data-v]")]).filter(([, td]) => td)
		.map(([row, td]) => [row.dataset.cell, +td.dataset.v, td.textContent.trim()])).filter((times) => times.length);
}

// ---- a row's details ----

function rowOf(name) {
	const row = rowsOf(one("#cells")).find((row) => row.dataset.cell === name);
	if (!row) throw new Error("#cells has no row " + name);
	return row;
}
function linkOf(name) {
	const link = rowOf(name).querySelector("a.open");
	if (!link) throw new Error("the row has no a.open");
	return link;
}
function detailsOf(name) {
	const id = decodeURIComponent(linkOf(name).hash.slice(1)), details = document.getElementById(id);
	if (!details) throw new Error("the link of the row leads nowhere: #" + id);
	return details;
}
function placeOf(name) {
	const details = detailsOf(name), below = rowOf(name).nextElementSibling;
	return {
		open: details.open, seen: details.checkVisibility(),
		belowRow: !!below && below.matches("tr.opened") && below.contains(details) && below.cells.length === 1,
		spans: below && below.matches("tr.opened") ? below.cells[0].colSpan === rowOf(name).cells.length : null,
		inTable: !!details.closest("table"), openedRows: all("tr.opened").length,
		before: details.previousElementSibling && details.previousElementSibling.id, parent: details.parentElement.tagName,
		right: details.dataset.cell === name,
	};
}
function commandOf(name) {
	const pre = detailsOf(name).querySelector("pre.repeat").cloneNode(true);
	all("button", pre).forEach((button) => button.remove());
	return pre.textContent.trim();
}
const writeText = Clipboard.prototype.writeText; // before a fault replaces it
function emptyClipboard() { return writeText.call(navigator.clipboard, "nothing"); }
function clickCopy(name) {
	const button = detailsOf(name).querySelector("button.copy");
	if (!button) throw new Error("no button.copy");
	button.click();
}
// What a reader would see of the state of the page.
function snapshot() {
	return {
		tables: all("table").map((table) => rowsOf(table).filter(isShown)
			.map((row) => row.dataset.cell + " " + [...row.cells].map((cell) => cell.textContent.trim()).join("|"))),
		aria: all("th[aria-sort]").map((th) => th.textContent.trim() + " " + th.getAttribute("aria-sort")).filter((text) => !text.endsWith("none")),
		opened: all("tr.opened").filter(isShown).map((row) => row.previousElementSibling && row.previousElementSibling.dataset.cell),
		controls: all("#controls select, #controls input").map((control) => control.id + "=" + control.value),
		count: one("#f-count").textContent.trim(),
	};
}

// ---- faults that the checks must find ----

// Undoes, after each change of an attribute or of children below `selector`, what the page did.
function undoing(selector, undo, options) {
	for (const target of all(selector)) {
		const observer = new MutationObserver(() => {
			undo(target);
			observer.takeRecords();
		});
		observer.observe(target, options);
	}
}
function deaf(kind, selector) {
	addEventListener(kind, (event) => event.target.closest && event.target.closest(selector) && event.stopImmediatePropagation(), true);
}

// Stops every second event of a kind.
function halfDeaf(kind, selector) {
	let count = 0;
	addEventListener(kind, (event) => {
		if (!event.target.closest(selector) || count++ % 2 === 0) return;
		event.preventDefault();
		event.stopImmediatePropagation();
	}, true);
}
const texts = { childList: true, characterData: true, subtree: true };

globalThis.faults = {
	filter() {
		undoing("table tbody", (body) => {
			const row = body.querySelector("tr[data-cell]");
			if (row) row.hidden = false;
		}, { subtree: true, attributes: true, attributeFilter: ["hidden"] });
	},
	count() { undoing("#f-count", (output) => { output.textContent = "7 of 7 cells"; }, texts); },
	sort() { undoing("#cells tbody", (body) => { body.prepend(body.lastElementChild); }, { childList: true }); },
	"sort twice"() { halfDeaf("click", "button.sort"); },
	ratio() { for (const kind of ["input", "change"]) deaf(kind, "#f-ratio"); },
	"wrong ratio"() { undoing("#cells tbody", (body) => { all("td.time", body)[3].textContent = "77.7×"; }, texts); },
	open() { deaf("click", "a.open"); },
	close() { halfDeaf("click", "a.open"); },
	copy() { Clipboard.prototype.writeText = () => Promise.resolve(); },
	"copy wrong"() { Clipboard.prototype.writeText = function (text) { return writeText.call(this, "x" + text); }; },
	fragment() { history.replaceState = history.pushState = () => {}; },
};

// A fault of the layout, put at the end of the page.
globalThis.layoutFaults = {
	overlap: '<svg width="200" height="40"><text x="10" y="20">first text</text><text x="40" y="22">second text</text></svg>',
	"overlap of words": '<p style="margin:0 0 -16px;height:20px">some words here</p><p style="margin:0">other words here</p>',
	"cut in a figure": '<svg width="60" height="40"><text x="10" y="20">longer than its figure</text></svg>',
	cut: '<div style="width:40px;overflow:hidden;white-space:nowrap">text that is cut off</div>',
	"cut cell": '<table style="table-layout:fixed;width:60px"><tr><td style="white-space:nowrap">longer than its cell</td></tr></table>',
	"too wide": '<div style="width:3000px">a wide line</div>',
	"small text": '<p style="font-size:9px">tiny</p>',
	"low contrast": '<p style="color:#999;background:#fff">faint</p>',
	"low contrast in a figure": '<svg width="200" height="40"><rect width="200" height="40"/>' +
		'<text x="10" y="20" fill="#333">dark</text></svg>',
};
function plant(name) {
	const place = document.createElement("div");
	place.innerHTML = layoutFaults[name];
	document.body.append(place);
}
