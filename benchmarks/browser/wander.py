"""wander: two hundred moves of somebody who cannot sit still, and whether the page agrees with its address after each.

Controls, links, back, forward and reload by chance, with a seed. After each move: no exception and no complaint of the
browser, the heading is the address's, a press is one step of the history at most, back and forward go one step and to
what was left there, and every control shows what it showed when the same address was last open.
"""

import random
import re
import sys
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from benchmarks.rows import row
from benchmarks.site import browsing, serving, visit
from pages.shared.session import site

N_MOVES, N_QUICK, SEED = 200, 40, 17
TITLES = {site.path(entry.address): entry.title for entry in site.PAGES}
# Kind of move → its weight in the draw; a move that is not possible just then is drawn again.
WEIGHTS = {"control": 10, "link": 3, "back": 5, "forward": 3, "reload": 2}
# Not pressed: controls that begin work, leave the app or remove something.
LEFT_ALONE = re.compile(
    r"start|train|run|draw the|download|get |upload|camera|your own|share|copy|open a room|join|delete|take|print|"
    r"stop|play|cancel|file|language|search|code",
    re.IGNORECASE,
)
_PATIENCE_MS = 90_000
_QUIET_MS = 700  # sections that follow a knob ask a moment after they have come into sight
_WATCH = """() => {
  const isWatched = window.askedAt !== undefined;
  window.askedAt = performance.now(); // a hand that has just moved may not have rested yet: what it did is told soon
  if (isWatched) return;
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (...a) { window.askedAt = performance.now(); return send.apply(this, a); };
}"""
_IS_QUIET = """(ms) => {
  const app = document.querySelector("[data-testid=stApp]");
  const isAtRest = app?.dataset.testScriptState === "notRunning" && document.querySelector("h1");
  if (!isAtRest) window.askedAt = performance.now();
  return performance.now() - window.askedAt > ms;
}"""
# What every control shows that can be told from others by a key of its own.
_STATE = """() => {
  const found = {};
  const main = document.querySelector("[data-testid=stMain]");
  const place = (node) => node.closest("[class*='st-key-']")?.className.match(/st-key-([^ ]+)/)[1];
  const note = (node, kind, says) => {
    const key = place(node);
    if (key && node.checkVisibility()) (found[`${key} ${kind}`] ??= []).push(says);
  };
  for (const node of main.querySelectorAll("input[type=range], [role=slider]"))
    note(node, "slider", node.getAttribute("aria-valuetext") ?? node.getAttribute("aria-valuenow") ?? node.value);
  for (const node of main.querySelectorAll("input[type=number], input[type=text]")) note(node, "field", node.value);
  for (const node of main.querySelectorAll("input[type=checkbox]")) note(node, "switch", String(node.checked));
  for (const node of main.querySelectorAll("[data-testid$=Active], input[type=radio]:checked"))
    note(node, "choice", (node.innerText ?? "") || node.value);
  for (const node of main.querySelectorAll("[data-baseweb=select]")) note(node, "select", node.innerText);
  return Object.fromEntries(Object.entries(found).map(([key, all]) => [key, all.join(" | ")]));
}"""
_ENTRIES = "() => ({ urls: navigation.entries().map((each) => each.url), at: navigation.currentEntry.index })"
_CONTROLS = (
    "[data-testid=stMain] :is(input[type=range], [role=slider], [data-testid=stNumberInputStepUp], "
    "[data-testid=stNumberInputStepDown], [data-testid^=stBaseButton-pills], [data-testid^=stBaseButton-segmented], "
    "[data-testid=stBaseButton-secondary], [data-testid=stBaseButton-tertiary], label:has(input[type=checkbox]), "
    "label[data-baseweb=radio], summary, [role=tab])"
)
_LINKS = ":is([data-testid=stSidebarNavLink], [data-testid=stMain] [data-testid=stPageLink-NavLink])"


@dataclass
class Walk:
    """What has been done, what each address showed, and what did not agree."""

    page: Any
    root: str
    chance: random.Random
    shown: dict[str, dict[str, str]] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def fault(self, what: str) -> None:
        self.faults.append(f"after move {len(self.done)} ({'; '.join(self.done[-3:])}) at {self.page.url}: {what}")


def settle(page: Any) -> None:
    page.evaluate(_WATCH)
    page.wait_for_function(_IS_QUIET, arg=_QUIET_MS, polling=50, timeout=_PATIENCE_MS)


