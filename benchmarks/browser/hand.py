"""One knob of an open page, whichever component it is: found, pressed, waited for. hand.js is what it asks the page."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import TimeoutError as Late

from sota_core import paths

SCRIPT = (paths.ROOT / "benchmarks" / "browser" / "hand.js").read_text(encoding="utf-8")
# Pages whose figures depend on knobs, each at an address that shows all of them.
STAGED = (
    "",
    "baseline",
    "normalization?normalization.stats=typed",
    "resizing",
    "tta",
    "mixup",
    "label_smoothing",
    "compare?runs=rec:mixup-cpu,rec:baseline-cpu-seed-1",
)
QUIET_MS = 700
PATIENCE_MS = 8_000
_AT = """([i, stage, knob]) => stage ? keyboard.stages()[stage]?.[knob] : Number(keyboard.value(keyboard.hands()[i]))"""


@dataclass(slots=True)
class Hand:
    """One knob of an open page: the i-th hand, which moves `knob` of `stage` where it has one."""

    page: Any
    i: int
    stage: str = ""
    knob: str = ""

    def get(self, what: str) -> Any:
        return self.page.evaluate(f"(i) => keyboard.{what}(keyboard.hands()[i])", self.i)

    def show(self) -> None:
        self.page.evaluate("(i) => keyboard.hands()[i].scrollIntoView({ block: 'center' })", self.i)

    def boxes(self) -> tuple[dict[str, float], dict[str, float]]:
        """The box of what is taken (`x` is the point to take it at), and the box it can be dragged along."""
        return self.page.evaluate("(i) => keyboard.boxes(keyboard.hands()[i])", self.i)

    def focus(self) -> None:
        self.page.evaluate("(i) => keyboard.hands()[i].focus()", self.i)

    def press(self, key: str) -> None:
        self.focus()
        self.page.keyboard.press(key)
        quiet(self.page)

    def at(self) -> float:
        """Where it stands: the step of its knob, else what its input says."""
        return self.page.evaluate(_AT, [self.i, self.stage, self.knob])

    def comes_to(self, step: float) -> bool:
        """Does it stand there, once what has been asked for is answered?"""
        at = f"([hand, step]) => Math.abs(({_AT})(hand) - step) < 1e-6"
        try:
            self.page.wait_for_function(
                at, arg=[[self.i, self.stage, self.knob], step], timeout=PATIENCE_MS, polling=50
            )
        except Late:
            return False
        quiet(self.page)
        return True


def quiet(page: Any, ms: float = QUIET_MS) -> None:
    """Until the page has an answer to all it has asked, and has asked nothing since."""
    page.wait_for_function("(ms) => keyboard.isQuiet(ms)", arg=ms, polling=50)


def waited(page: Any, what: str, arg: Any = None) -> bool:
    """Has it become true in time?"""
    try:
        page.wait_for_function(what, arg=arg, timeout=PATIENCE_MS, polling=50)
    except Late:
        return False
    return True
