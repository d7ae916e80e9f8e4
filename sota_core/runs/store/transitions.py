"""Every edge of the state table but `claim`: one guarded UPDATE each; a run's last edge also writes its `ended` event.

Each method is atomic and returns whether the edge was taken: False means that the guard said no (another attempt,
another state, already cancelled) and that nothing was changed.
"""

import json
from collections.abc import Callable, Iterable
from typing import Any

import sqlalchemy as sa

from sota_core.errors import NotYoursError
from sota_core.language import tr
from sota_core.later import Later, stored
from sota_core.runs.run import Artifact, Run, json_object
from sota_core.runs.states import ACTIVE, ALLOWED, MAX_ATTEMPTS, State
from sota_core.runs.store import schema
from sota_core.runs.store.session import Session
from sota_core.train.events import Epoch, TtaPass, read
from sota_core.train.summary import Summary, summarize

OPERATOR = "operator"  # in `cancel_by`, for whoever has shown the operator's token

_run = schema.run.c

# A traceback or a message of megabytes (a whole array in an error's text) must not fill the database.
_LONGEST_TEXT = 20_000


class Transitions:
    """The life of a run after it was submitted. `wake` tells a dispatcher to look at once."""

    def __init__(self, session: Session, *, wake: Callable[[], None]) -> None:
        self.session, self.wake = session, wake

    def begin(
        self, run_id: str, attempt: int, *, pid: int, birth: str | None, host: str, code: str | None = None
    ) -> bool:
        """starting → running, by the worker: the attempt is mine and nobody has cancelled.

        True also where this very process has taken the edge before: the answer to that may have been lost.

        code  version of the code that trains; None: that of whoever submitted the run
        """
        now = self.session.clock()
        process = {"pid": pid, "birth": birth, "host": host}
        version = {} if code is None else {"code": code}
        with self.session.writing() as connection:
            was_taken = self._move(
                connection,
                run_id,
                {State.STARTING},
                State.RUNNING,
                _run.attempt == attempt,
                sa.not_(_run.cancel_requested),
                started_at=now,
                heartbeat_at=now,
                **process,
                **version,
            )
            if was_taken:
                return True
            own = {"id": run_id, "attempt": attempt, "state": State.RUNNING, **process}
            mine = sa.select(_run.id).filter_by(**own).where(sa.not_(_run.cancel_requested))
            return connection.execute(mine).first() is not None

    def requeue(self, run_id: str, attempt: int) -> bool:
        """starting → queued, by the dispatcher: the attempt vanished before it ran, and there are attempts left."""
        with self.session.writing() as connection:
            return self._move(
                connection,
                run_id,
                {State.STARTING},
                State.QUEUED,
                _run.attempt == attempt,
                _run.attempt < MAX_ATTEMPTS,
                sa.not_(_run.self_started),
                sa.not_(_run.cancel_requested),
                pid=None,
                birth=None,
                host=None,
            )

    def fail_start(self, run_id: str, attempt: int, *, exit_code: int | None, message: str) -> bool:
        """starting → failed, by the dispatcher: the exit code is known, or there are no attempts left."""
        guards = [_run.attempt == attempt]
        if exit_code is None:
            guards.append(sa.or_(_run.attempt >= MAX_ATTEMPTS, _run.self_started))
        return self._end(run_id, {State.STARTING}, State.FAILED, guards, reason="no_start", message=message)

    def keep(self, run_id: str, attempt: int, summary: Summary, artifacts: Iterable[Artifact] = ()) -> bool:
        """Store what a running attempt has reached, by the worker, before an export that may fail.

        Not an edge: the run goes on. From here on it cannot become `lost`, whatever happens to its process. Calling it
        twice is harmless.
        """
        mine = [_run.id == run_id, _run.attempt == attempt, _run.state == State.RUNNING]
        with self.session.writing() as connection:
            reached = schema.run.update().where(*mine).values(summary=json.dumps(summary, default=float))
            if connection.execute(reached).rowcount != 1:
                return False
            self._record_artifacts(connection, run_id, artifacts)
        return True

    def finish_after(self, run_id: str, attempt: int, message: str) -> bool:
        """running → finished, by the dispatcher: the worker is gone, but what it had reached is kept already."""
        guards = [_run.attempt == attempt, _run.summary.is_not(None), sa.not_(_run.cancel_requested)]
        return self._end(run_id, {State.RUNNING}, State.FINISHED, guards, reason="no_export", message=message)

    def finish(self, run_id: str, attempt: int, summary: Summary, artifacts: Iterable[Artifact] = ()) -> bool:
        """running → finished, by the worker. All artifacts, those kept before too, lie in place, fsynced and hashed."""
        guards = [_run.attempt == attempt]
        return self._end(
            run_id, {State.RUNNING}, State.FINISHED, guards, summary=summary, artifacts=artifacts, reason=None
        )

    def fail(
        self,
        run_id: str,
        attempt: int,
        reason: str,
        message: str,
        traceback: str | None = None,
        *,
        summary: Summary | None = None,
        artifacts: Iterable[Artifact] = (),
    ) -> bool:
        """running → failed, by the worker: the attempt is mine. `reason` is a code of states.REASONS."""
        guards = [_run.attempt == attempt]
        told = {"reason": reason, "message": message, "traceback": traceback}
        return self._end(run_id, {State.RUNNING}, State.FAILED, guards, **told, summary=summary, artifacts=artifacts)

    def cancel(
        self,
        run_id: str,
        attempt: int,
        *,
        reason: str = "stopped",
        summary: Summary | None = None,
        artifacts: Iterable[Artifact] = (),
    ) -> bool:
        """starting or running → cancelled, by the worker, or by the dispatcher after the kill: it was asked for."""
        guards = [_run.attempt == attempt, _run.cancel_requested]
        return self._end(run_id, ACTIVE, State.CANCELLED, guards, reason=reason, summary=summary, artifacts=artifacts)

    def lose(self, run_id: str, attempt: int, reason: str, message: str) -> bool:
        """running → lost, by the dispatcher: killed by a signal, node gone, lease expired; nothing was kept."""
        guards = [_run.attempt == attempt, _run.summary.is_(None)]
        return self._end(run_id, {State.RUNNING}, State.LOST, guards, reason=reason, message=message)

    def request_cancel(self, run_id: str, by: str | None = None) -> Run:
        """Ask a run to stop. A queued one is cancelled at once; a starting or running one gets the flag its worker
        sees within a second; one that has ended is left as it is. Returns the run as it is then.

        by  the owner who asks. OPERATOR for whoever has shown the operator's token and None for whoever sits at the
            machine, such as a run's own process: both may stop any run.

        Raises
            UnknownRunError  no run has this id.
            NotYoursError    `by` is not its owner.
        """
        with self.session.writing() as connection:
            run = self.session.fetch(connection, run_id)
            if by not in (None, OPERATOR, run.owner):
                raise NotYoursError(
                    tr("run {id} belongs to somebody else; only its owner or the operator can stop it", id=run_id)
                )
            self._flag_cancel(connection, run_id, by or "machine")
            self._end_in(connection, run_id, {State.QUEUED}, State.CANCELLED, [], reason="stopped", message=None)
            after = self.session.fetch(connection, run_id)
        self.wake()
        return after

    def stop_for_time(self, run_id: str, attempt: int) -> bool:
        """Ask a running attempt to stop because its time is over; False if it has been asked already."""
        with self.session.writing() as connection:
            return self._flag_cancel(connection, run_id, "time_limit", _run.attempt == attempt)

    def _flag_cancel(self, connection: sa.Connection, run_id: str, by: str, *guards: Any) -> bool:
        live = [State.QUEUED, *ACTIVE]
        where = [_run.id == run_id, _run.state.in_(live), sa.not_(_run.cancel_requested), *guards]
        flag = {"cancel_requested": True, "cancel_by": by, "cancel_at": self.session.clock()}
        return connection.execute(schema.run.update().where(*where).values(**flag)).rowcount == 1

    def _move(
        self, connection: sa.Connection, run_id: str, before: Iterable[State], to: State, *guards: Any, **values: Any
    ) -> bool:
        """The one place where a state is changed after the submit: one UPDATE … WHERE, rowcount 1 or nothing."""
        before = list(before)
        assert all(to in ALLOWED[state] for state in before), f"{before} → {to} is not an edge"
        where = [_run.id == run_id, _run.state.in_(before), *guards]
        return connection.execute(schema.run.update().where(*where).values(state=to, **values)).rowcount == 1

    def _end(self, run_id: str, before: Iterable[State], to: State, guards: list[Any], **values: Any) -> bool:
        with self.session.writing() as connection:
            return self._end_in(connection, run_id, before, to, guards, **values)

    def _end_in(
        self,
        connection: sa.Connection,
        run_id: str,
        before: Iterable[State],
        to: State,
        guards: list[Any],
        *,
        reason: str | None,
        message: str | None = None,
        traceback: str | None = None,
        summary: Summary | None = None,
        artifacts: Iterable[Artifact] = (),
    ) -> bool:
        now = self.session.clock()
        ends = {
            "reason": reason,
            "message": message and _storable(_bounded(message)),
            "traceback": traceback and _storable(traceback[-_LONGEST_TEXT:]),
            "ended_at": now,
            "eta_s": None,
        }
        if not self._move(connection, run_id, before, to, *guards, **ends):
            return False
        run = self.session.fetch(connection, run_id)
        if not summary and not run.summary and run.started_at:
            summary = reached(connection, run)
        if summary:
            text = json.dumps(summary, default=float)
            connection.execute(schema.run.update().where(_run.id == run_id).values(summary=text))
        self._record_artifacts(connection, run_id, artifacts)
        self._record_end(connection, run, now)
        return True

    def _record_artifacts(self, connection: sa.Connection, run_id: str, artifacts: Iterable[Artifact]) -> None:
        rows = [
            {
                "run": run_id,
                "name": a.name,
                "size_bytes": a.size_bytes,
                "sha256": a.sha256,
                "created_at": self.session.clock(),
            }
            for a in artifacts
        ]
        if rows:
            known = schema.artifact.c
            names = [row["name"] for row in rows]
            connection.execute(schema.artifact.delete().where(known.run == run_id, known.name.in_(names)))
            connection.execute(schema.artifact.insert(), rows)

    def _record_end(self, connection: sa.Connection, run: Run, now: float) -> None:
        """The `ended` event belongs to the transition: nobody can see one without the other."""
        event = schema.event.c
        mine = (event.run == run.id) & (event.attempt == run.attempt)
        last = connection.execute(sa.select(sa.func.max(event.seq)).where(mine)).scalar() or 0
        data = json.dumps({"state": run.state, "reason": run.reason, "message": run.message or ""})
        row = {"run": run.id, "attempt": run.attempt, "seq": last + 1, "t": now, "kind": "ended", "data": data}
        connection.execute(schema.event.insert(), row)


