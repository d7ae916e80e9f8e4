"""The first sections of a recipe's fastai code: where the pictures are, which are held out, which labels are wrong."""

import re
from dataclasses import dataclass

from sota_core.data.pictures.folders import Layout
from sota_core.data.sample.drawn_sets import DRAWN
from sota_core.data.sets import own
from sota_core.data.sets.sources import source_title
from sota_core.recipes import Recipe
from sota_core.script.own_pictures import files_lines

_FASTAI_SETS = re.compile(r"(imagenette|imagewoof)2(-160|-320)?")


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, what a teacher would say, and the code."""

    title: str
    prose: str
    code: str


@dataclass(frozen=True, slots=True)
class Names:
    """What the pictures' section leaves to the later ones: a picture's class by its file, and all classes."""

    label: str
    classes: str


PLAIN = Names("parent_label", "sorted({parent_label(file) for file in files})")
OWN = Names("class_of", "classes")


def pictures(recipe: Recipe, folder: str | None, layout: Layout | None) -> Section:
    """`files` and their split.

    layout  of pictures of one's own; None: a data set of the table, by fastai's own functions
    """
    lines = [*([] if layout is None else ["import unicodedata", ""]), _path_line(recipe.source, folder)]
    if layout is None:
        lines.append(
            "files = sorted(get_image_files(path), key=str)  # a fixed order: a seed always gives the same split"
        )
    else:
        lines += files_lines(layout)
    several = len(recipe.phases) > 1
    if recipe.resplit:
        said = "A new random fifth is held out in every phase, as in the book and the notes: a later phase then "
        said += "validates mostly on pictures that an earlier one has trained on, so its accuracy is too high."
        lines += ["", "", "def split_of(seed):", *indented(_split(recipe, layout, "seed", returns=True)), "", ""]
        lines.append(f"splits = [split_of({recipe.split_seed} + phase) for phase in range({len(recipe.phases)})]")
    else:
        said = "The data set's own split; the book holds out a random fifth of all pictures instead."
        if is_random(recipe, layout):
            said = "A random fifth of all pictures is held out, as in the book."
            if several:
                said += " All sizes have the same split. The book and the notes draw a new one for the second size, so "
                said += "they then validate mostly on pictures that they have trained on."
        lines += _split(recipe, layout, str(recipe.split_seed), returns=False)
    return Section("The pictures", said, "\n".join(lines))


def _path_line(source: str, folder: str | None) -> str:
    if folder is None and (known := _FASTAI_SETS.fullmatch(source)):
        name = known[1].upper() + (known[2] or "").replace("-", "_")
        return f"path = untar_data(URLs.{name})"
    if folder is not None:
        return f"path = Path({folder!r})" + (".expanduser()" if folder.startswith("~") else "")
    if source in DRAWN:
        return (
            f"# sota-lab's `python -m sota_core datasets get {source}` draws these pictures and prints their folder:\n"
            f'# put its path here, or that of a folder of your own\npath = Path("{source}")'
        )
    if own.is_own(source):
        return f"path = Path({source_title(source)!r})  # the zip from sota-lab's page Data, unpacked here"
    return 'path = Path("my_pictures")  # put the path of your folder of pictures here'


def is_random(recipe: Recipe, layout: Layout | None) -> bool:
    """Is a random fifth held out? Yes if the recipe wants it so, or the folder has no split of its own."""
    return recipe.split == "random20" or (layout is not None and layout.valid is None)


def _split(recipe: Recipe, layout: Layout | None, seed: str, *, returns: bool) -> list[str]:
    """Lines that make `split`, a pair of index lists, or with `returns` return it.

    If not all pictures are used, or not all are validated on after each epoch, also `valid`: all validation pictures.
    """
    if is_random(recipe, layout):
        splitter = f"RandomSplitter(0.2, seed={seed})"
    else:
        splitter = 'GrandparentSplitter(valid_name="val")' if layout is None else "FuncSplitter(is_valid)"
    if not is_reduced(recipe):
        return [f"return {splitter}(files)" if returns else f"split = {splitter}(files)"]
    lines = [
        f"train, valid = (np.array(part) for part in {splitter}(files))",
        f"rng = np.random.default_rng({recipe.split_seed})",
    ]
    if recipe.subset < 1:
        lines.append(f"train = np.sort(rng.permutation(train)[: round({recipe.subset!r} * len(train))])")
    quick = f"np.sort(rng.permutation(valid)[:{recipe.valid_limit}])" if recipe.valid_limit else "valid"
    if returns:
        return [*lines, f"return train, {quick}, valid"]
    if recipe.valid_limit:
        lines.append("# validation: on the second part after every epoch, on all of `valid` at the end")
    return [*lines, f"split = (train, {quick})"]


def is_reduced(recipe: Recipe) -> bool:
    return recipe.subset < 1 or bool(recipe.valid_limit)


def noise(recipe: Recipe, names: Names) -> Section:
    # with a new split in each phase any picture may be trained on
    train = "np.arange(len(files))" if recipe.resplit else "np.array(split[0])"
    listed = "" if names is OWN else f"classes = {names.classes}\n"
    code = f"""rng = np.random.default_rng({recipe.seed})
{listed}train = {train}
chosen = rng.permutation(train)[: round({recipe.label_noise!r} * len(train))]
wrong = {{}}
for i, step in zip(chosen, rng.integers(1, len(classes), len(chosen))):
    right = classes.index({names.label}(files[i]))
    wrong[files[i]] = classes[(right + step) % len(classes)]  # 1 ≤ step < len(classes): never the right one


def noisy_label(file):
    return wrong.get(file, {names.label}(file))"""
    share = f"{100 * recipe.label_noise:g} %"
    said = f"{share} of the training pictures get a wrong class, on purpose; validation pictures keep the right one."
    if recipe.resplit:
        said = f"{share} of all pictures get a wrong class, on purpose and once for all phases; the pictures that a "
        said += "phase validates on keep their right class in it."
    return Section("Wrong labels", said, code)


def indented(lines: list[str]) -> list[str]:
    return [f"    {line}" if line else line for line in lines]
