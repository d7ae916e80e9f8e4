"""German names follow docs/glossary_de.md, whose rejected words the catalogue does not use, and a sentence calls a
control or a heading as the screen does.
"""

import re

from benchmarks import messages
from tests.test_language import CODE, translated

ITALIC = re.compile(r"(?<![*\w])\*([^*\n]+)\*(?!\*)")
NO_LABELS = {
    ("Normalization", "fastbook chapter 7"),  # a section of the book
    ("training", "By default `tta` predicts"),  # a word that is stressed
}
"""(word in italics, how its sentence begins): a message too, but not meant here."""


def test_one_thing_has_one_german_name() -> None:
    """The third column of the glossary lists words to avoid; the second column has the word to use."""
    refused = words_refused()
    assert {"Maschine", "Optimierer"} <= set(refused), "docs/glossary_de.md: no words to avoid in the third column"
    pattern = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, refused))})(?![\w-])")
    wrong = [
        (found_word[0], one)
        for message in translated("de").values()
        for one in (message.string if isinstance(message.string, list | tuple) else (message.string,))
        for found_word in pattern.finditer(CODE.sub(" ", str(one)))
    ]
    assert not wrong, "docs/glossary_de.md, second column, has the word to use"


def test_a_sentence_calls_a_label_as_the_screen_does() -> None:
    """A name in italics that is a message of its own is a control or a heading."""
    shown: dict[str, set[str]] = {}
    for message in translated("de").values():
        if isinstance(message.id, str):
            shown.setdefault(message.id.strip("* "), set()).add(str(message.string).strip("* "))
    wrong, n_named = [], 0
    for message in translated("de").values():
        ids, said = (of if isinstance(of, list | tuple) else (of,) for of in (message.id, message.string))
        for english, german in zip(ids, said, strict=True):
            for label in ITALIC.findall(english):
                if label in shown and not any(label == name and english.startswith(start) for name, start in NO_LABELS):
                    n_named += 1
                    wrong += [] if shown[label] & set(ITALIC.findall(german)) else [(label, german)]
    assert n_named > 20 and not wrong


def words_refused() -> list[str]:
    rows = (messages.ROOT / "docs" / "glossary_de.md").read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows if row.startswith("| ")]
    return [word for row in cells[1:] if len(row) == 3 and row[2] for word in row[2].split(", ")]
