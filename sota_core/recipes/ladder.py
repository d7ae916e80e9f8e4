"""The ladder: the chapter's techniques added one after the other, everything else equal, several seeds a rung.

Pure. Each rung keeps what the rungs below it have. Test-time augmentation trains nothing: its rung takes the same runs
as the rung below, with the accuracy of their TTA views. The rungs above it count with their TTA views too.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sota_core.errors import RecipeError
from sota_core.language import N_, tr
from sota_core.recipes.draft import Pictures, cost_s
from sota_core.recipes.fields import FIELDS, PHASE_FIELDS, TECHNIQUES
from sota_core.recipes.presets import PRESETS
from sota_core.recipes.recipe import MAX_EPOCHS, Phase, Recipe
from sota_core.recipes.throughput import Throughput

EPOCHS, SECONDS = "epochs", "seconds"
MAX_SEEDS = 5
MIN_EPOCHS = 3  # one at the small size, two at the large one: fine_tune's warm-up and one more


@dataclass(frozen=True, slots=True)
class Rung:
    """One step. `trains` names the recipe whose runs it reads, with their TTA views or without."""

    name: str
    title: str
    trains: str
    with_tta: bool = False


RUNGS = (
    Rung("baseline", N_("Baseline"), "baseline"),
    Rung("normalize", N_("+ Normalization"), "normalize"),
    Rung("progressive", N_("+ Progressive resizing"), "progressive"),
    Rung("tta", N_("+ TTA"), "progressive", with_tta=True),
    Rung("mixup", N_("+ Mixup"), "mixup", with_tta=True),
    Rung("smoothing", N_("+ Label smoothing"), "smoothing", with_tta=True),
)
TRAINED = tuple(dict.fromkeys(rung.trains for rung in RUNGS))

# The techniques that have a rung of their own; a run with any other one is on no rung.
_OF_RUNGS = ("normalize", "mixup_alpha", "label_smoothing")
# What may differ within a ladder; all else must be equal for its deltas to mean anything.
_TURNED = (*_OF_RUNGS, "seed", "preset")


def ladder(
    base: Recipe, seeds: Sequence[int], *, equal: str = EPOCHS, cost: Callable[[Recipe], float] | None = None
) -> list[Recipe]:
    """The recipes to train: all rungs with the first seed, then all with the next: one whole ladder is done early.

    base   the plain recipe; if it has several phases, the last one's size and the epochs of all of them are taken
    equal  "epochs": every rung trains as many epochs. "seconds": every rung may cost as much as the baseline by
           `cost`, so progressive resizing turns what it saves on small pictures into more epochs.

    Raises
        RecipeError  fewer than three epochs, or more than a phase may have; too small for two sizes; no seed, too many,
                     or one twice; no such `equal`.

    >>> [len(r.phases) for r in ladder(Recipe(), [1])]
    [1, 1, 2, 2, 2]
    """
    if not 1 <= len(seeds) <= MAX_SEEDS or len(set(seeds)) < len(seeds):
        said = tr("ladder: must have 1 to {most} different seeds, got {seeds}", most=MAX_SEEDS, seeds=list(seeds))
        raise RecipeError(said, field="seed")
    if equal not in (EPOCHS, SECONDS) or (equal == SECONDS and cost is None):
        raise RecipeError(f"ladder: equal must be epochs, or seconds with a cost, got {equal!r}", field="equal")
    return [rung.replace(seed=seed) for seed in seeds for rung in _rungs(base, equal, cost)]


def planned(
    recipe: Recipe, pictures: Pictures, seeds: Sequence[int], throughput: Throughput, *, equal: str = EPOCHS
) -> list[Recipe]:
    """The ladder over a recipe on these pictures, its costs in seconds of this machine.

    Always the set's own split, where it has one: the ladder is not the place to reproduce the book's random fifth.

    Raises
        RecipeError  as `ladder`.
    """
    split = "official" if pictures.has_official_split else "random20"
    base = recipe.replace(source=pictures.source, split=split, resplit=False)
    return ladder(base, seeds, equal=equal, cost=lambda rung: cost_s(rung, pictures, throughput))


def rung_of(recipe: Recipe) -> str | None:
    """Which of TRAINED a recipe is, by its values and not by its label (`preset`); None if it is none of them."""
    others = (name for name in TECHNIQUES if name not in _OF_RUNGS)
    if recipe.resplit or any(getattr(recipe, name) != FIELDS[name].default for name in others):
        return None
    sizes = [phase.size for phase in recipe.phases]
    is_progressive = len(sizes) == 2 and sizes[0] < sizes[1]
    if len(sizes) > 1 and not is_progressive:
        return None
    turned = (recipe.normalize != "none", is_progressive, recipe.mixup_alpha > 0, recipe.label_smoothing > 0)
    height = sum(turned)
    # each rung keeps those below it: so the switches must be on from the left, without a gap
    return TRAINED[height] if turned == tuple(i < height for i in range(len(turned))) else None


def footing(recipe: Recipe) -> str:
    """A fingerprint of what all rungs of one ladder share: net, pictures, the last size and its batches."""
    plain, last = Recipe(), recipe.phases[-1]
    shared = {name: getattr(plain, name) for name in _TURNED}
    return recipe.replace(phases=(Phase(last.size, last.bs),), **shared).identity()


def _rungs(base: Recipe, equal: str, cost: Callable[[Recipe], float] | None) -> list[Recipe]:
    last = base.phases[-1]
    total = base.total_epochs
    if total < MIN_EPOCHS:
        raise RecipeError(
            tr(
                "ladder: needs at least {least} epochs, one at a small size and two at the full one, got {n}",
                least=MIN_EPOCHS,
                n=total,
            ),
            field="n_epochs",
        )
    most = PHASE_FIELDS["n_epochs"].high
    if total > most:
        raise RecipeError(
            tr(
                "ladder: its first rung trains all epochs in one phase, which has {most} at most, got {n} in several "
                "phases; choose fewer",
                most=round(most),
                n=total,
            ),
            field="n_epochs",
        )
    plain = base.replace(
        phases=(Phase(last.size, last.bs, total, last.lr),),
        resplit=False,
        tta_n=base.tta_n or 4,  # the ladder has a rung for it
        preset="baseline",
        **{name: FIELDS[name].default for name in TECHNIQUES},
    )
    normal = plain.replace(normalize="imagenet", preset="normalize")
    grown = _grown(normal, total)
    if equal == SECONDS and cost is not None:
        allowed = cost(normal)
        while total < MAX_EPOCHS and cost(more := _grown(normal, total + 1)) <= allowed:
            grown, total = more, total + 1
    mixed = grown.replace(mixup_alpha=PRESETS["mixup"].mixup_alpha, preset="mixup")
    smooth = mixed.replace(label_smoothing=PRESETS["label_smoothing"].label_smoothing, preset="all")
    return [plain, normal, grown, mixed, smooth]


def _grown(recipe: Recipe, total: int) -> Recipe:
    """The recipe in two phases with the chapter's proportion of sizes and of epochs.

    `total` includes fine_tune's warm-up; the second phase's rate is at most the chapter's.
    """
    small, large = PRESETS["progressive"].phases
    whole = recipe.phases[-1]
    size = max(32, 8 * round(whole.size * small.size / large.size / 8))
    if size >= whole.size:
        raise RecipeError(
            tr("ladder: {size} px is too small to train at a smaller size first; take 48 px or more", size=whole.size),
            field="size",
        )
    share = small.n_epochs / (small.n_epochs + large.total_epochs)
    first = min(max(1, round(share * total)), total - 2)
    phases = (
        Phase(size, whole.bs, first, whole.lr),
        Phase(whole.size, whole.bs, total - first - 1, min(large.lr, whole.lr), large.method),
    )
    return recipe.replace(phases=phases, preset="progressive")
