"""keyboard: every knob of every page by keyboard alone, as a screen reader has it, and under a hand that drags it.

One row a knob. Is it reached by Tab, does an arrow go one step and shift with it ten, do Home and End go to its ends,
is a typed value taken, does a double click go home? Its name, what it says of itself (`aria-valuetext`), and how often
the live region that spoke most did so after one step. Of a drag of two seconds: how often live regions spoke meanwhile,
messages sent, slots that showed something else, a paint's p95, and the main thread's milliseconds a move.
`python -m benchmarks.browser.keyboard [ADDRESS …]` walks some pages only.
"""

import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

from benchmarks.browser.hand import SCRIPT, STAGED, Hand, quiet, waited
from benchmarks.rows import p95, row
from benchmarks.site import browsing, serving, unfold_all, visit

PAGES = (
    *STAGED,
    "train",
    "papers",
)
DRAG_S = 2.0
N_MOVES = 60
SAID_MS = 1_500  # the region speaks once a hand has rested, and a hand of a component rests a while by itself
MOST_TABS = 400


@dataclass(frozen=True, slots=True)
class Found:
    """What one knob does. A step that was not tried is None, and no fault: there is nothing to type on a picture."""

    page: str
    knob: str
    name: str
    text: str
    tab: bool
    arrow: bool
    shift: bool
    home: bool
    end: bool
    typed: bool | None
    double: bool | None
    said: int
    chatter: int
    messages: int
    moved: int
    paint_ms: float
    thread_ms: float

    @property
    def faults(self) -> list[str]:
        """Names of the ways that were tried and do not work, and of what a screen reader is not told."""
        ways = [
            name for name in ("tab", "arrow", "shift", "home", "end", "typed", "double") if getattr(self, name) is False
        ]
        return ways + [name for name in ("name", "text") if not getattr(self, name)]

    def told(self) -> str:
        """A line of the table."""
        ways = {None: "–", True: "yes", False: "**no**"}
        cells = (getattr(self, field.name) for field in fields(self))
        shown = (
            ways[one] if one is None or isinstance(one, bool) else f"{one:.1f}" if isinstance(one, float) else one
            for one in cells
        )
        return f"| {' | '.join(map(str, shown))} |"


HEAD = "| " + " | ".join(field.name for field in fields(Found)) + " |"


def opened(page: Any, url: str) -> None:
    """A page with all its folds open."""
    visit(page, url)
    page.evaluate(SCRIPT)
    quiet(page, 1_500)
    unfold_all(page)
    quiet(page, 1_500)


def tabbed(page: Any) -> set[int]:
    """The hands that Tab alone comes to, from the top of the page."""
    page.evaluate(
        "document.activeElement.blur();"
        "Object.assign(keyboard, { first: keyboard.hands(), seen: new Set(), start: null })"
    )
    for n in range(MOST_TABS):
        page.keyboard.press("Tab")
        is_over = page.evaluate(
            """() => {
              const node = keyboard.focused(), at = keyboard.first.indexOf(node);
              if (at >= 0) keyboard.seen.add(at);
              const isBack = node === document.body || node === keyboard.start;
              keyboard.start ??= node;
              return isBack || keyboard.seen.size === keyboard.first.length;
            }"""
        )
        if is_over and n > 1:
            break
    return set(page.evaluate("[...keyboard.seen]"))


