"""What people think a run will reach, committed before it is known.

A guess is about one of three things: the final accuracy of a run; which of two runs wins; or, before there is a run,
the final accuracy of the next run of a room, to which it is bound when that run starts. One guess per person and
subject, and no way to change it. Guesses are handed out only when their subject has ended.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from sota_core.errors import InputError, QuotaError
from sota_core.language import tr
from sota_core.people.rooms import MOST_ROOMS, nickname_of, require_room
from sota_core.runs.run import Run, readable, run_from_row
from sota_core.runs.states import TERMINAL, State
from sota_core.runs.store import schema
from sota_core.runs.store.session import Session

_run = schema.run.c
_guess = schema.guess.c

MOST_GUESSES = 1000  # on one subject: more than a lecture hall, and an end to one visitor guessing without cookies
_MOST_TRIES = 20  # to bind a room's guesses: a try fails when one more guess has come in between
WAITS_S = 30 * 86_400.0  # a guess for the next run of a room in which none begins
BEFORE_TRAINING = (State.QUEUED, State.STARTING)


@dataclass(frozen=True, slots=True)
class Guess:
    """value: a share in [0, 1]; for a guess of a winner 0.0 (the first run) or 1.0 (the second)."""

    owner: str
    nickname: str | None
    value: float
    created_at: float


@dataclass(frozen=True, slots=True)
class Duel:
    """Two runs of which `n` people have said which will win, as the guesses have them: `first` has the smaller id."""

    first: Run
    second: Run
    n: int

    @property
    def subject(self) -> str:
        return duel_subject(self.first.id, self.second.id)


class Guesses:
    """Commits guesses and reveals them. Each change is one statement, guarded by the run's own row."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def commit_accuracy(
        self, run_id: str, *, owner: str, value: float, room: str | None = None, nickname: str | None = None
    ) -> bool:
        """Commit a guess of a run's final accuracy. Atomic.

        False if nothing was written: the run has begun its last epoch, has ended or does not exist; this owner has
        guessed already; or the run has MOST_GUESSES.

        Raises
            InputError  value is not a share, or room is no room's code.
        """
        row = self._row(run_id, owner, value, room, nickname) | {"run": run_id}
        return self._insert(row, [run_id])

    def commit_winner(
        self,
        run_id: str,
        rival: str,
        *,
        owner: str,
        first_wins: bool,
        room: str | None = None,
        nickname: str | None = None,
    ) -> bool:
        """Commit which of two runs will reach the higher final accuracy. As commit_accuracy, with both runs' guards."""
        if run_id == rival:
            raise InputError(f"commit_winner: must name two runs, got {run_id!r} twice")
        subject = duel_subject(run_id, rival)
        first, second = subject.split("/")
        value = 0.0 if first_wins == (first == run_id) else 1.0
        row = self._row(subject, owner, value, room, nickname) | {"run": first, "rival": second}
        return self._insert(row, [first, second])

    def commit_next(self, room: str, *, owner: str, value: float, nickname: str | None = None) -> bool:
        """Commit a guess of the final accuracy of the room's next run, which nobody has started yet.

        False if a guess of this owner waits there already, or MOST_GUESSES wait.

        Raises
            QuotaError  guesses of this owner wait in MOST_ROOMS other rooms.
        """
        room = require_room("commit_next", room)
        elsewhere = sa.select(sa.func.count()).where(
            _guess.run.is_(None), _guess.owner == owner, _guess.subject != room_subject(room)
        )
        with self.session.reading() as connection:
            n = connection.execute(elsewhere).scalar_one()
        if n >= MOST_ROOMS:
            raise QuotaError(
                tr(
                    "guesses of yours wait in {n} rooms, as many as one person may; wait until one has its next run",
                    n=n,
                ),
                limit=MOST_ROOMS,
            )
        return self._insert(self._row(room_subject(room), owner, value, room, nickname), [])

    def clear(self, before: float) -> int:
        """Remove the guesses that have waited for a run since before this time; how many."""
        with self.session.writing() as connection:
            gone = schema.guess.delete().where(_guess.run.is_(None), _guess.created_at < before)
            return connection.execute(gone).rowcount

    def bind(self, room: str, run_id: str) -> int:
        """The room's next run is there: the guesses that wait in the room are about it from now on. Returns how many.

        Atomic. Nothing happens (0) if the time to guess about this run is over.
        """
        subject = room_subject(require_room("bind", room))
        own = schema.guess.alias("own").c
        already = sa.select(own.owner).where(own.subject == run_id)
        waiting = schema.guess.update().where(_guess.subject == subject, _guess.owner.not_in(already))
        for _ in range(_MOST_TRIES):
            try:
                with self.session.writing() as connection:
                    bound = waiting.where(_open(connection, run_id)).values(subject=run_id, run=run_id)
                    return connection.execute(bound).rowcount
            except IntegrityError:  # on PostgreSQL somebody has guessed meanwhile; the next try sees it
                continue
        return 0

    def is_open(self, subject: str) -> bool:
        """May this still be guessed? `subject` is a run's id, or duel_subject(…): then both runs must be open."""
        with self.session.reading() as connection:
            conditions = [_open(connection, run_id) for run_id in subject.split("/")]
            return bool(connection.execute(sa.select(sa.and_(*conditions))).scalar_one())

    def count(self, subject: str) -> int:
        """How many have guessed; `subject` is a run's id, duel_subject(…) or room_subject(…)."""
        query = sa.select(sa.func.count()).select_from(schema.guess).where(_guess.subject == subject)
        with self.session.reading() as connection:
            return connection.execute(query).scalar_one()

    def own(self, subject: str, owner: str) -> Guess | None:
        """This owner's guess, which they may always see; None if there is none."""
        query = _columns().where(_guess.subject == subject, _guess.owner == owner)
        with self.session.reading() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else Guess(*row)

    def owns(self, subjects: Iterable[str], owner: str) -> dict[str, Guess]:
        """This owner's guesses on these subjects, as `own` of each; a subject without one is left out."""
        query = _columns().add_columns(_guess.subject).where(_guess.subject.in_([*subjects]), _guess.owner == owner)
        with self.session.reading() as connection:
            return {row.subject: Guess(*row[:4]) for row in connection.execute(query)}

    def duels(self, room: str, *, is_over: bool, limit: int) -> list[Duel]:
        """The pairs of a room's runs with at least one vote, at most so many.

        is_over  those whose runs have both ended, the latest end first; else the others, the latest submitted first
        """
        firsts, seconds = schema.run.alias("first"), schema.run.alias("second")
        first, second = firsts.c, seconds.c
        have_ended = sa.and_(first.state.in_(TERMINAL), second.state.in_(TERMINAL))
        one, other = (first.ended_at, second.ended_at) if is_over else (first.created_at, second.created_at)
        query = (
            # From the room's runs to the votes by the index of rivals: it passes over all guesses of an accuracy.
            sa.select(first.id, second.id, sa.func.count().label("n"))
            .select_from(schema.guess)
            .join(seconds, second.id == _guess.rival)
            .join(firsts, first.id == _guess.run)
            .where(second.room == room, have_ended if is_over else sa.not_(have_ended))
            .group_by(first.id, second.id)
            .order_by(sa.case((one > other, one), else_=other).desc(), first.id, second.id)
            .limit(limit)
        )
        with self.session.reading() as connection:
            pairs = [tuple(row) for row in connection.execute(query)]
            wanted = {run_id for pair in pairs for run_id in pair[:2]}
            rows = connection.execute(sa.select(schema.run).where(_run.id.in_(wanted))).mappings()
            runs = {row["id"]: run_from_row(row) for row in rows}
        return [Duel(runs[one], runs[other], n) for one, other, n in pairs]

    def last_name(self, owner: str, room: str) -> str | None:
        """The name under which this owner last guessed or started a run in the room; None if they gave none."""
        given = sa.union_all(
            sa.select(_guess.nickname, _guess.created_at).where(_guess.owner == owner, _guess.room == room),
            sa.select(_run.nickname, _run.created_at).where(_run.owner == owner, _run.room == room),
        ).subquery()
        query = sa.select(given.c.nickname).order_by(given.c.created_at.desc()).limit(1)
        with self.session.reading() as connection:
            return connection.execute(query).scalar_one_or_none()

    def revealed(self, subject: str) -> list[Guess]:
        """Everybody's guesses on a subject, in the order they came; [] until every run they are about has ended."""
        lives = sa.exists().where(sa.or_(_run.id == _guess.run, _run.id == _guess.rival), _run.state.not_in(TERMINAL))
        query = _columns().where(_guess.subject == subject, _guess.run.is_not(None), sa.not_(lives))
        with self.session.reading() as connection:
            return [Guess(*row) for row in connection.execute(query.order_by(_guess.created_at, _guess.owner))]

    def _row(self, subject: str, owner: str, value: float, room: str | None, nickname: str | None) -> dict:
        if not (isinstance(value, int | float) and math.isfinite(value) and 0 <= value <= 1):
            raise InputError(f"guess: must be a share from 0 to 1, got {value!r}; 87 % is 0.87")
        if not 1 <= len(owner) <= 200:
            raise InputError("guess: owner must have 1 to 200 characters")
        return {
            "subject": subject,
            "owner": owner,
            "run": None,
            "rival": None,
            "room": None if room is None else require_room("guess", room),
            "nickname": nickname_of(nickname),
            "value": float(value),
            "created_at": self.session.clock(),
        }

    def _insert(self, row: dict, runs: list[str]) -> bool:
        """INSERT … SELECT … WHERE every run is open, this owner has none yet, and there is room for one more."""
        here = _guess.subject == row["subject"]
        columns = [column for column in schema.guess.columns]
        there = sa.select(sa.func.count()).select_from(schema.guess).where(here).scalar_subquery()
        mine = sa.exists().where(here, _guess.owner == row["owner"])
        try:
            with self.session.writing() as connection:
                guards = [_open(connection, run_id) for run_id in runs]
                values = sa.select(*(sa.literal(row[c.name], c.type) for c in columns))
                guarded = values.where(*guards, sa.not_(mine), there < MOST_GUESSES)
                insert = schema.guess.insert().from_select([c.name for c in columns], guarded)
                # Without the option SQLAlchemy does not ask PostgreSQL how many rows an INSERT wrote.
                return connection.execute(insert, execution_options={"preserve_rowcount": True}).rowcount == 1
        except IntegrityError:  # on PostgreSQL two clicks may both pass the guards: the primary key lets one in
            return False


