"""Compares in a process of its own which files of a folder our run takes, and which its generated script takes.

`python own_driver.py OUT recipe.json folder recipe.json folder …` For each pair: names, labels and classes of both
parts. The script is executed as generated, up to its loaders. Heavy imports are inside functions, because pytest looks
into this file for doctests.

`python own_driver.py OUT recipe.json folder recipe.json folder …` For each: names, labels and classes of both parts.
The script is executed as printed, up to its loaders. Heavy imports are inside: pytest looks here for doctests.
"""

import json
import sys
from pathlib import Path
from typing import Any


def of_run(recipe: Any, folder: str) -> dict[str, Any]:
    from sota_core.data.loading.loaders import split_items
    from sota_core.data.pictures.listing import list_pictures

    listing = list_pictures(Path(folder))
    split = split_items(listing, recipe)

    def rows(items: Any) -> list[Any]:
        return [[str(listing.paths[i]), listing.classes[listing.labels[i]]] for i in items]

    return {"train": rows(split.train), "valid": rows(split.quick), "classes": list(listing.classes)}


def of_script(recipe: Any, folder: str) -> dict[str, Any]:
    from sota_core.script import python_script

    code = python_script(recipe, folder=folder, num_workers=0).split("# %% The learner")[0]
    names: dict[str, Any] = {}
    exec(compile(code, "script.py", "exec"), names)
    dls = names["dls"]

    def rows(part: Any) -> list[Any]:
        return [[str(file), dls.vocab[int(label)]] for file, label in zip(part.items, part.tls[1], strict=True)]

    return {"train": rows(dls.train_ds), "valid": rows(dls.valid_ds), "classes": list(dls.vocab)}


def main(out: str, *arguments: str) -> None:
    from sota_core.data.loading.torchvision_ops import ensure_torchvision_ops

    ensure_torchvision_ops()
    from sota_core.recipes import Recipe

    found = []
    for text, folder in zip(arguments[::2], arguments[1::2], strict=True):
        recipe = Recipe.from_json(text)
        found.append([of_run(recipe, folder), of_script(recipe, folder)])
    Path(out).write_text(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
