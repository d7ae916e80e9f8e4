"""TTA of a whole validation set at every value of the controls: the numbers are the sweep's, and the axes do not
change.
"""

import itertools
import re

import numpy as np
import pytest

from sota_core.figures.frames import now
from sota_core.figures.tta import validation_set
from sota_core.figures.tta.views import BETAS, N_VIEWS, NS
from sota_core.functional.tta import rescued_and_broken
from sota_core.inference.predictions import RULES, Stored, rule_of
from sota_core.inference.sweep import Sweep, sweep
from tests.figures.templates import slots_of


@pytest.fixture(scope="module")
def stored() -> Stored:
    rng = np.random.default_rng(1)
    probs = rng.dirichlet([0.8] * 4, size=(7, 60)).astype(np.float32)
    return Stored(probs[0], probs[1:], rng.integers(0, 4, 60), tuple(map(str, range(60))), tuple("abcd"))


@pytest.fixture(scope="module")
def swept(stored: Stored, strong: Stored) -> Sweep:
    return sweep(stored, BETAS, N_VIEWS, {2.0: strong.views})


@pytest.fixture(scope="module")
def strong(stored: Stored) -> Stored:
    """The same pictures with views of another strength."""
    return stored.seen_as(np.random.default_rng(2).dirichlet([0.8] * 4, size=(6, 60)).astype(np.float32))


@pytest.mark.long
@pytest.mark.parametrize(("use_max", "log_odds"), [(False, False), (True, False), (False, True), (True, True)])
@pytest.mark.parametrize("strength", [1.0, 2.0])
def test_every_count_at_every_step_is_that_of_the_stored_predictions(
    stored: Stored, strong: Stored, swept: Sweep, use_max: bool, log_odds: bool, strength: float
) -> None:
    rule, of = rule_of(use_max, log_odds), strong if strength == 2 else stored
    for n in NS:  # two values are more than the stored views: then all of them count
        for beta in BETAS[::2]:
            shown = validation_set.balance(swept, n, beta, use_max, log_odds, strength)
            combined = of.combined(n, beta, rule)
            rescued, broken = rescued_and_broken(stored.plain, combined, stored.labels)
            assert (shown["set_rescued"], shown["set_broken"]) == (str(len(rescued)), str(len(broken)))
            assert shown["set_both"] == f"{100 * stored.accuracy(combined):.1f}\u00a0%"
            assert int(shown["set_change"].split()[0].replace("−", "-")) == len(rescued) - len(broken)
            assert shown["set_passes"] == f"{min(n, 6) + 1} passes"
            assert float(shown["set_both_w"]) == pytest.approx(stored.accuracy(combined), abs=1e-4)


@pytest.mark.parametrize(("n_right", "n"), [(290, 385), (1, 3), (877, 3925)])
def test_the_points_are_what_lies_between_the_two_accuracies_on_the_screen(n_right: int, n: int) -> None:
    for gained in range(1, 12):
        counts = [np.array([[[[n]]] * 3]) for n in (gained, 0)]
        swept = Sweep(n, n_right / n, (0.25,), (1.0,), *counts, np.full((1, 3, 1, 1, 3), 0.5))
        shown = now({"swept": swept, "n": 1, "beta": 0.25, "use_max": False, "log_odds": False, "strength": 1.0},
                    [validation_set.plain, validation_set.balance])  # fmt: skip
        before, after, points = (float(shown[slot].split()[0]) for slot in ("set_plain", "set_both", "set_points"))
        assert points == pytest.approx(after - before)


def of(n_rescued: int, n_broken: int) -> dict[str, str]:
    """The slots for a set of a hundred pictures with these counts, under the mean."""
    counts = [np.array([[[[n]]] * 3]) for n in (n_rescued, n_broken)]
    swept = Sweep(100, 0.5, (0.25,), (1.0,), *counts, np.full((1, 3, 1, 1, 3), 0.5))
    return dict(validation_set.balance(swept, 1, 0.25, False, False, 1.0))


@pytest.mark.parametrize(
    ("n_rescued", "n_broken", "meaning", "change"),
    [
        (5, 0, "It pays here", "+5 pictures"),
        (5, 3, "It pays on balance, not for every picture", "+2 pictures"),
        (3, 2, "It pays on balance, not for every picture", "+1 picture"),
        (9, 3, "It pays here", "+6 pictures"),
        (2, 2, "Nothing gained on balance", "+0 pictures"),
        (1, 4, "It costs accuracy here", "−3 pictures"),
    ],
)
def test_a_gain_is_called_what_it_is(n_rescued: int, n_broken: int, meaning: str, change: str) -> None:
    shown = of(n_rescued, n_broken)
    assert shown["set_meaning"] == meaning and shown["set_change"] == change
    longest = max(n_rescued, n_broken)
    assert float(shown["set_rescued_w"]) == pytest.approx(n_rescued / longest, abs=1e-3)
    assert float(shown["set_broken_w"]) == pytest.approx(n_broken / longest, abs=1e-3)


