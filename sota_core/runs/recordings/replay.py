"""A recording played again: which of its events have happened after so many seconds, and the run as it then stood.

Pure: the caller passes the time. The live panel shows the Run made here just as it shows one from the store.
"""

import dataclasses
import json
from bisect import bisect_right
from dataclasses import dataclass

from sota_core.runs.recordings.recording import Recording, at
from sota_core.runs.run import Run
from sota_core.runs.states import State
from sota_core.train.events import Event

SPEEDS = (1.0, 5.0, 10.0, 50.0)
MIN_SPEED, MAX_SPEED = 1.0, 50.0
DEFAULT_SPEED = 10.0
SHORTEST_S = 10.0  # how long a replay lasts at least by default, unless the run itself was shorter
OWNER = "recording"  # of no visitor: no token gives this name


def usual_speed(duration_s: float) -> float:
    """How fast a recording is played by default: the fastest speed up to 10 that leaves ten seconds to watch.

    >>> [usual_speed(seconds) for seconds in (20, 61, 131, 3600)]
    [1.0, 5.0, 10.0, 10.0]
    """
    slow_enough = (speed for speed in SPEEDS if speed <= DEFAULT_SPEED and duration_s / speed >= SHORTEST_S)
    return max(slow_enough, default=MIN_SPEED)


@dataclass(frozen=True, slots=True)
class Player:
    """Where a replay stands.

    at_s   seconds of the recording at the moment `since`
    since  on the caller's clock, when playing began; None: paused
    """

    speed: float = DEFAULT_SPEED
    at_s: float = 0.0
    since: float | None = None

    def position(self, now: float, duration_s: float) -> float:
        """Where the replay is now: seconds of the recording, from 0 to its end."""
        played = 0.0 if self.since is None else max(0.0, now - self.since) * self.speed
        return min(duration_s, max(0.0, self.at_s + played))

    def play(self, now: float) -> "Player":
        return self if self.since is not None else dataclasses.replace(self, since=now)

    def pause(self, now: float, duration_s: float) -> "Player":
        return dataclasses.replace(self, at_s=self.position(now, duration_s), since=None)

    def at_speed(self, speed: float, now: float, duration_s: float) -> "Player":
        """Faster or slower from here on; the position does not jump."""
        since = None if self.since is None else now
        return Player(min(MAX_SPEED, max(MIN_SPEED, speed)), self.position(now, duration_s), since)

    def moved(self, to_s: float, now: float) -> "Player":
        """The player at another position, still playing if it was."""
        return dataclasses.replace(self, at_s=max(0.0, to_s), since=None if self.since is None else now)


def events_until(recording: Recording, t: float) -> tuple[Event, ...]:
    """The events of the first t seconds, in order; after `duration_s` these are all."""
    return recording.events[: bisect_right(recording.events, t, key=at)]


def run_at(recording: Recording, t: float) -> Run:
    """The run as it stood t seconds after its pictures were ready: running, and at the end finished.

    The seconds left are those that the recording device had left.
    """
    seen = events_until(recording, t)
    is_over = bool(seen) and seen[-1]["kind"] == "ended"
    step = next((e["step"] or 0 for e in reversed(seen) if e["kind"] == "batch" or e["kind"] == "epoch"), 0)
    first = recording.events[0]
    began = recording.recorded_at.timestamp() - recording.duration_s
    return Run(
        id=recording.id,
        owner=OWNER,
        state=State.FINISHED if is_over else State.RUNNING,
        attempt=1,
        recipe_json=recording.recipe.to_json(),
        identity=recording.recipe.identity(),
        cost=0.0,
        time_limit_s=recording.duration_s,
        self_started=True,
        created_at=began,
        claimed_at=began,
        started_at=began,
        ended_at=recording.recorded_at.timestamp() if is_over else None,
        heartbeat_at=began + t,
        step=step,
        total=first["total_steps"] if first["kind"] == "started" else None,
        eta_s=None if is_over else max(0.0, recording.summary.get("seconds", 0.0) - t),
        summary_json=json.dumps(recording.summary) if is_over else None,
    )
