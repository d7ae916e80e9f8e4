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
    """`band` at 95 %: by the standard deviation over seeds, or by counting pictures. None where that says nothing: by
    other pictures of the same set, by another task, by a printed table of a run trained otherwise, or without a count
    of the pictures.

    otherwise  how that was trained otherwise, so that the difference is nobody's merit
    """

    value: float
    band: float | None = None
    by: str = ""
    otherwise: tuple[str, ...] = ()

    @property
    def is_noise(self) -> bool:
        return self.band is not None and abs(self.value) <= self.band


def delta(group: Group, base: Group, name: str = "accuracy") -> Delta | None:
    """The group's mean less the base's; None while either has none."""
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
    n, m = group.first.n or 0, base.first.n or 0
    if not n or not m:
        return Delta(value)
    return Delta(value, math.hypot(chance_of(ours, n), chance_of(theirs, m)), PICTURES)


def have_same_pictures(a: Compared, b: Compared) -> bool:
    """Do both answer pictures of the same kind, so that counting them says how far chance goes?

    Two random fifths of one set do. Another set, the official split against a random one, or a leak do not.
    """
    return a.leaks == b.leaks and a.recipe.split == b.recipe.split and is_same_task(a, b)


def is_same_task(a: Compared, b: Compared) -> bool:
    """Do both tell the classes of one set apart? Else the difference of their accuracies means nothing."""
    of_print = PUBLISHED in (a.kind, b.kind)
    return _family(a, of_print) == _family(b, of_print)


def _trained_otherwise(a: Compared, b: Compared) -> tuple[str, ...]:
    """Of a printed table, which nobody can run anew as the base was, how it differs in more than a technique."""
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
