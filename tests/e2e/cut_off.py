"""Finds words that a page shows only in part: text beyond an edge that cuts it off, and labels that end in three
dots.
"""

from playwright.sync_api import Page, expect

# Looks at every text of the main part, shadow roots and charts included: do its lines go beyond the window, an SVG, or
# an ancestor that hides what overflows? Text that can be scrolled into view is not cut off.
CUT_OFF = """() => {
  const EDGE = 2.5, LEADING = 4, found = []; // an italic's side; what a line has above its letters
  const walk = function* (root) {
    for (const node of root.querySelectorAll("*")) {
      yield node;
      if (node.shadowRoot) yield* walk(node.shadowRoot);
    }
  };
  const above = (node) => node.parentElement ?? node.getRootNode().host;
  const isHidden = (overflow) => /hidden|clip/.test(overflow), isMoved = (overflow) => /auto|scroll/.test(overflow);
  for (const node of walk(document.querySelector("[data-testid=stMain]"))) {
    const texts = [...node.childNodes].filter((each) => each.nodeType === Node.TEXT_NODE && each.nodeValue.trim());
    if (!texts.length || node.closest("style, script, .katex-mathml, [role=tooltip]")) continue;
    if (!node.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    const range = document.createRange();
    const lines = texts.flatMap((each) => (range.selectNodeContents(each), [...range.getClientRects()]));
    if (!lines.length) continue;
    const edge = (side, pick) => pick(...lines.map((line) => line[side]));
    const [left, right] = [edge("left", Math.min), edge("right", Math.max)];
    const [top, bottom] = [edge("top", Math.min), edge("bottom", Math.max)];
    const says = (how) => found.push(`${node.textContent.trim().slice(0, 60)}: ${how}`);
    if (node.closest("svg") && node.textContent.trim().endsWith("…")) says("in part");
    let [isWide, isHigh] = [true, true];
    for (let up = node; up && up !== document.documentElement && (isWide || isHigh); up = above(up)) {
      const style = getComputedStyle(up), box = up.getBoundingClientRect();
      const isForReaders = style.clipPath !== "none" || box.width < 3 || box.height < 3;
      if (isForReaders || style.position === "fixed") break;
      isWide &&= !(isMoved(style.overflowX) && up.scrollWidth > up.clientWidth + 1);
      const cuts = isWide && (up.tagName === "svg" || isHidden(style.overflowX));
      const beside = cuts ? Math.max(right - box.right, box.left - left) : 0;
      // To what stands above what can be pushed aside nothing leads.
      const over = isHigh && style.overflowY !== "visible" && !up.scrollTop ? box.top - top : 0;
      const under = isHigh && isHidden(style.overflowY) ? bottom - box.bottom : 0;
      if (beside > EDGE) says(`${beside.toFixed(0)} px beside ${up.localName}`);
      if (Math.max(over, under) > LEADING) says(`${Math.max(over, under).toFixed(0)} px over or under ${up.localName}`);
      if (beside > EDGE || Math.max(over, under) > LEADING) break;
      isHigh &&= !isMoved(style.overflowY) || up.scrollHeight <= up.clientHeight + 1;
    }
  }
  return found;
}"""
# Waited for, because charts redraw after a change of width and their labels move with them.
NOTHING_IS = f"() => ({CUT_OFF})().length === 0"

# Of a picture and its controls, two columns of the page's first section: does the picture stand higher?
PICTURE_LEADS = """async () => {
  const [controls, picture] = document.querySelectorAll(
    "[class*=st-key-pictured-] > * > [data-testid=stHorizontalBlock] > [data-testid=stColumn]");
  if (!picture) return true;
  const fold = picture.closest("details") ?? {}, wasOpen = fold.open;
  fold.open = true; // what is folded keeps the places of an earlier width, for a frame even when it is opened
  await new Promise((then) => requestAnimationFrame(() => requestAnimationFrame(then)));
  const leads = picture.getBoundingClientRect().top < controls.getBoundingClientRect().top;
  fold.open = wasOpen;
  return leads;
}"""


def nothing_is_cut_off(page: Page) -> None:
    """Wait until no word is cut off; the failure lists those that still are."""
    expect(page.locator("[data-testid=stMain]")).to_be_visible()
    try:
        page.wait_for_function(NOTHING_IS, polling=100, timeout=20_000)
    except Exception:
        found = page.evaluate(CUT_OFF)
        width = page.viewport_size
        assert not found, f"at {width}: " + "; ".join(found)
