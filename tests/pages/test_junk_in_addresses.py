"""Junk in place of a number in an address: every page opens and shows its default numbers."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import NumberInput

from pages.shared.session import site
from sota_core.recipes import FIELDS, PHASE_FIELDS
from sota_core.runs.recordings.recording import shipped
from tests.pages.conftest import ROOT, texts, turn  # type: ignore[import-not-found]
from tests.pages.test_addresses import ROWS, bound_to  # type: ignore[import-not-found]

LONG = "9" * 5_000
JUNK = (LONG, "1e999", "nan", "²", "٣", "", "-1", "  ")
KNOBS = [name for name, knob in FIELDS.items() if knob.kind in ("int", "float")]
KNOBS += [f"phases.{i}.{name}" for i in ("0", "9", "x", "²", LONG) for name in PHASE_FIELDS] + ["phases.x"]


@dataclass(frozen=True)
class Screen:
    """A page, the parameters of its address that hold numbers, and the address at which all of them are shown.

    clamped  controls in which a number above the highest counts as the highest; in the others it is the default
    """

    page: str
    names: list[str]
    address: dict[str, str] = field(default_factory=dict)
    clamped: tuple[str, ...] = ()


def of_rows(page: str, clamped: tuple[str, ...] = (), **address: str) -> Screen:
    numbers = [row for row in ROWS[page] if isinstance(row.value, int | float) and not isinstance(row.value, bool)]
    shown = {name.replace("__", "."): value for name, value in address.items()}
    return Screen(page, [row.parameter for row in numbers if row.parameter not in shown], shown, clamped)


OF_TECHNIQUES = [
    of_rows("baseline", ("baseline.picture_number",)),
    of_rows("normalization", normalization__stats="typed"),
    of_rows("resizing", ("resizing.picture_number",), resizing__phases="3"),
    of_rows("mixup", ("mixup.a_number", "mixup.b_number")),
    of_rows("label_smoothing", ("label_smoothing.label", "label_smoothing.partner")),
]
SCREENS = [
    *OF_TECHNIQUES,
    *(of_rows(page) for page in ROWS if page not in {screen.page for screen in OF_TECHNIQUES}),
    Screen("train", ["phases", "at", *KNOBS]),
    Screen("train", ["fit"]),
    Screen("train", ["t", "speed"], {"recording": next(iter(shipped()))}),
    Screen("compare", ["seed", "seeds", *KNOBS], {"view": "ladder"}, ("ladder.seed",)),
    Screen("compare", ["fit"], {"view": "ladder"}),
    Screen("data", ["draw"]),
    Screen("questionnaire", ["q", "a"]),
    Screen("papers", ["papers.lam", "papers.alpha", "papers.eps", "papers.n", "lam", "mixup.alpha"]),
    Screen("room", []),
    Screen("operator", []),
]


def opened(page: str, address: dict[str, str]) -> AppTest:
    """The page as the first of a visit, because Streamlit reads bound parameters only at a session's first run."""
    app = turn(AppTest.from_file(str(ROOT / "app.py"), default_timeout=240), page)
    app.query_params.update(address)
    return app.run()


def own_numbers(app: AppTest) -> dict[str, NumberInput]:
    """The number fields that pages read from the address themselves; Streamlit reads the bound ones in its own way."""
    return {w.key: w for w in app.number_input if w.key and not bound_to(w)}


def test_every_page_is_walked_through() -> None:
    without = set(site.BY_ADDRESS) ^ {screen.page for screen in SCREENS}
    assert not without, (
        f"{without}: add the page and its numbers to SCREENS; a technique's come from ROWS in test_addresses.py"
    )


@pytest.mark.long
@pytest.mark.parametrize("junk", [JUNK[:2], pytest.param(JUNK[2:], marks=pytest.mark.slow)], ids=["too-large", "other"])
@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: f"{screen.page}-{'-'.join(screen.names)[:12]}")
def test_junk_in_the_place_of_numbers_raises_nothing_and_gives_the_default(
    screen: Screen, junk: tuple[str, ...], home: Path
) -> None:
    first = {key: widget.value for key, widget in own_numbers(opened(screen.page, screen.address)).items()}
    for key in first:  # every number field must be covered
        name = key.removeprefix("knob.").removeprefix("ladder.")
        assert name in screen.names or screen.names == ["fit"] or not key.startswith((f"{screen.page}.", "ladder.")), (
            key
        )
    for text in junk if screen.names else ():
        app = opened(screen.page, screen.address | dict.fromkeys(screen.names, text))
        assert not app.exception, (text[:8], app.exception[0].message)
        for key, widget in own_numbers(app).items():
            if screen.names != ["fit"]:  # a bad `fit` is reported, and the recipe is as printed
                right = widget.max if text == LONG and key in screen.clamped else first.get(key)
                if text == "-1" and key.startswith("knob."):  # impossible, but a number: it stays, to be corrected
                    right = -1
                assert widget.value == right, (key, text[:8])


@pytest.mark.long
@pytest.mark.parametrize("page", ROWS)
def test_a_parameter_that_says_nothing_gives_the_default(page: str, home: Path) -> None:
    several = {"chapter.runs"}  # may be empty
    app = opened(page, {row.parameter: "" for row in ROWS[page] if row.parameter not in several})
    assert not app.exception, app.exception[0].message
    shown, plain = ([t for t in texts(a).splitlines() if not t.startswith("/")] for a in (app, opened(page, {})))
    assert shown == plain


def test_a_phase_can_be_added_and_dropped_whatever_phases_the_address_names(home: Path) -> None:
    junk = {"phases.x": "1", "phases.²": "1", "phases.": "1", f"phases.{LONG}.bs": "8", "phases.0.bs": "32"}
    app = opened("train", junk)
    app.button(key="lab.more").click().run()
    assert not app.exception
    assert {n for n in app.query_params if n.startswith("phases")} == {"phases", "phases.0.bs"}
    app.number_input(key="knob.phases.1.bs").set_value(16).run()
    assert "phases.1.bs" in app.query_params
    app.button(key="lab.less").click().run()
    assert not app.exception and "phases.1.bs" not in app.query_params
