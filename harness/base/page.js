// The script of a report. Without it everything is there and readable; it adds filters, sorting, times as ratios, rows that
// open in place, buttons that copy, and keeps the view in the URL's fragment, so that a view can be sent.
"use strict";
(() => {
	const all = (selector, root) => Array.from((root || document).querySelectorAll(selector));
	const make = (tag, properties, ...children) => {
		const element = Object.assign(document.createElement(tag), properties);
		element.append(...children);
		return element;
	};
	const controls = document.getElementById("controls");
	const main = document.getElementById("cells");
	const state = { engine: "", graph: "", layout: "", cache: "", text: "", ratio: "", sort: "", open: [] };
	const FILTERS = ["engine", "graph", "layout", "cache"];

	// ---- cells ----

	// What a row of the main table says of its cell, by column title.
	const cells = new Map();
	const titles = main ? all("thead th", main).map((th) => th.textContent.trim()) : [];
	for (const row of main ? all("tbody tr[data-cell]", main) : []) {
		const about = { time: NaN };
		FILTERS.forEach((name) => {
			const column = titles.indexOf(name);
			about[name] = column < 0 ? "" : row.cells[column].textContent.trim();
		});
		const time = row.querySelector("td.time");
		if (time)
			about.time = Number(time.dataset.v);
		cells.set(row.dataset.cell, about);
	}

	// ---- filters ----

	const matches = (name) => {
		const about = cells.get(name);
		const words = state.text.toLowerCase().split(/\s+/).filter(Boolean);
		return FILTERS.every((key) => !state[key] || (about && about[key] === state[key])) &&
			words.every((word) => name.toLowerCase().includes(word));
	};

	let isFiltered = false;

	function filter() {
		const wanted = FILTERS.some((key) => state[key]) || state.text !== "";
		let shown = wanted ? 0 : cells.size;
		if (wanted)
			for (const name of cells.keys())
				shown += matches(name);
		for (const element of wanted || isFiltered ? all("tr[data-cell], details.cell, g[data-cell]") : []) {
			const hide = !matches(element.dataset.cell);
			if (element.tagName === "g")
				element.style.opacity = hide ? 0.12 : "";
			else
				element.hidden = hide;
			const next = element.nextElementSibling;
			if (element.tagName === "TR" && next && next.className === "opened")
				next.hidden = hide;
		}
		isFiltered = wanted;
		const count = document.getElementById("f-count");
		if (count)
			count.textContent = `${shown} of ${cells.size} cells`;
	}

	// ---- times as ratios ----

	const ratioText = (ratio) => `${ratio >= 1000 ? ratio.toFixed(0) : ratio.toPrecision(3)}×`;

	let hasRatios = false;

	function ratios() {
		const about = cells.get(state.ratio);
		if (!about && !hasRatios)
			return;
		hasRatios = Boolean(about);
		for (const td of all("td.time[data-v]")) {
			const target = td.querySelector("a") || td;
			if (td.dataset.text === undefined)
				td.dataset.text = target.textContent;
			target.textContent = about ? ratioText(Number(td.dataset.v) / about.time) : td.dataset.text;
		}
	}

	// ---- sorting ----

	const tables = all("table");
	tables.forEach((table, number) => {
		table.dataset.name = table.id || `t${number}`;
	});

	function sort(table, column, down) {
		const body = table.tBodies[0];
		const value = (row) => {
			const cell = row.cells[column];
			if (!cell)
				return "";
			const text = cell.textContent.trim();
			const digits = cell.dataset.v !== undefined ? cell.dataset.v : text.replace(/\u2009/g, "");
			return digits === "" || Number.isNaN(Number(digits)) ? text : Number(digits);
		};
		const less = (a, b) => {
			const empty = (x) => x === "" || x === "-" || x === "–";
			if (empty(a) || empty(b))
				return empty(a) - empty(b);
			if (typeof a === "number" && typeof b === "number")
				return down ? b - a : a - b;
			const order = String(a).localeCompare(String(b), "en", { numeric: true });
			return down ? -order : order;
		};
		const rows = all(":scope > tr:not(.opened)", body).map((row) => {
			const next = row.nextElementSibling;
			return { row, value: value(row), opened: next && next.className === "opened" ? next : null };
		});
		rows.sort((a, b) => less(a.value, b.value));
		for (const { row, opened } of rows) {
			body.append(row);
			if (opened)
				body.append(opened);
		}
		all("thead th", table).forEach((th, i) => {
			if (i === column)
				th.setAttribute("aria-sort", down ? "descending" : "ascending");
			else
				th.removeAttribute("aria-sort");
		});
	}

	for (const table of tables) {
		if (!table.tBodies[0] || table.tBodies[0].rows.length < 2)
			continue;
		all("thead th", table).forEach((th, column) => {
			const button = make("button", { className: "sort", type: "button", title: "sort by this column" });
			button.append(...th.childNodes);
			th.append(button);
			button.addEventListener("click", () => {
				const down = th.getAttribute("aria-sort") === "ascending";
				state.sort = `${table.dataset.name}:${column}:${down ? "desc" : "asc"}`;
				sort(table, column, down);
				keep();
			});
		});
	}

	// ---- rows that open ----

	const homes = new Map(); // details → where it stands while it is closed

	function openRow(link, wanted) {
		const details = document.getElementById(link.hash.slice(1));
		const row = link.closest("tr");
		if (!details || !row)
			return;
		const holder = details.parentElement.closest("tr.opened");
		const here = holder && row.nextElementSibling === holder;
		if (wanted === undefined ? here : !wanted) {
			if (holder) {
				details.open = false;
				homes.get(details).replaceWith(details);
				holder.remove();
			}
		} else if (!here) {
			if (holder) { // open under a row of another table
				holder.cells[0].colSpan = row.cells.length;
				row.after(holder);
			} else {
				const home = document.createComment("");
				homes.set(details, home);
				details.replaceWith(home);
				const td = make("td", { colSpan: row.cells.length }, details);
				row.after(make("tr", { className: "opened" }, td));
			}
			details.open = true;
			all("pre.repeat", details).forEach(addCopy);
		}
		for (const other of all("a.open"))
			if (other.hash === link.hash)
				other.setAttribute("aria-expanded", String(details.open));
	}

	const rowLink = (name) => all("#cells a.open").find((link) => link.closest("tr").dataset.cell === name);

	document.addEventListener("click", (event) => {
		const mark = event.target.closest && event.target.closest("g[data-cell]");
		const row = mark && !rowLink(mark.dataset.cell) &&
			all("tr[data-cell]").find((candidate) => candidate.dataset.cell === mark.dataset.cell);
		if (row) { // of a page without a table of all cells
			for (let fold = row.closest("details"); fold; fold = fold.parentElement.closest("details"))
				fold.open = true;
			row.scrollIntoView({ block: "center" });
			return;
		}
		const link = event.target.closest && (mark ? rowLink(mark.dataset.cell) : event.target.closest("a.open"));
		if (!link)
			return;
		event.preventDefault();
		openRow(link, mark ? true : undefined);
		if (mark)
			link.scrollIntoView({ block: "start" });
		state.open = all("tr.opened details.cell").map((details) => details.dataset.cell);
		keep();
	});

	// ---- copying ----

	function addCopy(pre) {
		if (pre.previousElementSibling && pre.previousElementSibling.className === "copy")
			return;
		const button = make("button", { className: "copy", type: "button" }, "copy");
		const text = pre.textContent.trim();
		button.addEventListener("click", async () => {
			try {
				await navigator.clipboard.writeText(text);
				button.textContent = "copied";
			} catch {
				getSelection().selectAllChildren(pre);
				button.textContent = "selected";
			}
			setTimeout(() => { button.textContent = "copy"; }, 2000);
		});
		pre.before(button);
	}

	// Those of closed cells when they open: a page may have a thousand.
	all("pre.repeat").filter((pre) => !pre.closest("details.cell")).forEach(addCopy);
	document.addEventListener("toggle", (event) => all("pre.repeat", event.target).forEach(addCopy), true);

	// ---- the view in the fragment ----

	let writing = false;

	function keep() {
		const parts = [];
		for (const [key, value] of Object.entries(state)) {
			const text = Array.isArray(value) ? value.map(encodeURIComponent).join(",") : encodeURIComponent(value);
			if (text)
				parts.push(`${key}=${text}`);
		}
		writing = true;
		history.replaceState(null, "", parts.length ? `#${parts.join("&")}` : location.pathname + location.search);
		writing = false;
	}

	const decode = (text) => {
		try {
			return decodeURIComponent(text);
		} catch { // a link that was cut
			return text;
		}
	};

	function restore() {
		const fragment = location.hash.slice(1);
		if (fragment && !fragment.includes("="))
			return; // the place of a heading
		for (const key of Object.keys(state))
			state[key] = key === "open" ? [] : "";
		for (const part of fragment.split("&")) {
			const [key, text] = part.split("=", 2);
			if (key === "open" && text)
				state.open = text.split(",").map(decode);
			else if (key in state && text)
				state[key] = decode(text);
		}
		for (const key of [...FILTERS, "text", "ratio"]) {
			const input = document.getElementById(`f-${key}`);
			if (input)
				input.value = state[key];
		}
		const [name, column, way] = state.sort.split(":");
		const table = tables.find((candidate) => candidate.dataset.name === name);
		if (table)
			sort(table, Number(column), way === "desc");
		for (const link of all("#cells a.open")) {
			const row = link.closest("tr"), next = row.nextElementSibling;
			const wanted = state.open.includes(row.dataset.cell);
			if (wanted !== (next !== null && next.className === "opened"))
				openRow(link, wanted);
		}
		ratios();
		filter();
	}

	function addControls() {
		const select = (name, first, options) => {
			const element = make("select", { id: `f-${name}` }, make("option", { value: "" }, first));
			for (const option of options)
				element.append(make("option", { value: option }, option));
			element.addEventListener("change", () => {
				state[name] = element.value;
				(name === "ratio" ? ratios : filter)();
				keep();
			});
			controls.append(make("label", {}, name === "ratio" ? "times relative to" : name, element));
		};
		for (const name of FILTERS)
			select(name, "all", [...new Set(Array.from(cells.values(), (about) => about[name]))].filter(Boolean));
		const text = make("input", { id: "f-text", type: "search", placeholder: "words of a name" });
		text.addEventListener("input", () => {
			state.text = text.value;
			filter();
			keep();
		});
		controls.append(make("label", {}, "name", text));
		select("ratio", "none: as times", cells.keys());
		controls.append(make("output", { id: "f-count" }));
		controls.hidden = false;
	}

	if (controls && cells.size)
		addControls();
	addEventListener("hashchange", () => { if (!writing) restore(); });
	restore();
})();
