"""A link that names a value between two steps of a slider: slider, figure and address all have the nearest step."""

from collections.abc import Callable, Iterator

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages import live

Visit = Callable[..., AppTest]

# page → what else its address says, and control → a value between two steps, and the step
LINKS: dict[str, tuple[dict[str, str], dict[str, tuple[str, str]]]] = {
    "baseline": ({}, {"baseline.lr": ("0.0013", "0.0015")}),
    "normalization": (
        {"normalization.stats": "typed"},
        {"normalization.mean_r": ("0.482", "0.48"), "normalization.std_b": ("0.304", "0.3")},
    ),
    "resizing": ({}, {"resizing.min_scale": ("0.504", "0.5"), "resizing.size": ("133", "136")}),
    "tta": ({}, {"tta.beta": ("0.33", "0.35"), "tta.strength": ("0.4", "0.5")}),
    "mixup": (
        {},
        {"mixup.alpha": ("0.52", "0.5"), "mixup.cut_alpha": ("0.52", "0.5"), "mixup.cut_lam": ("0.304", "0.3")},
    ),
    "label_smoothing": (
        {},
        {
            "label_smoothing.eps": ("0.204", "0.2"),
            "label_smoothing.logit": ("5.04", "5.0"),
            "label_smoothing.lam": ("0.604", "0.6"),
            "label_smoothing.noise": ("0.32", "0.3"),
        },
    ),
    "papers": ({}, {"papers.lam": ("0.006", "0.01"), "papers.alpha": ("0.52", "0.5"), "papers.eps": ("0.204", "0.2")}),
}


def shown(app: AppTest) -> Iterator[object]:
    """What the page's figures and equations are given."""
    yield live.stages(app)
    for component in app.get("bidi_component"):
        if component.proto.component_name == "sota_equations":
            yield component.proto.json


@pytest.mark.parametrize("page", LINKS)
def test_a_value_between_two_steps_counts_as_the_nearest_everywhere(visit: Visit, page: str) -> None:
    also, knobs = LINKS[page]

    def at(i: int) -> AppTest:
        address = {**also, **{name: values[i] for name, values in knobs.items()}}
        return visit(page, **{name.replace(".", "__"): value for name, value in address.items()})

    app, right = at(0), at(1)
    for name, (_, step) in knobs.items():
        assert app.slider(key=name).value == float(step) == float(app.query_params[name]), name
    assert list(shown(app)) == list(shown(right))


def test_one_that_lies_nearest_the_default_is_left_out_of_the_address(visit: Visit) -> None:
    app = visit("tta", tta__beta="0.26")
    assert app.slider(key="tta.beta").value == 0.25 and not app.query_params.get("tta.beta")


def test_what_another_page_was_left_at_is_a_step_of_the_papers_sliders_too(visit: Visit) -> None:
    app = visit("papers", label_smoothing="0.106")
    assert app.slider(key="papers.eps").value == 0.11
