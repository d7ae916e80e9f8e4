"""The figure at every value of its controls: functional's numbers, to the digits shown."""

import math
import re

import numpy as np
import pytest

from sota_core.figures.frames import Knob, along, now
from sota_core.figures.label_smoothing import mixed, noise, templates, views
from sota_core.figures.label_smoothing.smoothed import both
from sota_core.functional import smoothing as maths
from sota_core.language import LANGUAGES, use
from tests.figures.templates import slots_of

AT = {"eps": 0.1, "n": 10, "label": 3, "logit": 3.0}


def of_the_maths(eps: float, n: int, logit: float) -> dict[str, str]:
    """slot → the text the page must show, from functional alone."""
    hard, target = maths.one_hot([0], n), maths.smooth_targets([0], n, eps)
    logits = logit * hard
    probs, grad = maths.softmax(logits)[0], maths.cross_entropy_grad(logits, target)[0]
    best = maths.optimal_logit_gap(n, eps)
    return {
        "on": f"{target[0, 0]:.4f}",
        "off": f"{target[0, 1]:.5f}",
        "floor": f"{maths.loss_floor(target)[0]:.3f}",
        "best": f"{best:.2f}" if math.isfinite(best) else "∞",
        "p_on": f"{probs[0]:.3f}",
        "p_off": f"{probs[1]:.5f}",
        "loss": f"{maths.soft_cross_entropy(logits, target)[0]:.3f}",
        "plain_loss": f"{maths.soft_cross_entropy(logits, hard)[0]:.3f}",
        "g_on": f"{grad[0]:+.3f}".replace("-", "−"),
        "g_off": f"{grad[1]:+.5f}".replace("-", "−"),
    }


@pytest.mark.parametrize(("n", "step"), [(2, 10), (10, 1), (1000, 30)])
def test_every_number_at_every_step_is_the_maths(n: int, step: int) -> None:
    for eps in (0.0, 0.1, 0.37, 0.9):
        for logit in views.LOGIT_STEPS[::step]:
            shown, right = now({**AT, "n": n, "eps": eps, "logit": logit}, views.VIEWS), of_the_maths(eps, n, logit)
            for slot, text in right.items():
                nought = not text.strip("+−0.")  # zero is shown without a sign
                assert shown[slot] == (text.strip("+−") if nought else text), slot


@pytest.mark.parametrize("n", [2, 10, 1000])
@pytest.mark.parametrize("eps", [0.0, 0.1, 0.37, 1.0])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_loss_written_in_one_go_is_written_as_at_each_step(n: int, eps: float, language: str) -> None:
    knob = Knob("logit", "", views.LOGIT_STEPS)
    with use(language):
        quick = along(knob, {"eps": eps, "n": n}, [views.loss])
        each = [views.loss(eps, n, logit) for logit in views.LOGIT_STEPS]
    for slot in each[0]:
        column = [step[slot] for step in each]
        assert quick.get(slot, [column[0]] * len(column)) == column, slot


def test_a_label_of_weight_0_gets_what_any_other_class_gets() -> None:
    shown = mixed.values(0.1, 1000, 3, 5, 1.0)
    assert float(shown["b"]) == float(shown["rest"]) == 0.0001 and "class 5 0.00010, each" in shown["said_mix"]


@pytest.mark.parametrize("eps", [0.1, 0.5, 0.9])
def test_the_prediction_s_mark_never_leaves_the_figure(eps: float) -> None:
    for logit in views.LOGIT_STEPS[::20]:
        shown = views.loss(eps, 10, logit)
        is_beyond = float(shown["loss"]) > views.loss_axes(10).y[1]
        assert 0 <= float(shown["now_y"]) <= 1
        assert shown["now_words"] == (f"↑ {shown['loss']}" if is_beyond else shown["loss"])
    assert is_beyond == (eps > 0.4)


def test_a_bar_is_as_long_as_its_number_and_starts_at_its_zero() -> None:
    shown = now(AT, views.VIEWS)
    probs = maths.softmax(3.0 * maths.one_hot([0], 10))[0]
    grad = probs - maths.smooth_targets([0], 10, 0.1)[0]
    assert float(shown["on_w"]) == pytest.approx(0.91) and float(shown["p_on_w"]) == pytest.approx(probs[0], rel=1e-3)
    assert grad[0] < 0 < grad[1]
    assert float(shown["g_on_x"]) + float(shown["g_on_w"]) == pytest.approx(0.5, abs=1e-3)
    assert float(shown["g_on_w"]) == pytest.approx(-grad[0] / 2, rel=1e-3)
    assert float(shown["g_off_x"]) == 0.5 and float(shown["g_off_w"]) == pytest.approx(grad[1] / 2, rel=1e-3)


