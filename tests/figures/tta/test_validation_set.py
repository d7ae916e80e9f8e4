"""A whole validation set under the knobs: what is shown is the sweep's, and the frame stands still."""

import re

import numpy as np
import pytest

from sota_core.figures.frames import now
from sota_core.figures.tta import validation_set
from sota_core.figures.tta.views import BETAS, N_VIEWS, NS
from sota_core.functional.tta import rescued_and_broken
from sota_core.inference.predictions import Growth, Stored
from sota_core.inference.sweep import Balance, Sweep, sweep
from tests.figures.templates import slots_of


@pytest.fixture(scope="module")
def stored() -> Stored:
    rng = np.random.default_rng(1)
    probs = rng.dirichlet([0.8] * 4, size=(7, 60)).astype(np.float32)
    return Stored(probs[0], probs[1:], rng.integers(0, 4, 60), tuple(map(str, range(60))), tuple("abcd"))


@pytest.fixture(scope="module")
def swept(stored: Stored) -> Sweep:
    return sweep(stored, BETAS, N_VIEWS)


@pytest.mark.parametrize("use_max", [False, True])
def test_every_count_at_every_step_is_that_of_the_stored_predictions(
    stored: Stored, swept: Sweep, use_max: bool
) -> None:
    for n in NS:  # two more than were stored: those count as all of them
        for beta in BETAS[::2]:
            shown = validation_set.balance(swept, n, beta, use_max)
            combined = stored.combined(n, beta, use_max)
            rescued, broken = rescued_and_broken(stored.plain, combined, stored.labels)
            assert (shown["set_rescued"], shown["set_broken"]) == (str(len(rescued)), str(len(broken)))
            assert shown["set_both"] == f"{100 * stored.accuracy(combined):.1f} %"
            assert int(shown["set_change"].split()[0].replace("−", "-")) == len(rescued) - len(broken)
            assert shown["set_passes"] == f"{min(n, 6) + 1} passes"
            assert float(shown["set_both_w"]) == pytest.approx(stored.accuracy(combined), abs=1e-4)


def of(n_rescued: int, n_broken: int) -> dict[str, str]:
    accuracy = 0.5 + (n_rescued - n_broken) / 100
    grown = [Growth(0, 0.5, 0.5, 0.5), Growth(1, accuracy, accuracy, accuracy)]
    found: dict[tuple[int, float | None], Balance] = {(1, 0.25): Balance(accuracy, n_rescued, n_broken)}
    return dict(validation_set.balance(Sweep(100, 1, 0.5, found, {0.25: grown}), 1, 0.25, False))


@pytest.mark.parametrize(
    ("n_rescued", "n_broken", "meaning", "change"),
    [
        (5, 0, "It pays here", "+5 pictures"),
        (5, 3, "It pays in sum, not for every picture", "+2 pictures"),
        (3, 2, "It pays in sum, not for every picture", "+1 picture"),
        (9, 3, "It pays here", "+6 pictures"),
        (2, 2, "Nothing in sum", "+0 pictures"),
        (1, 4, "It costs accuracy here", "−3 pictures"),
    ],
)
def test_a_gain_is_called_what_it_is(n_rescued: int, n_broken: int, meaning: str, change: str) -> None:
    shown = of(n_rescued, n_broken)
    assert shown["set_meaning"] == meaning and shown["set_change"] == change
    longest = max(n_rescued, n_broken)
    assert float(shown["set_rescued_w"]) == pytest.approx(n_rescued / longest, abs=1e-3)
    assert float(shown["set_broken_w"]) == pytest.approx(n_broken / longest, abs=1e-3)


def corners(path: str) -> np.ndarray:
    steps = np.array([int(text) for text in re.findall(r"-?\d+", path)]).reshape(-1, 2)
    return steps.cumsum(axis=0) / 1000


@pytest.mark.parametrize(("beta", "use_max"), [(0.0, False), (0.25, False), (0.25, True)])
def test_the_curve_is_the_growth_and_the_ring_stands_on_it(swept: Sweep, beta: float, use_max: bool) -> None:
    axes, found = validation_set.growth_axes(swept), swept.growth(beta, use_max)
    low, high = axes.y

    def accuracy(up: float) -> float:
        return low + (high - low) * up

    shown = validation_set.growth(swept, beta, use_max)
    assert [accuracy(1 - y) for _, y in corners(shown["mean_d"])] == pytest.approx([g.mean for g in found], abs=1e-3)
    band = [accuracy(1 - y) for _, y in corners(shown["range_d"])]
    assert band == pytest.approx([*(g.high for g in found), *(g.low for g in reversed(found))], abs=1e-3)
    for n in NS:
        ring = validation_set.ring(swept, n, beta, use_max)
        at = found[min(n, 6)]
        assert accuracy(float(ring["ring_y"])) == pytest.approx(at.mean, abs=1e-3)
        assert ring["ring_x"] == axes.left(at.k) and ring["ring_words"] == f"mean {100 * at.mean:.1f} %"
        if n <= 6:
            assert shown[f"mean{n}_y"] == ring["ring_y"]


def test_every_setting_is_inside_the_frame_whose_lines_stand_at_whole_percents(swept: Sweep) -> None:
    low, high = validation_set.growth_axes(swept).y
    every = [g for curve in swept.growths.values() for g in curve]
    assert low <= min(g.low for g in every) and high >= max(g.high for g in every)
    n = validation_set.n_ticks(swept)
    step = (high - low) / (n - 1)
    assert 2 <= n <= 7 and step / 0.05 == pytest.approx(round(step / 0.05))
    assert validation_set.plain(swept)["y_tick0"] == f"{100 * low:.0f} %"


def test_the_words_name_the_pictures_and_every_number_of_views(swept: Sweep) -> None:
    said = validation_set.told(swept, 0.25, False)["said_growth"]
    assert "60 pictures" in said and "1 view " in said and "6 views" in said and "part of the scale" in said


def test_every_slot_of_every_template_is_filled(swept: Sweep) -> None:
    at = {"swept": swept, "n": 4, "beta": 0.25, "use_max": False}
    filled = set(now(at, (*validation_set.VIEWS, validation_set.told)))
    assert slots_of(validation_set.BALANCE) <= filled
    assert slots_of(validation_set.growth_template(swept)) <= filled
