"""Reads what a page looks like on paper, while the browser prints it."""

# During the next print, measures the contrast of words and chart lines; after it, lists elements whose own style has
# changed.
WATCH_A_PRINT = """() => {
  const elements = (root) => [...root.querySelectorAll("*")].flatMap((one) =>
    [one, ...(one.shadowRoot ? elements(one.shadowRoot) : [])]);
  const styles = () => new Map(elements(document).map((one) => [one, one.getAttribute("style") ?? ""]));
  const above = (one) => one.parentElement ?? one.getRootNode().host;
  const parts = (colour) => colour.match(/[0-9.]+/g).map(Number);
  const WEIGHTS = [0.2126, 0.7152, 0.0722];
  const light = (rgb) => WEIGHTS.reduce((sum, weight, i) => sum + weight * (rgb[i] / 255) ** 2.2, 0);
  const contrast = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  const ground = (one) => {
    const { x, y, width, height } = one.getBoundingClientRect();
    for (let up = one; up; up = above(up)) {
      const found = parts(getComputedStyle(up).backgroundColor), box = up.getBoundingClientRect();
      const isBehind = box.left <= x + width / 2 && box.right >= x + width / 2 &&
        box.top <= y + height / 2 && box.bottom >= y + height / 2;
      if ((found[3] ?? 1) > 0.5 && isBehind) return light(found);
    }
    return 1;
  };
  const told = { words: 0, lines: 0, pale: [], dark: [] };
  window.sotaPrint = told;
  const before = styles();
  addEventListener("beforeprint", () => {
    for (const one of elements(document.querySelector("[data-testid=stMain]"))) {
      const style = getComputedStyle(one), isDrawn = one.closest("svg");
      if (one.matches(".role-axis-grid line")) {
        told.lines += 1;
        if (contrast(light(parts(style.stroke)), 1) > 2) told.dark.push(style.stroke);
      }
      const says = [...one.childNodes].some((each) => each.nodeType === Node.TEXT_NODE && each.nodeValue.trim());
      if (!says || !one.checkVisibility({ opacityProperty: true })) continue;
      told.words += 1;
      const colour = isDrawn ? style.fill : style.color;
      if (contrast(light(parts(colour)), ground(one)) < 4) told.pale.push(`${one.textContent.trim()}: ${colour}`);
    }
  }, { once: true });
  addEventListener("afterprint", () => {
    told.left = [...styles()].filter(([one, style]) => before.has(one) && before.get(one) !== style)
      .map(([one, style]) => `${one.localName}: ${before.get(one)} became ${style}`);
  }, { once: true });
}"""