def duel_subject(run_id: str, rival: str) -> str:
    """The subject of a guess about two runs, the same whichever is named first.

    >>> duel_subject("b", "a") == duel_subject("a", "b") == "a/b"
    True
    """
    return "/".join(sorted((run_id, rival)))


def room_subject(room: str) -> str:
    return f"room/{room}"


def _columns() -> sa.Select:
    return sa.select(_guess.owner, _guess.nickname, _guess.value, _guess.created_at)


def _open(connection: sa.Connection, run_id: str) -> sa.Exists:
    """A condition on the run's row: its last epoch has not begun. False for a run that does not exist and, once it
    trains, for one of another version, whose number of epochs cannot be read.

    How many epochs a recipe has never changes, so it is read first; what can change is part of the condition.
    """
    text = connection.execute(sa.select(_run.recipe).where(_run.id == run_id)).scalar_one_or_none()
    recipe = None if text is None else readable(text)
    n_epochs = 0 if recipe is None else recipe.total_epochs
    about, event = schema.run.alias("about").c, schema.event.c
    done = (
        sa.select(sa.func.count())
        .select_from(schema.event)
        .where(event.run == about.id, event.attempt == about.attempt, event.kind == "epoch")
        .scalar_subquery()
    )
    trains = sa.and_(about.state == State.RUNNING, done < n_epochs - 1)
    return sa.exists().where(about.id == run_id, sa.or_(about.state.in_(BEFORE_TRAINING), trains))
