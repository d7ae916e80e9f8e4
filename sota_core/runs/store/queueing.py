"""The queue: submitting within quotas, claiming in fair order, and where a run stands in it.

Fair order: the owner with the fewest starts in the last hour goes first, then the earlier submit.
"""

import math
import os
from collections import Counter
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from sota_core.errors import InputError
from sota_core.people.rooms import nickname_of, require_room
from sota_core.recipes import Recipe
from sota_core.runs.identity import code_version, new_run_id
from sota_core.runs.run import QueuePlace, Run, run_from_row
from sota_core.runs.states import ACTIVE, State
from sota_core.runs.store import schema
from sota_core.runs.store.forecast import Waiting, forecast
from sota_core.runs.store.quotas import Quotas, cost_of
from sota_core.runs.store.session import Session
from sota_core.system.processes import birth_of, host_name

_run = schema.run.c

RECENT_S = 3600.0


class Queue:
    """The part of the store that decides who is next.

    slots  how many runs go on at the same time, as far as is known now
    wake   tells a dispatcher to look at once
    """

    def __init__(self, session: Session, quotas: Quotas, *, slots: Callable[[], int], wake: Callable[[], None]) -> None:
        self.session, self.quotas, self.slots, self.wake = session, quotas, slots, wake

    def submit(
        self,
        recipe: Recipe,
        *,
        owner: str,
        key: str | None = None,
        n_images: int | None = None,
        estimate_s: float | None = None,
        time_limit_s: float | None = None,
        data: str | None = None,
        state: State | str = State.QUEUED,
        room: str | None = None,
        nickname: str | None = None,
        origin: str | None = None,
        connection: sa.Connection | None = None,
    ) -> Run:
        """Insert a run. Atomic; commits before it returns, and wakes the dispatcher.

        key         idempotency key: a second submit with it inserts nothing and returns the run of the first, with
                    `is_new` False
        n_images    training pictures, for the cap on cost
        estimate_s  expected duration, for the queue's expected starts
        data        fingerprint of the pictures, where known, for find_finished
        state       'starting': the calling process trains the run itself, past the queue and the quotas; its
                    attempt is 1, no dispatcher takes it
        room        code of the class it is started in
        nickname    how the owner wants to be called there; ignored without a room
        origin      where the visitor comes from, as people/origins.py gives it; None is not counted by address
        connection  of a serial transaction of the caller's, to submit several runs, all of them or none; the caller
                    wakes the dispatcher afterwards

        Raises
            QuotaError  the owner, the address or the queue is at its limit, or the run is too large; carries .limit.
            InputError  no owner; a key that was used for another recipe; no room's code.
        """
        state = State(state)
        if not 1 <= len(owner) <= 200 or (key is not None and not 1 <= len(key) <= 200):
            raise InputError("submit: owner and key must have 1 to 200 characters")
        values = {
            "id": new_run_id(),
            "owner": owner,
            "key": key,
            "state": state,
            "attempt": 0,
            "recipe": recipe.to_json(),
            "identity": recipe.identity(),
            "data": data,
            "code": code_version(),
            "cost": cost_of(recipe, n_images),
            "estimate_s": estimate_s,
            "time_limit_s": time_limit_s or self.quotas.limits.time_limit_s,
            "self_started": False,
            "cancel_requested": False,
            "pinned": False,
            "room": None if room is None else require_room("submit", room),
            "nickname": None if room is None else nickname_of(nickname),
            "origin": origin,
        }
        if state is State.STARTING:
            process = {"pid": os.getpid(), "birth": birth_of(os.getpid()), "host": host_name()}
            values |= {"attempt": 1, "self_started": True, **process}
        elif state is not State.QUEUED:
            raise InputError(f"submit: state must be queued or starting, got {state}")
        if connection is not None:
            return self._enter(connection, values)
        with self.session.writing(serial=True) as own:
            run = self._enter(own, values)
        if run.is_new:
            self.wake()
        return run

    def claim(self) -> Run | None:
        """queued → starting, by the dispatcher, for the run that is next; None if none may start. Atomic.

        The attempt counts one up and is committed before anything is launched, so a launch that vanishes is noticed.
        """
        now = self.session.clock()
        with self.session.writing(serial=True) as connection:
            for run_id in self._fair_order(connection, now)[:1]:
                taken = (
                    schema.run.update()
                    .where(_run.id == run_id, _run.state == State.QUEUED, sa.not_(_run.cancel_requested))
                    .values(state=State.STARTING, attempt=_run.attempt + 1, claimed_at=now, host=None, pid=None)
                )
                if connection.execute(taken).rowcount == 1:
                    return self.session.fetch(connection, run_id)
        return None

    def place_of(self, run_id: str) -> QueuePlace | None:
        """Where a queued run stands; None if it is not queued. Reads only."""
        return self.places().get(run_id)

    def places(self) -> dict[str, QueuePlace]:
        """Where every queued run stands, the next one first. Reads only.

        The queue is played through with the slots and each owner's limit of runs under way, so that an owner at the
        limit stands behind those who may start sooner. The expected start assumes that each run takes its own estimate,
        else the mean of the last finished runs; None if a run ahead has neither.
        """
        now = self.session.clock()
        with self.session.reading() as connection:
            order = self._fair_order(connection, now, whole=True)
            if not order:
                return {}
            under_way = sa.select(_run.owner, _run.eta_s, _run.estimate_s, _run.claimed_at).where(
                _run.state.in_(ACTIVE), sa.not_(_run.self_started)
            )
            active = connection.execute(under_way).all()
            queued = connection.execute(sa.select(_run.id, _run.owner, _run.estimate_s).where(_run.id.in_(order)))
            known = {run_id: (owner, estimate) for run_id, owner, estimate in queued}
            usual = self._usual_duration(connection)
            quota_of = self.quotas.by_owner(connection)
        left = [
            (owner, eta if eta is not None else max(0.0, (estimate or usual or 0.0) - (now - (claimed or now))))
            for owner, eta, estimate, claimed in active
        ]
        line = [Waiting(run_id, known[run_id][0], known[run_id][1] or usual or 0.0) for run_id in order]
        starts = forecast(line, left, self.slots(), lambda owner: quota_of(owner)[0])
        is_known = usual is not None or all(
            eta is not None or estimate is not None for _, eta, estimate, _ in active
        )  # of the runs ahead that wait: below, one by one
        places = {}
        for position, (run_id, start) in enumerate(starts, 1):
            places[run_id] = QueuePlace(position, len(starts), start if is_known else None)
            is_known = is_known and (usual is not None or known[run_id][1] is not None)
        return places

    def _enter(self, connection: sa.Connection, values: dict[str, Any]) -> Run:
        if values["key"] is not None and (earlier := self._by_key(connection, values)):
            return earlier
        if values["state"] is State.QUEUED:
            self.quotas.check(connection, values["owner"], values["cost"], values["origin"], values["key"])
        # Read here, where one writes at a time: a time read earlier could be committed after a later one had started.
        values["created_at"] = now = self.session.clock()
        if values["state"] is State.STARTING:
            values["claimed_at"] = now
        connection.execute(schema.run.insert().values(values))
        return self.session.fetch(connection, values["id"])

    def _by_key(self, connection: sa.Connection, asked: dict[str, Any]) -> Run | None:
        where = (_run.owner == asked["owner"]) & (_run.key == asked["key"])
        row = connection.execute(sa.select(schema.run).where(where)).mappings().one_or_none()
        if row is None:
            return None
        if row["identity"] != asked["identity"]:
            key = asked["key"]
            raise InputError(f"submit: the key {key!r} was used for another recipe; use a new key for a new run")
        return run_from_row({**row, "is_new": False})

    def _fair_order(self, connection: sa.Connection, now: float, *, whole: bool = False) -> list[str]:
        """Ids of the queued runs in the order they will be taken; without `whole`, only those that may start now."""
        queued = connection.execute(
            sa.select(_run.id, _run.owner)
            .where(_run.state == State.QUEUED, sa.not_(_run.cancel_requested))
            .order_by(_run.created_at, _run.id)
        ).all()
        if not queued:
            return []
        count = sa.select(_run.owner, sa.func.count()).where(sa.not_(_run.self_started)).group_by(_run.owner)
        recent = connection.execute(count.where(_run.claimed_at >= now - RECENT_S))
        holding = connection.execute(count.where(_run.state.in_(ACTIVE)))
        starts, active = Counter({o: n for o, n in recent}), Counter({o: n for o, n in holding})
        quota_of = self.quotas.by_owner(connection)
        ranked = []
        for place, (run_id, owner) in enumerate(queued):
            if whole or active[owner] < quota_of(owner)[0]:
                ranked.append((starts[owner], place, run_id))
            if whole:
                starts[owner] += 1  # an owner's second run waits behind everybody's first
        return [run_id for _, _, run_id in sorted(ranked)]

    def _usual_duration(self, connection: sa.Connection) -> float | None:
        """Mean seconds of the last ten finished runs; None before the first."""
        ended = sa.select(_run.started_at, _run.ended_at).where(
            _run.state == State.FINISHED,
            _run.started_at <= _run.ended_at,  # else the clock was set back meanwhile
        )
        rows = connection.execute(ended.order_by(_run.ended_at.desc()).limit(10)).all()
        return math.fsum(end - start for start, end in rows) / len(rows) if rows else None
