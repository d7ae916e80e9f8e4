"""The chapter as six steps, each with the effect and the cost its texts print. Numbers come from published.py."""

from dataclasses import dataclass

from sota_core import words
from sota_core.analysis.noise import chance_apart
from sota_core.published import N_VALID, Experiment, experiments


@dataclass(frozen=True, slots=True)
class Step:
    """One technique: its page's address, if it has one; its recipe in the lab; the printed numbers; what to know."""

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
            "Normalization",
            "normalization",
            "normalize",
            "Give all channels mean 0 and standard deviation 1.",
            _change(start.accuracy, normal.accuracy),
            f"{words.clock(normal.seconds)} instead of {words.clock(start.seconds)}",
            _noise(start.accuracy, normal.accuracy),
        ),
        Step(
            "Progressive resizing",
            "resizing",
            "progressive",
            "Train on small pictures first, then on large ones.",
            _change(normal.accuracy, progressive.accuracy),
            f"{words.clock(progressive.seconds)} for ten epochs",
            "the print leaks: most validation pictures had been trained on",
        ),
        Step(
            "Test-time augmentation",
            "tta",
            "progressive",
            "Average the predictions of several views.",
            _change(progressive.accuracy, progressive.tta_accuracy or 0.0),
            "five passes instead of one, no training",
            _noise(progressive.accuracy, progressive.tta_accuracy or 0.0, is_paired=True),
        ),
        Step(
            "Mixup",
            "mixup",
            "mixup",
            "Blend two pictures, and their targets alike.",
            words.percent(mixup.accuracy, 2),
            f"{words.clock(mixup.seconds)} for 15 epochs at 128 px",
            "pays in long trainings; five epochs lose by it",
        ),
        Step(
            "Label smoothing",
            "label_smoothing",
            "label_smoothing",
            "Never ask the net to be quite certain.",
            words.percent(smoothing.accuracy, 2),
            f"{words.clock(smoothing.seconds)} for 15 epochs at 128 px",
            "trusts no label entirely; its loss never nears 0",
        ),
        Step(
            "Everything together",
            None,
            "all",
            "All but TTA, in mixed precision, and a longer training.",
            words.percent(everything.accuracy, 2),
            f"{words.clock(everything.seconds)} for 26 epochs",
            "the print leaks here too",
        ),
    )


def _change(before: float, after: float) -> str:
    return f"{100 * before:.2f} → {words.percent(after, 2)}"


def _noise(before: float, after: float, *, is_paired: bool = False) -> str:
    """Whether chance alone could make such a difference between two runs."""
    if is_paired:  # the same net on the same pictures: far less chance in the difference than between two runs
        return f"{round((after - before) * N_VALID)} more pictures of {N_VALID:,}"
    chance = chance_apart(before, after, N_VALID)
    return (
        "inside the noise" if abs(after - before) <= chance else f"more than the ±{100 * chance:.1f} points of chance"
    )
