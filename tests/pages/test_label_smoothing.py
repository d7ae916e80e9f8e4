"""The page Label smoothing: its numbers are the maths'. Its address is tested in test_addresses.py."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from sota_core.cli.main import build_parser
from sota_core.figures.label_smoothing.smoothed import both, smoothed
from sota_core.recipes import PRESETS
from sota_core.script.snippets import smoothing_code
from tests.pages.conftest import codes, texts
from tests.pages.live import slots

PAGE = "label_smoothing"
Visit = Callable[..., AppTest]


def control(app: AppTest, key: str):
    kinds = (app.slider, app.select_slider, app.number_input)
    return next(widget for kind in kinds for widget in kind if widget.key == key)


def test_the_first_screen_shows_91_and_1_hundredths_and_the_floor(visit: Visit) -> None:
    app = visit(PAGE)
    said = texts(app)
    assert "class 3 gets 0.9100, ✕ each other gets 0.01000." in said and "**1.015**" in said
    assert slots(app)["floor"] == "0.500" and slots(app)["best"] == "4.51"


@pytest.mark.long
@pytest.mark.parametrize(("eps", "n", "label", "logit"), [(0.2, 5, 4, 1.0), (0.0, 10, 0, 7.5), (0.1, 1000, 700, 9.1)])
def test_what_is_shown_is_what_the_maths_gives(visit: Visit, eps: float, n: int, label: int, logit: float) -> None:
    app = visit(PAGE)
    control(app, "label_smoothing.n").set_value(n).run()
    control(app, "label_smoothing.eps").set_value(eps).run()
    control(app, "label_smoothing.label").set_value(label).run()
    control(app, "label_smoothing.logit").set_value(logit).run()
    what, said = smoothed(n, label, eps, logit), texts(app)
    assert not app.exception
    assert f"= {what.on:.4f}" in said and f"= {what.off:.5f}" in said
    assert f"= {what.loss:.3f}" in said and f"plain cross-entropy {what.plain_loss:.3f}; floor" in said
    assert f"= {what.floor:.3f}" in said
    assert (f"= {what.best_logit:.2f}, where the gradient is 0" in said) is (eps > 0)
    assert ("no logit is ever large enough" in said) is (eps == 0)
    assert smoothing_code(eps, n, 15, 3e-3).strip() in said


def test_fewer_classes_pull_the_labels_below_n(visit: Visit) -> None:
    app = visit(PAGE, label_smoothing__label="8", label_smoothing__n="10")
    control(app, "label_smoothing.n").set_value(2).run()
    assert not app.exception
    assert control(app, "label_smoothing.label").value == 1 and control(app, "label_smoothing.partner").value == 1
    control(app, "label_smoothing.n").set_value(10).run()  # and with more classes the address's label is there again
    assert control(app, "label_smoothing.label").value == 8
    assert app.query_params["label_smoothing.label"] in ("8", ["8"])


def test_the_mixed_target_is_the_maths(visit: Visit) -> None:
    app = visit(PAGE, label_smoothing__lam="0.6")
    target = both(10, (3, 7), 0.6, 0.1)
    assert f"● class 3 {target[3]:.3f} , ■ class 7 {target[7]:.3f}" in texts(app)


def test_each_notice_sets_what_it_says(visit: Visit) -> None:
    app = visit(PAGE, label_smoothing__eps="0.5")
    app.button(key="notice.0").click().run()
    assert "✓ class 2 gets 0.9200, ✕ each other gets 0.02000." in texts(app)
    app.button(key="notice.1").click().run()
    assert control(app, "label_smoothing.n").value == 1000 and "xresnet50()," in texts(app)
    app.button(key="notice.2").click().run()
    what = smoothed(10, control(app, "label_smoothing.label").value, 0.1, 10.0)
    assert what.loss > what.floor and slots(app)["loss"] == f"{what.loss:.3f}"
    assert not app.exception


def test_the_lab_is_opened_with_noise_once_smoothed_and_once_not(visit: Visit) -> None:
    app = visit(PAGE, label_smoothing__noise="0.4", label_smoothing__eps="0.2")
    links = [link.proto.query_string for link in app.get("page_link")]
    assert any("label_noise=0.4" in link and "label_smoothing=0.2" in link for link in links)
    assert any("label_noise=0.4" in link and link.endswith("label_smoothing=0") for link in links)
    assert any("phases.0.n_epochs=15" in link and "label_smoothing=0.2" in link for link in links)


def test_defaults_come_from_the_chapter_s_recipe(visit: Visit) -> None:
    app = visit(PAGE)
    assert control(app, "label_smoothing.eps").value == PRESETS["label_smoothing"].label_smoothing
    assert control(app, "label_smoothing.epochs").value == PRESETS["label_smoothing"].phases[0].n_epochs


def test_what_wrong_labels_cost_compares_one_baseline_with_itself(visit: Visit) -> None:
    said = texts(visit(PAGE))
    assert (
        "84.71\u00a0% with clean labels, 84.46\u00a0% with 1\u00a0% wrong ones "
        "and 83.44\u00a0% with 5\u00a0%. That is 1.3 points" in said
    )
    assert "87.43" not in said
    # The script train_noisy_imagenette, by which both were trained, has LabelSmoothingCrossEntropy() as its only loss
    assert "Imagenette's own baseline (with label smoothing, ε = 0.1, 128 px, 5 epochs, one run each)" in said
    assert "plain baseline" not in said


def test_the_set_s_own_wrong_labels_are_told_with_commands_that_the_parser_takes(visit):
    (fold,) = (e for e in visit(PAGE).expander if e.label.startswith("Imagenette's own wrong labels"))
    said = " ".join(m.value for m in fold.markdown)
    assert "1, 5, 25 and 50\u00a0% of the training labels wrong" in said
    assert (
        "84.7\u00a0% with 0\u00a0%, 84.5\u00a0% with 1\u00a0%, 83.4\u00a0% with 5\u00a0%, "
        "77.4\u00a0% with 25\u00a0%, 66.6\u00a0% with 50\u00a0%" in said
    )
    assert "The baseline of the comparison (with label smoothing, ε = 0.1, " in said
    commands = codes(fold)[0].splitlines()
    assert len(commands) == 2
    for command in commands:
        build_parser().parse_args(command.removeprefix("python -m sota_core ").split())


def test_the_surface_is_drawn_once_it_is_asked_for(visit: Visit) -> None:
    app = visit(PAGE)
    assert not app.get("plotly_chart")  # its library is 4.7 MB for the browser
    app = visit(PAGE, **{"label_smoothing.surface": "true", "label_smoothing.eps": "0.1"})
    (chart,) = app.get("plotly_chart")
    assert not app.exception and "lowest loss is 0.500, at a logit of 4.51" in chart.proto.alt
    assert next(fold for fold in app.expander if "Loss over logit" in fold.label).proto.expanded
