"""What a recipe costs on a machine, and the same recipe made to fit a machine and a budget.

Pure: a Throughput is handed in (measured elsewhere), a concrete Recipe comes out and is kept with the run.
"""

import dataclasses
import math

from sota_core import words
from sota_core.errors import RecipeError
from sota_core.language import plain, tr
from sota_core.recipes.recipe import Phase, Recipe
from sota_core.recipes.throughput import Throughput

_LAYERS = {
    "xresnet18": (1, (2, 2, 2, 2)),
    "xresnet34": (1, (3, 4, 6, 3)),
    "xresnet50": (4, (3, 4, 6, 3)),
    "xresnet101": (4, (3, 4, 23, 3)),
    "resnet18": (1, (2, 2, 2, 2)),
    "resnet34": (1, (3, 4, 6, 3)),
    "resnet50": (4, (3, 4, 6, 3)),
}
_STEM = (32, 32, 64)  # the stem keeps its width whatever `width` is

# A backward pass costs about twice the forward one.
TRAIN_FACTOR = 3.0

# The net of a scaled recipe: the largest of fastai's family that learns Imagenette within minutes on two cores.
SMALL_ARCH, SMALL_WIDTH = "xresnet18", 0.5
# Few epochs need many steps: at 56 px and 4 epochs, batches of 32 ended a point above 64, for an eighth more time.
SMALL_BS = 32
# Candidate sides for the last phase, largest first. Below 48 px Imagenette's objects are gone.
SIZES = (224, 192, 160, 128, 112, 96, 80, 64, 56, 48)
# The share of a budget that is planned. The rest is a reserve: by so much a shared machine's speed may change between
# its measurement and the run.
HEADROOM = 0.95
STEPS_AT_LEAST = 4  # in an epoch, where the printed batch does not fit the set
MIN_EPOCHS = 4  # fewer, and the one-cycle schedule has no room to come down
QUICK_VALID = 1_000
_LEAST_SHARE = 0.001  # the lowest `subset` (fields.py)


def macs(arch: str, width: float, size: int) -> float:
    """Multiply-adds of one forward pass of one picture, convolutions only.

    >>> round(macs("xresnet50", 1.0, 224) / 1e9, 1)
    4.3
    """
    expansion, layers = _LAYERS[arch]
    side = math.ceil(size / 2)
    total, n_in = 0.0, 3
    kernel, stem = (9, _STEM) if arch.startswith("x") else (49, _STEM[-1:])
    for n_out in stem:
        total += side * side * kernel * n_in * n_out
        n_in = n_out
    side = math.ceil(side / 2)  # max-pool
    for i, n_blocks in enumerate(layers):
        mid = int((64, 128, 256, 512)[i] * width)
        n_out = mid * expansion
        for b in range(n_blocks):
            before = side
            if b == 0 and i > 0:
                side = math.ceil(side / 2)
            here, was = side * side, before * before
            if expansion == 1:
                total += here * 9 * n_in * mid + here * 9 * mid * n_out
            else:
                total += was * n_in * mid + here * 9 * mid * mid + here * mid * n_out
            if n_in != n_out:
                total += here * n_in * n_out  # the shortcut's 1×1, after its pooling
            n_in = n_out
    return total


def parts_of(recipe: Recipe, *, n_train: int, n_valid: int, has_official: bool = True) -> tuple[int, int]:
    """How many pictures the recipe's split trains on and holds out, of a set with so many in its own parts.

    n_train, n_valid  the set's own parts; if it has none, all but a random fifth, and that fifth

    >>> parts_of(Recipe(split="official"), n_train=9469, n_valid=3925)
    (9469, 3925)
    >>> parts_of(Recipe(split="random20"), n_train=9469, n_valid=3925)
    (10716, 2678)
    """
    if recipe.split == "official" and has_official:
        return n_train, n_valid
    held_out = int(0.2 * (n_train + n_valid))
    return n_train + n_valid - held_out, held_out


def estimate_s(recipe: Recipe, throughput: Throughput, *, n_train: int, n_valid: int) -> float:
    """Seconds of the fit: training and validation of every phase. Imports, cache, last validation, TTA are not in it.

    n_train, n_valid  as parts_of
    """
    n_train, n_valid = parts_of(recipe, n_train=n_train, n_valid=n_valid)
    trained = max(1, round(n_train * recipe.subset))
    return _epochs_s(recipe, throughput, trained, TRAIN_FACTOR) + _epochs_s(
        recipe, throughput, n_quick(recipe, n_valid), 1.0
    )