@pytest.mark.parametrize(("n", "eps"), [(2, 0.5), (10, 0.1), (1000, 0.1)])
def test_the_curve_is_lowest_at_the_marked_point_and_touches_the_floor(n: int, eps: float) -> None:
    shown = now({**AT, "n": n, "eps": eps}, views.VIEWS)
    xs, ys = points(str(shown["smoothed_d"]))
    lowest = int(np.argmax(ys))  # in a path y grows downwards
    assert xs[lowest] / 1000 == pytest.approx(float(shown["best_x"]), abs=0.02)
    assert 1 - ys[lowest] / 1000 == pytest.approx(float(shown["best_y"]), abs=0.002)
    low, high = views.loss_axes(n).y
    assert low + float(shown["best_y"]) * (high - low) == pytest.approx(
        maths.loss_floor(maths.smooth_targets([0], n, eps))[0], abs=0.002 * high
    )


def points(path: str) -> tuple[list[int], list[int]]:
    """The x and the y of a path's corners, read from what `Axes.path` writes by the browser's rules for numbers."""
    numbers = [int(text) for text in re.findall(r"-?\d+", path)]
    steps = np.array(numbers).reshape(-1, 2).cumsum(axis=0)
    return steps[:, 0].tolist(), steps[:, 1].tolist()


def test_without_smoothing_nothing_is_lowest() -> None:
    shown = now({**AT, "eps": 0.0}, (*views.VIEWS, views.said))
    assert shown["best_seen"] == shown["floor_seen"] == "hidden" and shown["best_at"] == ""
    assert "falling for ever" in str(shown["said_loss"])


def test_the_words_name_targets_optimum_floor_and_both_losses() -> None:
    said = views.said(**AT)
    assert "lowest at a logit of 4.51, where it is 0.500" in said["said_loss"]
    assert "plain cross-entropy 0.370" in said["said_loss"]
    assert "gets 0.91 and each other class 0.01" in said["said_bars"]


def test_of_a_thousand_classes_some_rows_and_the_label_s_are_shown() -> None:
    shown = views.rows(n=1000, label=700)
    assert [shown[f"name{i}"] for i in range(10)] == [*(str(k) for k in range(9)), "✓ 700"]
    assert [shown[f"row{i}"] for i in range(10)] == ["other"] * 9 + ["own"]
    assert shown["more"] == "… and 990 classes more"
    few = views.rows(n=3, label=7)  # n has been lowered below the label, which follows it
    assert [few[f"row{i}"] for i in range(4)] == ["other", "other", "own", "none"] and few["more"] == ""


def test_a_knob_brings_only_what_hangs_on_it() -> None:
    from pages.parts.label_smoothing.figure import knobs

    columns = {knob.name: along(knob, AT, views.VIEWS) for knob in knobs(10)}
    assert "smoothed_d" in columns["eps"] and "plain_d" not in columns["eps"]
    assert "smoothed_d" not in columns["logit"] and {"loss", "g_on", "p_on", "now_x"} <= set(columns["logit"])
    assert set(columns["label"]) <= {"label", *(f"{of}{i}" for of in ("row", "name") for i in range(10))}
    assert {"y_tick5", "plain_d", "more"} <= set(columns["n"])


def test_every_slot_of_every_template_is_filled() -> None:
    first = set(now(AT, (*views.VIEWS, views.said)))
    for template in (templates.figure(), templates.shares(), templates.arithmetic()):
        assert slots_of(template) <= first
    mix = now({**AT, "partner": 7, "lam": 0.7}, (*mixed.VIEWS, *mixed.STILL))
    assert slots_of(mixed.bars()) | slots_of(mixed.sums()) <= set(mix)
    assert slots_of(noise.sentence()) <= set(noise.as_target(0.25, 10))


@pytest.mark.parametrize(("partner", "lam"), [(7, 0.7), (3, 0.7), (7, 1.0), (0, 0.5)])
def test_the_mixed_target_is_the_maths(partner: int, lam: float) -> None:
    target = both(10, (3, partner), lam, 0.1)
    shown = now({**AT, "partner": partner, "lam": lam}, (*mixed.VIEWS, *mixed.STILL))
    assert (shown["a"], shown["b"]) == (f"{target[3]:.3f}", f"{target[partner]:.3f}")
    assert shown["rest"] == f"{target[5]:.5f}" and shown["holds"] == "✓"
    assert shown["row3"] == "is-a" and shown[f"row{partner}"] == ("is-a" if partner == 3 else "is-b")
    assert (", class" in str(shown["said_mix"])) is (partner != 3)


def test_two_classes_of_which_both_are_mixed_leave_no_other() -> None:
    shown = now({"eps": 0.1, "n": 2, "label": 0, "partner": 1, "lam": 0.6}, mixed.VIEWS)
    assert str(shown["said_mix"]).endswith("class 1 0.410.")


@pytest.mark.parametrize(("share", "eps"), [(0.0, "0.00"), (0.25, "0.28"), (0.5, "0.56")])
def test_wrong_labels_are_a_smoothed_target(share: float, eps: str) -> None:
    shown = noise.as_target(share, 10)
    target = maths.smooth_targets([0], 10, share * 10 / 9)[0]
    assert shown["honest"] == eps
    assert (shown["right"], shown["each"]) == (f"{target[0]:.2f}", f"{target[1]:.3f}")
