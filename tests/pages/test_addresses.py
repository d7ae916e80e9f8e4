"""The address holds every control of every technique's page, and a link restores each of them.

A table has each control's name in the address and a value that is not its default. A widget without a row fails, and
so does a row without a widget. Streamlit itself writes bound widgets into the address: here it is checked that they are
bound under the name in their row, and tests/e2e sees it happen.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block, Button, Element, FileUploader, Toggle, UnknownElement, Widget

from pages.shared.session import address, site
from sota_core.data.sets.sources import address_of
from sota_core.figures.mixup.cut import CENTRES
from sota_core.recipes import Recipe
from sota_core.runs.store.store import Store
from tests.pages import live
from tests.pages.conftest import ROOT, texts  # type: ignore[import-not-found]
from tests.pages.live import stages
from tests.pages.parts.tta.test_validation_set import finished

Visit = Callable[..., AppTest]
RUN, FOLDER = object(), object()  # stand for a finished run's id and a folder that the operator offers


@dataclass(frozen=True)
class Row:
    """A control's key, a value, and how the address writes it; `name` is its name there if that is not the key."""

    key: str
    value: Any
    text: Any = None
    name: str = ""

    @property
    def parameter(self) -> str:
        return self.name or self.key


SOURCE = Row("address.source", FOLDER, FOLDER, "source")
TYPED = [
    Row(f"normalization.{of}_{c}", value) for of, values in (("mean", (0.2, 0.3, 0.4)), ("std", (0.5, 0.6, 0.7)))
    for c, value in zip("rgb", values, strict=True)
]  # fmt: skip
ROWS: dict[str, list[Row]] = {
    "overview": [
        Row("home.mix", 0.25, "0.25", "lam"),
        Row("chapter.runs", ["notes/mixup"], "notes/mixup"),
        Row("chapter.by", "seconds"),
        Row("chapter.measured", "sample"),
    ],
    "baseline": [
        SOURCE,
        Row("baseline.line", "augment"),
        Row("baseline.picture", "blue"),
        Row("baseline.picture_number", 9),
        Row("baseline.seed", 7),
        Row("baseline.n_out", "1000"),
        Row("baseline.lr", 0.005),
        Row("baseline.technique", "mixup"),
        Row("baseline.table", "mixup"),
    ],
    "mixup": [
        SOURCE,
        Row("mixup.a", "coral"),
        Row("mixup.a_number", 17),
        Row("mixup.b", "blue"),
        Row("mixup.b_number", 9),
        Row("mixup.a_own", None, address.UPLOADED),
        Row("mixup.b_own", None, address.UPLOADED),
        Row("mixup.mix", 0.25, "0.25", "lam"),
        Row("mixup.alpha", 1.2),
        Row("mixup.draws", 64),
        Row("mixup.fold", False),
        Row("mixup.seed", 123),
        Row("mixup.cut_lam", 0.3),
        Row("mixup.box", CENTRES.index("32,64"), "32,64", "mixup.cut_at"),
        Row("mixup.cut_alpha", 0.5),
        Row("mixup.method", "CutMix"),
        Row("mixup.epochs", 40),
    ],
    "label_smoothing": [
        Row("label_smoothing.eps", 0.25),
        Row("label_smoothing.n", 100),
        Row("label_smoothing.label", 8),
        Row("label_smoothing.logit", 6.5),
        Row("label_smoothing.lam", 0.9),
        Row("label_smoothing.partner", 2),
        Row("label_smoothing.noise", 0.4),
        Row("label_smoothing.epochs", 30),
        Row("label_smoothing.surface", True),
        Row("label_smoothing.seen_from", "above"),
    ],
    "normalization": [
        SOURCE,
        Row("normalization.stats", "typed"),
        *TYPED,
        Row("normalization.bs", 16),
        Row("normalization.seed", 7),
        Row("normalization.show", "clip"),
        Row("address.normalization.model", RUN, RUN, "normalization.model"),
        Row("normalization.asked", 20),
        Row("normalization.wrong", "raw"),
    ],
    "resizing": [
        SOURCE,
        Row("resizing.picture", "blue"),
        Row("resizing.picture_number", 9),
        Row("resizing.picture_own", None, address.UPLOADED),
        Row("resizing.size", 64),
        Row("resizing.loupe", 2, "2 ×"),
        Row("resizing.phases", 3),
        Row("resizing.size1", 64),
        Row("resizing.bs1", 256),
        Row("resizing.epochs1", 7),
        Row("resizing.size2", 160),
        Row("resizing.bs2", 32),
        Row("resizing.epochs2", 8),
        Row("resizing.size3", 192),
        Row("resizing.bs3", 128),
        Row("resizing.epochs3", 3),
        Row("resizing.method", "pad"),
        Row("resizing.min_scale", 0.5),
        Row("resizing.crops", 5),
        Row("resizing.seed", 42),
    ],
    "tta": [
        Row("tta.model", RUN, RUN),
        Row("tta.picture", 31),
        Row("tta.own", None, address.UPLOADED),
        Row("tta.n", 6),
        Row("tta.use_max", True),
        Row("tta.log_odds", True),
        Row("tta.strength", 2.5),
        Row("tta.beta", 0.7),
        Row("tta.seed", 77),
    ],
}
# Components that only show something, or that set another control of the table.
SHOW = {
    *("back", "focus", "owner.leave", "own_words", "paper", "touch"),
    "baseline.set",
    "baseline.views",
    "label_smoothing.loss_surface",
    "resizing.sized",
    *(f"mixup.{name}" for name in ("batch", "blended", "cut")),
} | {f"tta.{name}" for name in ("methods", "corners", "rescued", "broken")}

