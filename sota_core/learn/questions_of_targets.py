"""Questions on mixup, label smoothing, and how to begin with data of one's own.

Facts were checked against fastai 2.8.12 and the two texts' printed tables; sums are computed.
"""

import numpy as np

from sota_core import words
from sota_core.functional.mixup import mix_images
from sota_core.functional.smoothing import loss_floor, optimal_logit_gap, smooth_targets
from sota_core.language import N_, tr
from sota_core.learn.question import AnyQuestion, Choice, Link, Number, Option, Row
from sota_core.recipes import PRESETS

LAM, A, B = 0.3, 200, 100
ALPHA = PRESETS["mixup"].mixup_alpha
EPS = PRESETS["label_smoothing"].label_smoothing
FIVE, LABEL = 5, 1


def mixed_pixel(lam: float, a: float, b: float) -> float:
    x = np.array([float(a), float(b)]).reshape(2, 1, 1, 1)
    return float(mix_images(x, np.array([lam, 1.0]), np.array([1, 0])).ravel()[0])


def five_targets(eps: float = EPS, label: int = LABEL) -> tuple[float, ...]:
    return tuple(float(v) for v in smooth_targets(np.array([label]), FIVE, eps)[0])


_TEN = smooth_targets(np.array([0]), 10, EPS)
_OUT_OF_ORDER = tuple(five_targets(label=label) for label in range(FIVE) if label != LABEL)


