"""accessibility: what axe-core finds on every page, unfolded, in both themes, on a screen and on a phone."""

import itertools
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.browser.rss import addresses
from benchmarks.rows import row
from benchmarks.site import browsing, serving, unfold_all, visit
from sota_core import paths

AXE = paths.ROOT / "node_modules" / "axe-core" / "axe.min.js"  # `npm ci`
THEMES, WIDTHS = ("light", "dark"), (1440, 390)
GRAVE = ("serious", "critical")
# What no page shows at its plain address: the panel of a run, the ladder, the inside of a room.
STATES = ("train?recording=mixup-cpu", "compare?view=ladder", "room?room=AXE", "mixup?lam=0.5")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
# In Streamlit's menu divs stand between the list and its items: not ours to mend, and found on every page.
_RUN = """async (rules) => {
  const found = await axe.run(document, { runOnly: rules, resultTypes: ["violations"] });
  const isMenu = ({ target }) => document.querySelector(target[0])?.closest("[data-testid=stSidebarNav]");
  for (const one of found.violations)
    if (one.id === "list" || one.id === "listitem") one.nodes = one.nodes.filter((node) => !isMenu(node));
  return found;
}"""
IS_IN = """(theme) => ["stApp", "stSidebar"].every((part) => {
  const colour = getComputedStyle(document.querySelector(`[data-testid=${part}]`)).backgroundColor;
  return (Number(colour.match(/[0-9]+/)[0]) < 128 ? "dark" : "light") === theme;
})"""
_ICON = re.compile(r":material/(\w+):")
_HEADING = re.compile(r'- \W?heading ".*" \[level=(\d)\]')
_CONTROL = re.compile(r'- (?:button|link|radio|checkbox|switch|combobox) "([^"]+)"')
# Charts and components come after the script, and after a change of width or theme: until nothing has changed in the
# page for a quarter of a second, and nothing moves.
_SETTLED = """() => new Promise((done) => {
  const began = performance.now();
  let last = began;
  const changes = new MutationObserver(() => (last = performance.now()));
  changes.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  const look = () => {
    const now = performance.now(), isMoving = document.getAnimations().some((one) => one.playState === "running");
    if ((now - last > 250 && !isMoving) || now - began > 3000) {
      changes.disconnect();
      done();
    } else setTimeout(look, 50);
  };
  requestAnimationFrame(() => requestAnimationFrame(look));
})"""


# Each name with what a press leads to, once.
_NAMED = """() => {
  const all = (root) => [...root.querySelectorAll("*")].flatMap((one) =>
    [one, ...(one.shadowRoot ? all(one.shadowRoot) : [])]);
  const words = (one) => (one.querySelector("[data-testid=stMarkdownContainer]") ?? one).textContent.trim();
  const isFields = (one) =>
    one.closest("[data-testid=stNumberInput], [data-testid=stSelectbox], [data-testid=stMultiSelect]");
  const found = all(document.querySelector("[data-testid=stMain]"))
    .filter((one) => one.matches("button, a[href], summary") && one.checkVisibility())
    .filter((one) => !isFields(one) && !one.closest("[role=group][aria-label], [role=radiogroup]"))
    .map((one, i) => [one.getAttribute("aria-label") ?? words(one), one.href ?? i]);
  return [...new Map(found.map((one) => [JSON.stringify(one), one])).values()];
}"""


@dataclass(frozen=True, slots=True)
class Violation:
    """One element against one rule. `target` is axe's path to it, through shadow roots; `why` its own words."""

    page: str
    theme: str
    width: int
    rule: str
    target: str
    html: str
    why: str


def called_by_icon(page: Any) -> list[str]:
    """Names of controls that begin with an icon's: a word in a font, as "casino" for dice, and not to be read out.

    Raises
        ValueError: no icon of ours was found, or no control of the page
    """
    icons = {icon for file in (paths.ROOT / "pages").rglob("*.py") for icon in _ICON.findall(file.read_text("utf-8"))}
    names = _CONTROL.findall(page.locator("body").aria_snapshot())
    if not icons or not names:
        raise ValueError(f"an icon and a control were looked for, found {len(icons)} and {len(names)}")
    return [name for name in names if name.split()[0] in icons]


def called_alike(page: Any) -> list[str]:
    """Buttons, folds and links of the page that have another one's name; links to one address are one.

    Left out: Streamlit's own buttons at a field (it takes no words for them), and pieces of an equation, which stand in
    a group with a name.

    Raises
        playwright's TimeoutError: there is none
    """
    page.wait_for_function(f"({_NAMED})().length > 0")  # a page may be between two drawings
    found = page.evaluate(_NAMED)
    return [name for name, n in Counter(name for name, _ in found).items() if n > 1]


def skipped_levels(page: Any) -> list[tuple[int, int]]:
    """Level of a heading and of the next one, where that lies more than one deeper; ours within a figure counted too.

    Raises
        ValueError: no heading was found
    """
    levels = [int(level) for level in _HEADING.findall(page.locator("body").aria_snapshot())]
    if not levels:
        raise ValueError("a heading was looked for, and none found")
    return [pair for pair in itertools.pairwise([0, *levels]) if pair[1] > pair[0] + 1]


def violations(page: Any, address: str, axe: Path = AXE) -> Iterator[Violation]:
    """The serious and critical ones of the page that is open. It is opened once: it follows width and theme."""
    page.evaluate(axe.read_text(encoding="utf-8"))
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)
            page.wait_for_function(IS_IN, arg=theme)
            page.evaluate(_SETTLED)
            for found in page.evaluate(_RUN, RULES)["violations"]:
                if found["impact"] in GRAVE:
                    for node in found["nodes"]:
                        target, html = str(node["target"]), node["html"][:200]
                        yield Violation(address, theme, width, found["id"], target, html, node["failureSummary"][:300])


def measure(device: str = "cpu", quick: bool = False, axe: Path = AXE) -> list[dict[str, Any]]:
    with serving() as site, browsing(reduced_motion="reduce") as page:
        found = []
        for address in (*addresses(), *STATES):
            page.set_viewport_size({"width": WIDTHS[0], "height": 900})
            visit(page, f"{site.url}/{address}")
            unfold_all(page)
            found += violations(page, address, axe)
    for violation in found:
        print(f"  {violation}", file=sys.stderr)
    note = ", ".join(f"{rule} {n}" for rule, n in Counter(v.rule for v in found).most_common())
    return [row("accessibility", [len(found)], unit="elements", budget=0, device=device, note=note or "nothing")]


if __name__ == "__main__":
    for said in measure(axe=Path(sys.argv[1]) if len(sys.argv) > 1 else AXE):
        print(said)
