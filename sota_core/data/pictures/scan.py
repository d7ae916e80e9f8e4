"""Every picture below a folder, by its name; and, counted, whatever else lies there and is passed over."""

import os
from pathlib import Path

from sota_core.data.pictures import notes
from sota_core.data.pictures.folders import no_set
from sota_core.data.pictures.names import composed, is_hidden, is_picture, is_unread_picture, shown
from sota_core.data.pictures.notes import Note
from sota_core.later import later

_LABEL_FILES = ("metadata.csv", "metadata.jsonl", "metadata.parquet")  # of Hugging Face's ImageFolder


class Scan:
    """One walk over a data set's folder. Blocking; links are looked at one by one, they are rare.

    Raises
        SourceError  (from its methods) a link that leaves root, or to a folder below it.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._start = len(str(root / "x")) - 1
        self._counted: dict[str, list] = {}  # kind → [how many, the first, suffixes]

    def classes(self, folder: str) -> dict[str, list[str]]:
        """Class, its name composed → the paths of all pictures below its folder (or its folders, if several).

        Pictures in no class folder are passed over.
        """
        inside: dict[str, list[str]] = {}
        self._refuse_stray_link(self.root / folder)
        with os.scandir(self.root / folder) as entries:
            for entry in sorted(entries, key=lambda e: e.name):
                if is_hidden(entry.name):
                    self._note(notes.HIDDEN, entry)
                elif entry.is_dir():
                    self._collect(entry.path, inside.setdefault(composed(entry.name), []))
                else:
                    self._note_loose(entry)
        return inside

    def above(self, folder: str) -> None:
        """Note the files that lie directly in a folder above the class folders; its folders are left alone."""
        with os.scandir(self.root / folder) as entries:
            for entry in sorted(entries, key=lambda e: e.name):
                if is_hidden(entry.name):
                    self._note(notes.HIDDEN, entry)
                elif not entry.is_dir():
                    self._note_loose(entry)

    def counted(self, folder: str) -> tuple[int, str]:
        """How many pictures lie below a folder that is not used, of whatever format, and the first; links are not
        followed."""
        n, first = 0, ""
        for at, folders, files in os.walk(self.root / folder):
            folders[:] = sorted(name for name in folders if not is_hidden(name))
            for name in sorted(files):
                if not is_hidden(name) and (is_picture(name) or is_unread_picture(name)):
                    n += 1
                    first = first or self._relative(f"{at}{os.sep}{name}")
        return n, first

    def notes(self) -> list[Note]:
        """What was passed over on the walks up to now."""
        return [
            Note(kind, n, example, ", ".join(sorted(suffixes)))
            for kind, (n, example, suffixes) in self._counted.items()
        ]

    def _collect(self, folder: str, into: list[str]) -> None:
        self._refuse_stray_link(Path(folder))
        with os.scandir(folder) as entries:
            for entry in entries:
                if is_hidden(entry.name):
                    self._note(notes.HIDDEN, entry)
                    continue
                if entry.is_symlink():
                    self._refuse_stray_link(Path(entry.path))
                if entry.is_dir():
                    self._collect(entry.path, into)
                elif not is_picture(entry.name):
                    suffix = Path(entry.name).suffix.lower()
                    self._note(notes.FORMAT if is_unread_picture(entry.name) else notes.OTHER, entry, suffix)
                elif entry.is_file():
                    into.append(entry.path)
                else:
                    self._note(notes.LINK, entry)

    def _note_loose(self, entry: os.DirEntry[str]) -> None:
        """A file in no class folder: one that somebody may miss is noted, a readme is not."""
        if is_picture(entry.name):
            self._note(notes.LOOSE, entry)
        elif is_unread_picture(entry.name):
            self._note(notes.FORMAT, entry, Path(entry.name).suffix.lower())
        elif entry.name.lower() in _LABEL_FILES:
            self._note(notes.LABELS, entry)

    def _note(self, kind: str, entry: os.DirEntry[str], suffix: str = "") -> None:
        row = self._counted.setdefault(kind, [0, "", set()])
        row[0] += 1
        if kind == notes.FORMAT:
            row[2].add(suffix)
        relative = self._relative(entry.path)
        if not row[1] or relative < row[1]:  # the same example whatever order the disk gives
            row[1] = relative

    def _relative(self, path: str) -> str:
        return path[self._start :].replace(os.sep, "/")

    def _refuse_stray_link(self, path: Path) -> None:
        if not path.is_symlink():
            return
        target = path.resolve()
        if path.is_dir() or not target.is_relative_to(self.root):
            said = later(
                "{link} is a link to {target}; links to folders, and links that leave the data set, are not followed: "
                "copy the pictures instead",
                link=shown(path.relative_to(self.root)),
                target=shown(target),
            )
            raise no_set(self.root, said)