def _bounded(message: str) -> str:
    """A message to store. If it is too long, a plain text is kept: as much of its English as there is room for."""
    text = stored(message)
    return text if isinstance(message, Later) and len(text) <= _LONGEST_TEXT else stored(str(message)[:_LONGEST_TEXT])


def _storable(text: str) -> str:
    """Text that every database takes: a log may hold NULs (PostgreSQL refuses them), a path half a character.

    >>> _storable("a\\0b\\udcff")
    'a�b?'
    """
    return text.replace("\0", "\ufffd").encode(errors="replace").decode()


def reached(connection: sa.Connection, run: Run) -> Summary:
    """The summary of a run whose worker could not write one: what its epoch and TTA events say."""
    event = schema.event.c
    mine = (event.run == run.id) & (event.attempt == run.attempt)
    rows = connection.execute(
        sa.select(event.kind, event.data).where(mine, event.kind.in_(["epoch", "tta_pass"])).order_by(event.seq)
    )
    epochs: list[Epoch] = []
    tta: list[TtaPass] = []
    for kind, data in rows:
        found = read({"kind": kind, **json_object(data)})
        if found is not None and found["kind"] == "epoch":
            epochs.append(found)
        elif found is not None and found["kind"] == "tta_pass":
            tta.append(found)
    if not epochs:
        return {}
    try:
        return summarize(epochs, tta, fit_s=sum(e["seconds"] for e in epochs), valid_ce=None)
    except TypeError:  # no number where one should be: a run must be able to end all the same
        return {}
