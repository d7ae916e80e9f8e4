"""What a run says while it is under way: events that its worker appends and pages read after a cursor; its heartbeat.

Append only. As long as a run is kept, only two things are removed: most batch events of an old run, and pictures of
visitors' own sets.
"""

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from sota_core.data.sets import own
from sota_core.runs.run import Snapshot, cursor_of, json_object, source_in, split_cursor
from sota_core.runs.states import ACTIVE
from sota_core.runs.store import schema
from sota_core.runs.store.database import is_out_of_order
from sota_core.runs.store.session import Session
from sota_core.system.logs import about

log = logging.getLogger(__name__)

_run = schema.run.c
_event = schema.event.c

KEPT_BATCH_EVENTS = 200  # about this many of an old run: a curve on a screen shows no more points

# Both databases know ON CONFLICT: events that are sent again after a broken connection are no error.
_INSERT = sa.text(
    "INSERT INTO event (run, attempt, seq, t, kind, data) VALUES (:run, :attempt, :seq, :t, :kind, :data) "
    "ON CONFLICT DO NOTHING"
)


class Beat(Enum):
    """The store's answer to a sign of life."""

    GO = "go on"
    STOP = "somebody asked for the run to be stopped"
    STALE = "the run has ended or another attempt has taken over: nothing was written, end yourself"


class EventLog:
    """Events and signs of life."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def append(
        self,
        run_id: str,
        attempt: int,
        events: Sequence[Mapping[str, Any]] = (),
        *,
        step: int | None = None,
        total: int | None = None,
        eta_s: float | None = None,
    ) -> Beat:
        """Write events and renew the lease, in one transaction, guarded by the attempt. Sending twice is harmless.

        Without events it is a sign of life alone.

        events  flat dicts with `kind`, `seq`, `t`; run and attempt are those of the call
        """
        beat = {"heartbeat_at": self.session.clock()}
        if step is not None:
            beat |= {"step": step, "total": total, "eta_s": eta_s}
        mine = [_run.id == run_id, _run.attempt == attempt, _run.state.in_(ACTIVE)]
        rows = [_to_row(run_id, attempt, event) for event in events]  # outside: others wait for the lock
        with self.session.writing() as connection:
            renewed = schema.run.update().where(*mine).values(beat).returning(_run.cancel_requested)
            cancel_requested = connection.execute(renewed).scalar_one_or_none()
            if cancel_requested is None:
                return Beat.STALE
            if rows:
                connection.execute(_INSERT, rows)
        return Beat.STOP if cancel_requested else Beat.GO

    def identify(self, run_id: str, attempt: int, *, data: str) -> None:
        """Keep the fingerprint of the pictures, once the worker knows it."""
        with self.session.writing() as connection:
            mine = (_run.id == run_id) & (_run.attempt == attempt)
            connection.execute(schema.run.update().where(mine).values(data=data))

    def events(
        self, run_id: str, after: int = 0, kinds: Iterable[str] | None = None, limit: int | None = None
    ) -> list[dict[str, Any]]:
        """Events after a cursor (0: from the start), in order; [] for a run without any, or that does not exist.

        Each is flat, as it was written: kind, run, attempt, seq, t and its payload; `train.events.read` tells whether
        it can be understood. `run.cursor_of(event)` is the cursor after it.
        """
        with self.session.reading() as connection:
            return self._events(connection, run_id, after, kinds, limit)

    def snapshot(self, run_id: str, after: int = 0, kinds: Iterable[str] | None = None) -> Snapshot:
        """The run and its events after a cursor, in one transaction: what each update of a live page needs.

        Raises
            UnknownRunError  no run has this id.
        """
        with self.session.reading() as connection:
            run = self.session.fetch(connection, run_id)
            events = self._events(connection, run_id, after, kinds, None)
        return Snapshot(run=run, events=events, cursor=cursor_of(events[-1]) if events else after)

    def thin(self, before: float) -> int:
        """Keep about 200 batch events of each run that ended before this time. Returns how many were removed."""
        batch = _event.kind == "batch"
        removed = 0
        with self.session.reading() as connection:
            many = (
                sa.select(_event.run, sa.func.count())
                .join(schema.run, _run.id == _event.run)
                .where(batch, _run.ended_at < before)
                .group_by(_event.run)
                .having(sa.func.count() >= 2 * KEPT_BATCH_EVENTS)
            )
            counts = connection.execute(many).all()
        for run_id, n in counts:
            # The last one stays: it carries the final step. One run a transaction, so that no worker waits long.
            last = sa.select(sa.func.max(_event.seq)).where(_event.run == run_id, batch).scalar_subquery()
            drop = schema.event.delete().where(
                _event.run == run_id, batch, _event.seq % (n // KEPT_BATCH_EVENTS) != 0, _event.seq != last
            )
            try:
                with self.session.writing() as connection:
                    removed += connection.execute(drop).rowcount
            except SQLAlchemyError as bad:
                if is_out_of_order(bad):
                    raise
                with about(run_id):
                    log.exception("run %s: its batch events could not be thinned out", run_id)
        return removed

    def remove_own_pictures(self) -> int:
        """Remove visitors' own pictures, which earlier versions logged and everybody could see; how many events."""
        like = _run.recipe.like(f'%"{own.PREFIX}%')  # candidates, few: is_own looks properly
        with self.session.reading() as connection:
            found = connection.execute(sa.select(_run.id, _run.recipe).where(like)).all()
            theirs = [run_id for run_id, recipe in found if own.is_own(source_in(recipe))]
            shown = (_event.kind == "first_batch") & _event.run.in_(theirs)
            if not theirs or not connection.execute(sa.select(sa.func.count()).where(shown)).scalar_one():
                return 0
        with self.session.writing() as connection:
            return connection.execute(schema.event.delete().where(shown)).rowcount

    def _events(
        self, connection: sa.Connection, run_id: str, after: int, kinds: Iterable[str] | None, limit: int | None
    ) -> list[dict[str, Any]]:
        query = (
            sa.select(_event.attempt, _event.seq, _event.t, _event.kind, _event.data)
            .where(_event.run == run_id, sa.tuple_(_event.attempt, _event.seq) > split_cursor(after))
            .order_by(_event.attempt, _event.seq)
            .limit(limit)
        )
        if kinds is not None:
            query = query.where(_event.kind.in_(list(kinds)))
        return [
            {"kind": kind, "run": run_id, "attempt": attempt, "seq": seq, "t": t, **json_object(data)}
            for attempt, seq, t, kind, data in connection.execute(query)
        ]


def _to_row(run_id: str, attempt: int, event: Mapping[str, Any]) -> dict[str, Any]:
    payload = {k: v for k, v in event.items() if k not in ("kind", "run", "attempt", "seq", "t")}
    data = json.dumps(payload, default=float)
    return {
        "run": run_id,
        "attempt": attempt,
        "seq": event["seq"],
        "t": event["t"],
        "kind": event["kind"],
        "data": data,
    }
