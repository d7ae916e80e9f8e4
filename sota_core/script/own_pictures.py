"""The first lines of a script on pictures of one's own: the same files, classes and parts as list_pictures finds.

fastai's get_image_files and parent_label know neither a test folder that is kept apart nor `cat/2023/…`, and take other
suffixes on other machines; so the script spells out what our runs do.
"""

from pathlib import Path

from sota_core import settings
from sota_core.data.pictures.folders import Layout
from sota_core.data.pictures.listing import list_pictures
from sota_core.data.pictures.names import SUFFIXES
from sota_core.data.sets import own
from sota_core.data.sets.sources import SOURCES
from sota_core.data.sets.zipped import TRAIN, VALID
from sota_core.errors import SourceError
from sota_core.paths import expanded
from sota_core.recipes import Recipe


def layout_of(recipe: Recipe, folder: str | None) -> Layout | None:
    """Which of the folders hold the classes: looked up if they are on this machine, else assumed from the recipe.

    None: a data set of the table, which holds train/<class>/… and val/<class>/… and nothing else.

    Raises
        SourceError  `folder` is here and is no data set.
    """
    if folder is None and recipe.source in SOURCES:
        return None
    if folder is None and own.is_own(recipe.source):
        try:
            return list_pictures(own.folder_of(recipe.source, settings.load())).layout
        except SourceError:
            return Layout(train=TRAIN, valid=VALID) if recipe.split == "official" else Layout()
    if expanded(folder or recipe.source).is_dir():
        try:
            return list_pictures(Path(folder or recipe.source)).layout
        except SourceError:
            if folder is not None:
                raise
    elif recipe.source in SOURCES:
        return None
    return Layout(train="train", valid="val") if recipe.split == "official" else Layout()


def files_lines(layout: Layout) -> list[str]:
    """`files`, in our runs' order; `class_of(file)`; `classes`; where there is a split also `is_valid(file)`."""
    places = [f"train_path = {_path_of(layout.train)}"]
    listed = "pictures_in(train_path)"
    label = ['    return unicodedata.normalize("NFC", file.relative_to(train_path).parts[0])']
    is_valid = []
    if layout.valid is not None:
        places.append(f"valid_path = {_path_of(layout.valid)}")
        listed += " + pictures_in(valid_path)"
        label = [
            "    folder = valid_path if is_valid(file) else train_path",
            '    return unicodedata.normalize("NFC", file.relative_to(folder).parts[0])',
        ]
        is_valid = ["def is_valid(file):", "    return file.is_relative_to(valid_path)", "", ""]
    formats = ", ".join(f'"{suffix}"' for suffix in sorted(SUFFIXES))
    return [
        *places,
        f"formats = {{{formats}}}",
        "",
        "",
        "def pictures_in(folder):",
        '    "All pictures in class folders, at any depth; hidden ones, and those in no class folder, are skipped."',
        '    found = [f for f in folder.glob("*/**/*") if f.suffix.lower() in formats and f.is_file()]',
        '    return [f for f in found if not any(p[0] == "." or p == "__MACOSX" for p in f.relative_to(folder).parts)]',
        "",
        "",
        *is_valid,
        "def class_of(file):",
        '    "The name of the class folder that holds the picture, directly or in a subfolder."',
        "    # NFC: macOS stores é as e and an accent, so a copied folder's name can have either form",
        *label,
        "",
        "",
        f"files = sorted({listed}, key=str)  # a fixed order: a seed always gives the same split",
        "classes = sorted({class_of(file) for file in files})",
    ]


def _path_of(below: str) -> str:
    return f"path / {below!r}" if below else "path"