def move(walk: Walk, kind: str) -> bool:
    """Make a move of this kind; False where there is none to make just now."""
    page, chance = walk.page, walk.chance
    history = page.evaluate(_ENTRIES)
    urls, at = history["urls"], history["at"]
    if kind in ("back", "forward"):
        to = at + (-1 if kind == "back" else 1)
        if not 0 <= to < len(urls) or not urls[to].startswith(walk.root):
            return False
        walk.done.append(f"{kind} to {urls[to].removeprefix(walk.root)}")
        # Not page.go_back: it waits for a load, and within a page there is none.
        page.evaluate("(step) => history.go(step)", to - at)
        page.wait_for_function("(at) => navigation.currentEntry.index === at", arg=to, timeout=_PATIENCE_MS)
        settle(page)
        if page.url != urls[to]:
            walk.fault(f"{kind} led here, to {urls[to]} it should have")
        return True
    if kind == "reload":
        walk.done.append("reload")
        page.reload()
        page.wait_for_selector("h1", timeout=_PATIENCE_MS)
        settle(page)
        return True
    found = [each for each in page.locator(_LINKS if kind == "link" else _CONTROLS).all() if each.is_visible()]
    chance.shuffle(found)
    for each in found:
        tag = each.evaluate("node => node.type ?? node.getAttribute('role') ?? node.tagName")
        name = " ".join(
            (each.get_attribute("aria-label") or each.inner_text() or each.get_attribute("name") or "").split()
        )
        if kind == "link" and (each.get_attribute("target") == "_blank" or "?" in (each.get_attribute("href") or "")):
            continue  # links that say more open the lab ready to start, and are tested one by one
        if kind == "control" and (LEFT_ALONE.search(name) or not each.is_enabled()):
            continue
        if tag == "SUMMARY" and chance.random() < 0.8:
            continue  # there are many, and they leave the address as it is
        walk.done.append(f"{tag} {name[:40]!r}")
        if tag in ("range", "slider"):
            each.focus()
            for _ in range(chance.randint(1, 3)):
                page.keyboard.press(chance.choice(["ArrowLeft", "ArrowRight"]))
        else:
            each.scroll_into_view_if_needed()
            each.click(timeout=20_000)
        settle(page)
        after = page.evaluate(_ENTRIES)
        if after["at"] > at + 1 and tag not in ("range", "slider"):  # of those each key is a step
            walk.fault(f"one move made steps: {[url.removeprefix(walk.root) for url in after['urls'][at + 1 :]]}")
        return True
    return False


def check(walk: Walk) -> None:
    """What must hold wherever one is."""
    page = walk.page
    path = urlsplit(page.url).path.strip("/")
    title = page.locator("h1").first.inner_text().strip()
    if path not in TITLES:
        walk.fault(f"no page has this address; the heading is {title!r}")
    if page.locator("[data-testid=stException]").count():
        walk.fault("an exception is shown: " + page.locator("[data-testid=stException]").first.inner_text()[:300])
    menu = page.locator("[data-testid=stSidebarNavLink][aria-current=page]")
    if menu.count() == 1 and (at := menu.inner_text().split("\n")[-1].strip()) != TITLES.get(path, at):
        walk.fault(f"the menu marks {at!r}")
    now = page.evaluate(_STATE)
    before = walk.shown.get(page.url)
    if before is not None:
        other = {key: (before[key], now[key]) for key in before.keys() & now.keys() if before[key] != now[key]}
        if other or before["title"] != title:
            walk.fault(f"this address showed other values before: {other or (before['title'], title)}")
    walk.shown[page.url] = now | {"title": title}


def measure(device: str = "cpu", quick: bool = False, seed: int = SEED, n: int | None = None) -> list[dict[str, Any]]:
    n = n or (N_QUICK if quick else N_MOVES)
    with serving() as server, browsing(reduced_motion="reduce") as page:
        walk = Walk(page, server.url, random.Random(seed))
        page.on("pageerror", lambda error: walk.fault(f"the browser complains: {error}"))
        visit(page, server.url + "/")
        settle(page)
        check(walk)
        while len(walk.done) < n:
            kind = walk.chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
            try:
                if move(walk, kind):
                    check(walk)
            except Exception as stuck:
                walk.fault(f"{kind}: {type(stuck).__name__}: {str(stuck)[:300]}")
                visit(page, server.url + "/")
                settle(page)
            print(f"  {len(walk.done)}: {walk.done[-1:]} {page.url}", file=sys.stderr)
    for fault in walk.faults:
        print(f"  {fault}", file=sys.stderr)
    note = f"seed {seed}, {n} moves, {len(walk.shown)} addresses"
    return [row("wander", [len(walk.faults)], unit="faults", budget=0, device=device, note=note)]


if __name__ == "__main__":
    for said in measure(
        seed=int(sys.argv[1]) if len(sys.argv) > 1 else SEED, n=int(sys.argv[2]) if sys.argv[2:] else None
    ):
        print(said)
