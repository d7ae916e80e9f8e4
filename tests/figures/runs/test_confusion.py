"""Confusion matrix and list of mistakes from probabilities, counted again by hand."""

import json

import numpy as np
import pytest

from sota_core.errors import ShapeError
from sota_core.figures.runs.confusion import confusion, matrix, surest_mistakes, worst_pairs


@pytest.fixture
def asked() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    probs = rng.dirichlet(np.ones(4) * 0.7, 300)
    return probs, rng.integers(0, 4, 300)


def test_counts_are_those_of_a_loop(asked):
    probs, labels = asked
    by_hand = np.zeros((4, 4), int)
    for p, label in zip(probs, labels, strict=True):
        by_hand[label, int(np.argmax(p))] += 1
    assert (confusion(probs, labels) == by_hand).all()


def test_the_surest_mistakes_are_wrong_and_the_surest(asked):
    probs, labels = asked
    found = surest_mistakes(probs, labels, 5)
    wrong = [float(p.max()) for p, label in zip(probs, labels, strict=True) if p.argmax() != label]
    assert [m.p for m in found] == sorted(wrong, reverse=True)[:5]
    assert all(m.truth == labels[m.index] != m.said == probs[m.index].argmax() for m in found)


def test_a_net_without_mistakes_has_none_to_show():
    probs, labels = np.eye(3), np.arange(3)
    assert surest_mistakes(probs, labels, 5) == [] and worst_pairs(confusion(probs, labels)) == []
    assert "No mistake" in matrix(confusion(probs, labels), ("a", "b", "c")).alt_text


def test_the_matrix_shows_every_count_that_is_not_zero(asked):
    counts = confusion(*asked)
    data = matrix(counts, ("a", "b", "c", "d")).datasets
    assert sum(c["count"] for c in data["right"]) == np.trace(counts)
    assert sum(c["count"] for c in data["wrong"]) == counts.sum() - np.trace(counts)
    assert all(c["truth"] != c["said"] for c in data["wrong"])


@pytest.mark.parametrize("names", (("cat", "dog"), ("a golden retriever", "x" * 100), tuple("abcdefghij")))
def test_every_row_is_legible_below_the_leaning_names(names: tuple[str, ...]) -> None:
    spec = matrix(np.eye(len(names), dtype=int), names).spec
    axes = spec["layer"][0]["encoding"]
    top = min(axes["x"]["axis"]["labelLimit"], 6 * max(map(len, names))) * np.sin(np.radians(40))
    assert spec["height"] - top - 25 >= 20 * len(names)  # 25 px: the title above the names
    assert axes["x"]["axis"]["labelOverlap"] is axes["y"]["axis"]["labelOverlap"] is False


@pytest.mark.parametrize("names", (("cat", "dog"), ("x" * 100, "trout"), ("trout", "sail boat", "a golden retriever")))
def test_the_last_names_lean_out_of_the_squares_and_not_out_of_the_figure(names: tuple[str, ...]) -> None:
    spec = matrix(np.eye(len(names), dtype=int), names).spec
    limit = spec["layer"][0]["encoding"]["x"]["axis"]["labelLimit"]
    out = [min(limit, 6 * len(name)) * np.cos(np.radians(40)) - 12 * (2 * i + 1) for i, name in enumerate(names[::-1])]
    assert spec["padding"]["right"] >= max(out)  # on a phone a square is 24 px wide, a letter 6 px


def test_of_a_thousand_classes_those_in_most_mistakes_are_shown() -> None:
    counts = 9 * np.eye(1000, dtype=np.int64)
    counts[700, 3], counts[5, 700] = 6, 4
    figure = matrix(counts, tuple(f"class {k}" for k in range(1000)))
    assert figure.spec["height"] < 700 and len(json.dumps(figure.to_dict())) < 20_000
    assert {(c["truth"], c["said"]) for c in figure.datasets["wrong"]} == {
        ("class 700", "class 3"), ("class 5", "class 700"),
    }  # fmt: skip
    assert next(c for c in figure.datasets["wrong"] if c["count"] == 6)["share"] == "40.0\u00a0%"  # 6 of 15
    assert (
        "9,000 right" in figure.alt_text
        and "the 20 of 1,000 classes that are most often involved in mistakes" in figure.alt_text
    )


def test_labels_that_do_not_fit_are_refused():
    with pytest.raises(ShapeError, match=r"labels \(B,\)"):
        confusion(np.eye(3), np.arange(2))