def questions_of_targets() -> tuple[AnyQuestion, ...]:
    """This module's questions, in the present language."""
    return (
        Number(
            id="mixup",
            topic=N_("Mixup"),
            ask=tr(
                "A church is mixed with a gas pump, λ = {lam} for the church. At one place the church's pixel is {a} "
                "and the gas pump's is {b}. What is the mixed pixel?",
                lam=words.short(LAM),
                a=A,
                b=B,
            ),
            answer=mixed_pixel(LAM, A, B),
            tolerance=0.5,
            slips=(
                (
                    mixed_pixel(LAM, B, A),
                    tr("You swapped the weights: λ is the church's share, and here it is the smaller one."),
                ),
                ((A + B) / 2, tr("That would be λ = 0.5.")),
            ),
            otherwise=tr("Take λ times the church's pixel, plus 1 − λ times the gas pump's."),
            hint=Link("mixup", N_("Mix two pictures by hand"), {"lam": str(LAM)}),
            lesson=tr(
                "0.3 · 200 + 0.7 · 100 = 130, and the target is mixed the same way: 0.3 church, 0.7 gas pump. In "
                "fastai this takes one callback, cbs=MixUp(). It mixes training pictures only, draws a λ for every "
                "picture and takes the partner from the same batch."
            ),
        ),
        Choice(
            id="confident",
            topic=N_("Mixup"),
            ask=tr("Why does a net trained with mixup not become overconfident?"),
            options=(
                Option(
                    tr("Mixed pictures are blurred, so it can never be right."),
                    tr("It can be right: both pictures are in there, and it is asked for their shares."),
                ),
                Option(
                    tr("The learning rate is lower."),
                    tr("The schedule is the same; what changes are pictures and targets."),
                ),
                Option(
                    tr("Its targets are shares such as 0.7 and 0.3, so certainty in one class costs."),
                    "",
                    True,
                ),
                Option(
                    tr("It sees every picture only once."),
                    tr("It sees them in every epoch, each time with a different partner."),
                ),
            ),
            hint=Link("mixup", N_("See the target at λ = 0.5"), {"lam": "0.5"}),
            lesson=tr(
                "With one-hot targets the loss keeps falling, without end, as the label's logit grows. With a mixed "
                "target it is lowest where the prediction equals the shares: being surer costs. And the shares change "
                "with every λ, so learning labels by heart does not help either."
            ),
        ),
        Choice(
            id="epochs",
            topic=N_("Mixup"),
            ask=tr("Five epochs with mixup gain nothing over five without. Why?"),
            options=(
                Option(
                    tr("Mixup makes every epoch much slower, so less is learned in the time."),
                    tr("Blending costs next to nothing compared with the net; an epoch has as many steps as before."),
                ),
                Option(
                    tr("The task is harder: the net must find two things and their shares, and needs longer for it."),
                    "",
                    True,
                ),
                Option(
                    tr("In the first epochs λ is still 0, so nothing is learned."),
                    tr("λ is drawn from the same distribution from the first batch to the last."),
                ),
                Option(
                    tr("The validation pictures are mixed too, which lowers accuracy."),
                    tr("Validation pictures are never mixed: fastai's callback does not run in validation."),
                ),
            ),
            hint=Link("mixup", N_("Five epochs in the code, and the printed losses"), {"mixup.epochs": "5"}),
            lesson=tr(
                "It pays where a net would otherwise have time to learn the pictures by heart: Imagenette's "
                "leaderboard trains 80 and 200 epochs with it, 5 and 20 without. A short training learns little by "
                "heart, so only the harder task remains."
            ),
        ),
        Choice(
            id="smoothing",
            topic=N_("Label smoothing"),
            ask=tr("What is the idea of label smoothing?"),
            options=(
                Option(
                    tr("Average the labels of neighbouring pictures."),
                    tr(
                        "Each picture keeps its own label; nothing is shared between pictures. That is nearer to mixup."
                    ),
                ),
                Option(
                    tr("Ask for a little less than 1 at the label, and for a little more than 0 elsewhere."),
                    "",
                    True,
                ),
                Option(
                    tr("Round predictions down so that no class gets more than 0.9."),
                    tr("Predictions are left alone: the targets in the loss are what changes."),
                ),
                Option(
                    tr("Train first on easy labels, then on hard ones."),
                    tr("All labels are there from the start; that would be a curriculum."),
                ),
            ),
            hint=Link("label_smoothing", N_("Move ε and see target and loss"), {"label_smoothing.n": "10"}),
            lesson=tr(
                "The share ε is taken from the label and spread over all N classes, the label's own among them: 1 − ε "
                "+ ε/N there, ε/N elsewhere. With ε = {eps} and ten classes this gives {on} and {off}. The loss then "
                "never nears 0: its floor is {floor}.",
                eps=words.short(EPS),
                on=words.number(_TEN[0, 0], 2),
                off=words.number(_TEN[0, 1], 2),
                floor=words.number(float(loss_floor(_TEN)[0]), 3),
            ),
        ),
        Choice(
            id="noise",
            topic=N_("Label smoothing"),
            ask=tr("Which problems of a data set can label smoothing ease?"),
            many=True,
            options=(
                Option(tr("Some pictures have a wrong label."), "", True),
                Option(
                    tr("Some classes have far fewer pictures than others."),
                    tr("Smoothing treats all classes alike; for rare classes, use weights or draw them more often."),
                ),
                Option(tr("Some pictures could rightly be of more than one class."), "", True),
                Option(
                    tr("The pictures have different sizes."),
                    tr("Resizing and cropping take care of that; targets know nothing of sizes."),
                ),
            ),
            hint=Link("label_smoothing", N_("Make labels wrong, and watch"), {"label_smoothing.noise": "0.4"}),
            lesson=tr(
                "A wrong label in a one-hot target pulls without end towards a class that is not in the picture. With "
                "smoothing the pull on its logit, target − prediction, is weaker by {less} (ε = {eps}, ten classes) "
                "and ends at a finite logit, {gap} above the others. Smoothing does not find the wrong labels: "
                "correcting the data is still better.",
                less=words.number(1 - _TEN[0, 0], 2),
                eps=words.short(EPS),
                gap=words.number(optimal_logit_gap(10, EPS), 2),
            ),
        ),
        Row(
            id="five",
            topic=N_("Label smoothing"),
            ask=tr(
                "Five categories, ε = {eps}, and the label is the one with index {label}. Type its target.",
                eps=words.short(EPS),
                label=LABEL,
            ),
            answer=five_targets(),
            tolerance=0.0005,
            names=tuple(tr("index {i}", i=i) for i in range(FIVE)),
            slips=(
                (
                    tuple(float(i == LABEL) for i in range(FIVE)),
                    tr("That is one-hot, with ε = 0: nothing is smoothed yet."),
                ),
                (
                    tuple(1 - EPS if i == LABEL else EPS / FIVE for i in range(FIVE)),
                    tr("The label gets its own share of ε too: not 0.90, which would leave the row's sum at 0.98."),
                ),
                (
                    tuple(1 - EPS if i == LABEL else EPS / (FIVE - 1) for i in range(FIVE)),
                    tr(
                        "Here ε goes to the four other classes. It is spread over all five, the label's own among them."
                    ),
                ),
                *(
                    (row, tr("Right numbers, wrong place: the label is index {label}, counted from 0.", label=LABEL))
                    for row in _OUT_OF_ORDER
                ),
            ),
            otherwise=tr("Each class gets ε / N; the label gets 1 − ε on top."),
            hint=Link(
                "label_smoothing",
                N_("Set five classes and see the bars"),
                {"label_smoothing.n": str(FIVE), "label_smoothing.label": str(LABEL), "label_smoothing.eps": str(EPS)},
            ),
            lesson=tr(
                "0.1 / 5 = 0.02 for every class, and 1 − 0.1 more for the label: 0.92. N is the width of the net's "
                "last layer: a net left at 1,000 outputs smooths over a thousand classes, however many the data have."
            ),
        ),
        Choice(
            id="begin",
            topic=N_("Prototyping"),
            ask=tr("You want to try ideas quickly on a new data set. What comes first?"),
            options=(
                Option(
                    tr("Train the largest net you can afford overnight, as a yardstick."),
                    tr("At one answer a night, few ideas get tried. The yardstick can be a small run."),
                ),
                Option(
                    tr("Add all the chapter's techniques at once, then take away what does not help."),
                    tr(
                        "Then you cannot tell which of them helped; and some, like mixup, need long trainings to show "
                        "an effect."
                    ),
                ),
                Option(
                    tr(
                        "Take a small part of it that still ranks ideas in the same order, on which a run takes "
                        "minutes."
                    ),
                    "",
                    True,
                ),
                Option(
                    tr("Tune the learning rate to three digits."),
                    tr("Too early: the best learning rate shifts with everything you change afterwards."),
                ),
            ),
            hint=Link("train", N_("Fit a recipe to one minute of this machine"), {"fit": "60", "source": "sample"}),
            lesson=tr(
                "Fewer classes, fewer or smaller pictures, a simple baseline: what counts is that an idea that is "
                "better there is also better on the whole set. Check that once, and how far two equal runs differ by "
                "chance."
            ),
        ),
    )
