"""A ladder (recipes/ladder.py) in the queue: all its runs are submitted at once, so closing the browser stops nothing.

A ladder's name is made from its recipes, its pictures and the code that trains. Whoever asks for a ladder that exists
already gets that one, so a whole class that presses the button trains it once. After a change of pictures or code it
is a new ladder, since runs from before and after cannot be compared.

Its runs wait under an owner name of their own (`climber`), apart from the visitor's other runs and with a quota of
their own: one run at a time, one ladder at a time. The queue's fair order (owners with the fewest recent starts go
first) lets everybody else's runs pass between them.
"""

import hashlib
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from sota_core.data.sample.drawn_sets import DRAWN
from sota_core.errors import InputError, QuotaError
from sota_core.language import tr
from sota_core.recipes import Recipe, Throughput
from sota_core.recipes.draft import OVERHEAD_S, Pictures, cost_s
from sota_core.recipes.ladder import MAX_SEEDS, TRAINED
from sota_core.recipes.scaling import require_fit
from sota_core.runs.identity import code_version
from sota_core.runs.run import Run
from sota_core.runs.states import LIVE, State
from sota_core.runs.store import schema
from sota_core.runs.store.quotas import LADDER_KEY
from sota_core.runs.store.store import Store

_run = schema.run.c

_LOOKED_THROUGH = 2_000  # newest runs that belong to ladders; a server's other runs do not count


@dataclass(frozen=True, slots=True)
class Queued:
    """A ladder in the store. `runs`: one per recipe, a finished or else the newest, in the order of submission."""

    name: str
    runs: tuple[Run, ...]

    @property
    def is_live(self) -> bool:
        return any(run.state in LIVE for run in self.runs)

    @property
    def broken(self) -> list[Run]:
        """The runs that ended without finishing: `again` submits their recipes once more."""
        return [run for run in self.runs if run.is_terminal and run.state is not State.FINISHED]

    def why_not_again(self, data: str | None) -> str:
        """Why a run started now would not belong to this ladder; "" if it would. `data` as in `name_of`."""
        now = code_version()
        if all(run.code in (None, now) and (None in (run.data, data) or run.data == data) for run in self.runs):
            return ""
        return tr(
            "the pictures or the code that trains have changed since this ladder was begun, and its runs cannot be "
            "compared with new ones; climb a new ladder"
        )

    def is_of(self, owner: str) -> bool:
        """Did this owner start any of its runs?"""
        return any(run.owner == climber(owner) for run in self.runs)


def climber(owner: str) -> str:
    """The owner name under which the runs of this owner's ladders are queued."""
    return "web-" + hashlib.sha256(f"ladder of {owner}".encode()).hexdigest()[:20]


def name_of(recipes: Sequence[Recipe], data: str | None) -> str:
    """Equal for equal recipes on equal pictures with equal code, whoever asks.

    data  fingerprint of the pictures on this machine now (reuse.pictures_now); None if they are not here
    """
    return named([recipe.identity() for recipe in recipes], data, code_version())


def named(identities: Iterable[str], pictures: str | None, code: str) -> str:
    """The name that recipes with these identities have on these pictures with this code."""
    together = " ".join([*sorted(identities), pictures or "", code])
    return hashlib.sha256(together.encode()).hexdigest()[:10]


def pictures_meant(source: str, data: str | None) -> str | None:
    """What stands for a set's pictures in a ladder's name.

    A set that is drawn here is there only after somebody has trained on it, and is then the same for everybody: its
    version stands for its pictures, before and after. For other sets it is their fingerprint, `data`.
    """
    drawn = DRAWN.get(source)
    return data if drawn is None else f"{drawn.id} {drawn.version}"


def name_in(there: Sequence[Queued], recipes: Sequence[Recipe], data: str | None) -> str:
    """The name under which these recipes are climbed, where these ladders are there already.

    It is made from `pictures_meant`. Only where a ladder of that name cannot go on, as after somebody has changed the
    pictures of a drawn set, it is made from their fingerprint.

    data  as in `name_of`
    """
    meant = pictures_meant(recipes[0].source, data)
    known = {ladder.name: ladder for ladder in there}
    # the other two: as earlier versions of the app named a ladder on such a set
    names = [name_of(recipes, pictures) for pictures in dict.fromkeys((meant, data, None))]
    for name in names:
        if name in known and not known[name].why_not_again(data):
            return name
    return names[0] if names[0] not in known else name_of(recipes, data)


