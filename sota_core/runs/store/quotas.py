"""How much one owner, one network address, and everybody together, may ask for, and whose runs make room for others.

Who goes first is in queueing.py.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Sequence

import sqlalchemy as sa

from sota_core import words
from sota_core.errors import QuotaError
from sota_core.language import tr
from sota_core.limits import above
from sota_core.recipes import Recipe
from sota_core.runs.states import LIVE, State
from sota_core.runs.store import schema
from sota_core.runs.store.session import Session
from sota_core.settings import Limits

_run = schema.run.c


# One statement, which both databases know, so that two of them at the same time are no error.
_SET = sa.text(
    "INSERT INTO quota (owner, max_active, max_queued) VALUES (:owner, :max_active, :max_queued) "
    "ON CONFLICT (owner) DO UPDATE SET max_active = excluded.max_active, max_queued = excluded.max_queued"
)

LADDER_KEY = "ladder:"  # how the keys of a ladder's runs begin

# Assumed if the number of pictures is not known at submit: Imagenette less the book's random fifth.
_PICTURES = 10_716


def cost_of(recipe: Recipe, n_images: int | None = None) -> float:
    """Epochs × pictures × size², summed over the phases: what `max_cost` limits."""
    n_images = _PICTURES if n_images is None else n_images
    return sum(p.total_epochs * n_images * recipe.subset * p.size**2 for p in recipe.phases)


# As a truth value: without the empty key, NULL for a run without one would be neither true nor false.
_OF_LADDER = sa.func.coalesce(_run.key, "").startswith(LADDER_KEY, autoescape=True)


def _is_of_ladder(key: str | None) -> bool:
    return key is not None and key.startswith(LADDER_KEY)


class Quotas:
    """The limits for everybody, and those of the quota table for single owners."""

    def __init__(self, session: Session, limits: Limits) -> None:
        self.session, self.limits = session, limits

    def set(self, owner: str, *, max_active: int, max_queued: int) -> None:
        """Give an owner a quota of their own; owner '*' is everybody who has none."""
        with self.session.writing() as connection:
            self.set_in(connection, owner, max_active=max_active, max_queued=max_queued)

    def set_in(self, connection: sa.Connection, owner: str, *, max_active: int, max_queued: int) -> None:
        """`set` within a writing transaction of the caller's."""
        connection.execute(_SET, {"owner": owner, "max_active": max_active, "max_queued": max_queued})

    def check(
        self, connection: sa.Connection, owner: str, cost: float, origin: str | None = None, key: str | None = None
    ) -> None:
        """Raise QuotaError if this run is too large, or one too many. Call it in a serial transaction.

        A ladder's runs are counted by address in `check_ladder`.
        """
        if cost > self.limits.max_cost:
            raise QuotaError(
                tr(
                    "this run is too large: epochs × pictures × size² is {cost}, the limit is {limit}; choose fewer "
                    "epochs, fewer pictures or a smaller size",
                    cost=above(cost, self.limits.max_cost),
                    limit=words.short(self.limits.max_cost, 3),
                ),
                limit=int(self.limits.max_cost),
            )
        waiting = sa.select(sa.func.count()).where(_run.state == State.QUEUED)
        if connection.execute(waiting).scalar_one() >= self.limits.max_queued_in_all:
            raise QuotaError(
                tr("the queue is full ({n} runs); try again later", n=self.limits.max_queued_in_all),
                limit=self.limits.max_queued_in_all,
            )
        max_active, max_queued = self.by_owner(connection)(owner)
        live = sa.select(sa.func.count()).where(_run.state.in_(LIVE), sa.not_(_run.self_started))
        mine = connection.execute(live.where(_run.owner == owner)).scalar_one()
        if mine >= max_active + max_queued:
            raise QuotaError(
                tr(
                    "you have {n} runs under way or waiting, and {n_active} + {n_queued} is the limit; stop one, or "
                    "wait until one has ended",
                    n=mine,
                    n_active=max_active,
                    n_queued=max_queued,
                ),
                limit=max_active + max_queued,
            )
        if origin is None or _is_of_ladder(key):
            return
        # Anybody can become a new owner by leaving the cookie out; so their network address is limited as well. But a
        # ladder's waiting runs let others pass: were they counted, four pupils' ladders would lock out their school.
        waits_for_ladder = sa.and_(_run.state == State.QUEUED, _OF_LADDER)
        neighbours = connection.execute(live.where(_run.origin == origin, sa.not_(waits_for_ladder))).scalar_one()
        if neighbours >= self.limits.max_live_by_address:
            raise QuotaError(
                tr(
                    "{n} runs from your network address are under way or waiting, and {most} is the limit; wait until "
                    "one has ended",
                    n=neighbours,
                    most=self.limits.max_live_by_address,
                ),
                limit=self.limits.max_live_by_address,
            )

    def check_ladder(self, connection: sa.Connection, n: int, origin: str | None) -> None:
        """Raise QuotaError if n more runs of a ladder are too many: for the queue, of which all ladders together take
        half, or for their network address. Call it in a serial transaction; `check` looks at each run.
        """
        waiting = sa.select(sa.func.count()).where(_run.state == State.QUEUED)
        room = self.limits.max_queued_in_all // 2 - connection.execute(waiting).scalar_one()
        if n > room:
            raise QuotaError(
                tr("the queue has no room for {n} runs of one ladder now; try again later", n=n), limit=max(room, 0)
            )
        if origin is None:
            return
        live = sa.select(sa.func.count()).where(_run.state.in_(LIVE), _OF_LADDER, _run.origin == origin)
        in_all = connection.execute(live).scalar_one() + n
        if in_all > self.limits.max_live_by_address:
            raise QuotaError(
                tr(
                    "with this ladder, {n} runs of ladders from your network address would be under way or waiting, "
                    "and {most} is the limit; take fewer seeds, or wait until another ladder has ended",
                    n=in_all,
                    most=self.limits.max_live_by_address,
                ),
                limit=self.limits.max_live_by_address,
            )

    def by_owner(self, connection: sa.Connection) -> Callable[[str], tuple[int, int]]:
        """owner → (runs at the same time, runs waiting) they may have. The table is read once. For an owner without a
        row, `limits` decide; where they are None, the row of EVERYONE.
        """
        rows = {owner: (active, queued) for owner, active, queued in connection.execute(sa.select(schema.quota))}
        active, queued = rows.pop(schema.EVERYONE)
        active = active if self.limits.max_active is None else self.limits.max_active
        queued = queued if self.limits.max_queued is None else self.limits.max_queued
        return lambda owner: rows.get(owner) or (active, queued)


def making_room(rows: Sequence[sa.Row]) -> Iterator[sa.Row]:
    """Runs, given by when they ended, in the order in which they make room: always the first of whoever takes most.

    That is first the network address, since anybody can become a new owner by leaving the cookie out (an owner without
    an address counts for itself), and then its owner who takes most. Were it simply the first run of all, a visitor
    with a few large nets could have everybody else's runs deleted.
    """
    left: defaultdict[str, dict[str, deque[sa.Row]]] = defaultdict(dict)
    of_place: Counter[str] = Counter()
    of_owner: Counter[tuple[str, str]] = Counter()
    for row in rows:
        place = row.origin or row.owner
        left[place].setdefault(row.owner, deque()).append(row)
        of_place[place] += row.n
        of_owner[place, row.owner] += row.n
    while left:
        place = max(left, key=of_place.__getitem__)
        owner = max(left[place], key=lambda one: of_owner[place, one])
        row = left[place][owner].popleft()
        of_place[place] -= row.n
        of_owner[place, owner] -= row.n
        if not left[place][owner]:
            del left[place][owner]
        if not left[place]:
            del left[place]
        yield row
