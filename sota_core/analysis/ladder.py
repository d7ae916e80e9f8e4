"""What the ladder's runs say: mean and std of each rung, what each step bought, and whether that is noise.

Numbers only; figures/runs/ladder.py draws them. How the band is made:

    two rungs are different runs   band = t · s · √(1/n₁ + 1/n₂),  s the standard deviation over seeds within a
                                   rung, pooled over all rungs (few seeds tell little about their own)
    TTA is the same runs, again    band = t · s / √n,  s the standard deviation of what TTA changed, pooled likewise

with t of Student's distribution at 95 %. A step is judged once both of its rungs have two runs. Before that, while few
other rungs have a second run either, t is so large that the band says nothing, and the next run may turn the verdict
around. A ladder with one seed per rung has no second run to wait for: then the band for two different runs is what
counting that many pictures leaves to chance, and TTA is not judged.
"""

import dataclasses
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

from sota_core import words
from sota_core.analysis.comparison import Compared, Group, by_seed
from sota_core.analysis.noise import chance_of, pooled_sd, student_t
from sota_core.language import N_
from sota_core.recipes.ladder import RUNGS, Rung, footing, rung_of

UP, DOWN, NOISE, FEW = "up", "down", "noise", "few"
# a verdict in words
SAID = {
    UP: N_("up"), DOWN: N_("down"), NOISE: N_("inside the noise"), FEW: N_("too few runs so far"),
    None: N_("not judged"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """A rung and what is known of it; `values` are accuracies by seed, of the runs that have finished.

    delta, band, verdict  against the rung below; None while either has no run
    """

    rung: Rung
    seeds: tuple[int, ...]
    values: tuple[float, ...]
    mean: float | None
    sd: float | None
    seconds: float | None
    delta: float | None = None
    band: float | None = None
    verdict: str | None = None


@dataclass(frozen=True, slots=True)
class Climb:
    """All rungs, lowest first. `is_by_seeds`: the bands come from the std over seeds, not from counting pictures.

    sd, freedom  the standard deviation of a run within its rung and its degrees of freedom; None and 0 while no rung
                 has two finished runs
    n            validation pictures of every run; 0 while no run has finished
    left_out     how many of the runs given belong to no ladder, or to another one
    """

    steps: tuple[Step, ...]
    sd: float | None
    freedom: int
    n: int
    left_out: int

    @property
    def is_by_seeds(self) -> bool:
        return self.sd is not None


def climb(items: Sequence[Compared]) -> Climb:
    """The ladder among these runs: those that share pictures, code and most of their recipe, sorted onto its rungs."""
    rungs = {item.id: rung_of(item.recipe) for item in items}
    feet = Counter(footing(item.recipe) for item in items if rungs[item.id])
    main = feet.most_common(1)[0][0] if feet else ""
    mine = _of_one_kind([item for item in items if rungs[item.id] and footing(item.recipe) == main])
    mine = _alike(mine, rungs)
    done = [item for item in mine if item.state == "finished" and item.accuracy is not None]
    runs = {rung.trains: [i for i in done if rungs[i.id] == rung.trains] for rung in RUNGS}
    by_rung = {name: _once(some) for name, some in runs.items()}
    pooled = pooled_sd([_values(by_rung[r.trains], r.with_tta) for r in RUNGS if r.name != "tta"])
    changed = pooled_sd(
        [[(i.tta_accuracy or 0.0) - (i.accuracy or 0.0) for i in some if i.tta_accuracy] for some in by_rung.values()]
    )
    # by seeds as soon as the ladder has a run with a second seed, finished or not
    is_by_seeds = len({item.recipe.seed for item in mine}) > 1
    steps: list[Step] = []
    for rung in RUNGS:
        step = _measured(rung, by_rung[rung.trains], _time(runs[rung.trains]))
        below = steps[-1] if steps else None
        if below and step.values and below.values:
            is_same = rung.trains == below.rung.trains
            band = _paired(step, changed) if is_same else _apart(step, below, pooled, done[0].n or 0)
            has_few = is_by_seeds and min(len(step.values), len(below.values)) < 2
            step = _judged(step, below, None if has_few else band)
            step = dataclasses.replace(step, verdict=FEW) if has_few else step
        steps.append(step)
    return Climb(
        tuple(steps),
        pooled[0] if pooled else None,
        pooled[1] if pooled else 0,
        done[0].n or 0 if done else 0,
        len(items) - len(mine),
    )


def _of_one_kind(items: Sequence[Compared]) -> list[Compared]:
    """The runs with the most common code and, of those, with the most common pictures; unknown ones fit anywhere."""
    found = list(items)
    for of in (attrgetter("code"), attrgetter("data")):
        known = Counter(of(item) for item in found if of(item))
        if known:
            found = [item for item in found if of(item) in (None, known.most_common(1)[0][0])]
    return found


def _alike(items: Sequence[Compared], rungs: dict[str, str | None]) -> list[Compared]:
    """On each rung, the runs with its most common recipe, seeds aside: other epochs, say, make another ladder."""
    own = {item.id: item.recipe.replace(seed=0).identity() for item in items}
    commonest = {
        rung: Counter(own[i.id] for i in items if rungs[i.id] == rung).most_common(1)[0][0]
        for rung in {rungs[item.id] for item in items}
    }
    return [item for item in items if own[item.id] == commonest[rungs[item.id]]]


def _once(items: Sequence[Compared]) -> list[Compared]:
    """One item for each seed: where several runs repeat one, the first with the means of them all."""
    firsts = {item.seed: item for item in reversed(items)}
    means = [(name, by_seed(items, name)) for name in ("accuracy", "tta_accuracy")]
    seeds = dict.fromkeys(item.seed for item in items)
    return [dataclasses.replace(firsts[seed], **{name: of.get(seed) for name, of in means}) for seed in seeds]


def _values(items: Sequence[Compared], with_tta: bool) -> list[float]:
    found = [i.tta_accuracy if with_tta else i.accuracy for i in items]
    return [v for v in found if v is not None]


def _time(runs: Sequence[Compared]) -> float | None:
    """Mean seconds on the device that most of them have trained on: a mean over two would be the time of neither."""
    timed = Counter(run.device for run in runs if run.seconds is not None)
    return Group(0, tuple(runs)).times[timed.most_common(1)[0][0]] if timed else None


def _measured(rung: Rung, items: Sequence[Compared], seconds: float | None) -> Step:
    values = _values(items, rung.with_tta)
    mean = math.fsum(values) / len(values) if values else None
    own = pooled_sd([values])
    return Step(
        rung,
        tuple(i.recipe.seed for i in items),
        tuple(values),
        mean,
        own[0] if own else None,
        seconds,
    )


def _apart(step: Step, below: Step, pooled: tuple[float, int] | None, n: int) -> float:
    if pooled is None:
        return math.hypot(chance_of(step.mean or 0.0, n), chance_of(below.mean or 0.0, n))
    sd, freedom = pooled
    return student_t(freedom) * sd * math.sqrt(1 / len(step.values) + 1 / len(below.values))


def _paired(step: Step, changed: tuple[float, int] | None) -> float | None:
    if changed is None:
        return None
    sd, freedom = changed
    return student_t(freedom) * sd / math.sqrt(len(step.values))


def _judged(step: Step, below: Step, band: float | None) -> Step:
    delta = words.change(below.mean or 0.0, step.mean or 0.0)
    verdict = None
    if band is not None:
        verdict = NOISE if abs(delta) <= band else UP if delta > 0 else DOWN
    return Step(step.rung, step.seeds, step.values, step.mean, step.sd, step.seconds, delta, band, verdict)
