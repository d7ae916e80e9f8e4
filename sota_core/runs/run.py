"""A Run as the rest of the app sees it: frozen values read from one row, and their JSON.

Nothing here touches the database; the modules of runs/store read the rows.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from sota_core.errors import RecipeError
from sota_core.later import later, restored, told_by
from sota_core.recipes import Recipe
from sota_core.runs.states import OF_ANOTHER_VERSION, REASONS, State
from sota_core.train.summary import Summary, read_summary


class Attempt(NamedTuple):
    """A run that starts anew after its worker has vanished is another attempt: of two workers only one may write."""

    run: str
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One row. Times are Unix seconds, None where it has not happened.

    reason, message, traceback   why it ended: a code of states.REASONS, one line (later.py), the Python traceback
    attempt           0 while it has never been claimed; every claim adds one
    key               the idempotency key of its submit
    identity          equal for equal recipes; if `data` and `code` are equal too, the run is a repeated one
    data, code        fingerprint of the pictures, version of the training code; None where unknown
    cancel_requested  somebody asked it to stop; `cancel_by` says who (transitions.request_cancel), or "time_limit"
    self_started      the process that inserted it trains it (`train` on the command line)
    room              code of the class it was started in
    nickname          how whoever started it wants to be called in that room
    is_new            False when `submit` was given an idempotency key it knew: then this is the run of the first call
    """

    id: str
    owner: str
    key: str | None = None
    state: State
    reason: str | None = None
    message: str | None = None
    traceback: str | None = None
    attempt: int
    recipe_json: str
    identity: str
    data: str | None = None
    code: str | None = None
    cost: float
    estimate_s: float | None = None
    time_limit_s: float
    self_started: bool
    cancel_requested: bool = False
    cancel_by: str | None = None
    cancel_at: float | None = None
    pinned: bool = False
    created_at: float
    claimed_at: float | None = None
    started_at: float | None = None
    ended_at: float | None = None
    host: str | None = None
    pid: int | None = None
    birth: str | None = None
    heartbeat_at: float | None = None
    step: int | None = None
    total: int | None = None
    eta_s: float | None = None
    summary_json: str | None = None
    room: str | None = None
    nickname: str | None = None
    is_new: bool = field(default=True, compare=False)

    @property
    def recipe(self) -> Recipe:
        """For code that cannot go on without the recipe; code that only looks at runs uses `known_recipe`.

        Raises
            RecipeError  another version of the app wrote it, with fields or values that this version does not know.
        """
        try:
            return _recipe(self.recipe_json)
        except _UNREADABLE as bad:
            said = later(
                "run {id} was made by another version of this app, and this version cannot read its recipe "
                "({why}); open it there, or bring both to one version",
                id=self.id,
                why=told_by(bad),
            )
            raise RecipeError(said, field="recipe") from bad

    @property
    def known_recipe(self) -> Recipe | None:
        """The recipe; None if another version wrote it and this one cannot read it: a list must stay readable."""
        return readable(self.recipe_json)

    @property
    def summary(self) -> Summary:
        """What the run reached (accuracy, tta_accuracy, seconds, …); empty until training has ended and it is final."""
        return read_summary(json_object(self.summary_json)) if self.summary_json else {}

    @property
    def attempt_key(self) -> Attempt:
        return Attempt(self.id, self.attempt)

    @property
    def progress(self) -> dict[str, Any]:
        return {"step": self.step, "total": self.total, "eta_s": self.eta_s}

    @property
    def is_terminal(self) -> bool:
        return self.state.is_terminal

    @property
    def reason_text(self) -> str:
        """The reason as a sentence for a learner; '' where there is none."""
        if self.state is State.UNKNOWN:
            return OF_ANOTHER_VERSION
        return REASONS.get(self.reason or "", "")

    def to_json(self) -> dict[str, Any]:
        """One flat object, JSON-ready; the keys of `runs show --json`."""
        return {
            "id": self.id,
            "owner": self.owner,
            "state": str(self.state),
            "reason": self.reason,
            "message": self.message,
            "attempt": self.attempt,
            "pid": self.pid,
            "host": self.host,
            "progress": self.progress,
            "summary": self.summary,
            "cancel_requested": self.cancel_requested,
            "pinned": self.pinned,
            "room": self.room,
            "nickname": self.nickname,
            "created_at": self.created_at,
            "claimed_at": self.claimed_at,
            "started_at": self.started_at,
            "ended_at": self.ended_at,
            "data": self.data,
            "code": self.code,
            "recipe": json_object(self.recipe_json),
            "traceback": self.traceback,
        }


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file a finished or stopped run left behind."""

    run: str
    name: str
    path: Path
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """Where a queued run stands: position 1 is next; expected start in seconds from now, None where unknown."""

    position: int
    queued: int
    expected_start_s: float | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A run and its events after a cursor, read in one transaction; `cursor` is the next call's `after`."""

    run: Run
    events: list[dict[str, Any]]
    cursor: int


# What reading another version's recipe may raise: for values of an unexpected type, whatever Python raises.
_UNREADABLE = (RecipeError, TypeError, AttributeError, OverflowError)


@lru_cache(maxsize=256)
def _recipe(text: str) -> Recipe:
    return Recipe.from_json(text)


def json_object(text: str) -> dict[str, Any]:
    """The JSON object in a stored column; {} if it holds none, so that one such row does not make a list unreadable.

    >>> json_object('{"a": 1}'), json_object("[]"), json_object('{"cut')
    ({'a': 1}, {}, {})
    """
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def source_in(text: str) -> str:
    """The data set that a stored row's recipe names, whatever version has written it; "" where it names none."""
    return str(json_object(text).get("source", ""))


def readable(text: str) -> Recipe | None:
    """A stored row's recipe; None if another version wrote it and this one cannot read it."""
    try:
        return _recipe(text)
    except _UNREADABLE:
        return None


def run_from_row(row: Mapping[Any, Any]) -> Run:
    values = dict(row)
    values["state"] = State.read(values["state"])
    values["recipe_json"] = values.pop("recipe")
    values["summary_json"] = values.pop("summary")
    values["message"] = values["message"] and restored(values["message"])
    values.pop("origin", None)  # for the quotas alone: never shown or exported
    return Run(**values)


# A cursor is one number, so that a page can keep it in its session and a URL: `attempt` in the high bits, then `seq`.
_SEQ_BITS = 32


def cursor_of(event: Mapping[str, Any]) -> int:
    """The cursor just after an event.

    >>> split_cursor(cursor_of({"attempt": 2, "seq": 7}))
    (2, 7)
    """
    return (int(event["attempt"]) << _SEQ_BITS) | int(event["seq"])


def split_cursor(cursor: int) -> tuple[int, int]:
    return cursor >> _SEQ_BITS, cursor & ((1 << _SEQ_BITS) - 1)
