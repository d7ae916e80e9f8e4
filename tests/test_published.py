"""The printed tables are carried over figure by figure."""

import json

import pytest

from sota_core import paths, published
from sota_core.recipes import PRESETS, PUBLISHED_IDS

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
