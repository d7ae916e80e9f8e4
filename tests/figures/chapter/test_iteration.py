"""What the page says about cheap experiments follows from the runs in the file, whichever runs they are."""

import json
from pathlib import Path

import pytest

from sota_core.figures.chapter.iteration import (
    FILES,
    TITLES,
    Study,
    pairs_kept,
    rank_lines,
    read_study,
    studies,
    swapped,
)

RECIPES = ("a", "b", "c")


def written(folder: Path, accuracies: dict[str, dict[str, list[float]]]) -> Study:
    runs = [
        {"way": way, "recipe": name, "seed": seed, "accuracy": value, "cpu_s": s, "n_train": 100, "n_valid": 50}
        for s, (way, by_name) in zip((20.0, 2.0, 8.0), accuracies.items(), strict=True)
        for name, values in by_name.items()
        for seed, value in enumerate(values, 1)
    ]
    data = {
        "source": "sample",
        "date": "2026-01-01",
        "device": "CPU",
        "common": ["n_epochs=4"],
        "ways": {way: [] for way in accuracies},
        "recipes": {name: [] for name in RECIPES},
        "runs": runs[::-1],
    }
    path = folder / "speed.json"
    path.write_text(json.dumps(data))
    return read_study(path)


@pytest.fixture
def small(tmp_path: Path) -> Study:
    return written(
        tmp_path,
        {
            "whole": {"a": [0.8, 0.9], "b": [0.6, 0.6], "c": [0.5, 0.3]},
            "tenth": {"a": [0.2, 0.2], "b": [0.3, 0.3], "c": [0.1, 0.1]},
            "small": {"a": [0.7, 0.7], "b": [0.5, 0.6], "c": [0.2, 0.3]},
        },
    )


def test_seeds_are_averaged_and_ranked(small: Study) -> None:
    whole = small.ways[0]
    assert whole.accuracies["a"] == (0.8, 0.9) and whole.means["c"] == pytest.approx(0.4)
    assert whole.ranking == ("a", "b", "c") and small.seeds == (1, 2) and small.n_epochs == 4
    assert [way.cpu_s for way in small.ways] == [20.0, 2.0, 8.0]


def test_pairs_are_counted_that_keep_their_order(small: Study) -> None:
    whole, tenth, reduced = small.ways
    assert pairs_kept(tenth, whole) == (2, 3)
    assert pairs_kept(reduced, whole) == (3, 3)


def test_a_tie_keeps_no_order(small: Study, tmp_path: Path) -> None:
    tied = written(
        tmp_path,
        {
            "whole": {"a": [0.8], "b": [0.6], "c": [0.5]},
            "tenth": {"a": [0.2], "b": [0.2], "c": [0.1]},
            "small": {"a": [0.7], "b": [0.5], "c": [0.2]},
        },
    )
    assert pairs_kept(tied.ways[1], tied.ways[0]) == (2, 3)


def test_one_pair_of_imagenette_is_swapped_at_32_px_nearer_than_its_seeds() -> None:
    dear, _, small, _ = studies()["imagenette"].ways
    assert swapped(small, dear) == [("rate .003, mixup .4", "rate .03")]


def test_a_seed_that_was_cut_short_is_not_shown(small: Study, tmp_path: Path) -> None:
    data = json.loads((tmp_path / "speed.json").read_text())
    data["runs"] = [run for run in data["runs"] if (run["seed"], run["way"]) != (2, "small")]
    (tmp_path / "speed.json").write_text(json.dumps(data))
    found = read_study(tmp_path / "speed.json")
    assert found.seeds == (1,) and found.ways[0].accuracies["a"] == (0.8,)


def test_the_figure_shows_each_rank_with_its_mean_and_range(small: Study) -> None:
    figure = rank_lines(small)
    first = figure.datasets["rows"][0]
    assert (first["recipe"], first["mean"], first["low"], first["high"]) == ("a", pytest.approx(0.85), 0.8, 0.9)
    assert first["text"] == "85.0 ± 5.0" and len(figure.datasets["rows"]) == 9
    assert [r["rank"] for r in figure.datasets["rows"]] == [1, 2, 3, 2, 1, 3, 1, 2, 3]
    assert "mean of 2 seeds" in figure.alt_text


@pytest.mark.parametrize("source", FILES)
def test_the_shipped_measurement_is_whole(source: str) -> None:
    found = studies()[source]
    assert found.source == source
    assert [way.id for way in found.ways] == list(TITLES[source]) and len(found.seeds) >= 2
    assert all(len(v) == len(found.seeds) for way in found.ways for v in way.accuracies.values())
    # an accuracy on n_valid pictures times n_valid is a whole number
    assert all(
        abs(a * found.n_valid - round(a * found.n_valid)) < 1e-3
        for way in found.ways
        for values in way.accuracies.values()
        for a in values
    )
