"""The page Test-time augmentation: every number shown is the maths'. Its address is tested in test_addresses.py."""

from collections.abc import Callable

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from pages.parts.tta.controls import BROKEN, RESCUED, SEED
from pages.shared.pictures.models import SHIPPED_FOLDER
from sota_core import settings as environment
from sota_core.data.pictures.view import presized
from sota_core.functional.tta import combine, combine_logits, rescued_and_broken
from sota_core.inference import load_model, stretched
from sota_core.inference import sweep as sweeps
from sota_core.inference.named_picture import open_named
from sota_core.inference.predictions import LOG_ODDS, MEAN, load_stored
from sota_core.inference.view_predictions import Looks, look, stretch
from sota_core.inference.views import STRENGTHS
from tests.pages import live
from tests.pages.conftest import texts  # type: ignore[import-not-found]

PAGE = "tta"
Visit = Callable[..., AppTest]


@pytest.fixture(scope="module")
def model():
    return load_model(SHIPPED_FOLDER)


@pytest.fixture(scope="module")
def stored():
    return load_stored(SHIPPED_FOLDER / "predictions.npz")


def looks_of(model, stored, index: int, seed: int = SEED) -> Looks:
    picture = open_named("sample", stored.names[index], model.presize, environment.load())
    return look(model, picture, 8, seed)


def together(looks: Looks, n: int, beta: float, use_max: bool = False) -> np.ndarray:
    return combine(looks.plain.probs, looks.augmented.probs[:n, None], beta, use_max)[0]


def shown(app: AppTest) -> str:
    slots = live.slots(app)
    return f"{slots['top']} {slots['top_p']}"


@pytest.mark.long
@pytest.mark.parametrize("address", [{}, {"tta__n": "7", "tta__beta": "0.6"}, {"tta__use_max": "true"}])
def test_the_prediction_shown_is_the_combination_of_the_views(visit: Visit, model, stored, address: dict) -> None:
    app = visit(PAGE, **address)
    n, beta = int(address.get("tta__n", 4)), float(address.get("tta__beta", 0.25))
    expected = together(looks_of(model, stored, RESCUED), n, beta, "tta__use_max" in address)
    top = int(expected.argmax())
    assert shown(app) == f"{model.names[top]} {100 * expected[top]:.0f}\u00a0%"


def test_moving_beta_asks_no_net(visit: Visit, model, stored) -> None:
    from pages.shared.pictures import predictions

    app = visit(PAGE)
    calls = []
    original = predictions.look
    predictions.look = lambda *a: calls.append(a) or original(*a)  # through which the module asks the net
    try:
        app.slider(key="tta.beta").set_value(1.0).run()
        app.slider(key="tta.n").set_value(8).run()
    finally:
        predictions.look = original
    assert not calls and not app.exception
    plain = looks_of(model, stored, RESCUED).plain.probs[0]
    assert shown(app).startswith(model.names[int(plain.argmax())])


def test_the_third_notice_counts_what_its_views_rescue_and_break(visit: Visit, model, stored) -> None:
    of = stretched.load(SHIPPED_FOLDER / stretched.STRETCHED)
    counts = []
    for strength, n in ((1.5, 4), (3.0, 2)):
        seen = stored.seen_as(of[strength])
        counts += [len(found) for found in rescued_and_broken(seen.plain, seen.combined(n, 0.25, False), seen.labels)]
    assert counts == [28, 4, 28, 46]
    said = texts(visit(PAGE))
    assert "On picture 496 the plain view is right, and two views at ×3 turn the answer wrong." in said
    assert "4 views at ×1.5 rescue 28 pictures and break 4." in said and "two of them rescue 28 and break 46." in said


def test_the_first_picture_is_rescued_and_the_third_notice_shows_a_broken_one(model, stored) -> None:
    for index, is_rescued in ((RESCUED, True), (BROKEN, False)):
        looks, label = looks_of(model, stored, index), int(stored.labels[index])
        assert (int(looks.plain.probs[0].argmax()) == label) is not is_rescued
        assert (int(together(looks, 4, 0.25).argmax()) == label) is is_rescued


@pytest.mark.long
def test_the_notices_set_the_controls(visit: Visit) -> None:
    app = visit(PAGE)
    app.button(key="notice.2").click().run()
    assert app.session_state["tta.picture"] == BROKEN
    app.button(key="notice.1").click().run()
    assert app.toggle(key="tta.use_max").value is True and app.slider(key="tta.n").value == 8