MOVED = ("sota_place", "sota_stage", "sota_follow", "sota_play", "sota_reveal", "sota_names")


def test_every_page_of_a_technique_has_a_table() -> None:
    techniques = {entry.address for entry in site.PAGES if entry.section == site.BY_ADDRESS["mixup"].section}
    assert techniques <= set(ROWS), f"add the controls of {techniques - set(ROWS)} to ROWS"


def elements(of: Block) -> Iterator[Element]:
    for child in of.children.values():
        if isinstance(child, Block):
            yield from elements(child)
        else:
            yield child


def controls(app: AppTest) -> dict[str, Element]:
    """key → every widget with a value, and every component not known to have none."""
    found = {}
    for root in (app.main, app.sidebar):
        for element in elements(root):
            # elements unknown to AppTest that have an id send something to the page, except our charts
            is_component = isinstance(element, UnknownElement) and getattr(element.proto, "id", "") not in ("", None)
            is_component = is_component and "vega_lite_chart" not in element.type
            # these have no value of their own: a stage moves with its knobs, and what it sends sets a knob
            is_component = is_component and getattr(element.proto, "component_name", "") not in MOVED
            if is_component or (isinstance(element, Widget) and not isinstance(element, Button)):
                key = element.key
                assert key, f"a {element.type} without a key cannot be named in an address"
                # links to share, code and cameras are not in the address
                if key not in SHOW and not key.startswith(("share.", "code.")) and not key.endswith("_camera"):
                    found[key] = element
    return found


def closed_over(app: AppTest, keys: set[str]) -> dict[str, set[str]]:
    """The closed folds, each with those of these controls that it contains."""
    folded = {fold.label: keys & {e.key for e in elements(fold)} for fold in app.expander if not fold.proto.expanded}
    return {label: found for label, found in folded.items() if found}


def bound_to(control: Element) -> str:
    """The parameter that Streamlit writes for a widget; empty if the page writes it itself."""
    return getattr(control.proto, "query_param_key", "")


@pytest.fixture
def rows(store: Store, tiny: Recipe, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[Row]]:
    """rows(name): the rows of a page, with a run that has left a model and a folder of the operator's."""
    monkeypatch.setenv("SOTA_LOCAL_ROOTS", str(tiny_folder))

    def rows(name: str) -> list[Row]:
        needs_run = any(row.value is RUN for row in ROWS[name])
        run = finished(store, tiny, n_views=8) if needs_run else ""
        known = {id(RUN): (run, run), id(FOLDER): (str(tiny_folder), address_of(str(tiny_folder)))}
        made = []
        for row in ROWS[name]:
            value, text = known.get(id(row.value), (row.value, row.text))
            written = str(value).lower() if isinstance(value, bool) else str(value)
            made.append(Row(row.key, value, written if text is None else text, row.name))
        return made

    return rows


