"""The catalogues of translations, kept in step with the sources: `make messages`.

`python -m benchmarks.messages` collects every sentence that is marked (sota_core/language.py), drops from each
language's .po what no source says any more, adds what is new without a translation, takes in what lies in its parts/,
and compiles the .mo. `python -m benchmarks.messages part NAME FILE…` writes parts/NAME.po: the sentences of these files
(or folders) that have no translation yet, for one translator beside others; nobody else writes to it, and it is merged
once.
"""

import ast
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from sota_core.language import DOMAIN, ENGLISH, LANGUAGES, LOCALE
from sota_core.paths import ROOT

# name of the mark → how many strings at its head are the sentence
MARKS = {"tr": 1, "tr_n": 2, "tr_in": 2, "N_": 1, "later": 1, "later_n": 2}
NOTE = "# TRANSLATORS:"  # a comment on the line before a call that begins so goes into the catalogue with it
_LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)  # a date of now would be a conflict at every merge
_WIDTH = 110


def sources() -> list[Path]:
    """The files whose sentences people see, in the order of the catalogue."""
    return [ROOT / "app.py", *sorted(p for folder in ("pages", "sota_core") for p in (ROOT / folder).rglob("*.py"))]


def collected(files: Iterable[Path]) -> Catalog:
    """Every marked sentence, once, with the files that say it.

    Read from the syntax tree: babel's own reader, token by token, sees no call within an f-string before Python 3.12.
    """
    found = Catalog(fuzzy=False)
    for path in files:
        text = path.read_text(encoding="utf-8")
        lines, where = text.splitlines(), path.relative_to(ROOT).as_posix()
        calls = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
        for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
            said = [one.value for one in call.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            name = call.func.id if isinstance(call.func, ast.Name) else ""
            if len(said) < MARKS.get(name, len(said) + 1):
                continue
            note = lines[call.lineno - 2].strip() if call.lineno > 1 else ""
            found.add(
                (said[0], said[1]) if name in ("tr_n", "later_n") else said[1] if name == "tr_in" else said[0],
                locations=[(where, call.lineno)],
                auto_comments=[note.removeprefix("# ")] if note.startswith(NOTE) else [],
                context=said[0] if name == "tr_in" else None,
            )
    return found


def po_of(code: str) -> Path:
    return LOCALE / code / "LC_MESSAGES" / f"{DOMAIN}.po"


def parts_of(code: str) -> list[Path]:
    return sorted((LOCALE / code / "parts").glob("*.po"))


def read(path: Path, code: str) -> Catalog:
    if not path.exists():
        return Catalog(locale=code, fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=code, abort_invalid=True)


def translations(code: str, *, with_parts: bool = True) -> Iterator[Message]:
    """A language's messages, those of its parts after those of the whole: of one sentence twice, the last counts."""
    for path in (po_of(code), *(parts_of(code) if with_parts else ())):
        yield from (message for message in read(path, code) if message.id)


def is_whole(message: Message) -> bool:
    """Is every form of it translated, and none marked as fuzzy?"""
    said = message.string if isinstance(message.string, list | tuple) else (message.string,)
    return not message.fuzzy and bool(said) and all(said)


def merged(code: str, found: Catalog, *, only_new: bool = False) -> Catalog:
    """The sentences found, each with its translation or nothing; `only_new` leaves out those that have one."""
    known = {key(message): message.string for message in translations(code) if is_whole(message)}
    whole = Catalog(
        locale=code, project=DOMAIN, fuzzy=False, creation_date=_LONG_AGO, revision_date=_LONG_AGO, header_comment="#",
        last_translator=DOMAIN, language_team=DOMAIN, msgid_bugs_address=DOMAIN, version="1",
    )  # fmt: skip
    for message in found:
        if message.id and not (only_new and key(message) in known):
            files = sorted({(file, 0) for file, _ in message.locations})
            whole.add(
                message.id, known.get(key(message), ""), locations=files, context=message.context,
                auto_comments=message.auto_comments,
            )  # fmt: skip
    return whole


def key(message: Message) -> tuple[str | None, object]:
    return message.context, tuple(message.id) if isinstance(message.id, list | tuple) else message.id


def write(path: Path, whole: Catalog) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, whole, width=_WIDTH, include_lineno=False)


def compiled(whole: Catalog) -> bytes:
    """The .mo of a catalogue."""
    file = BytesIO()
    write_mo(file, whole)
    return file.getvalue()


def update(code: str) -> list[str]:
    """Write a language's .po and .mo anew; returns the sentences without a translation."""
    po = po_of(code)
    write(po, merged(code, collected(sources())))
    whole = read(po, code)  # as the test reads it
    po.with_suffix(".mo").write_bytes(compiled(whole))
    return [str(message.id) for message in whole if message.id and not is_whole(message)]


def part(name: str, files: Sequence[str]) -> list[Path]:
    """Write the sentences of these files and folders that have no translation, into a part of each language."""
    asked = [Path(file).resolve() for file in files]
    found = collected(path for path in sources() if any(path.is_relative_to(one) for one in asked))
    written = [LOCALE / code / "parts" / f"{name}.po" for code in LANGUAGES if code != ENGLISH]
    for path in written:
        code = path.parent.parent.name
        whole = merged(code, found, only_new=True)
        for message in read(path, code):  # what this part has already stays in it
            if message.id and found.get(message.id, message.context):
                whole.add(
                    message.id,
                    message.string,
                    locations=[(f, 0) for f, _ in message.locations],
                    context=message.context,
                )
        write(path, whole)
    return written


def main(arguments: Sequence[str]) -> int:
    if arguments[:1] == ["part"] and len(arguments) > 2:
        print(*part(arguments[1], arguments[2:]), sep="\n")
        return 0
    if arguments:
        print(__doc__)
        return 2
    for code in LANGUAGES:
        if code != ENGLISH:
            left = update(code)
            print(f"{code}: {len(left)} without translation", *left, sep="\n  ")
            if parts_of(code):
                print("  taken in, to be removed:", *(path.relative_to(ROOT) for path in parts_of(code)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