def tried(page: Any, address: str, i: int, is_tabbed: bool) -> Found:
    """Try everything on one hand, and leave it at its default, or where it stood."""
    hand = Hand(page, i)
    hand.show()
    quiet(page)
    page.wait_for_timeout(SAID_MS)
    name, text, first = hand.get("name"), hand.get("text"), hand.get("value")
    waited(page, "() => keyboard.areThere()")
    before = page.evaluate("keyboard.stages()")
    page.evaluate("keyboard.forget()")
    low, high = map(float, hand.get("ends"))
    way = "Right" if float(first) < high else "Left"
    hand.press(f"Arrow{way}")
    waited(page, "(then) => keyboard.haveMoved(then)", before)
    quiet(page)
    page.wait_for_timeout(SAID_MS)
    said = page.evaluate("keyboard.most()")
    after = page.evaluate("keyboard.stages()")
    moved = [
        (stage, knob, at - before[stage][knob])
        for stage, knobs in after.items()
        for knob, at in knobs.items()
        if stage in before and isinstance(at, int | float) and at != before[stage].get(knob)
    ]
    facts: dict[str, Any] = {"n": None, "home": None, "typed": None}
    if moved:
        hand.stage, hand.knob, step = next((one for one in moved if abs(one[2]) == 1), moved[0])
        facts = page.evaluate("([stage, knob]) => keyboard.knob(stage, knob)", [hand.stage, hand.knob])
        low, high = 0, facts["n"] - 1
        is_one = abs(step) == 1
    else:
        step = hand.at() - float(first)
        is_one = step != 0
    tens = _tens(hand, low, high, abs(step))
    row = range(int(low), int(high) + 1)
    if moved and facts["typed"] is None:  # places on a picture: the ends are those of the row
        side = math.isqrt(facts["n"])
        row = range(int(hand.at()) // side * side, int(hand.at()) // side * side + side)
    home, end = _goes(hand, "Home", row[0] if moved else low), _goes(hand, "End", row[-1] if moved else high)
    typed = _typed(hand, facts["typed"])
    told, sent, slots, paints, thread = _dragged(hand)
    double = _double(hand, facts["home"])
    return Found(
        address, f"{hand.stage} {hand.knob}".strip(), name, text, is_tabbed, is_one, tens, home, end, typed, double,
        said, told, sent, slots, paints, thread,
    )  # fmt: skip


def _tens(hand: Hand, low: float, high: float, step: float) -> bool:
    at = hand.at()
    way = 1 if at + 10 * step <= high or at - low < 10 * step else -1
    hand.press(f"Shift+Arrow{'Right' if way > 0 else 'Left'}")
    return hand.comes_to(min(high, max(low, at + way * 10 * step)))


def _goes(hand: Hand, key: str, to: float) -> bool:
    hand.press(key)
    return hand.comes_to(to)


def _typed(hand: Hand, words: Sequence[str] | None) -> bool | None:
    if words is None:
        return None
    step = len(words) // 2
    hand.press(words[step][0])
    field = hand.page.locator(".sota-typed input")
    if not field.count():
        return False
    field.fill(words[step])
    field.press("Enter")
    return hand.comes_to(step)


def _dragged(hand: Hand) -> tuple[int, int, int, float, float]:
    """Two seconds to and fro: regions told, messages, slots that moved, a paint's p95, main thread a move."""
    page = hand.page
    hand.show()
    quiet(page)
    box, track = hand.boxes()
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable")
    page.wait_for_timeout(SAID_MS)
    page.evaluate("keyboard.before = keyboard.slots(); keyboard.moved = 0")
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"], y)
    page.mouse.down()
    page.evaluate("keyboard.forget()")
    begin = _thread_s(devtools)
    for i in range(N_MOVES):
        share = abs(i - N_MOVES / 2) / (N_MOVES / 2)
        page.mouse.move(track["x"] + 5 + (track["width"] - 10) * share, y)
        page.wait_for_timeout(1000 * DRAG_S / N_MOVES)
        if i == N_MOVES // 2:
            page.evaluate("keyboard.compare()")
    page.mouse.move(track["x"] + 0.6 * track["width"], y)
    page.wait_for_timeout(100)
    thread = 1000 * (_thread_s(devtools) - begin) / N_MOVES
    told, sent, paints = page.evaluate("[keyboard.told.length, keyboard.sent, keyboard.paints]")
    changed = page.evaluate("keyboard.compare()")
    page.mouse.up()
    quiet(page)
    page.wait_for_timeout(SAID_MS)
    return told, sent, changed, p95(paints) if paints else float("nan"), thread


def _thread_s(devtools: Any) -> float:
    found = devtools.send("Performance.getMetrics")["metrics"]
    return next(one["value"] for one in found if one["name"] == "TaskDuration")


def _double(hand: Hand, home: int | None) -> bool | None:
    if home is None:
        return None
    if hand.at() == home:
        hand.press("ArrowRight")
    hand.show()
    box, _ = hand.boxes()
    hand.page.mouse.dblclick(box["x"], box["y"] + box["height"] / 2)
    return hand.comes_to(home)


def walked(page: Any, url: str, address: str) -> Iterator[Found]:
    """Every knob of a page, in its order.

    Raises
        RuntimeError  the page has none: an address that is not the app's, or one that shows none.
    """
    opened(page, f"{url}/{address}")
    n = page.evaluate("keyboard.hands().length")
    if not n:
        raise RuntimeError(f"/{address}: a page with a knob of ours is required, and none is on this one")
    reached = tabbed(page)
    for i in range(n):
        yield tried(page, address.partition("?")[0], i, i in reached)


def measure(device: str = "cpu", quick: bool = False, addresses: Sequence[str] = PAGES) -> list[dict[str, Any]]:
    found: list[Found] = []
    print(HEAD, file=sys.stderr)
    with serving() as site, browsing(reduced_motion="reduce") as page:
        for address in addresses:
            for one in walked(page, site.url, address):
                found.append(one)
                print(one.told(), file=sys.stderr, flush=True)
    faults = [f"{one.page} {one.name}: {', '.join(one.faults)}" for one in found if one.faults]
    note = f"{len(found)} knobs on {len(addresses)} pages"
    asked = {"device": device, "note": note}
    return [
        row("keyboard_missing", [len(faults)], unit="knobs", budget=0, device=device, note="; ".join([note, *faults])),
        row("keyboard_chatter", [max((one.chatter for one in found), default=0)], unit="times", budget=0, **asked),
        row("keyboard_messages", [max((one.messages for one in found), default=0)], unit="messages", budget=0, **asked),
    ]


if __name__ == "__main__":
    for said in measure(addresses=sys.argv[1:] or PAGES):
        print(said)
