"""The chapter's four tasks for going further, as experiments that open the lab ready to start.

Each says what to do in order, what to look at, and what would count as an answer; nothing is promised.
"""

from dataclasses import dataclass

from sota_core.language import N_
from sota_core.learn.question import Link
from sota_core.recipes import PRESETS


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do; `id` is its letter in the address, `link` what opens it. Its text is marked with N_."""

    id: str
    text: str
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Experiment:
    """All its texts are marked with N_."""

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
        N_("Four corners and the centre"),
        N_(
            "Replace the random views of test-time augmentation with five fixed crops, and see whether chosen places "
            "beat random ones. The code for a net of your own is on the page *Test-time augmentation*."
        ),
        (
            Task(
                "a",
                N_("Train a net whose predictions you can ask."),
                Link(_LAB, N_("Normalized baseline, one minute"), {"recipe": "normalize"} | _SMALL),
            ),
            Task(
                "b",
                N_("Look at five crops of one picture, and at what they say together."),
                Link(_TTA, N_("Centre and four corners"), {"tta.n": "4"}),
            ),
            Task(
                "c",
                N_(
                    "On the same page, choose your net or the one that comes with the app. Under *Other ways to "
                    "look*, compare the plain view, the random views and the corners over its validation pictures."
                ),
            ),
        ),
        N_(
            "Count pictures, not points: how many did each way rescue, how many did it break? Five passes each, so "
            "the price is equal."
        ),
    ),
    Experiment(
        N_("A variant of mixup"),
        N_(
            "CutMix pastes a rectangle of the partner instead of blending everything; the target is mixed by area. "
            "The code of another variant, mixup inside the net, is on the page *Mixup*."
        ),
        (
            Task(
                "d",
                N_("See both on the same two pictures."),
                Link(_MIXUP, N_("Mixup and CutMix side by side"), {"lam": "0.5"}),
            ),
            Task("e", N_("Run mixup."), Link(_LAB, N_("Mixup, five minutes"), _LONG | {"fit": "300"})),
            Task(
                "f",
                N_("Run CutMix with everything else equal, same seed."),
                Link(
                    _LAB,
                    N_("CutMix, five minutes"),
                    _LONG | {"fit": "300", "mixup_alpha": "0.0", "cutmix_alpha": "1.0"},
                ),
            ),
        ),
        N_(
            "Compare validation accuracy, never the training losses: each method asks its own question. Then "
            "repeat with two more seeds before you believe the order."
        ),
    ),
    Experiment(
        N_("Mixup, for long"),
        N_(
            "Short trainings gain nothing from mixup. Find out how long a training must be: train with and without "
            "it, longer and longer. The page *Mixup* describes the leaderboard's own script, `train_imagenette.py`, "
            "and its options."
        ),
        (
            Task(
                "g",
                N_("Five epochs with mixup."),
                Link(_LAB, N_("Mixup, 5 epochs"), _LONG | {"phases.0.n_epochs": "5"}),
            ),
            Task(
                "h",
                N_("Five without."),
                Link(_LAB, N_("The same without, 5 epochs"), _LONG | {"phases.0.n_epochs": "5", "mixup_alpha": "0.0"}),
            ),
            Task("i", N_("Forty with mixup."), Link(_LAB, N_("Mixup, 40 epochs"), _LONG | {"phases.0.n_epochs": "40"})),
            Task(
                "j",
                N_("Forty without."),
                Link(
                    _LAB, N_("The same without, 40 epochs"), _LONG | {"phases.0.n_epochs": "40", "mixup_alpha": "0.0"}
                ),
            ),
        ),
        N_(
            "In the runs without mixup, look for an epoch at which validation loss turns up while training loss still "
            "falls: then mixup has something to gain. If there is none, there is little for mixup to prevent."
        ),
    ),
    Experiment(
        N_("Read the label-smoothing paper"),
        N_("arXiv:1512.00567, section 7: one page. Tick what you can say in your own words, then test it."),
        (
            Task("k", N_("What goes wrong when the label's logit is pushed ever further above the rest?")),
            Task(
                "l",
                N_("What do q, q′, u, p and δ stand for? Which of them does training change?"),
                Link("papers", N_("The equation in pieces")),
            ),
            Task("m", N_("Why is the new loss a weighted sum of two cross-entropies?")),
            Task("n", N_("Which ε did they use, for how many classes, and how large was the gain?")),
            Task(
                "o",
                N_(
                    "Is the gain larger than the difference between two of your own runs? Start one, then another "
                    "with a different seed."
                ),
                Link(_LAB, N_("Label smoothing, one minute"), {"recipe": "label_smoothing"} | _SMALL),
            ),
        ),
        N_("You have read it when you can derive the second equation from the first without looking."),
    ),
)

TASK_IDS = "".join(task.id for experiment in EXPERIMENTS for task in experiment.tasks)


def ticked(text: str) -> set[str]:
    """The tasks that an address says are done; characters that name no task are left out.

    >>> sorted(ticked("ca!zz"))
    ['a', 'c']
    """
    return set(text[:100]) & set(TASK_IDS)
