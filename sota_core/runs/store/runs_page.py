"""A page of the list of runs: pinned ones first, then the newest, with what each trained on. Reads only."""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from sota_core.runs.run import Run, json_object, run_from_row
from sota_core.runs.states import LIVE
from sota_core.runs.store import schema
from sota_core.runs.store.store import Store
from sota_core.train.events import read

PAGE = 20

_run = schema.run.c
_event = schema.event.c


@dataclass(frozen=True, slots=True)
class Board:
    """Some of the runs, and how many there are.

    page, n_pages  counted from 1; the page exists, whatever was asked for
    n_live         runs of the whole list that wait or are under way; if 0, nothing will change
    devices        run id → its device in words, for runs that have begun to train
    """

    runs: tuple[Run, ...]
    page: int
    n_pages: int
    n_runs: int
    n_live: int
    devices: dict[str, str]


def board(store: Store, *, owners: Collection[str] | None = None, room: str | None = None, page: int = 1) -> Board:
    """A page of the runs of these owners or of everyone, of one room or of any. One transaction."""
    mine = [
        *([_run.owner.in_(owners)] if owners is not None else []),
        *([_run.room == room] if room is not None else []),
    ]
    count = sa.select(sa.func.count()).select_from(schema.run).where(*mine)
    with store.session.reading() as connection:
        n_runs = connection.execute(count).scalar_one()
        n_live = connection.execute(count.where(_run.state.in_(LIVE))).scalar_one()
        n_pages = max(1, -(-n_runs // PAGE))
        page = min(max(page, 1), n_pages)
        # First only ids are sorted, then the page's rows are fetched: a row may carry 20 kB of traceback.
        order = (_run.pinned.desc(), _run.created_at.desc(), _run.id)
        ids = sa.select(_run.id).where(*mine).order_by(*order).limit(PAGE).offset(PAGE * (page - 1))
        wanted = list(connection.execute(ids).scalars())
        rows = connection.execute(sa.select(schema.run).where(_run.id.in_(wanted)).order_by(*order)).mappings()
        runs = tuple(run_from_row(row) for row in rows)
        devices = {run.id: device for run in runs if (device := _device(connection, run))}
    return Board(runs, page, n_pages, n_runs, n_live, devices)


def _device(connection: sa.Connection, run: Run) -> str:
    """The device in a run's `started` event; '' before. LIMIT 1 ends the search there: thousands may come after it."""
    mine = (_event.run == run.id) & (_event.attempt == run.attempt) & (_event.kind == "started")
    data = connection.execute(sa.select(_event.data).where(mine).order_by(_event.seq).limit(1)).scalar_one_or_none()
    started = read({"kind": "started", **json_object(data)}) if data else None
    return started["device"] if started is not None and started["kind"] == "started" else ""
