"""Sentences that are stored now and read later: English where they are made, in the reader's language where they are
read.
"""

import pickle

import pytest

from sota_core import words
from sota_core.errors import ArchiveError, ImageError
from sota_core.language import use
from sota_core.later import Later, core_of, first_line, later, later_n, now, restored, stored, told_by


def counted(n: int) -> Later:
    return later_n("{n} picture", "{n} pictures", n)


def test_english_until_somebody_reads_it_in_another_language() -> None:
    said = later("Pictures: {names}", names=counted(2000))
    assert said == "Pictures: 2,000 pictures" and isinstance(said, str)
    with use("de"):
        assert now(said) == "Bilder: 2.000 Bilder"
        assert later("Pictures: {names}", names=counted(1)) == "Pictures: 1 picture"  # always English
    assert now(said) == "Pictures: 2,000 pictures"


@pytest.mark.parametrize(("value", "shown"), [(1234, "1.234"), (1.25, "1,2"), ("1.25", "1.25"), (0, "0")])
def test_numbers_are_the_reader_s_and_texts_are_their_own(value: str | int | float, shown: str) -> None:
    with use("de"):
        assert now(later("Label {n}", n=value)).endswith(shown)


def test_an_error_is_english_in_a_log_and_the_reader_s_on_a_page() -> None:
    bad = ImageError(later("{what}.", what=later("far more pixels than that")))
    assert str(bad) == "far more pixels than that." and core_of(bad) == "far more pixels than that"
    with use("de"):
        assert now(bad) == "noch viel mehr Pixel."
        assert words.sentence(bad) == words.markdown_safe("Noch viel mehr Pixel.")
    plain = ArchiveError("of Pillow's own")
    assert told_by(plain) == core_of(plain) == now(plain) == "of Pillow's own"


@pytest.mark.parametrize(
    ("bad", "line"),
    [
        (ArchiveError("\n cut off\nat byte 3"), "cut off"),
        (ArchiveError(), "ArchiveError"),
        (ArchiveError(" \n"), "ArchiveError"),
        (ImageError(later("{what}.", what="two\nlines")), "two\nlines."),  # a sentence of ours, to be translated whole
    ],
)
def test_an_error_in_one_line(bad: Exception, line: str) -> None:
    assert first_line(bad) == line
    assert isinstance(first_line(bad), Later) == isinstance(told_by(bad), Later)


@pytest.mark.parametrize("said", [counted(3), later("Pictures: {names}", names=counted(1)), later("Start again")])
def test_it_comes_back_from_a_file_and_from_a_cache(said: Later) -> None:
    for back in (restored(stored(said)), pickle.loads(pickle.dumps(said))):
        assert isinstance(back, Later) and back == said
        with use("de"):
            assert now(back) == now(said) != said


@pytest.mark.parametrize(
    "text",
    [
        "signal 9",  # written by an older version
        "",
        '{"later": ["{n} pictures", "", {"n": 3}]}',  # forged by somebody who knows the form
        '{"later": ',
    ],
)
def test_a_plain_text_stays_one(text: str) -> None:
    back = restored(stored(text))
    assert not isinstance(back, Later) and back.strip() == text.strip()


@pytest.mark.parametrize(
    "text", ['{"later": ["{n} of', '{"later": 3}', '{"later": ["{n} {m}", "", {"n": 3}]}', '{"later": [1, "", {}]}']
)
def test_what_cannot_be_read_is_shown_as_it_lies_there(text: str) -> None:
    assert restored(text) == text


def test_a_sentence_that_this_version_does_not_know_is_english() -> None:
    text = stored(later("no source says {n} of this", n=3))
    with use("de"):
        assert now(restored(text)) == "no source says 3 of this"


def test_progress_takes_it_too() -> None:
    with use("de"):
        assert words.progress(later("Start again"), None, None) == "Neu starten"
        assert words.progress(counted(2), 1, 4) == "2 Bilder: 1 von 4"
