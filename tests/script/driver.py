"""Runs each recipe, then its generated script, in a process of its own, and writes loss, learning rate and momentum of
every batch.

`python driver.py FOLDER OUT recipe.json…` A callback that fastai gives to every Learner by default notes them; the
script runs unchanged. Heavy imports are inside functions, because pytest looks into this file for doctests.

`python driver.py FOLDER OUT recipe.json…` They are noted by a callback that every Learner gets from fastai's own
list of defaults; the script is run unchanged. Heavy imports are inside: pytest looks into this file for doctests.
"""

import json
import runpy
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

Step = tuple[float, float, float]


def note_every_step() -> list[Step]:
    """Make every later Learner of this process note its steps; returns the list that they fill."""
    from fastai.callback.core import Callback
    from fastai.torch_core import defaults

    steps: list[Step] = []

    class Noted(Callback):
        def after_batch(self) -> None:
            if self.training:
                hypers = self.opt.hypers[-1]
                steps.append((float(self.learn.loss), float(hypers["lr"]), float(hypers["mom"])))

    defaults.callbacks = [*defaults.callbacks, Noted]
    return steps


def main(folder: str, out: str, *recipes: str) -> None:
    from sota_core.data.loading.torchvision_ops import ensure_torchvision_ops

    ensure_torchvision_ops()
    import fastai.vision.all  # noqa: F401  fills fastai's list of default callbacks

    from sota_core.data.loading.files_loader import n_workers
    from sota_core.recipes import Recipe
    from sota_core.script import python_script
    from sota_core.settings import load
    from sota_core.train.fit import run_recipe

    steps = note_every_step()

    def noted(work: Callable[[], object]) -> list[Step]:
        steps.clear()
        work()
        return list(steps)

    def both(recipe: Recipe, home: Path) -> dict[str, list[Step]]:
        settings = load({"SOTA_HOME": str(home), "SOTA_DATA_DIR": str(home)})
        script = home / "script.py"
        script.write_text(python_script(recipe, folder=folder, num_workers=n_workers()))
        quiet = {"emit": lambda event: None, "should_stop": lambda: False}
        return {
            "own": noted(lambda: run_recipe(recipe, settings, out_dir=home, **quiet)),
            "script": noted(lambda: runpy.run_path(str(script))),
        }

    found = []
    for text in recipes:
        with tempfile.TemporaryDirectory() as home:
            found.append(both(Recipe.from_json(text), Path(home)))
    Path(out).write_text(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
