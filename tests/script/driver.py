"""Run in a process of its own: our run of each recipe, then its generated script; of every batch loss, rate, momentum.

`python driver.py FOLDER OUT recipe.json…` They are noted by a callback that every Learner gets from fastai's own
list of defaults; the script is run unchanged.
"""

import json
import runpy
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

# ruff: noqa: E402
from sota_core.data.torchvision_ops import ensure_torchvision_ops

ensure_torchvision_ops()

from fastai.vision.all import Callback, defaults

from sota_core.data.chapter import n_workers
from sota_core.recipes import Recipe
from sota_core.script import python_script
from sota_core.settings import load
from sota_core.train.fit import run_recipe


class Noted(Callback):
    steps: list[tuple[float, float, float]] = []  # noqa: RUF012  one list for all instances is what is wanted

    def after_batch(self) -> None:
        if self.training:
            hypers = self.opt.hypers[-1]
            self.steps.append((float(self.learn.loss), float(hypers["lr"]), float(hypers["mom"])))


def noted(work) -> list[tuple[float, float, float]]:
    Noted.steps.clear()
    work()
    return list(Noted.steps)


def main(folder: str, out: str, *recipes: str) -> None:
    defaults.callbacks = [*defaults.callbacks, Noted]
    found = []
    for text in recipes:
        recipe = Recipe.from_json(text)
        with tempfile.TemporaryDirectory() as home:
            settings = load({"SOTA_HOME": home, "SOTA_DATA_DIR": home})
            quiet = {"emit": lambda event: None, "should_stop": lambda: False}

            def ours(recipe=recipe, settings=settings, quiet=quiet, home=home) -> None:
                run_recipe(recipe, settings, out_dir=Path(home), **quiet)

            script = Path(home) / "script.py"
            script.write_text(python_script(recipe, folder=folder, num_workers=n_workers()))
            own = noted(ours)
            theirs = noted(lambda script=script: runpy.run_path(str(script)))
        found.append({"own": own, "script": theirs})
    Path(out).write_text(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