def test_the_last_notice_shows_a_picture_and_a_set_that_lose(visit: Visit) -> None:
    app = visit(PAGE)
    app.button(key="notice.2").click().run()
    shown = live.slots(app)
    assert app.slider(key="tta.strength").value == 3 and shown["set_meaning"] == "It costs accuracy here"
    assert shown["verdict"] == "wrong" and shown["judged0"] == "line right"
    swept = sweeps.load(SHIPPED_FOLDER / "sweep.npz")
    assert swept.balance(4, 0.25, MEAN, 1.5).accuracy > swept.balance(4, 0.25, MEAN, 1.0).accuracy


def test_the_counts_of_the_set_are_those_of_the_stored_predictions(visit: Visit, stored) -> None:
    app = visit(PAGE, tta__n="3", tta__beta="0.1")
    combined = stored.combined(3, 0.1)
    rescued, broken = rescued_and_broken(stored.plain, combined, stored.labels)
    assert f"{len(rescued)} rescued − {len(broken)} broken" in texts(app)
    assert live.slots(app)["set_both"] == f"{100 * stored.accuracy(combined):.1f}\u00a0%"
    assert f"Rescued · {len(rescued)} pictures" in texts(app)


def test_strength_and_log_odds_are_asked_of_the_net_and_of_what_it_has_stored(visit: Visit, model, stored) -> None:
    app = visit(PAGE, tta__log_odds="true", tta__strength="2.0")
    picture = open_named("sample", stored.names[RESCUED], model.presize, environment.load())
    looks, (others, how) = looks_of(model, stored, RESCUED), stretch(model, picture, 8, SEED, 2.0)
    expected = combine_logits(looks.plain.probs, others.probs[:4, None])[0]
    assert shown(app) == f"{model.names[int(expected.argmax())]} {100 * expected.max():.0f}\u00a0%"
    assert live.slots(app)["how3"] == how[2].words()
    of = stored.seen_as(stretched.load(SHIPPED_FOLDER / "stretched.npz")[2.0])
    combined = of.combined(4, 0.25, LOG_ODDS)
    rescued, broken = rescued_and_broken(stored.plain, combined, stored.labels)
    assert f"{len(rescued)} rescued − {len(broken)} broken" in texts(app)
    assert f"Rescued · {len(rescued)} pictures" in texts(app)  # those further down are the same
    assert "get_preds" in texts(app) and "mult=2, max_zoom=1.2, min_scale=0.5" in texts(app)
    sent = live.stages(app)["tta"]["along"]["strength"]
    assert sent["set_both"] == [
        f"{100 * sweep.balance(4, 0.25, LOG_ODDS, s).accuracy:.1f}\u00a0%"
        for sweep in [sweeps.load(SHIPPED_FOLDER / "sweep.npz")]
        for s in STRENGTHS
    ]


def test_draw_again_draws_other_views_of_the_same_picture(visit: Visit) -> None:
    app = visit(PAGE)
    app.button(key="tta.again").click().run()
    assert app.session_state["tta.seed"] != SEED and app.session_state["tta.picture"] == RESCUED


@pytest.mark.parametrize("value", ["999999", "-1", "x"])
def test_an_address_that_names_no_picture_shows_one_all_the_same(visit: Visit, value: str) -> None:
    assert "together: lighthouse 65 %" in texts(visit(PAGE, tta__picture=value))


@pytest.mark.long
def test_a_visitors_own_picture_is_asked_about_and_not_judged(visit: Visit, model) -> None:
    import io

    from PIL import Image

    picture = Image.fromarray(np.random.default_rng(0).integers(0, 255, (90, 120, 3), dtype=np.uint8))
    file = io.BytesIO()
    picture.save(file, "PNG")
    app = visit(PAGE)
    app.file_uploader(key="tta.own").set_value(("own.png", file.getvalue(), "image/png")).run()
    assert not app.exception and "true class" not in texts(app)
    expected = together(look(model, presized(picture, model.presize), 8, SEED), 4, 0.25)
    assert shown(app).startswith(model.names[int(expected.argmax())])


AGAIN = "tta.own_again"  # the button back to one's own picture


