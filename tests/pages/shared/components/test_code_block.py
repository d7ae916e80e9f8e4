"""A block of code: which parts are coloured, and that none of its text is lost."""

from pathlib import Path

import pytest

from pages.shared.components.code_block import tokens

SOURCE = 'from fastai.vision.all import *\n\ndef run(eps=0.1):\n    return "ε", eps  # both\n'


@pytest.mark.parametrize("language", ["python", "pytb", None])
@pytest.mark.parametrize("text", [SOURCE, "", "\n\n  x = 1", Path(__file__).read_text(encoding="utf-8")])
def test_the_pieces_together_are_the_text(text: str, language: str | None) -> None:
    assert "".join(piece for _, piece in tokens(text, language)) == text


def test_each_piece_has_the_colour_of_what_it_is() -> None:
    found = {piece.strip(): kind for kind, piece in tokens(SOURCE, "python") if kind}
    assert found == {
        "from": "keyword",
        "import": "keyword",
        "def": "keyword",
        "run": "name",
        "0.1": "number",
        "return": "keyword",
        '"ε"': "text",
        "# both": "comment",
    }


def test_text_that_is_no_program_has_no_colour() -> None:
    assert tokens(SOURCE, None) == [("", SOURCE)]
