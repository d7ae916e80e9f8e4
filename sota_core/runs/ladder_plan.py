"""What a ladder was to train, found again from the runs that are left: some may be deleted, or cleared away.

A ladder trains each of its rungs with each of its seeds. Its name is made from all of them (ladders.py), so what is
guessed from the runs that are left can be proved.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sota_core.errors import RecipeError
from sota_core.recipes import Recipe
from sota_core.recipes.ladder import MAX_SEEDS, TRAINED, ladder, rung_of
from sota_core.runs.identity import code_version
from sota_core.runs.ladders import Queued, named, pictures_meant


@dataclass(frozen=True, slots=True)
class Plan:
    """The recipes of a ladder, as far as they are known.

    n_lost  runs of rungs of which no run is left, and whose recipes cannot be found again
    """

    recipes: tuple[Recipe, ...]
    n_lost: int = 0

    def missing(self, there: Queued) -> list[Recipe]:
        """The known recipes without a run, not even one that broke."""
        have = {run.identity for run in there.runs}
        return [recipe for recipe in self.recipes if recipe.identity() not in have]

    def n_gone(self, there: Queued) -> int:
        """How many runs are not there any more."""
        return len(self.missing(there)) + self.n_lost


def plan_of(there: Queued, data: str | None = None) -> Plan:
    """The ladder's plan by the runs that are left. Of a ladder with runs of another version, only what can be read.

    data  fingerprint of the pictures now, in case that no run is left that has trained on them
    """
    known = [recipe for run in there.runs if (recipe := run.known_recipe) is not None]
    if not known or len(known) < len(there.runs):
        return Plan(tuple(known))
    rows = tuple({recipe.replace(seed=0).identity(): recipe for recipe in known}.values())
    seeds = sorted({recipe.seed for recipe in known})
    names = _Names(there, data)
    for rungs in (rows, *map(_rungs, rows)):
        for some in _likely(seeds):
            if rungs and there.name in names.of(rungs, some):
                return Plan(tuple(_seeded(rung, seed)[0] for seed in some for rung in rungs))
    found = {rung_of(row) for row in rows}
    n_lost = 0 if None in found else len(set(TRAINED) - found) * len(seeds)
    return Plan(tuple(_seeded(row, seed)[0] for seed in seeds for row in rows), n_lost)


class _Names:
    """The names that a ladder of some recipes may have been given."""

    def __init__(self, there: Queued, data: str | None) -> None:
        source = there.runs[0].recipe.source
        self.pictures = {data, None, *(run.data for run in there.runs)}
        self.pictures |= {pictures_meant(source, one) for one in self.pictures}
        # Also today's: a dispatcher of an earlier version may have trained what was named and submitted by this one.
        self.codes = {code_version(), *(run.code for run in there.runs if run.code)}

    def of(self, rungs: Sequence[Recipe], seeds: Sequence[int]) -> set[str]:
        identities = [_seeded(rung, seed)[1] for rung in rungs for seed in seeds]
        return {named(identities, pictures, code) for pictures in self.pictures for code in self.codes}


def _likely(seeds: Sequence[int]) -> Iterator[Sequence[int]]:
    """The seeds that are left, then those in a row around them: page and command line count up from a first one."""
    yield seeds
    first, last = seeds[0], seeds[-1]
    for low in range(first, max(-1, last - MAX_SEEDS), -1):
        for high in range(last, low + MAX_SEEDS):
            yield range(low, high + 1)


def _rungs(row: Recipe) -> tuple[Recipe, ...]:
    """All rungs of the ladder at equal epochs over one of them; none where there is no such ladder."""
    try:
        return tuple(ladder(row, [row.seed]))
    except RecipeError:
        return ()


@lru_cache(maxsize=4096)
def _seeded(recipe: Recipe, seed: int) -> tuple[Recipe, str]:
    """The recipe with this seed, and its identity. Kept: they are asked for many times, and take 0.3 ms."""
    other = recipe.replace(seed=seed)
    return other, other.identity()
