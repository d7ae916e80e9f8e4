"""Papers and math: values follow the visitor's own settings, and the equations have the controls' numbers."""

import json
from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from sota_core.learn.equations import mixup_equations, smoothing_equations
from sota_core.learn.symbols import SYMBOLS
from tests.pages.conftest import turn

PAGE = "papers"
Visit = Callable[..., AppTest]


def drawn(app: AppTest) -> list[str]:
    """The equations given to components, in spoken form."""
    found = [json.loads(c.proto.json) for c in app.get("bidi_component") if c.proto.json]
    return [equation["spoken"] for data in found if "equations" in data for equation in data["equations"]]


def read(app: AppTest) -> str:
    return "\n".join(m.value for m in app.markdown)


def test_every_sign_is_there_with_a_way_to_say_it_and_a_page(visit: Visit) -> None:
    app = visit(PAGE)
    assert all(s.say in read(app) for s in SYMBOLS)
    signs = [heading.value.partition(" ")[0] for heading in app.header][-len(SYMBOLS) :]
    assert signs == [s.sign for s in SYMBOLS]
    assert len(app.get("page_link")) == len(SYMBOLS)


def test_the_equations_show_the_defaults_then_what_the_sliders_say(visit: Visit) -> None:
    app = visit(PAGE)
    expected = [e.spoken for e in (*mixup_equations(0.7, 0.4), *smoothing_equations(0.1, 10))]
    assert drawn(app) == expected
    app.slider(key="papers.lam").set_value(0.25).run()
    app.select_slider(key="papers.n").set_value(5).run()
    assert drawn(app) == [e.spoken for e in (*mixup_equations(0.25, 0.4), *smoothing_equations(0.1, 5))]


def test_what_was_left_on_another_page_is_its_value_here(visit: Visit) -> None:
    app = visit("label_smoothing", label_smoothing__eps="0.25")
    app.query_params.clear()
    turn(app, PAGE).run()
    signs = [heading.value for heading in app.header]
    assert "ε &emsp; **0\\.25** :gray[:small[yours]]" in signs
    assert "λ &emsp; **0\\.70** :gray[:small[default]]" in signs
    assert app.slider(key="papers.eps").value == 0.25 and not app.exception


def test_an_address_brings_the_numbers_back(visit: Visit) -> None:
    app = visit(PAGE, papers__lam="0.3", papers__alpha="1.0", papers__eps="0.2", papers__n="5")
    assert drawn(app) == [e.spoken for e in (*mixup_equations(0.3, 1.0), *smoothing_equations(0.2, 5))]
