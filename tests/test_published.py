"""The tables printed in the chapter are copied exactly, and what is said of them and of our own runs follows from the
numbers.
"""

import importlib.util
import json
import re
from pathlib import Path

import numpy as np
import pytest

from sota_core import paths, published
from sota_core.analysis.noise import chance_apart
from sota_core.analysis.result import reached
from sota_core.recipes import PRESETS, PUBLISHED_IDS
from sota_core.runs.recordings.recording import shipped

SHARED = paths.ROOT.parent / "shared" / "data" / "published_results.json"


@pytest.mark.skipif(not SHARED.exists(), reason="the shared copy of the published tables is not beside this checkout")
def test_the_shipped_tables_equal_the_shared_ones():
    shared = json.loads(SHARED.read_text())
    shipped = json.loads(published.DATA_FILE.read_text())
    assert shipped == {k: v for k, v in shared.items() if k != "about"}


def test_the_texts_print_these_final_accuracies():
    found = {e.id: e.accuracy for e in published.experiments().values()}
    assert found["book/baseline"] == 0.825243
    assert found["book/normalize"] == 0.824496
    assert found["notes/all"] == 0.918969
    assert published.experiments()["book/progressive"].tta_accuracy == pytest.approx(0.873786)


def test_the_seven_experiments_of_the_notes_take_the_printed_time():
    assert sum(e.seconds for e in published.experiments().values() if e.source == "notes") == 2285


def test_the_one_figure_of_chance_is_the_noise_s_own():
    """Two runs of equal true accuracy differ by less in 95 % of pairs, from the number of pictures alone."""
    plain = [e.accuracy for e in published.experiments().values() if e.id.endswith(("baseline", "fp32", "fp16"))]
    for accuracy in plain:
        assert chance_apart(accuracy, accuracy, published.N_VALID) == pytest.approx(published.CHANCE_APART, abs=2e-4)
    assert "only 2,678 pictures are counted" in published.two_runs() and "2.0 points" in published.two_runs()
    # checked by drawing: two runs of the same true accuracy, each on 2,678 pictures of its own
    right = np.random.default_rng(0).binomial(published.N_VALID, 0.82, (20_000, 2)) / published.N_VALID
    assert (abs(right[:, 0] - right[:, 1]) <= published.CHANCE_APART).mean() == pytest.approx(0.95, abs=0.006)


def test_our_three_seeds_are_the_recorded_baselines():
    found = [r for r in shipped().values() if r.recipe.preset == "baseline" and not r.is_on_gpu]
    found.sort(key=lambda r: r.recipe.seed)
    assert [r.recipe.seed for r in found] == [1, 2, 3]
    assert tuple(r.summary["accuracy"] for r in found) == published.OWN_SEEDS
    assert tuple(r.recipe.phases[0].size for r in found) == published.OWN_SIZES
    assert {r.summary["n_valid"] for r in found} == {3925} and {r.device.partition(",")[0] for r in found} == {"CPU"}
    assert "73.5, 71.2 and 74.3\u00a0%" in published.three_seeds()


def test_the_two_runs_of_five_epochs_differ_in_mixup_alone():
    mixed, plain = (shipped()[name] for name in ("mixup-cpu", "normalize-cpu"))
    assert mixed.recipe.replace(mixup_alpha=0.0, preset=plain.recipe.preset) == plain.recipe
    assert mixed.recipe.total_epochs == 5 and {r.summary["n_valid"] for r in (mixed, plain)} == {
        published.N_LEADERBOARD
    }
    assert (mixed.summary["accuracy"], plain.summary["accuracy"]) == published.OWN_FIVE_EPOCHS


def test_every_title_and_source_can_be_translated():
    found = published.experiments().values()
    assert {e.title for e in found} == set(published.TITLES) and {e.source for e in found} == set(published.SOURCES)


def test_four_fifths_of_a_new_fifth_had_been_trained_on():
    """A new random validation fifth leaks: on average 80 % of its pictures were in the first training part."""
    n, n_valid = 13_394, published.N_VALID
    assert n_valid == int(0.2 * n) and (n - n_valid) / n == pytest.approx(0.8, abs=1e-4)
    draws = [np.random.default_rng(seed).permutation(n)[:n_valid] for seed in range(40)]
    shares = [1 - np.isin(b, a).mean() for a, b in zip(draws[::2], draws[1::2], strict=True)]
    assert np.mean(shares) == pytest.approx(0.8, abs=0.006)  # their standard deviation: .007 of one, .0016 of the mean


def test_five_percent_of_wrong_labels_cost_the_same_baseline_1_3_points():
    by_noise = published.BASELINE_BY_NOISE
    assert (by_noise[0.0], by_noise[0.01], by_noise[0.05]) == (0.8471, 0.844586, 0.834395)
    assert 100 * (by_noise[0.0] - by_noise[0.05]) == pytest.approx(1.27, abs=0.005)


def test_the_leaderboard_s_smoothing_is_what_fastai_s_loss_does_when_told_nothing():
    spec = importlib.util.find_spec("fastai")
    assert spec is not None and spec.origin is not None
    source = (Path(spec.origin).parent / "losses.py").read_text(encoding="utf-8")
    (eps,) = re.findall(r"class LabelSmoothingCrossEntropy\(.*?eps:float=([\d.]+)", source, re.DOTALL)
    assert float(eps) == published.LEADERBOARD_EPS


def test_three_of_the_notes_nets_have_a_thousand_outputs():
    wide = {e.id for e in published.experiments().values() if e.n_outputs == 1000}
    assert wide == {"notes/mixup", "notes/label-smoothing", "notes/all"}
    assert {e.n_outputs for e in published.experiments().values() if e.id not in wide} == {10}


def test_every_preset_has_its_printed_table_with_the_same_phases():
    for name, recipe in PRESETS.items():
        experiment = published.experiments()[PUBLISHED_IDS[name]]
        printed = [(p.size, p.bs, p.lr, len(p.rows)) for p in experiment.phases if "frozen" not in p.method]
        assert printed == [(p.size, p.bs, p.lr, p.n_epochs) for p in recipe.phases], name
        assert experiment.precision == recipe.precision, name
        assert len(experiment.rows) == recipe.total_epochs, name


def test_batch_statistics_after_normalizing_are_not_exactly_zero_and_one():
    after = published.batch_stats()["book/after"]
    assert after.mean == (-0.0787, 0.0525, 0.2136)
    assert after.std == (1.233, 1.2112, 1.3031)


def test_the_table_of_the_seven_on_a_card_is_that_of_their_recordings():
    performance = (paths.ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| .* \|$", performance.partition("`make gpu seven`")[2].partition("s of fitting")[0], re.MULTILINE
    )
    of_cards = [r for r in shipped().values() if r.is_on_gpu]
    assert len(rows) == 1 + len(of_cards)
    total = 0.0
    for row, found in zip(rows[1:], of_cards, strict=True):
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        got, printed = reached(found.summary), published.experiments()[PUBLISHED_IDS[found.recipe.preset]]
        assert cells[1] == f"{100 * got.accuracy:.1f} %" and cells[4] == f"{100 * got.tta_accuracy:.1f} %"
        assert cells[2].partition(" (")[0] == f"{100 * printed.accuracy:.1f} %"
        assert ("leaks" in cells[2]) is printed.leaks
        assert cells[3] == f"−{100 * (printed.accuracy - got.accuracy):.1f}"
        assert cells[7] == f"{found.summary['seconds']:.1f}"
        total += found.summary["seconds"]
    assert f"**{total:.0f} s of fitting**" in performance