def n_quick(recipe: Recipe, n_valid: int) -> int:
    """How many of the `n_valid` pictures held out are validated after each epoch."""
    return min(n_valid, recipe.valid_limit) if recipe.valid_limit else n_valid


def _epochs_s(recipe: Recipe, throughput: Throughput, n_pictures: int, factor: float) -> float:
    """Seconds of `n_pictures` in every epoch: trained on if factor is TRAIN_FACTOR, only predicted if it is 1."""
    return n_pictures * sum(p.total_epochs * _image_s(recipe, p.size, throughput, factor) for p in recipe.phases)


def _image_s(recipe: Recipe, size: int, throughput: Throughput, factor: float) -> float:
    throughput = throughput.of(recipe)
    data_s = throughput.image_s if factor == TRAIN_FACTOR else throughput.image_s / 3
    data_s += throughput.opening_s(recipe)
    speedup = 1.0 if recipe.precision == "fp32" else throughput.mixed_speedup
    return data_s + factor * macs(recipe.arch, recipe.width, size) / (throughput.macs_per_s * speedup)


def n_trained(recipe: Recipe, *, n_train: int, n_valid: int, has_official: bool = True) -> int:
    """How many pictures the recipe trains on: its `subset` of its split's training part. Arguments as parts_of."""
    part, _ = parts_of(recipe, n_train=n_train, n_valid=n_valid, has_official=has_official)
    return part if recipe.subset == 1 else round(recipe.subset * part)


