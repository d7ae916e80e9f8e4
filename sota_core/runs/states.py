"""The states of a run, the edges between them, and the reasons a run can end for.

Words and tables only; which code may take an edge, and on what conditions, is in store/transitions.py.
"""

from enum import StrEnum

from sota_core.language import N_


class State(StrEnum):
    """Where a run is in its life. Cancelling is a flag on the run, not a state."""

    QUEUED = "queued"
    STARTING = "starting"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"
    UNKNOWN = "unknown"  # never stored: stands for a stored state that only another version knows

    @classmethod
    def read(cls, stored: str) -> "State":
        """A stored row's state; UNKNOWN if only another version knows it, so that a list of runs stays readable."""
        return cls(stored) if stored in STORED else cls.UNKNOWN

    @property
    def is_terminal(self) -> bool:
        """Has the run ended, as far as this version can tell? UNKNOWN counts as ended, so that nobody waits for it."""
        return self not in LIVE


STORED = tuple(state for state in State if state is not State.UNKNOWN)
TERMINAL = frozenset({State.FINISHED, State.FAILED, State.CANCELLED, State.LOST})
ACTIVE = frozenset({State.STARTING, State.RUNNING})  # a slot is taken
LIVE = ACTIVE | {State.QUEUED}

# state → the states that may follow it; a terminal state has none.
ALLOWED: dict[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.STARTING, State.CANCELLED}),
    State.STARTING: frozenset({State.RUNNING, State.QUEUED, State.FAILED, State.CANCELLED}),
    State.RUNNING: frozenset({State.FINISHED, State.FAILED, State.CANCELLED, State.LOST}),
    State.FINISHED: frozenset(),
    State.FAILED: frozenset(),
    State.CANCELLED: frozenset(),
    State.LOST: frozenset(),
    State.UNKNOWN: frozenset(),
}

# How often a run is launched in all, if its process vanishes before it has begun to run.
MAX_ATTEMPTS = 3

OF_ANOTHER_VERSION = N_("Another version of this app has left it in a state that this one does not know.")

# A run's reason → sentences for a learner: what happened, and what to do.
REASONS: dict[str, str] = {
    "gpu_oom": N_("The graphics card ran out of memory. Choose a smaller batch, smaller pictures or a narrower net."),
    "disk_full": N_("The disk of this machine is full. Once somebody has made room, start the run again."),
    "bad_data": N_(
        "The pictures could not be used. The message names what is wrong with them: mend it, or choose others."
    ),
    "error": N_("Training stopped with an error. The message says which, the folded text where: change the recipe."),
    "no_start": N_(
        "The run could not be started here. Start it again; should it fail again, the folded text says why."
    ),
    "killed": N_("The process that trained was ended from outside, often because memory ran out. Start the run again."),
    "gone": N_("The machine or the process that trained went away, often after a restart. Start the run again."),
    "unwatched": N_(
        "The app could not look after this run, and ended it so that others can start. The message says why. "
        "Start the run again."
    ),
    "lease": N_("The machine that trained has not been heard of for too long. Start the run again."),
    "no_export": N_(
        "Trained and validated to the end. Its process was ended while it exported the net to ONNX, so that "
        "file may be missing: run it again if you need it."
    ),
    "stopped": N_("Stopped as asked. What had been reached is kept; start it again to go all the way."),
    "stopped_hard": N_(
        "Stopped as asked. It did not answer in time and was ended; what had been written is kept. Start "
        "it again to go all the way."
    ),
    "time_limit": N_(
        "The run reached its time limit and was stopped. What had been reached is kept; fit it to less time."
    ),
}
