"""Bars of classes: all of them if they are few, else those named as shown."""

import pytest

from sota_core.figures.class_counts import MAX_ROWS, class_counts


@pytest.mark.parametrize("n", [2, MAX_ROWS, 1000])
def test_what_has_no_bar_is_told(n: int) -> None:
    figure = class_counts({f"class {k}": k + 1 for k in range(n)})
    shown = [row["count"] for row in figure.datasets["counts"]]
    assert sorted(shown) == list(range(n - len(shown) + 1, n + 1))
    assert figure.alt_text.startswith(f"{n:,} classes with ")
    assert ("Shown are the 40 classes with most pictures." in figure.alt_text) == (len(shown) < n)
