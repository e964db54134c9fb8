// What a person would see amiss in a page, as text for the page that frames it. It is part of tests only.
addEventListener("load", () => {
	for (const folded of document.querySelectorAll("details")) folded.open = true;
	const faults = [], texts = [], bars = [];
	const fault = (what, node) => { if (faults.length < 20) faults.push(what + ": " + node.textContent.trim().slice(0, 60)); };
	const channels = color => color.match(/[\d.]+/g).map(Number);
	const luminance = color => {
		const [r, g, b] = channels(color).map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	};
	const background = element => {
		for (; element; element = element.parentElement) {
			const color = getComputedStyle(element).backgroundColor, c = channels(color);
			if (c.length < 4 || c[3] > 0) return color;
		}
		return "rgb(255, 255, 255)";
	};
	const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let node; node = walker.nextNode();) {
		const parent = node.parentElement, style = getComputedStyle(parent);
		if (!node.textContent.trim() || parent.closest("script") || parent.tagName == "title") continue;
		const svg = parent.closest("svg"), range = document.createRange();
		range.selectNodeContents(node);
		const box = range.getBoundingClientRect();
		const size = parseFloat(style.fontSize) * (svg ? parent.getScreenCTM().a : 1);
		if (!box.width) fault("nothing is seen of", node);
		if (parent.tagName == "DD" && range.getClientRects().length > 1) fault("a number in two lines", node);
		if (size < 10.5) fault("only " + size + " px", node);
		const room = svg ? svg.getBoundingClientRect() : { left: 0, right: innerWidth };
		if (box.left < room.left - 0.5 || box.right > room.right + 0.5) fault("cut off", node);
		const [a, b] = [luminance(svg ? style.fill : style.color), luminance(background(parent))];
		const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
		if (contrast < 4.5) fault("a contrast of " + contrast, node);
		for (const rect of range.getClientRects()) texts.push({ node, rect });
	}
	for (const bar of document.querySelectorAll("svg rect")) bars.push({ node: bar.parentElement, rect: bar.getBoundingClientRect() });
	const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 2 && b.top < a.bottom - 2;
	const all = texts.concat(bars).sort((a, b) => a.rect.top - b.rect.top);
	all.forEach((a, i) => {
		for (let j = i + 1; j < all.length && all[j].rect.top < a.rect.bottom; j++) {
			if (a.node != all[j].node && meet(a.rect, all[j].rect)) fault("overlap with " + all[j].node.textContent.trim().slice(0, 30), a.node);
		}
	});
	if (document.documentElement.scrollWidth > innerWidth) fault("wider than the screen", document.querySelector("h1"));
	if (performance.getEntriesByType("resource").length) fault("loads something", document.querySelector("h1"));
	const result = parent.document.createElement("pre");
	result.className = "seen";
	result.textContent = JSON.stringify({ Width: innerWidth, Dark: matchMedia("(prefers-color-scheme: dark)").matches, Texts: texts.length, Bars: bars.length, Faults: faults });
	parent.document.body.append(result);
});
