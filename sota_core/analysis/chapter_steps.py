"""The chapter as six steps, each with the effect and the cost its texts print. Numbers come from published.py."""

from dataclasses import dataclass

from sota_core import words
from sota_core.analysis.noise import chance_apart
from sota_core.language import tr
from sota_core.published import N_VALID, Experiment, experiments


@dataclass(frozen=True, slots=True)
class Step:
    """One technique: its page's address, if it has one; its preset in the lab; the printed numbers; what to know."""

    title: str
    page: str | None
    recipe: str
    idea: str
    effect: str
    cost: str
    note: str


def baseline() -> Experiment:
    """Where the steps start: the notes' mixed-precision run, on the same card as the steps after it."""
    return experiments()["notes/baseline-fp16"]


def steps() -> tuple[Step, ...]:
    e = experiments()
    start, normal, progressive = baseline(), e["notes/normalize"], e["notes/progressive"]
    mixup, smoothing, everything = e["notes/mixup"], e["notes/label-smoothing"], e["notes/all"]
    return (
        Step(
            tr("Normalization"),
            "normalization",
            "normalize",
            tr("Give all channels mean 0 and standard deviation 1."),
            _change(start.accuracy, normal.accuracy),
            tr("{time} instead of {before}", time=words.clock(normal.seconds), before=words.clock(start.seconds)),
            _noise(start.accuracy, normal.accuracy),
        ),
        Step(
            tr("Progressive resizing"),
            "resizing",
            "progressive",
            tr("Train on small pictures first, then on large ones."),
            _change(normal.accuracy, progressive.accuracy),
            tr("{time} for ten epochs", time=words.clock(progressive.seconds)),
            tr("the printed result leaks: most validation pictures had been trained on"),
        ),
        Step(
            tr("Test-time augmentation"),
            "tta",
            "progressive",
            tr("Average the predictions of several views."),
            _change(progressive.accuracy, progressive.tta_accuracy or 0.0),
            tr("five passes instead of one, no training"),
            _noise(progressive.accuracy, progressive.tta_accuracy or 0.0, is_paired=True),
        ),
        Step(
            tr("Mixup"),
            "mixup",
            "mixup",
            tr("Blend two pictures, and their targets alike."),
            words.percent(mixup.accuracy, 2),
            tr("{time} for 15 epochs at 128 px", time=words.clock(mixup.seconds)),
            tr("pays in long trainings, the book says, not in short ones"),
        ),
        Step(
            tr("Label smoothing"),
            "label_smoothing",
            "label_smoothing",
            tr("Never ask the net to be entirely certain."),
            words.percent(smoothing.accuracy, 2),
            tr("{time} for 15 epochs at 128 px", time=words.clock(smoothing.seconds)),
            tr("trusts no label entirely; its loss never nears 0"),
        ),
        Step(
            tr("Everything together"),
            None,
            "all",
            tr("Steps 1, 2, 4 and 5 in one longer training, in mixed precision; no TTA."),
            words.percent(everything.accuracy, 2),
            tr("{time} for 26 epochs", time=words.clock(everything.seconds)),
            tr("the printed result leaks here too"),
        ),
    )


def _change(before: float, after: float) -> str:
    return f"{words.number(100 * before)} → {words.percent(after, 2)}"


def _noise(before: float, after: float, *, is_paired: bool = False) -> str:
    """Whether chance alone could make such a difference between two runs."""
    if is_paired:  # the same net on the same pictures: far less chance in the difference than between two runs
        n = round((after - before) * N_VALID)
        return tr("{n} more pictures of {total}", n=n, total=words.count(N_VALID))
    chance = chance_apart(before, after, N_VALID)
    if abs(after - before) <= chance:
        return tr("inside the noise")
    return tr("more than the ±{chance} points of chance", chance=words.number(100 * chance, 1))