@pytest.mark.parametrize("strength", [1.0, 2.0])
def test_all_three_rules_stand_beside_one_another(
    stored: Stored, strong: Stored, swept: Sweep, strength: float
) -> None:
    of = strong if strength == 2 else stored
    for n, beta in itertools.product(NS[:6], BETAS[::5]):
        shown = validation_set.rules(swept, n, beta, strength)
        for rule in RULES:
            combined = of.combined(n, beta, rule)
            rescued, broken = rescued_and_broken(stored.plain, combined, stored.labels)
            counts = [shown[f"{rule}_{what}"] for what in ("accuracy", "rescued", "broken")]
            assert counts == [f"{100 * stored.accuracy(combined):.1f}\u00a0%", f"{len(rescued)}", f"{len(broken)}"]


@pytest.mark.parametrize("use_max", [False, True])
@pytest.mark.parametrize("log_odds", [False, True])
def test_the_rule_in_use_is_marked(use_max: bool, log_odds: bool) -> None:
    shown = validation_set.chosen(use_max, log_odds)
    assert [slot for slot, row in shown.items() if row == "own"] == [f"{rule_of(use_max, log_odds)}_row"]


def test_a_run_without_stretched_views_says_that_the_set_stays(swept: Sweep) -> None:
    assert not validation_set.strengths(swept, 1.0)["set_note"] and not validation_set.strengths(swept, 2.0)["set_note"]
    assert "strength 1.0 only" in validation_set.strengths(swept, 3.0)["set_note"]


def corners(path: str) -> np.ndarray:
    steps = np.array([int(text) for text in re.findall(r"-?\d+", path)]).reshape(-1, 2)
    return steps.cumsum(axis=0) / 1000


@pytest.mark.parametrize("strength", [1.0, 2.0])
@pytest.mark.parametrize(
    ("beta", "use_max", "log_odds"),
    [(0.0, False, False), (0.25, False, False), (0.25, True, False), (0.25, False, True)],
)
def test_the_curve_is_the_growth_and_the_ring_stands_on_it(
    swept: Sweep, beta: float, use_max: bool, log_odds: bool, strength: float
) -> None:
    axes, found = validation_set.growth_axes(swept, strength), swept.growth(beta, rule_of(use_max, log_odds), strength)
    low, high = axes.y

    def accuracy(up: float) -> float:
        return low + (high - low) * up

    shown = validation_set.growth(swept, beta, use_max, log_odds, strength)
    assert [accuracy(1 - y) for _, y in corners(shown["mean_d"])] == pytest.approx([g.mean for g in found], abs=1e-3)
    band = [accuracy(1 - y) for _, y in corners(shown["range_d"])]
    assert band == pytest.approx([*(g.high for g in found), *(g.low for g in reversed(found))], abs=1e-3)
    for n in NS:
        ring = validation_set.ring(swept, n, beta, use_max, log_odds, strength)
        at = found[min(n, 6)]
        assert accuracy(float(ring["ring_y"])) == pytest.approx(at.mean, abs=1e-3)
        assert ring["ring_x"] == axes.left(at.k) and ring["ring_words"] == f"mean {100 * at.mean:.1f}\u00a0%"
        if n <= 6:
            assert shown[f"mean{n}_y"] == ring["ring_y"]


@pytest.mark.parametrize(("strength", "seen"), [(1.0, [1.0]), (1.5, [1.0]), (2.0, [1.0, 2.0])])
def test_every_setting_is_inside_the_frame_whose_lines_stand_at_whole_percents(
    swept: Sweep, strength: float, seen: list[float]
) -> None:
    low, high = validation_set.growth_axes(swept, strength).y
    every = [g for rule in RULES for s in seen for beta in BETAS for g in swept.growth(beta, rule, s)]
    assert low <= min(g.low for g in every) and high >= max(g.high for g in every)
    shown = validation_set.plain(swept, strength)
    ticks = [int(shown[f"y_tick{i}"].removesuffix("\u00a0%")) for i in range(validation_set.N_LINES)]
    assert (ticks[0], ticks[-1]) == (round(100 * low), round(100 * high))
    assert len({b - a for a, b in itertools.pairwise(ticks)}) == 1  # evenly spaced, also after rounding
    assert low + (high - low) * float(shown["set_plain_y"]) == pytest.approx(swept.plain, abs=1e-4)


def test_the_words_name_the_pictures_and_every_number_of_views(swept: Sweep) -> None:
    said = validation_set.told(swept, 0.25, False, False, 1.0)["said_growth"]
    assert "60 pictures" in said and "1 view " in said and "6 views" in said and "part of the scale" in said


def test_every_slot_of_every_template_is_filled(swept: Sweep) -> None:
    at = {"swept": swept, "n": 4, "beta": 0.25, "use_max": False, "log_odds": False, "strength": 1.0}
    filled = set(now(at, (*validation_set.VIEWS, validation_set.told)))
    assert slots_of(validation_set.balance_template()) | slots_of(validation_set.rules_table()) <= filled
    assert slots_of(validation_set.growth_template(swept)) <= filled
