"""The figure of accuracies under several statistics, on one scale."""

from sota_core.figures.normalization.accuracy_by_statistics import Judged, accuracies


def test_right_and_wrong_are_marked_apart_and_the_right_one_is_the_level():
    figure = accuracies([Judged("its own", 0.9, 50, is_right=True), Judged("none at all", 0.12, 50)])
    assert [row["text"] for row in figure.datasets["right"]] == ["90.0\u00a0%"]
    assert [row["text"] for row in figure.datasets["wrong"]] == ["12.0\u00a0%"]
    assert figure.datasets["level"] == [{"accuracy": 0.9}]
    assert figure.alt_text == (
        "Accuracy on 50 pictures with each kind of statistics. its own: 90.0\u00a0%; none at all: 12.0\u00a0%."
    )


def test_the_scale_is_whole_whatever_the_accuracies():
    spec = accuracies([Judged("its own", 0.9, 50, is_right=True), Judged("other", 0.88, 50)]).spec
    assert {layer["encoding"]["x"]["scale"]["domain"][0] for layer in spec["layer"]} == {0}


def test_one_mistake_in_five_hundred_is_not_written_as_none():
    figure = accuracies([Judged("its own", 499 / 500, 500, is_right=True)])
    assert figure.datasets["right"][0]["text"] == "99.8\u00a0%" and "99.8\u00a0%" in figure.alt_text