def ladders(store: Store) -> list[Queued]:
    """All ladders in the store, the one with the newest run first."""
    found: dict[str, dict[str, Run]] = {}
    for run in store.history.list_runs(limit=_LOOKED_THROUGH, keyed=LADDER_KEY):  # newest first
        assert run.key is not None
        tries = found.setdefault(run.key.split(":")[1], {})
        # a finished run stands, even if a later attempt at its recipe followed that was not needed
        if run.identity not in tries or run.state is State.FINISHED:
            tries[run.identity] = run
    return [
        Queued(name, tuple(sorted(tries.values(), key=lambda r: (r.created_at, r.id)))) for name, tries in found.items()
    ]


def start(
    store: Store,
    owner: str,
    recipes: Sequence[Recipe],
    pictures: Pictures,
    throughput: Throughput,
    data: str | None,
    origin: str | None = None,
) -> str:
    """Submit the runs that are not in the store yet; returns the ladder's name. Safe to call again, also at the same
    moment as somebody else: no run is submitted twice. Atomic: if one run is refused, none is submitted.

    Starts no dispatcher.

    data  as in `name_of`

    Raises
        QuotaError  another ladder of this owner is under way, the queue has no room for this many runs, or the ladders
                    of the network address would have more runs than they may.
    """
    name = name_in(ladders(store), recipes, data)
    _submit(store, owner, name, recipes, pictures, throughput, origin)
    return name


def again(
    store: Store,
    owner: str,
    ladder: Queued,
    pictures: Pictures,
    throughput: Throughput,
    data: str | None,
    origin: str | None = None,
    missing: Sequence[Recipe] = (),
) -> None:
    """Submit the ladder's broken runs once more, with the same recipes.

    missing  recipes of the ladder that have no run any more (ladder_plan.py): they are submitted too

    Raises
        QuotaError  as `start`.
        InputError  the pictures or the code have changed since the ladder was begun.
    """
    if why := ladder.why_not_again(data):
        raise InputError(why)
    _submit(store, owner, ladder.name, [*(run.recipe for run in ladder.broken), *missing], pictures, throughput, origin)


def stop(store: Store, owner: str | None, ladder: Queued) -> None:
    """Stop this owner's runs of the ladder or, for the operator (None), everybody's; finished runs stay."""
    me = None if owner is None else climber(owner)
    for run in reversed(ladder.runs):  # the last ones first, so that none starts in the slot that becomes free
        if me in (None, run.owner) and run.state in LIVE:
            store.transitions.request_cancel(run.id, by=me)


def _submit(
    store: Store,
    owner: str,
    name: str,
    recipes: Sequence[Recipe],
    pictures: Pictures,
    throughput: Throughput,
    origin: str | None,
) -> None:
    for recipe in recipes:
        require_fit(recipe, **pictures.parts)
    me = climber(owner)
    with store.session.writing(serial=True) as connection:  # a class presses together: the second finds the runs there
        left, keys = _left(connection, name, recipes), _keys_of(connection, me)
        if not left:
            return
        busy = [key for key, state in keys.items() if state in LIVE and key.split(":")[1:2] != [name]]
        if busy:
            said = tr("another ladder of yours is under way: wait until it has ended, or stop it first")
            raise QuotaError(said, limit=1)
        store.quotas.check_ladder(connection, len(left), origin)
        store.quotas.set_in(connection, me, max_active=1, max_queued=MAX_SEEDS * len(TRAINED))
        for recipe in left:
            tries = (f"{LADDER_KEY}{name}:{recipe.identity()}:{n}" for n in itertools.count())
            store.queue.submit(
                recipe,
                owner=me,
                key=next(key for key in tries if key not in keys),
                n_images=pictures.n_train,
                estimate_s=cost_s(recipe, pictures, throughput) + OVERHEAD_S,
                origin=origin,
                connection=connection,
            )
    store.wake()


def _left(connection: sa.Connection, name: str, recipes: Sequence[Recipe]) -> list[Recipe]:
    """The ladder's recipes for which no run is waiting, under way or finished."""
    of_it = _run.key.startswith(f"{LADDER_KEY}{name}:", autoescape=True)
    is_good = _run.state.in_([*LIVE, State.FINISHED])
    wanted = [recipe.identity() for recipe in recipes]
    good = connection.execute(sa.select(_run.identity).where(_run.identity.in_(wanted), is_good, of_it))
    there = set(good.scalars())
    return [recipe for recipe in recipes if recipe.identity() not in there]


def _keys_of(connection: sa.Connection, owner: str) -> dict[str, str]:
    """The keys of an owner's runs, and the state of each."""
    kept = sa.select(_run.key, _run.state).where(_run.owner == owner, _run.key.is_not(None))
    return {key: state for key, state in connection.execute(kept)}
