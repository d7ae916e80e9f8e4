"""The chapter's four tasks for going further, as experiments that open the lab ready to start.

Each says what to do in order, what to look at, and what would count as an answer; nothing is promised.
"""

from dataclasses import dataclass

from sota_core.learn.question import Link
from sota_core.recipes import PRESETS


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do; `id` is its letter in the address, `link` what opens it."""

    id: str
    text: str
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Experiment:
    title: str
    idea: str
    tasks: tuple[Task, ...]
    judge: str


_LAB, _TTA, _MIXUP, _COMPARE = "train", "tta", "mixup", "compare"
_SMALL = {"source": "sample", "fit": "60"}
_LONG = {"source": "sample", "fit": "900", "recipe": "mixup"}
ALPHA = PRESETS["mixup"].mixup_alpha

EXPERIMENTS = (
    Experiment(
        "Four corners and the centre",
        "Replace the random views of test-time augmentation by five fixed crops, and see whether chosen places beat "
        "random ones. For a net of your own the code stands on the page of test-time augmentation.",
        (
            Task(
                "a",
                "Train a net whose predictions you can ask.",
                Link(_LAB, "Normalized baseline, one minute", {"recipe": "normalize"} | _SMALL),
            ),
            Task(
                "b",
                "Look at five crops of one picture, and at what they say together.",
                Link(_TTA, "Centre and four corners", {"tta.n": "4"}),
            ),
            Task("c", "There, with the shipped net chosen, compare over its whole set: plain, random views, corners."),
        ),
        "Count pictures, not points: how many did each way rescue, how many did it break? Five passes each, so the "
        "price is equal.",
    ),
    Experiment(
        "A variant of mixup",
        "CutMix pastes a rectangle of the partner instead of blending everything; the target is mixed by area. Another "
        "variant, mixup inside the net, stands as code on the page *Mixup*.",
        (
            Task(
                "d", "See both on the same two pictures.", Link(_MIXUP, "Mixup and CutMix side by side", {"lam": "0.5"})
            ),
            Task("e", "Run mixup.", Link(_LAB, "Mixup, five minutes", _LONG | {"fit": "300"})),
            Task(
                "f",
                "Run CutMix with everything else equal, same seed.",
                Link(_LAB, "CutMix, five minutes", _LONG | {"fit": "300", "mixup_alpha": "0.0", "cutmix_alpha": "1.0"}),
            ),
        ),
        "Compare validation accuracy, never the training losses: each method asks its own question. Then repeat with "
        "two more seeds before you believe the order.",
    ),
    Experiment(
        "Mixup, for long",
        "Short trainings lose by mixup. Find where the curves cross: train with and without it, longer and longer. The "
        "leaderboard's own script, `train_imagenette.py`, is told on the page *Mixup* with its options.",
        (
            Task("g", "Five epochs with mixup.", Link(_LAB, "Mixup, 5 epochs", _LONG | {"phases.0.n_epochs": "5"})),
            Task(
                "h",
                "Five without.",
                Link(_LAB, "The same without, 5 epochs", _LONG | {"phases.0.n_epochs": "5", "mixup_alpha": "0.0"}),
            ),
            Task("i", "Forty with mixup.", Link(_LAB, "Mixup, 40 epochs", _LONG | {"phases.0.n_epochs": "40"})),
            Task(
                "j",
                "Forty without.",
                Link(_LAB, "The same without, 40 epochs", _LONG | {"phases.0.n_epochs": "40", "mixup_alpha": "0.0"}),
            ),
        ),
        "Without mixup, look for the epoch at which validation loss turns up while training loss still falls: there is "
        "something to gain. Where it never comes, mixup has nothing to prevent.",
    ),
    Experiment(
        "Read the label-smoothing paper",
        "arXiv:1512.00567, section 7: one page. Tick what you can say in your own words, then test it.",
        (
            Task("k", "What goes wrong when the label's logit is pushed ever further above the rest?"),
            Task(
                "l",
                "What do q, q′, u, p and δ stand for? Which of them does training change?",
                Link("papers", "The equation in pieces"),
            ),
            Task("m", "Why is the new loss a weighted sum of two cross-entropies?"),
            Task("n", "Which ε did they use, for how many classes, and how large was the gain?"),
            Task(
                "o",
                "Does the gain exceed what two of your own runs differ by? Start one, then another seed.",
                Link(_LAB, "Label smoothing, one minute", {"recipe": "label_smoothing"} | _SMALL),
            ),
        ),
        "You have read it when you can derive the second equation from the first without looking.",
    ),
)

TASK_IDS = "".join(task.id for experiment in EXPERIMENTS for task in experiment.tasks)


def ticked(text: str) -> set[str]:
    """The tasks an address says are done; what it cannot mean is left out.

    >>> sorted(ticked("ca!zz"))
    ['a', 'c']
    """
    return set(text[:100]) & set(TASK_IDS)
