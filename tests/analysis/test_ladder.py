"""The ladder's noise bands and verdicts against NumPy and against a table of Student's t."""

import dataclasses
import math

import numpy as np
import pytest

from sota_core.analysis.ladder import DOWN, FEW, NOISE, UP, climb
from sota_core.analysis.noise import chance_of, student_t
from sota_core.figures.runs.ladder import waterfall
from sota_core.recipes import Phase, Recipe
from sota_core.recipes.ladder import RUNGS, TRAINED, ladder
from tests.analysis.compared_items import item

BASE = Recipe(phases=(Phase(size=64, bs=32, n_epochs=3),), arch="xresnet18", width=0.5)
PLAIN = {
    "baseline": (0.50, 0.52), "normalize": (0.51, 0.52), "progressive": (0.70, 0.72), "mixup": (0.66, 0.68),
    "smoothing": (0.67, 0.69),
}  # fmt: skip
GAIN = {"baseline": (0.01, 0.02), "normalize": (0.02, 0.01), "progressive": (0.03, 0.04), "mixup": (0.02, 0.02),
        "smoothing": (0.01, 0.03)}  # fmt: skip


def climbed(n_seeds: int = 2):
    found = []
    for i, recipe in enumerate(ladder(BASE, list(range(1, n_seeds + 1)))):
        rung, seed = TRAINED[i % 5], i // 5
        plain = PLAIN[rung][seed]
        found.append(item(f"{rung}{seed}", recipe, (0.3, plain), tta=plain + GAIN[rung][seed]))
    return found


def values(name: str) -> list[float]:
    """The accuracies of a rung's runs, from the numbers above."""
    rung = next(r for r in RUNGS if r.name == name)
    gain = np.array(GAIN[rung.trains]) if rung.with_tta else 0
    return list(np.array(PLAIN[rung.trains]) + gain)


def test_means_and_deltas_are_numpys():
    steps = climb(climbed()).steps
    means = [np.mean(values(rung.name)) for rung in RUNGS]
    assert [s.mean for s in steps] == pytest.approx(means)
    assert steps[0].delta is None
    assert [s.delta for s in steps[1:]] == pytest.approx(list(np.diff(means)))


def test_the_band_of_two_rungs_is_the_pooled_spread_over_seeds():
    of = climb(climbed())
    samples = [values(r) for r in ("baseline", "normalize", "progressive", "mixup", "smoothing")]
    s = math.sqrt(sum((len(v) - 1) * np.var(v, ddof=1) for v in samples) / 5)
    assert of.freedom == 5 and of.sd == pytest.approx(s) and of.is_by_seeds
    assert of.steps[1].band == pytest.approx(2.571 * s)  # √(1/2 + 1/2) = 1


def test_ttas_band_is_paired_for_it_is_the_same_runs():
    s = math.sqrt(sum(np.var(v, ddof=1) for v in GAIN.values()) / 5)
    tta = climb(climbed()).steps[3]
    assert tta.delta == pytest.approx(0.035) and tta.band == pytest.approx(2.571 * s / math.sqrt(2))
    assert tta.seeds == (1, 2)


def test_a_ladder_climbed_twice_with_one_seed_says_no_more_than_one():
    """Two pupils start the same ladder: its runs are of one seed, and no second one."""
    once = climbed(1)
    twice = [*once, *(dataclasses.replace(i, id=i.id + "again") for i in once)]
    again = climb(twice)
    assert again == climb(once) and not again.is_by_seeds and again.steps[1].verdict == NOISE
    two = climbed()
    assert climb([*two, *(dataclasses.replace(i, id=i.id + "again") for i in two)]).steps == climb(two).steps


def test_the_time_is_that_of_the_device_on_which_most_were_trained():
    cpu = [dataclasses.replace(i, device="CPU", seconds=600.0) for i in climbed()]
    card = [dataclasses.replace(i, id=i.id + "card", device="H200", seconds=10.0) for i in climbed(1)]
    assert {step.seconds for step in climb([*card, *cpu]).steps} == {600.0}


def test_what_is_inside_the_noise_is_called_so():
    found = {s.rung.name: s.verdict for s in climb(climbed()).steps}
    assert found == {
        "baseline": None, "normalize": NOISE, "progressive": UP, "tta": UP, "mixup": DOWN, "smoothing": NOISE,
    }  # fmt: skip


