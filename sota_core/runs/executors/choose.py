"""Which executor the settings ask for."""

from sota_core.runs.executors.executor import Executor
from sota_core.runs.executors.inline import InlineExecutor
from sota_core.runs.executors.process import ProcessExecutor
from sota_core.runs.executors.ray import RayExecutor
from sota_core.runs.worker.worker import Trainer
from sota_core.settings import Settings


def make_executor(settings: Settings, trainer: Trainer | str | None = None) -> Executor:
    """The executor of the settings. If it trains in other processes, `trainer` must be a name ('module:function').

    Raises
        InputError  a setting it needs is missing.
    """
    if settings.executor == "inline":
        return InlineExecutor(settings, trainer)
    assert trainer is None or isinstance(trainer, str)
    if settings.executor == "ray":
        return RayExecutor(settings, trainer)
    return ProcessExecutor(settings, trainer)
