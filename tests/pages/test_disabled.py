"""A control that cannot be used says why beside it, where touch users and screen readers find it too."""

import ast
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from sota_core import paths
from sota_core.recipes import Recipe
from sota_core.runs.store.store import Store
from tests.pages.conftest import texts

Visit = Callable[..., AppTest]
SCREENS = [
    ("train", {"phases__0__bs": "2048"}, "lab.start", "The recipe cannot run as it is"),
    ("train", {"source": "imagenette2-160"}, "lab.start", "The pictures are not here yet"),
    ("train", {"phases": "8"}, "lab.more", "A recipe has at most 8 phases."),
    (
        "compare",
        {"view": "ladder", "source": "imagenette2-160"},
        "ladder.start",
        "The pictures are not here yet: fetch them first.",
    ),
    ("compare", {"view": "ladder", "arch": "vgg"}, "ladder.start", "What is wrong is said above."),
]


@pytest.mark.parametrize(("page", "address", "key", "why"), SCREENS, ids=lambda value: str(value)[:24])
def test_a_button_that_cannot_be_pressed_says_why(
    page: str, address: dict[str, str], key: str, why: str, visit: Visit
) -> None:
    app = visit(page, **address)
    assert app.button(key=key).disabled and why in texts(app)


def test_somebody_else_s_run_says_who_can_stop_it(visit: Visit, store: Store, tiny: Recipe) -> None:
    app = visit("train", run=store.queue.submit(tiny, owner="somebody").id)
    assert app.button(key="stop").disabled and "Only its owner or the teacher can stop" in texts(app)


def test_what_can_be_pressed_gives_no_reason(visit: Visit) -> None:
    app = visit("train")
    assert not app.button(key="lab.start").disabled and "cannot run as it is" not in texts(app)


def test_nothing_on_a_page_is_disabled_without_a_reason_beside_it() -> None:
    """A function that disables something must also draw the reason."""
    without = []
    for path in (paths.ROOT / "pages").rglob("*.py"):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef):
                calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
                disables = any(keyword.arg == "disabled" for call in calls for keyword in call.keywords)
                says = any("reason" in ast.unparse(call.func).split(".") for call in calls)
                if disables and not says:
                    without.append(f"{path.stem}.{function.name}")
    assert without == []
