"""Reruns and their errors are counted page by page, for the operator."""

from pathlib import Path

import pytest

from pages.shared.session import counting, trouble
from sota_core.errors import StoreAwayError
from sota_core.system.reruns import web_processes


@pytest.fixture(autouse=True)
def nothing_is_counted_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "_of_home", {})
    monkeypatch.setattr("sota_core.system.reruns.EVERY_S", 0.0)


def test_a_page_is_counted_once_with_all_that_is_in_it(visit, home: Path):
    app = visit("label_smoothing")
    app.run()
    visit("papers")
    (web,) = web_processes(home)
    assert {page: of.n for page, of in web.pages.items()} == {"label_smoothing": 2, "papers": 1}
    assert 0 < web.pages["papers"].seconds < 60 and (web.n_errors, web.errors) == (0, ())


def test_an_error_is_counted_whoever_says_it_and_a_refusal_is_none(home: Path):
    def draw(error: Exception) -> None:
        with trouble.told():
            raise error

    draw(StoreAwayError("away"))
    with pytest.raises(ZeroDivisionError):
        draw(ZeroDivisionError("x"))
    draw(trouble.SotaError("not like that"))
    (web,) = web_processes(home)
    assert web.n_errors == 2 and web.pages["?"].n == 3
    assert [one.text.partition(" at ")[0] for one in web.errors] == ["StoreAwayError", "ZeroDivisionError"]


def test_a_part_alone_is_counted_and_after_an_error_the_next_one_too(home: Path):
    for _ in range(2):
        with pytest.raises(KeyError), counting.counted(), counting.counted():
            raise KeyError("x")
    assert web_processes(home)[0].pages["?"].n == 2


def test_what_is_drawn_for_nobody_is_not_counted(home: Path):
    with counting.uncounted(), counting.counted():
        pass
    assert web_processes(home) == []
    with counting.counted():
        pass
    assert web_processes(home)[0].pages["?"].n == 1