def test_the_words_of_a_band_that_reaches_beyond_the_scale_stand_within_it():
    """The two runs of each rung lie so far apart that the band is half a scale wide."""
    found = []
    for i, recipe in enumerate(ladder(BASE, [1, 2])[:7]):
        found.append(item(f"run{i}", recipe, (0.3, (0.6, 0.95)[i // 5]), tta=0.9))
    figure = waterfall(climb(found))
    assert max(step.band or 0.0 for step in climb(found).steps) > 0.4
    assert all(text["x"] <= 1 for text in figure.datasets["texts"])


def test_one_seed_has_no_spread_so_pictures_are_counted_and_tta_is_not_judged():
    of = climb(climbed(1))
    assert not of.is_by_seeds and of.n == 500
    assert of.steps[1].band == pytest.approx(math.hypot(chance_of(0.51, 500), chance_of(0.50, 500)))
    assert of.steps[3].band is None and of.steps[3].verdict is None


def test_runs_of_another_footing_and_no_rungs_are_left_out():
    other = [item("w", BASE.replace(width=1.0)), item("c", BASE.replace(cutmix_alpha=1.0))]
    of = climb([*climbed(), *other])
    assert of.left_out == 2 and len(of.steps[0].values) == 2


@pytest.mark.parametrize("of", ["data", "code"])
def test_runs_of_other_pictures_or_code_are_left_out_and_one_that_does_not_know_stays(of: str):
    found = [dataclasses.replace(i, data="A", code="1") for i in climbed()]
    found[0] = dataclasses.replace(found[0], **{of: "another's"})
    found[1] = dataclasses.replace(found[1], data=None)
    steps = climb(found)
    assert steps.left_out == 1 and steps.steps[0].seeds == (2,) and steps.steps[1].values == PLAIN["normalize"]


def test_a_ladder_of_other_epochs_is_another_ladder():
    longer = item("l", ladder(BASE.replace(phases=(Phase(size=64, bs=32, n_epochs=9),)), [1])[0], (0.9,), tta=0.9)
    of = climb([*climbed(), longer])
    assert of.left_out == 1 and of.steps[0].values == PLAIN["baseline"]


def test_a_ladder_under_way_shows_the_rungs_that_stand():
    some = [i for i in climbed() if "baseline" in i.id or "normalize" in i.id]
    some.append(item("p", ladder(BASE, [1])[2], (0.9,), state="running"))
    of = climb(some)
    assert [s.mean is not None for s in of.steps] == [True, True, False, False, False, False]
    figure = waterfall(of)
    for rung, step in zip(figure.datasets["rungs"], of.steps, strict=True):  # the tooltip lists every run
        assert all(
            f"seed {seed}: {100 * v:.2f}\u00a0%" in rung["seeds"]
            for seed, v in zip(step.seeds, step.values, strict=False)
        )
    assert [t["text"] for t in figure.datasets["texts"]][2:] == ["still to come"] * 4
    assert "still to come" in figure.alt_text


def test_a_step_is_judged_once_both_its_rungs_have_two_runs():
    half = [i for i in climbed() if i.id.endswith("0") or i.id == "baseline1"]
    half.append(item("n", ladder(BASE, [1, 2])[6], (0.9,), state="running"))  # normalize's second run
    found = climb(half)
    assert {s.verdict for s in found.steps[1:]} == {FEW} and {s.band for s in found.steps} == {None}
    assert [t["text"] for t in waterfall(found).datasets["texts"]][1] == "0.0 · too few runs so far"
    assert "too few runs so far" in waterfall(found).alt_text
    whole = {s.rung.name: s.verdict for s in climb(climbed()).steps}
    some = climb([i for i in climbed() if i.id.startswith(("baseline", "normalize", "progressive", "mixup0"))])
    told = {s.rung.name: s.verdict for s in some.steps}
    assert told["progressive"] == whole["progressive"] == UP and told["mixup"] == FEW


def test_an_empty_ladder_can_be_drawn():
    assert waterfall(climb([])).datasets["ends"] == []


def test_bars_go_from_the_rung_below_to_this_one_over_the_band():
    of = climb(climbed())
    data = waterfall(of).datasets
    assert [b["row"] for b in data["rises"]] == [1, 2, 3, 5] and [b["row"] for b in data["falls"]] == [4]
    assert data["rises"][1]["x"] == of.steps[1].mean and data["rises"][1]["x2"] == of.steps[2].mean
    assert data["bands"][0]["x"] == pytest.approx((of.steps[0].mean or 0) - (of.steps[1].band or 0))
    assert [p["x"] for p in data["seeds"] if p["row"] == 2] == [0.70, 0.72]
    texts = [t["text"] for t in data["texts"]]
    assert texts[0] == "51.0\u00a0%" and texts[1] == "+0.5 · inside the noise" and texts[4] == "−5.5"


def test_students_table_is_students():
    stats = pytest.importorskip("scipy.stats")
    for freedom in range(1, 31):
        assert student_t(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), abs=5e-4)
    for freedom in (31, 40, 60, 200, 1000):
        assert student_t(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), abs=1.5e-3)
