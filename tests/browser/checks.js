// Checks of a page's layout, evaluated in the page by layout.py. Each returns a list of sentences: what is wrong.

const UNSEEN = new Set(["SCRIPT", "STYLE", "TEMPLATE", "NOSCRIPT", "OPTION", "TITLE", "title", "desc", "defs", "metadata", "symbol"]);
const TEXT_MIN_PX = 11;
const CONTRAST_MIN = 4.5, CONTRAST_LARGE_MIN = 3;

function shown(element) {
	const parent = element.parentElement;
	if (UNSEEN.has(element.tagName)) return false;
	if (parent && parent.tagName === "DETAILS" && !parent.open && element !== parent.querySelector(":scope > summary")) return false;
	return element.checkVisibility({ opacityProperty: true, visibilityProperty: false });
}

// The elements under `root` that are drawn. While the scripts of the page are off, no function can be given to a TreeWalker.
function visibleElements(root, found = []) {
	if (!shown(root)) return found;
	found.push(root);
	for (const child of root.children) visibleElements(child, found);
	return found;
}

function ownText(element) {
	return [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
}

function named(element, text) {
	const place = element.closest("svg, td, th, details, section, pre") || element;
	const near = place.closest("[id]");
	return "'" + (text || element.textContent).trim().replace(/\s+/g, " ").slice(0, 40) + "' (" + place.tagName.toLowerCase() +
		(near ? " in #" + near.id : "") + ")";
}

function limited(list, what) {
	const most = 6;
	return list.slice(0, most).map((text) => what + ": " + text)
		.concat(list.length > most ? [what + ": and " + (list.length - most) + " more"] : []);
}

// ---- boxes of text ----

function intersect(a, b) {
	return {
		left: Math.max(a.left, b.left), right: Math.min(a.right, b.right),
		top: Math.max(a.top, b.top), bottom: Math.min(a.bottom, b.bottom),
	};
}

// The part of the page in which an element's content is drawn: its ancestors may cut it.
function clipOf(element, known) {
	if (!element || ["BODY", "HTML"].includes(element.tagName))
		return { left: -1e9, right: 1e9, top: -1e9, bottom: 1e9 };
	let clip = known.get(element);
	if (!clip) {
		clip = clipOf(element.parentElement, known);
		if (getComputedStyle(element).overflowX !== "visible") clip = intersect(clip, element.getBoundingClientRect());
		known.set(element, clip);
	}
	return clip;
}

// One box for each line of text: { left, right, top, bottom, owner, text }. Controls count as text.
function textBoxes(elements) {
	const boxes = [], clips = new Map(), range = document.createRange();
	for (const element of elements) {
		const svgText = element.closest("text");
		const add = (rect, text) => {
			const box = intersect(rect, clipOf(element, clips));
			if (box.right - box.left < 2 || box.bottom - box.top < 2) return;
			boxes.push({ ...box, owner: svgText || element, text });
		};
		if (["SELECT", "INPUT"].includes(element.tagName)) add(element.getBoundingClientRect(), element.id);
		if (svgText && element !== svgText) continue;
		if (svgText) {
			if (svgText.textContent.trim()) add(svgText.getBoundingClientRect(), svgText.textContent);
			continue;
		}
		if (getComputedStyle(element).visibility !== "visible") continue;
		for (const node of ownText(element)) {
			range.selectNodeContents(node);
			for (const rect of range.getClientRects()) add(rect, node.data);
		}
	}
	return boxes;
}

// Boxes of lines are higher than their letters: a fifth above and below is not compared.
function overlaps(boxes) {
	const found = [];
	const inner = boxes.map((box) => {
		const spare = (box.bottom - box.top) * 0.2;
		return { ...box, left: box.left + 1, right: box.right - 1, top: box.top + spare, bottom: box.bottom - spare };
	}).sort((a, b) => a.top - b.top);
	let open = [];
	for (const box of inner) {
		open = open.filter((other) => other.bottom > box.top);
		for (const other of open) {
			if (other.right > box.left && other.left < box.right && other.owner !== box.owner)
				found.push(named(other.owner, other.text) + " and " + named(box.owner, box.text));
		}
		open.push(box);
	}
	return found;
}

// ---- what is cut, too wide or too small ----

function insideScroller(element, print) {
	for (let at = element.parentElement; at && at !== document.body; at = at.parentElement)
		if (!print && ["auto", "scroll"].includes(getComputedStyle(at).overflowX)) return true;
	return false;
}

function wide(elements, boxes, print) {
	const found = [], right = innerWidth + 1;
	for (const box of boxes) if (box.right > right) found.push(named(box.owner, box.text));
	for (const element of elements)
		if (["svg", "IMG", "SELECT", "INPUT"].includes(element.tagName) && element.getBoundingClientRect().right > right &&
			!insideScroller(element, print))
			found.push("a " + element.tagName.toLowerCase());
	const width = document.documentElement.scrollWidth;
	return width > right || found.length ? ["the page, " + width + " px of " + innerWidth].concat(found) : found;
}

function cut(elements, print) {
	const found = [];
	for (const element of elements) {
		if (element.clientWidth < 3 || element.scrollWidth <= element.clientWidth + 1) continue;
		const overflow = getComputedStyle(element).overflowX;
		const scrolls = ["auto", "scroll"].includes(overflow);
		if (element.matches("td, th") || ["hidden", "clip"].includes(overflow) || (print && scrolls))
			found.push(named(element) + " " + element.scrollWidth + " px in " + element.clientWidth);
	}
	return found;
}

function svgFindings(svg) {
	const frame = svg.getBoundingClientRect(), outside = [];
	for (const text of svg.querySelectorAll("text")) {
		if (!text.textContent.trim() || !text.checkVisibility()) continue;
		const box = text.getBoundingClientRect();
		if (box.left < frame.left - 1.5 || box.right > frame.right + 1.5 || box.top < frame.top - 3 || box.bottom > frame.bottom + 3)
			outside.push(named(text));
	}
	return outside;
}

function fontPixels(element) {
	const size = parseFloat(getComputedStyle(element).fontSize);
	const matrix = element.closest("text") ? element.closest("text").getScreenCTM() : null;
	return matrix ? size * Math.sqrt(Math.abs(matrix.a * matrix.d - matrix.b * matrix.c)) : size;
}

function small(elements) {
	return elements.filter((element) => ownText(element).length && fontPixels(element) < TEXT_MIN_PX - 0.05)
		.map((element) => named(element) + " " + fontPixels(element).toFixed(1) + " px");
}

// ---- contrast ----

const colors = new Map();
let paint = null;
function rgba(text) {
	if (!colors.has(text)) {
		if (!paint) {
			const canvas = document.createElement("canvas");
			canvas.width = canvas.height = 1;
			paint = canvas.getContext("2d", { willReadFrequently: true });
		}
		paint.clearRect(0, 0, 1, 1);
		paint.fillStyle = "#0000";
		paint.fillStyle = text;
		paint.fillRect(0, 0, 1, 1);
		const [r, g, b, a] = paint.getImageData(0, 0, 1, 1).data;
		colors.set(text, [r, g, b, a / 255]);
	}
	return colors.get(text);
}

function over(top, below, opacity = 1) {
	const share = top[3] * opacity;
	return [0, 1, 2].map((i) => top[i] * share + below[i] * (1 - share)).concat(1);
}

function luminance(color) {
	const [r, g, b] = color.map((value) => value / 255).map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
	return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrastOf(a, b) {
	const [x, y] = [luminance(a), luminance(b)];
	return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

// The colour behind an element of HTML; null if a picture is behind it.
function backgroundOf(element, known) {
	if (!element) {
		const dark = matchMedia("(prefers-color-scheme: dark)").matches &&
			getComputedStyle(document.documentElement).colorScheme.includes("dark");
		return dark ? [18, 18, 18, 1] : [255, 255, 255, 1];
	}
	if (!known.has(element)) {
		const style = getComputedStyle(element);
		const below = backgroundOf(element.parentElement, known);
		known.set(element, style.backgroundImage !== "none" || !below ? null : over(rgba(style.backgroundColor), below));
	}
	return known.get(element);
}

// The filled shapes of a figure in the order in which they are drawn, and the places of all elements in that order.
function drawingOf(svg) {
	const order = new Map([...svg.querySelectorAll("*")].map((element, i) => [element, i])), shapes = [];
	for (const shape of svg.querySelectorAll("rect, path, polygon, circle")) {
		const style = getComputedStyle(shape);
		if (style.fill === "none" || style.fill.startsWith("url") || shape.closest("defs, clipPath, pattern, symbol")) continue;
		const frame = shape.getBoundingClientRect(), opacity = style.fillOpacity * style.opacity;
		shapes.push({ at: order.get(shape), frame, fill: rgba(style.fill), opacity });
	}
	return { order, shapes };
}

// Behind a text of a figure: the shapes drawn before it that hold its middle.
function behindText(text, below, drawing) {
	const box = text.getBoundingClientRect(), at = drawing.order.get(text);
	const x = (box.left + box.right) / 2, y = (box.top + box.bottom) / 2;
	let color = below;
	for (const { at: before, frame, fill, opacity } of drawing.shapes)
		if (before < at && frame.left <= x && x <= frame.right && frame.top <= y && y <= frame.bottom) color = over(fill, color, opacity);
	return color;
}

function faint(elements) {
	const found = [], known = new Map(), seen = new Set(), drawings = new Map();
	for (const element of elements) {
		const texts = ownText(element);
		if (!texts.length) continue;
		const style = getComputedStyle(element), text = element.closest("text");
		let below = backgroundOf(text ? text.ownerSVGElement : element, known);
		if (!below) continue;
		if (text) {
			const halo = style.stroke !== "none" && parseFloat(style.strokeWidth) >= 2 && style.paintOrder.startsWith("stroke");
			if (!drawings.has(text.ownerSVGElement)) drawings.set(text.ownerSVGElement, drawingOf(text.ownerSVGElement));
			below = halo ? over(rgba(style.stroke), below) : behindText(text, below, drawings.get(text.ownerSVGElement));
		}
		const color = over(rgba(text ? style.fill : style.color), below, text ? style.fillOpacity : 1);
		const size = fontPixels(element);
		const least = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? CONTRAST_LARGE_MIN : CONTRAST_MIN;
		const key = color.join() + "/" + below.join() + "/" + least;
		if (seen.has(key)) continue;
		seen.add(key);
		if (contrastOf(color, below) < least)
			found.push(named(element, texts[0].data) + " " + contrastOf(color, below).toFixed(2) + ":1");
	}
	return found;
}

// ---- pictures that were drawn by gnuplot ----

// Text in a picture cannot be measured: the picture is put into an empty frame for a moment, in its size.
function withPictures(check) {
	const found = [], frame = document.createElement("iframe");
	frame.style.cssText = "position:absolute;top:0;left:0;width:3000px;height:3000px;border:0";
	document.body.append(frame);
	const body = frame.contentDocument.body;
	for (const image of document.querySelectorAll('img[src^="data:image/svg"], picture img')) {
		if (!image.checkVisibility() || image.closest("details:not([open])") || !image.currentSrc.startsWith("data:image/svg")) continue;
		if (!image.naturalWidth) {
			found.push("a picture is broken: " + image.alt);
			continue;
		}
		const [head, data] = image.currentSrc.split(/,(.*)/s);
		const bytes = head.endsWith("base64") ? Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0)) : null;
		const source = bytes ? new TextDecoder().decode(bytes) : decodeURIComponent(data);
		const svg = new DOMParser().parseFromString(source, "image/svg+xml").documentElement;
		svg.setAttribute("width", image.clientWidth);
		svg.setAttribute("height", image.clientHeight);
		const behind = backgroundOf(image.parentElement, new Map());
		body.style.backgroundColor = behind ? "rgb(" + behind.slice(0, 3) + ")" : "";
		body.replaceChildren(svg);
		found.push(...check(body.firstChild));
	}
	frame.remove();
	return [...new Set(found)];
}

// ---- called by layout.py ----

// Everything that is wrong with the page as it stands. In print, what scrolls on the screen is cut, and text may be small.
function layoutFindings(print, pictures) {
	const elements = visibleElements(document.body), boxes = textBoxes(elements);
	const figure = (svg) => {
		const parts = visibleElements(svg);
		return [].concat(limited(overlaps(textBoxes(parts)), "overlap in a picture"), limited(svgFindings(svg), "cut in a picture"),
			print ? [] : limited(small(parts), "small text in a picture"), limited(faint(parts), "low contrast in a picture"));
	};
	const cutInFigures = elements.filter((element) => element.tagName === "svg").flatMap(svgFindings);
	return [].concat(limited(overlaps(boxes), "overlap"), limited(wide(elements, boxes, print), "too wide"),
		limited(cut(elements, print), "cut"), limited(cutInFigures, "cut in a figure"), print ? [] : limited(small(elements), "small text"),
		limited(faint(elements), "low contrast"), pictures ? withPictures(figure) : []);
}

// The finding, its figure and what stands between them fit the window. A gate without changes has no figure.
function firstScreen() {
	const title = document.querySelector("h1");
	if (!title) return ["there is no h1"];
	const figures = [...document.querySelectorAll("svg, img, .figure, figure")]
		.filter((figure) => figure.checkVisibility() && figure.getBoundingClientRect().width > 200);
	if (!figures.length) return ["there is no figure"];
	const bottom = figures[0].getBoundingClientRect().bottom;
	return bottom <= innerHeight ? [] : ["the first figure ends at " + Math.round(bottom) + " px, the window at " + innerHeight];
}

// Every point of a figure says what it is.
function untitledMarks() {
	const marks = [...document.querySelectorAll("svg circle")].filter((mark) => !mark.closest("defs, symbol, pattern, .legend"));
	return limited(marks.filter((mark) => !mark.querySelector("title") && !mark.closest("g:has(> title), a:has(> title)"))
		.map((mark) => "at " + mark.getAttribute("cx") + ", " + mark.getAttribute("cy")), "a mark without a title");
}
