"""How far one group lies from another, and how far chance alone would put them apart; the leaderboard's line."""

import math
from dataclasses import dataclass

from sota_core import words
from sota_core.analysis.comparison import PUBLISHED, Compared, Group, fits
from sota_core.analysis.noise import chance_apart, pooled_sd, student_t
from sota_core.data.sets.catalog import family
from sota_core.language import N_
from sota_core.published import LEADERBOARD, N_LEADERBOARD
from sota_core.recipes.pretrained import NONE
from sota_core.runs.states import State

SEEDS, PICTURES = "seeds", "pictures"
OTHER_PICTURES, OTHER_TASK = "other pictures", N_("other task")
OTHER_TRAINING = "other training"
OTHER_EPOCHS, OTHER_SIZE, OTHER_START = N_("other epochs"), N_("other size"), N_("other initial weights")
OTHER_NET, OTHER_SHARE = N_("other net"), N_("other share of the pictures")


@dataclass(frozen=True, slots=True)
class Delta:
    """`value`: the difference, a share. `band`: how far chance alone would put the two apart, at 95 %.

    band       from the standard deviation over seeds (`by` is SEEDS) or from counting pictures (PICTURES); where only
               one of the two has several seeds, the wider one, with its seeds' standard deviation for both. None where
               neither says anything: other pictures of the same set, another task, a printed table of a run that was
               trained otherwise, or no count of the pictures
    otherwise  how the printed run was trained otherwise, so that no technique can be credited with the difference
    """

    value: float
    band: float | None = None
    by: str = ""
    otherwise: tuple[str, ...] = ()

    @property
    def is_noise(self) -> bool:
        return self.band is not None and abs(self.value) <= self.band


def delta(group: Group, base: Group, name: str = "accuracy") -> Delta | None:
    """The group's mean minus the base's; None while either has none, and for the base itself."""
    ours, theirs = group.mean(name), base.mean(name)
    if ours is None or theirs is None or group.number == base.number:
        return None
    value = words.change(theirs, ours)
    if not have_same_pictures(group.first, base.first) or _is_changed(group, base):
        return Delta(value, by=OTHER_PICTURES if is_same_task(group.first, base.first) else OTHER_TASK)
    if how := _trained_otherwise(group.first, base.first):
        return Delta(value, by=OTHER_TRAINING, otherwise=how)
    pictures = _by_pictures(group, base, ours, theirs)
    own, other = group.values(name), base.values(name)
    pooled = pooled_sd([own, other])
    if pooled is None:
        return Delta(value, pictures, PICTURES if pictures else "")
    sd, freedom = pooled
    seeds = student_t(freedom) * sd * math.sqrt(1 / len(own) + 1 / len(other))
    # One seed on a side says nothing of that side's own spread, nor do seeds that agree to the last picture.
    is_spread_known = sd > 0 and min(len(own), len(other)) > 1
    if is_spread_known or seeds >= (pictures or 0.0):
        return Delta(value, seeds, SEEDS)
    return Delta(value, pictures, PICTURES)


def _by_pictures(group: Group, base: Group, ours: float, theirs: float) -> float | None:
    n, m = group.n or 0, base.n or 0
    return chance_apart(ours, theirs, n, m) if n and m else None


def have_same_pictures(a: Compared, b: Compared) -> bool:
    """Do both answer the same kind of pictures, so that counting pictures tells how far chance goes?

    Two random fifths of one set are the same kind. Two sets, the official split and a random one, or a run that leaks
    and one that does not, are not.
    """
    return a.leaks == b.leaks and a.recipe.split == b.recipe.split and is_same_task(a, b)


def is_same_task(a: Compared, b: Compared) -> bool:
    """Do both classify the pictures of one set? If not, the difference of their accuracies means nothing."""
    return family(a.recipe.source) == family(b.recipe.source)


def _is_changed(a: Group, b: Group) -> bool:
    """Are the files of one set known to differ? Those of two sizes of a set always do: that is in the recipe."""
    return a.first.recipe.source == b.first.recipe.source and not fits(a.data, [b.data])


def _trained_otherwise(a: Compared, b: Compared) -> tuple[str, ...]:
    """If one is a printed table, which cannot be trained again to match: how the two differ besides techniques."""
    if PUBLISHED not in (a.kind, b.kind):
        return ()
    differs = {
        OTHER_EPOCHS: a.recipe.total_epochs != b.recipe.total_epochs,
        OTHER_SIZE: [phase.size for phase in a.recipe.phases] != [phase.size for phase in b.recipe.phases],
        OTHER_NET: (a.recipe.arch, a.recipe.width) != (b.recipe.arch, b.recipe.width),
        OTHER_SHARE: a.recipe.subset != b.recipe.subset,
        OTHER_START: a.recipe.pretrained != b.recipe.pretrained,
    }
    return tuple(how for how, does in differs.items() if does)


def leaderboard(item: Compared) -> float | None:
    """Accuracy of the leaderboard line whose conditions this run meets; None if it meets no line's.

    The conditions: all of Imagenette's own two parts with right labels, random initial weights, one picture size, as
    many epochs as the line, and a finished run, whose plain accuracy is that on all 3,925 validation pictures. Net and
    techniques are free there, and so they are here.
    """
    recipe = item.recipe
    _, _, side = recipe.source.partition("imagenette2")
    sizes = {phase.size for phase in recipe.phases}
    meets = (
        recipe.source in ("imagenette2", "imagenette2-160", "imagenette2-320")
        and recipe.split == "official"
        and recipe.subset == 1
        and not recipe.label_noise
        and recipe.pretrained == NONE
        and item.kind != PUBLISHED
        and item.state == State.FINISHED
        and item.n == N_LEADERBOARD
        and len(sizes) == 1
    )
    size = sizes.pop()
    if not meets or (side and size > int(side[1:])):  # files smaller than the line's size are another task
        return None
    return LEADERBOARD.get(size, {}).get(recipe.total_epochs)