def of_address(rows: list[Row]) -> dict[str, Any]:
    return {row.parameter: row.value if isinstance(row.value, list) else row.text for row in rows}


def turn(control: Element) -> int:
    """First set and net, on which other choices depend; last switches, which lock other controls."""
    return 0 if not bound_to(control) else 3 if isinstance(control, Toggle) else 1


def state(app: AppTest, key: str, control: Element) -> Any:
    """A control's value; a component of ours has that of the stage of its name."""
    if not isinstance(control, UnknownElement):
        return control.value  # type: ignore[attr-defined]
    stage = live.stages(app)[key]
    (name,) = (name for name, knob in stage["knobs"].items() if knob["control"] is None)
    return stage["knobs"][name]["values"][stage["at"][name]]


def open_at(visit: Visit, name: str, **parameters: Any) -> AppTest:
    """Open an address as a browser opens a link: the first screen directly, as `visit` passes it on its way."""
    if name != "overview":
        return visit(name, **parameters)
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=240)
    app.query_params.update(parameters)
    app.run()
    assert not app.exception
    return app


@pytest.mark.long
@pytest.mark.parametrize("name", ROWS)
def test_an_address_brings_back_every_control_and_gives_the_screen_that_moving_them_gives(
    name: str, rows: Callable[[str], list[Row]], visit: Visit
) -> None:
    table = rows(name)
    linked = open_at(visit, name, **of_address(table))
    found = controls(linked)
    without = set(found) ^ {row.key for row in table}
    assert not without, f"{without}: a control without a row, or a row without a control; SHOW lists what only shows"
    assert closed_over(linked, set(found)) == {}, "the address sets a control in a closed fold: name it in its `holds`"
    for row in table:
        assert bound_to(found[row.key]) in ("", row.parameter)
        if not isinstance(found[row.key], FileUploader):
            assert state(linked, row.key, found[row.key]) == row.value, row.key

    # only a browser moves a component: here the address sets it, tests/e2e drags it
    moved = open_at(visit, name, **of_address([r for r in table if isinstance(found[r.key], UnknownElement)]))
    at_first = {key: state(moved, key, control) for key, control in controls(moved).items()}
    assert set(at_first) <= {row.key for row in table}
    for stage in range(5):  # the last ones set what a switch has made available
        for row in table:
            control = controls(moved).get(row.key)
            if control is None or isinstance(control, FileUploader | UnknownElement) or control.value == row.value:
                continue
            assert row.value != at_first.get(row.key), f"{row.key} needs another value than its default"
            if stage >= turn(control) and not getattr(control, "disabled", False):
                control.set_value(row.value)  # type: ignore[attr-defined]
        moved.run()
        assert not moved.exception
    for row in table:
        control = controls(moved)[row.key]
        if not isinstance(control, FileUploader | UnknownElement) and not bound_to(control):
            assert moved.query_params[row.parameter] in (row.text, [row.text])
    notes = "This link was made with somebody's own picture"
    # the link to share is the address, into which only a browser writes bound widgets
    shown = [
        [t for t in texts(app).splitlines() if notes not in t and not t.startswith("/")] for app in (linked, moved)
    ]
    assert shown[0] == shown[1]
    assert texts(linked).count(notes) == sum(row.text == address.UPLOADED for row in table)


@pytest.mark.parametrize("name", [name for name, rows in ROWS.items() if SOURCE in rows])
def test_no_address_and_no_screen_shows_where_a_folder_lies(
    name: str, rows: Callable[[str], list[Row]], visit: Visit, tiny_folder: Path
) -> None:
    app = open_at(visit, name, source=address_of(str(tiny_folder)))
    links = " ".join(link.proto.query_string for link in app.get("page_link"))
    sent = [component.proto.json for component in app.get("bidi_component")]
    written = f"{texts(app)} {links} {app.query_params} {stages(app)} {sent}"
    assert str(tiny_folder) not in written and str(tiny_folder).replace("/", "%2F") not in written
