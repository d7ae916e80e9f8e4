"""How far one group lies from another, and how far chance alone would put them apart."""

import math
from dataclasses import dataclass

from sota_core import words
from sota_core.analysis.comparison import PUBLISHED, Compared, Group
from sota_core.analysis.noise import chance_of, pooled_sd, student_t
from sota_core.language import N_

SEEDS, PICTURES = "seeds", "pictures"
OTHER_PICTURES, OTHER_TASK = "other pictures", N_("other task")
OTHER_TRAINING = "other training"
OTHER_EPOCHS, OTHER_SIZE, OTHER_START = N_("other epochs"), N_("other size"), N_("other initial weights")


@dataclass(frozen=True, slots=True)
class Delta:
    """`value`: the difference, a share. `band`: how far chance alone would put the two apart, at 95 %.

    band       from the standard deviation over seeds (`by` is SEEDS) or from counting pictures (PICTURES). None where
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
    if not have_same_pictures(group.first, base.first):
        return Delta(value, by=OTHER_PICTURES if is_same_task(group.first, base.first) else OTHER_TASK)
    if how := _trained_otherwise(group.first, base.first):
        return Delta(value, by=OTHER_TRAINING, otherwise=how)
    own, other = group.values(name), base.values(name)
    pooled = pooled_sd([own, other])
    if pooled is not None and min(len(own), len(other)) > 1:
        sd, freedom = pooled
        return Delta(value, student_t(freedom) * sd * math.sqrt(1 / len(own) + 1 / len(other)), SEEDS)
    n, m = group.n or 0, base.n or 0
    if not n or not m:
        return Delta(value)
    return Delta(value, math.hypot(chance_of(ours, n), chance_of(theirs, m)), PICTURES)


def have_same_pictures(a: Compared, b: Compared) -> bool:
    """Do both answer the same kind of pictures, so that counting pictures tells how far chance goes?

    Two random fifths of one set are the same kind. Two sets, the official split and a random one, or a run that leaks
    and one that does not, are not.
    """
    return a.leaks == b.leaks and a.recipe.split == b.recipe.split and is_same_task(a, b)


def is_same_task(a: Compared, b: Compared) -> bool:
    """Do both classify the pictures of one set? If not, the difference of their accuracies means nothing."""
    of_print = PUBLISHED in (a.kind, b.kind)
    return _family(a, of_print) == _family(b, of_print)


def _trained_otherwise(a: Compared, b: Compared) -> tuple[str, ...]:
    """If one is a printed table, which cannot be trained again to match: how the two differ besides techniques."""
    if PUBLISHED not in (a.kind, b.kind):
        return ()
    differs = {
        OTHER_EPOCHS: a.recipe.total_epochs != b.recipe.total_epochs,
        OTHER_SIZE: [phase.size for phase in a.recipe.phases] != [phase.size for phase in b.recipe.phases],
        OTHER_START: a.recipe.pretrained != b.recipe.pretrained,
    }
    return tuple(how for how, does in differs.items() if does)


def _family(item: Compared, of_print: bool) -> str:
    source = item.recipe.source
    return "imagenette" if of_print and source.startswith("imagenette2") else source
