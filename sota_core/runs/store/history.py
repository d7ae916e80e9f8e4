"""What is kept of runs: lists, files, an earlier run to offer instead of a new one, pruning, export."""

import json
import logging
import shutil
from collections import Counter
from collections.abc import Collection, Iterable
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from sota_core.data.sets import own
from sota_core.errors import InputError, RunError
from sota_core.recipes import Recipe
from sota_core.runs.identity import code_version
from sota_core.runs.run import Artifact, Run, run_from_row, source_in
from sota_core.runs.states import ACTIVE, LIVE, TERMINAL, State
from sota_core.runs.store import schema
from sota_core.runs.store.database import is_out_of_order
from sota_core.runs.store.eventlog import EventLog
from sota_core.runs.store.quotas import making_room
from sota_core.runs.store.session import Session
from sota_core.runs.store.shared_files import SharedFiles
from sota_core.system.logs import about
from sota_core.train.outside import PUSHED, README

log = logging.getLogger(__name__)

_run = schema.run.c
_artifact = schema.artifact.c


class History:
    """Reads what is kept, exports it, and deletes what is old."""

    def __init__(
        self, session: Session, events: EventLog, artifacts_dir: Path, shared: SharedFiles | None = None
    ) -> None:
        self.session, self.log, self.artifacts_dir, self.shared = session, events, artifacts_dir, shared

    def get(self, run_id: str) -> Run:
        """Raises
        UnknownRunError  no run has this id.
        """
        with self.session.reading() as connection:
            return self.session.fetch(connection, run_id)

    def list_runs(
        self,
        owner: str | None = None,
        states: Iterable[State | str] | None = None,
        limit: int | None = 100,
        room: str | None = None,
        keyed: str | None = None,
    ) -> list[Run]:
        """Runs, newest first: of one owner or everyone, one room or anywhere, in these states or in any.

        keyed  only runs whose idempotency key begins with this
        """
        query = sa.select(schema.run).order_by(_run.created_at.desc(), _run.id).limit(limit)
        if owner is not None:
            query = query.where(_run.owner == owner)
        if room is not None:
            query = query.where(_run.room == room)
        if keyed is not None:
            query = query.where(_run.key.startswith(keyed, autoescape=True))
        if states is not None:
            query = query.where(_run.state.in_([State(s) for s in states]))
        with self.session.reading() as connection:
            return [run_from_row(row) for row in connection.execute(query).mappings()]

    def first_finished(self, room: str, preset: str | None = None, limit: int = 5) -> list[Run]:
        """A room's finished runs, the one submitted first first.

        preset  only of the chapter's experiments whose names begin with this
        """
        query = sa.select(schema.run).where(_run.room == room, _run.state == State.FINISHED)
        if preset is not None:  # in the recipe's JSON, which other versions may have written without spaces
            named = (_run.recipe.contains(f'"preset":{space}"{preset}', autoescape=True) for space in (" ", ""))
            query = query.where(sa.or_(*named))
        with self.session.reading() as connection:
            rows = connection.execute(query.order_by(_run.created_at, _run.id).limit(limit)).mappings()
            return [run_from_row(row) for row in rows]

    def ended_last(self, room: str, limit: int) -> list[Run]:
        """The runs of a room that ended last, the latest first, whenever they were submitted."""
        ended = sa.select(_run.id).where(_run.room == room, _run.state.in_(TERMINAL))
        # First only ids are sorted, then the rows are fetched: a row may carry 20 kB of traceback.
        ids = ended.order_by(_run.ended_at.desc(), _run.id).limit(limit)
        with self.session.reading() as connection:
            wanted = list(connection.execute(ids).scalars())
            rows = connection.execute(sa.select(schema.run).where(_run.id.in_(wanted))).mappings()
            found = {row["id"]: run_from_row(row) for row in rows}
        return [found[run_id] for run_id in wanted]

    def latest(self, limit: int = 10) -> list[Run]:
        """Everyone's newest runs."""
        return self.list_runs(limit=limit)

    def active(self) -> list[Run]:
        """The runs that are starting or running, oldest claim first."""
        query = sa.select(schema.run).where(_run.state.in_(ACTIVE)).order_by(_run.claimed_at, _run.id)
        with self.session.reading() as connection:
            return [run_from_row(row) for row in connection.execute(query).mappings()]

    def count(self, states: Iterable[State | str]) -> int:
        query = sa.select(sa.func.count()).where(_run.state.in_([State(s) for s in states]))
        with self.session.reading() as connection:
            return connection.execute(query).scalar_one()

    def overview(self) -> tuple[dict[State, int], float | None, int]:
        """How many runs are in each state, since when the oldest one has waited, and how many take a slot."""
        of_state = sa.select(_run.state, sa.func.count()).group_by(_run.state)
        oldest = sa.select(sa.func.min(_run.created_at)).where(_run.state == State.QUEUED)
        in_slots = sa.select(sa.func.count()).where(_run.state.in_(ACTIVE), sa.not_(_run.self_started))
        with self.session.reading() as connection:
            found: Counter[State] = Counter()
            for state, n in connection.execute(of_state):
                found[State.read(state)] += n  # all unknown states count as one
            since, n_in_slots = connection.execute(oldest).scalar_one(), connection.execute(in_slots).scalar_one()
        return {state: found[state] for state in State}, since, n_in_slots

    def find_finished(self, recipe: Recipe, *, data: str | None = None, code: str | None = None) -> Run | None:
        """The newest finished run of the same recipe (seed included), pictures and code; None if there is none.

        data  fingerprint of the pictures; None: only the recipe's `source` is compared
        code  version of the training code; default: this process's, so a run of an older version is never offered
        """
        query = sa.select(schema.run).where(
            _run.identity == recipe.identity(),
            _run.state == State.FINISHED,
            _run.code == (code_version() if code is None else code),
        )
        if data is not None:
            query = query.where(_run.data == data)
        with self.session.reading() as connection:
            row = connection.execute(query.order_by(_run.ended_at.desc()).limit(1)).mappings().one_or_none()
        return None if row is None else run_from_row(row)

    def artifacts(self, run_id: str) -> list[Artifact]:
        """The files of a run, by name; [] while it has none."""
        query = sa.select(schema.artifact).where(_artifact.run == run_id).order_by(_artifact.name)
        folder = self.artifacts_dir / run_id
        with self.session.reading() as connection:
            return [
                Artifact(run_id, row.name, folder / row.name, row.size_bytes, row.sha256)
                for row in connection.execute(query)
            ]

    def fetch(self, run_id: str) -> None:
        """Bring a run's files to this machine if they lie elsewhere. Blocking; a file that cannot be had stays away."""
        if self.shared is not None:
            self.shared.fetch(self.artifacts(run_id))

    def pin(self, run_id: str, pinned: bool = True) -> None:
        """Keep a run from being pruned and show it first (the teacher's example)."""
        with self.session.writing() as connection:
            connection.execute(schema.run.update().where(_run.id == run_id).values(pinned=pinned))

    def delete(self, run_id: str) -> bool:
        """Remove a run that has ended, its events and its files; False if it has not ended or does not exist.

        A run in a state that only another version knows is removed too: there is no other way to get rid of it.
        """
        with self.session.writing() as connection:
            gone = schema.run.delete().where(_run.id == run_id, _run.state.not_in(LIVE))
            if connection.execute(gone).rowcount != 1:
                return False
        # Rows first: files without a row are only waste, a row without its files would be a lie.
        shutil.rmtree(self.artifacts_dir / run_id, ignore_errors=True)
        if self.shared is not None:
            self.shared.remove(run_id)
        for file in (self.artifacts_dir.parent / "logs").glob(f"{run_id}-*"):  # each attempt's log and .card
            try:
                file.unlink(missing_ok=True)
            except OSError as bad:
                log.warning("run %s is deleted, but its %s stays: %s", run_id, file.name, bad)
        return True

    def forget(self) -> list[str]:
        """Remove this machine's copies of runs that were deleted elsewhere; their ids. [] if files are not shared."""
        if self.shared is None:
            return []
        with self.session.reading() as connection:
            known = list(connection.execute(sa.select(_run.id)).scalars())
        return self.shared.forget(known)

    def prune(self, before: float) -> list[str]:
        """Delete every unpinned run that ended before this time; the ids of those removed.

        A run that cannot be deleted is logged and skipped.
        """
        query = sa.select(_run.id).where(_run.ended_at < before, sa.not_(_run.pinned), _run.state.in_(TERMINAL))
        with self.session.reading() as connection:
            old = list(connection.execute(query).scalars())
        return [run_id for run_id in old if self._prune_one(run_id)]

    def prune_to(self, max_bytes: int) -> list[str]:
        """Delete unpinned runs until the files of all that have ended fit, in the order of making_room; the ids
        removed.

        Pinned runs count, and are kept even if they alone take more. A run that cannot be deleted is skipped.
        """
        size = sa.select(_artifact.run, sa.func.sum(_artifact.size_bytes).label("n")).group_by(_artifact.run).subquery()
        query = (
            sa.select(_run.id, _run.owner, _run.origin, _run.pinned, size.c.n)
            .join(size, size.c.run == _run.id)
            .where(_run.state.in_(TERMINAL))
            .order_by(_run.ended_at, _run.id)
        )
        with self.session.reading() as connection:
            rows = connection.execute(query).all()
        removed, total = [], sum(row.n for row in rows)
        for row in making_room([row for row in rows if not row.pinned]):
            if total <= max_bytes:
                break
            if self._prune_one(row.id):
                removed.append(row.id)
                total -= row.n
        return removed

    def _prune_one(self, run_id: str) -> bool:
        with about(run_id):
            try:
                return self.delete(run_id)
            except SQLAlchemyError as bad:
                if is_out_of_order(bad):
                    raise
                log.exception("run %s could not be pruned", run_id)
                return False

    def export(self, run_id: str, to: Path) -> list[Path]:
        """Write run.json, events.jsonl and the artifacts into the folder `to`, made if absent. Returns what it wrote.

        A visitor's own pictures are never exported with a run, even if an earlier version has logged some of them.

        Raises
            UnknownRunError  no run has this id.
            InputError       as copy_artifacts
            RunError         as copy_artifacts
        """
        run, events = self.get(run_id), self.log.events(run_id)
        if own.is_own(source_in(run.recipe_json)):
            events = [event for event in events if event["kind"] != "first_batch"]
        artifacts = self.copy_artifacts(run_id, to)
        written = [to / "run.json", to / "events.jsonl"]
        written[0].write_text(json.dumps(run.to_json(), indent=2) + "\n")
        written[1].write_text("".join(json.dumps(event) + "\n" for event in events))
        return written + artifacts

    def copy_artifacts(self, run_id: str, to: Path, names: Collection[str] | None = None) -> list[Path]:
        """Copy the files a run has left, all or those of these names, into the folder `to`, made if absent.

        Raises
            InputError  `to` is a file, or has a README.md that is not a model card's, or files of another run's model
                        that this run has not left.
            RunError    a file is not on this machine, and cannot be fetched.
        """
        if to.exists() and not to.is_dir():
            raise InputError(f"export: must be a folder, got the file {to}")
        self.fetch(run_id)
        left = {a.name: a for a in self.artifacts(run_id)}
        wanted = [a for a in left.values() if names is None or a.name in names]
        if away := [a.name for a in wanted if not a.path.exists()]:
            raise RunError(f"export: {', '.join(away)} of run {run_id} cannot be fetched to this machine")
        if any(a.name == README for a in wanted) and (to / README).exists() and not (to / "model.json").exists():
            raise InputError(
                f"export: {to} has a {README} of something else, which would be overwritten; name another folder"
            )
        if wanted and (others := [name for name in PUSHED if (to / name).exists() and name not in left]):
            raise InputError(
                f"export: {to} has {', '.join(others)} of another run, and run {run_id} has left none; name another "
                "folder, or the two nets would be mixed"
            )
        if wanted or names is None:
            to.mkdir(parents=True, exist_ok=True)
        return [Path(shutil.copy2(artifact.path, to / artifact.name)) for artifact in wanted]
