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

OF_ANOTHER_VERSION = N_("Another version of this app has put this run into a state that this version does not know.")

# A run's reason → sentences for a learner: what happened, and what to do.
REASONS: dict[str, str] = {
    "gpu_oom": N_("The graphics card ran out of memory. Choose a smaller batch, smaller pictures or a narrower net."),
    "disk_full": N_("The disk of this machine is full. Once somebody has freed space, start the run again."),
    "bad_data": N_(
        "The pictures could not be used. The message says what is wrong with them: fix that, or choose other pictures."
    ),
    "error": N_(
        "Training stopped with an error. The message says which one, the folded text where. Change the recipe."
    ),
    "no_start": N_("The run could not be started here. Start it again; if it fails again, the folded text says why."),
    "killed": N_("The process that trained was ended from outside, often because memory ran out. Start the run again."),
    "gone": N_("The machine or the process that trained is gone, often because of a restart. Start the run again."),
    "unwatched": N_(
        "The app could not check on this run, and ended it so that others can start. The message says why. "
        "Start the run again."
    ),
    "lease": N_("The machine that trained has not been heard of for too long. Start the run again."),
    "no_validation": N_(
        "Trained to the end, but its last validation failed: the message says why. The net and the figures of "
        "the epochs are kept. For what is missing, run it again."
    ),
    "no_export": N_(
        "Trained and validated to the end. Its process was ended while it exported the net to ONNX, so that "
        "file may be missing: run it again if you need it."
    ),
    "stopped": N_("Stopped on request. What the run had reached is kept. To train to the end, start it again."),
    "stopped_trained": N_(
        "Trained to the end, then stopped on request before its last validation or its export was done. The net and "
        "what else was reached are kept. If you need the rest, run it again."
    ),
    "stopped_hard": N_(
        "Stopped on request. Its process did not react in time and was ended; what it had written is kept. For the "
        "rest, start the run again."
    ),
    "time_limit": N_(
        "The run reached its time limit and was stopped. What it had reached is kept. Fit the recipe to less time."
    ),
}
