"""German names follow docs/glossary_de.md: the catalogue uses none of the words that the glossary rejects."""

import re

from benchmarks import messages
from tests.test_language import CODE, translated


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


def words_refused() -> list[str]:
    rows = (messages.ROOT / "docs" / "glossary_de.md").read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows if row.startswith("| ")]
    return [word for row in cells[1:] if len(row) == 3 and row[2] for word in row[2].split(", ")]