def fitting_bs(bs: int, n_train: int) -> int:
    """A batch size that `n_train` pictures can fill: `bs`, or a quarter of them where they cannot.

    The largest batch that fits would leave one step an epoch, which teaches a net next to nothing.

    >>> fitting_bs(64, 100), fitting_bs(64, 32)
    (64, 8)
    """
    return bs if bs <= n_train else max(2, n_train // STEPS_AT_LEAST)


def fit_batch(recipe: Recipe, *, n_train: int, n_valid: int, has_official: bool = True) -> Recipe:
    """The recipe with batches that the set can fill (`fitting_bs`); unchanged where it can."""
    n = n_trained(recipe, n_train=n_train, n_valid=n_valid, has_official=has_official)
    if all(phase.bs <= n for phase in recipe.phases):
        return recipe
    phases = (dataclasses.replace(p, bs=fitting_bs(p.bs, n)) for p in recipe.phases)
    return recipe.replace(phases=tuple(phases))


def require_fit(recipe: Recipe, *, n_train: int, n_valid: int, has_official: bool = True) -> None:
    """Check, before a run is made, that the set is large enough for the recipe.

    Raises
        RecipeError  the set cannot fill one batch, leaves nothing to validate on, or is too small for so little label
                     noise.
    """
    n = n_trained(recipe, n_train=n_train, n_valid=n_valid, has_official=has_official)
    _, n_held_out = parts_of(recipe, n_train=n_train, n_valid=n_valid, has_official=has_official)
    if n < 2 or n_held_out < 1:
        raise RecipeError(
            tr(
                "pictures: at least 2 to train on and 1 to validate on are needed, got {n} and {n_valid}; add "
                "pictures, or train on a larger share",
                n=n,
                n_valid=n_held_out,
            ),
            field="subset",
        )
    largest = max(phase.bs for phase in recipe.phases)
    if largest > n:
        raise RecipeError(
            tr(
                "bs: a batch of {bs} needs at least as many pictures to train on, got {n}; choose a batch size of at "
                "most {n}, or a larger share of the pictures",
                bs=largest,
                n=n,
            ),
            field="bs",
        )
    n_labels = n_train + n_valid if recipe.resplit else n  # as prepare.py: any picture may be trained on then
    if recipe.label_noise and round(recipe.label_noise * n_labels) == 0:
        raise RecipeError(
            tr(
                "label_noise: {share} of {n} pictures is at most half a picture, so no label would be wrong; choose "
                "a larger share, or 0",
                share=words.asked_share(recipe.label_noise),
                n=words.count(n_labels),
            ),
            field="label_noise",
        )


def scaled(
    recipe: Recipe,
    budget_s: float,
    throughput: Throughput,
    *,
    n_train: int = 9_469,
    n_valid: int = 3_925,
    has_official: bool = True,
) -> Recipe:
    """The recipe's idea, small enough to train within `budget_s` on a machine of this throughput.

    Batches are fitted to the set first (fit_batch); a recipe that then fits the budget is not changed further. Any
    other gets the small net, this device's fastest precision, the official split where the data has one, and at most
    1,000 pictures validated per epoch; then the largest size at which at least four epochs over all the pictures fit,
    or, at the smallest size, as many pictures as fit. Phases keep their order and proportion; techniques and seeds
    stay.

    Raises
        RecipeError  the budget is not a positive number, or too short for even the smallest run.
    """
    if budget_s <= 0 or not math.isfinite(budget_s):
        said = tr("budget: must be a positive number of seconds, got {seconds}", seconds=budget_s)
        raise RecipeError(said, field="budget")
    recipe = fit_batch(recipe, n_train=n_train, n_valid=n_valid, has_official=has_official)
    if estimate_s(recipe, throughput, n_train=n_train, n_valid=n_valid) <= budget_s:
        return recipe
    small = recipe.replace(
        arch=SMALL_ARCH,
        width=SMALL_WIDTH,
        precision="auto",
        split="official" if has_official else "random20",
        resplit=False,
        valid_limit=min(QUICK_VALID, n_valid),
    )
    small = fit_batch(small, n_train=n_train, n_valid=n_valid, has_official=has_official)
    largest = max(phase.size for phase in recipe.phases)
    for size in (s for s in SIZES if s <= largest or s == SIZES[-1]):
        shrunk = _resized(small, size / largest)
        epochs = _epochs_that_fit(shrunk, HEADROOM * budget_s, throughput, n_train, n_valid)
        if epochs is not None:
            return epochs
    return _subset_that_fits(_resized(small, SIZES[-1] / largest), budget_s, throughput, n_train, n_valid)


def _resized(recipe: Recipe, factor: float) -> Recipe:
    """Every size times `factor`, to a multiple of 8, at least 32; batches of SMALL_BS at most.

    Presized to twice the largest size, so that sampling stays sharp, but not above the recipe's own presize.
    """
    phases = tuple(
        Phase(
            size=max(32, 8 * round(p.size * factor / 8)),
            bs=min(p.bs, SMALL_BS),
            n_epochs=p.n_epochs,
            lr=p.lr,
            method=p.method,
        )
        for p in recipe.phases
    )
    presize = min(recipe.presize, 2 * max(p.size for p in phases))
    return recipe.replace(phases=phases, presize=presize)


def _with_epochs(recipe: Recipe, total: int) -> Recipe:
    """Share `total` epochs among the phases in their printed proportion, at least one each."""
    printed = sum(p.n_epochs for p in recipe.phases)
    phases = tuple(
        Phase(p.size, p.bs, max(1, round(p.n_epochs * total / printed)), p.lr, p.method) for p in recipe.phases
    )
    return recipe.replace(phases=phases)


def _fewest(recipe: Recipe) -> int:
    printed = sum(p.n_epochs for p in recipe.phases)
    return min(printed, max(MIN_EPOCHS, len(recipe.phases)))


def _epochs_that_fit(
    recipe: Recipe, budget_s: float, throughput: Throughput, n_train: int, n_valid: int
) -> Recipe | None:
    for total in range(sum(p.n_epochs for p in recipe.phases), _fewest(recipe) - 1, -1):
        candidate = _with_epochs(recipe, total)
        if estimate_s(candidate, throughput, n_train=n_train, n_valid=n_valid) <= budget_s:
            return candidate
    return None


def _subset_that_fits(recipe: Recipe, budget_s: float, throughput: Throughput, n_train: int, n_valid: int) -> Recipe:
    candidate = _with_epochs(recipe, _fewest(recipe))
    one = _epochs_s(candidate, throughput, 1, TRAIN_FACTOR)
    fixed = one + _epochs_s(candidate, throughput, n_quick(candidate, n_valid), 1.0)
    per_share = max((n_train - 1) * one, 1e-9)
    fewest = max(2 * max(p.bs for p in candidate.phases) / n_train, _LEAST_SHARE)
    share = min(recipe.subset, (HEADROOM * budget_s - fixed) / per_share)
    if share < min(recipe.subset, fewest):
        raise RecipeError(
            tr(
                "budget: {seconds} s is too short for a run on this machine; about {least} s is the least",
                seconds=plain(budget_s),
                least=plain(math.ceil((fixed + min(recipe.subset, fewest) * per_share) / HEADROOM)),
            ),
            field="budget",
        )
    step = 10 ** max(3, len(str(n_train)) - 1)  # shares in thousandths; of a large set finer, to a few pictures
    return candidate.replace(subset=max(math.floor(share * step) / step, _LEAST_SHARE))
