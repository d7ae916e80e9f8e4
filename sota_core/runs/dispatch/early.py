"""Draws and decodes the pictures of the run that waits longest, while a new dispatcher's workers still import fastai.

In a home without runs: the sample, which the first run will most likely use.

It is a process of its own, `python -m sota_core.runs.dispatch.early SOURCE PRESIZE`, without torch. It does what the
worker would do. If it is not done in time, the worker waits for it, as for anybody who makes the same cache; if it
fails, the worker tries again and says why.
"""

import logging
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from sota_core.data.loading.cache import build_cache
from sota_core.data.pictures.listing import list_pictures
from sota_core.data.sample.drawn_sets import DRAWN
from sota_core.data.sample.sample import SAMPLE
from sota_core.data.sets import sources
from sota_core.errors import SotaError, SourceError
from sota_core.recipes import Recipe
from sota_core.recipes.draft import Pictures, first_experiment
from sota_core.runs.executors.forkserver import be_modest
from sota_core.runs.states import LIVE, State
from sota_core.runs.store.store import Store
from sota_core.settings import Settings, load
from sota_core.system.environment import child_environment, log_folder
from sota_core.system.logs import log_to_stderr
from sota_core.system.processes import start_detached
from sota_core.train.throughput import load_throughput

log = logging.getLogger(__name__)

MODULE = (sys.executable, "-m", "sota_core.runs.dispatch.early")


def start(store: Store, settings: Settings, command: Sequence[str] = MODULE) -> subprocess.Popen | None:
    """Start that process, not waiting for it; None if nothing can be done early, as when pictures must be fetched."""
    waiting = [run for run in store.history.list_runs(states=LIVE) if run.state in (State.QUEUED, State.STARTING)]
    try:
        if waiting:
            # the list has the newest first; recipes of another version are left to the worker
            recipe = next((known for run in reversed(waiting) if (known := run.known_recipe) is not None), None)
            if recipe is None or recipe.loader != "cache" or not _can_be_here(recipe.source, settings):
                return None
            arguments = (recipe.source, str(recipe.presize))
        elif settings.starts_early and not store.history.latest(1) and not _is_any_fetched(settings):
            first = _first_recipe(settings)
            if first is None:
                return None
            arguments = (SAMPLE.id, str(first.presize))
        else:
            return None
        file = log_folder(settings) / "pictures.log"
        process = start_detached((*command, *arguments), file, child_environment(settings))
    except (SotaError, OSError) as bad:  # a folder that has gone: the worker will say so
        log.info("no pictures are prepared early: %s", bad)
        return None
    threading.Thread(target=process.wait, name="early", daemon=True).start()  # or its end leaves a zombie
    return process


def _first_recipe(settings: Settings) -> Recipe | None:
    """The first experiment's recipe, as a visitor would start it: on a slow machine it has smaller pictures.

    None if no recipe fits.
    """
    n_classes = len(SAMPLE.classes)
    pictures = Pictures(SAMPLE.id, SAMPLE.n_train * n_classes, SAMPLE.n_valid * n_classes)
    return first_experiment(pictures, load_throughput(settings)).recipe


def _can_be_here(source: str, settings: Settings) -> bool:
    return source in DRAWN or sources.resolve(source, settings) is not None


def _is_any_fetched(settings: Settings) -> bool:
    return any(sources.resolve(source, settings) is not None for source in sources.SOURCES if source not in DRAWN)


def prepare(source: str, presize: int, settings: Settings) -> Path:
    """Draw and decode; returns the folder of the cache of decoded pictures. Blocking, some seconds for the sample.

    Raises
        what drawing, listing and decoding raise.
    """
    root = sources.ensure(source, settings) if source in DRAWN else sources.resolve(source, settings)
    if root is None:
        raise SourceError(f"prepare('{source}'): its pictures must be here, and they are not; fetch them first")
    return build_cache(list_pictures(root), presize, settings.cache_dir).folder


if __name__ == "__main__":
    log_to_stderr(load(), "pictures")
    be_modest()
    print(prepare(sys.argv[1], int(sys.argv[2]), load()))
