"""The teacher's link: it restores the screen, without the controls that were chosen to be hidden."""

import re
from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared.frame.share_link import CONTROLS
from pages.shared.session import site
from tests.pages.conftest import codes

Visit = Callable[..., AppTest]


def shared(app: AppTest) -> tuple[str, dict[str, str]]:
    """Path and parameters of the link in the popover."""
    (text,) = [code for code in codes(app) if code.startswith(("/", "http"))]
    url = urlsplit(text)
    return url.path, dict(parse_qsl(url.query))


def widgets(app: AppTest) -> dict[str, object]:
    kinds = (app.slider, app.select_slider, app.number_input, app.selectbox, app.toggle, app.button_group)
    kinds += (app.radio,)
    return {w.key: w.value for kind in kinds for w in kind if w.key}


def styles(app: AppTest) -> str:
    return "".join(html.proto.body for html in app.get("html"))


def test_every_page_of_a_technique_can_be_shared() -> None:
    techniques = {entry.address for entry in site.PAGES if entry.section == site.BY_ADDRESS["mixup"].section}
    without = techniques - {site.HOME, *CONTROLS}
    assert not without, f"add the controls of {without} to CONTROLS in pages/shared/frame/share_link.py"


@pytest.mark.long
@pytest.mark.parametrize("page", CONTROLS)
def test_every_name_is_a_control_of_its_page_and_the_link_leads_there(visit: Visit, page: str) -> None:
    app = visit(page)
    controls = CONTROLS[page]
    assert shared(app)[0] == f"/{page}" and page in site.BY_ADDRESS
    there = widgets(app) | dict.fromkeys(b.key for b in app.button) | {"lab.knobs": None}
    # there are as many phases as the recipe has; the first must exist
    missing = {n for n, (_, keys) in controls.items() if keys[0] not in there}
    assert not missing, f"{missing}: the page has no such control; the lab's come from GROUPS in parts/train/knobs.py"


TURNS = {
    "baseline": ("baseline.lr", 0.005, "lr,line"),
    "label_smoothing": ("label_smoothing.eps", 0.3, "eps,label"),
    "mixup": ("mixup.alpha", 1.5, "seed,alpha"),
    "tta": ("tta.n", 7, "n"),
    "resizing": ("resizing.min_scale", 0.5, "min_scale,seed"),
    "papers": ("papers.lam", 0.2, "lam"),
    "train": ("knob.label_smoothing", 0.2, "seed,arch,bs"),
}


@pytest.mark.long
@pytest.mark.parametrize("page", TURNS)
def test_a_link_brings_the_screen_back_without_what_it_hides(visit: Visit, page: str) -> None:
    key, value, hide = TURNS[page]
    app = visit(page)
    next(w for kind in (app.slider, app.number_input) for w in kind if w.key == key).set_value(value).run()
    app.multiselect(key="share.hide").set_value(hide.split(",")).run()
    path, params = shared(app)
    assert set(params["hide"].split(",")) == set(hide.split(","))
    again = visit(page, **{k.replace(".", "__"): v for k, v in params.items()})
    assert widgets(again) == widgets(app) and widgets(again)[key] == value
    assert shared(again) == (path, params)
    for name in hide.split(","):
        for widget in CONTROLS[page][name][1]:
            rule = rf"\.st-key-{re.escape(widget.replace('.', '-'))}(, [^{{}}]*)? {{ display: none; }}"
            assert re.search(rule, styles(again))


@pytest.mark.parametrize("bad", ["</style><script>alert(1)</script>", "nosuch", "*", "eps{}body"])
def test_what_is_no_control_hides_nothing_and_never_reaches_the_style(visit: Visit, bad: str) -> None:
    plain, app = visit("label_smoothing"), visit("label_smoothing", hide=bad)
    assert styles(app) == styles(plain)