@pytest.mark.long
@pytest.mark.parametrize("press", ["tta.another", "notice.2"])
def test_another_picture_that_is_asked_for_takes_the_place_of_ones_own(visit: Visit, press: str) -> None:
    import io

    from PIL import Image

    file = io.BytesIO()
    Image.new("RGB", (90, 120), (200, 30, 30)).save(file, "PNG")
    app = visit(PAGE)
    app.file_uploader(key="tta.own").set_value(("own.png", file.getvalue(), "image/png")).run()
    assert "true class" not in texts(app) and AGAIN not in {b.key for b in app.button}, "one's own is shown already"
    app.button(key=press).click().run()
    assert not app.exception and "true class" in texts(app) and "tta.own" not in app.query_params
    app.button(key=AGAIN).click().run()
    assert "true class" not in texts(app) and AGAIN not in {b.key for b in app.button}


def test_bytes_that_are_no_picture_are_refused_in_a_sentence(visit: Visit) -> None:
    app = visit(PAGE)
    app.file_uploader(key="tta.own").set_value(("own.png", b"not a picture", "image/png")).run()
    assert not app.exception and "not a JPEG, PNG or WebP" in app.error[0].value


def test_the_code_beside_it_is_that_of_the_state(visit: Visit) -> None:
    assert "learn.tta(n=7, beta=0.6)" in texts(visit(PAGE, tta__n="7", tta__beta="0.6"))


@pytest.mark.parametrize(("n", "views"), [("1", "1 augmented view."), ("8", "8 augmented views.")])
def test_the_average_of_five_is_the_book_s_and_only_of_fastai_s_four_views(visit: Visit, n: str, views: str) -> None:
    said = texts(visit(PAGE, tta__n=n))
    assert "The book's prose speaks of averaging five images, for fastai's n = 4." in said
    assert "The texts call it" not in said and f"accuracy after each of {views}" in said
    assert "1 augmented views" not in said and "each of 1 views" not in said


def test_the_printed_gains_are_told_as_printed(visit: Visit) -> None:
    assert "The texts print gains of +1.0 points (book) and +0.5 points (notes)" in texts(visit(PAGE))


def test_a_gain_with_losses_is_not_called_what_it_is_not(visit: Visit, stored) -> None:
    rescued, broken = rescued_and_broken(stored.plain, stored.combined(1, 0.25, False), stored.labels)
    change, said = len(rescued) - len(broken), texts(visit(PAGE, tta__n="1"))
    assert 0 < change <= len(broken)  # true of the shipped predictions with one view
    assert f"It pays on balance, not for every picture: {len(rescued)} rescued" in said


def test_what_the_page_sends_for_each_step_is_the_combination(visit: Visit, model, stored) -> None:
    app = visit(PAGE, tta__n="3")
    looks, sent = looks_of(model, stored, RESCUED), live.stages(app)["tta"]["along"]
    for n in range(1, 9):
        probs = together(looks, n, 0.25)
        assert sent["n"]["top_p"][n - 1] == f"{100 * probs.max():.0f}\u00a0%"
        assert sent["n"]["set_both"][n - 1] == f"{100 * stored.accuracy(stored.combined(n, 0.25)):.1f}\u00a0%"
    for step in range(21):
        combined = stored.combined(3, step / 20)
        rescued, broken = rescued_and_broken(stored.plain, combined, stored.labels)
        assert sent["beta"]["p"][step] == f"{together(looks, 3, step / 20).max():.2f}"
        assert (sent["beta"]["set_rescued"][step], sent["beta"]["set_broken"][step]) == (
            str(len(rescued)),
            str(len(broken)),
        )
    assert sent["use_max"]["if_max"] == ["none", ""]


def test_with_the_maximum_beta_is_locked_and_moves_nothing_but_its_own_weights(visit: Visit) -> None:
    app = visit(PAGE, tta__use_max="true")
    assert app.slider(key="tta.beta").disabled
    moved = set(live.stages(app)["tta"]["along"]["beta"])
    hidden = {slot for slot in moved if slot.startswith(("ln_", "odds", "mean_", "log-odds_"))}  # of the other rules
    assert moved - hidden <= {"beta", "w_plain", "w_plain_w", "w_each", "w_each_w"}
    assert app.toggle(key="tta.log_odds").disabled
    assert live.slots(app)["if_mean"] == "none" and live.slots(app)["if_max"] == ""
