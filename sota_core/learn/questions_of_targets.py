"""Questions on mixup, label smoothing, and how to begin with data of one's own.

Facts were checked against fastai 2.8.12 and the two texts' printed tables; sums are computed.
"""

import numpy as np

from sota_core.functional.mixup import mix_images
from sota_core.functional.smoothing import loss_floor, optimal_logit_gap, smooth_targets
from sota_core.learn.question import Choice, Link, Number, Option, Row
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

TARGETS = (
    Number(
        id="mixup",
        topic="Mixup",
        ask=f"A church is mixed with a gas pump, λ = {LAM} for the church. At one place its pixel is {A}, the "
        f"other's {B}. What is the mix's?",
        answer=mixed_pixel(LAM, A, B),
        tolerance=0.5,
        slips=(
            (mixed_pixel(LAM, B, A), "λ is the church's share, and here it is the smaller one: weights exchanged."),
            ((A + B) / 2, "That would be λ = 0.5."),
        ),
        otherwise="λ times the one, plus what is left, 1 − λ, times the other.",
        hint=Link("mixup", "Mix two pictures by hand", {"lam": str(LAM)}),
        lesson="0.3 · 200 + 0.7 · 100 = 130, and the target is mixed alike: 0.3 church, 0.7 gas pump. In "
        "fastai it is one callback, cbs=MixUp(), on training pictures only; it draws a λ for every picture and takes "
        "the partner from the same batch.",
    ),
    Choice(
        id="confident",
        topic="Mixup",
        ask="Why does a net trained with mixup not become overconfident?",
        options=(
            Option(
                "Mixed pictures are blurred, so it can never be right.",
                "It can be right: both pictures are in there, and it is asked for their shares.",
            ),
            Option(
                "The learning rate is lower.",
                "The schedule is the same; what changes are pictures and targets.",
            ),
            Option(
                "Its targets are shares such as 0.7 and 0.3, so certainty in one class costs.",
                "",
                True,
            ),
            Option(
                "It sees every picture only once.",
                "It sees them in every epoch, each time in other company.",
            ),
        ),
        hint=Link("mixup", "See the target at λ = 0.5", {"lam": "0.5"}),
        lesson="With one-hot targets the loss always falls a little further when a logit grows, without end. A mixed "
        "target has its lowest loss at the shares themselves: beyond, being surer costs. And the shares change with "
        "every λ, so learning labels by heart does not help either.",
    ),
    Choice(
        id="epochs",
        topic="Mixup",
        ask="Five epochs with mixup end up worse than five without. Why?",
        options=(
            Option(
                "Mixup makes every epoch much slower, so less is learned in the time.",
                "Blending costs next to nothing beside the net; an epoch counts as many steps as before.",
            ),
            Option(
                "The task is harder: the net must find two things and their shares, and needs longer for it.",
                "",
                True,
            ),
            Option(
                "In the first epochs λ is still 0, so nothing is learned.",
                "λ is drawn from the same distribution from the first batch to the last.",
            ),
            Option(
                "The validation pictures are mixed too, which lowers accuracy.",
                "Validation is never mixed: fastai's callback keeps out of it.",
            ),
        ),
        hint=Link("mixup", "Five epochs in the code, and the printed losses", {"mixup.epochs": "5"}),
        lesson="It pays where a net would otherwise have time to learn the pictures by heart: Imagenette's leaderboard "
        "trains 80 and 200 epochs with it, 5 and 20 without. In a short training nothing is learned by heart: only the "
        "harder task remains.",
    ),
    Choice(
        id="smoothing",
        topic="Label smoothing",
        ask="What is the idea of label smoothing?",
        options=(
            Option(
                "Average the labels of neighbouring pictures.",
                "Each picture keeps its own label; nothing is shared between pictures. That is nearer to mixup.",
            ),
            Option(
                "Ask for a little less than 1 at the label, and for a little more than 0 elsewhere.",
                "",
                True,
            ),
            Option(
                "Round predictions down so that no class gets more than 0.9.",
                "Predictions are left alone: the targets in the loss are what changes.",
            ),
            Option(
                "Train first on easy labels, then on hard ones.",
                "All labels are there from the start; that would be a curriculum.",
            ),
        ),
        hint=Link("label_smoothing", "Move ε and see target and loss", {"label_smoothing.n": "10"}),
        lesson=f"The share ε is taken from the label and spread over all N classes, the label's own among them: "
        f"1 − ε + ε/N there, ε/N elsewhere. With ε = {EPS} and ten classes {_TEN[0, 0]:.2f} and {_TEN[0, 1]:.2f}. The "
        f"loss then never nears 0: its floor is {float(loss_floor(_TEN)[0]):.3f}.",
    ),
    Choice(
        id="noise",
        topic="Label smoothing",
        ask="Which troubles of a data set can label smoothing soften?",
        many=True,
        options=(
            Option("Some pictures bear a wrong label.", "", True),
            Option(
                "Some classes have far fewer pictures than others.",
                "Smoothing treats all classes alike; for that there are weights, or drawing the rare ones more often.",
            ),
            Option("Some pictures could rightly be of more than one class.", "", True),
            Option(
                "The pictures have different sizes.",
                "That is for resizing and cropping; targets do not know sizes.",
            ),
        ),
        hint=Link("label_smoothing", "Make labels wrong, and watch", {"label_smoothing.noise": "0.4"}),
        lesson="A wrong label in a one-hot target pulls without end towards what is not there. With smoothing the pull "
        f"on its logit, target − prediction, is weaker by {1 - _TEN[0, 0]:.2f} (ε = {EPS}, ten classes) and ends at a "
        f"finite logit, {optimal_logit_gap(10, EPS):.2f} above the others. It does not find the wrong labels: to mend "
        "the data stays better.",
    ),
    Row(
        id="five",
        topic="Label smoothing",
        ask=f"Five categories, ε = {EPS}, and the label is the one with index {LABEL}. Type its target.",
        answer=five_targets(),
        tolerance=0.0005,
        names=tuple(f"index {i}" for i in range(FIVE)),
        slips=(
            (tuple(float(i == LABEL) for i in range(FIVE)), "That is one-hot, with ε = 0: nothing is smoothed yet."),
            (
                tuple(1 - EPS if i == LABEL else EPS / FIVE for i in range(FIVE)),
                "The label gets its own share of ε too: not 0.90, which would leave the row's sum at 0.98.",
            ),
            (
                tuple(1 - EPS if i == LABEL else EPS / (FIVE - 1) for i in range(FIVE)),
                "Here ε goes to the four other classes. It is spread over all five, the label's own among them.",
            ),
            *(
                (row, f"Right numbers, wrong place: the label is index {LABEL}, counted from 0.")
                for row in _OUT_OF_ORDER
            ),
        ),
        otherwise="Each class gets ε / N; the label gets 1 − ε besides.",
        hint=Link(
            "label_smoothing",
            "Set five classes and see the bars",
            {"label_smoothing.n": str(FIVE), "label_smoothing.label": str(LABEL), "label_smoothing.eps": str(EPS)},
        ),
        lesson="0.1 / 5 = 0.02 for every class, and 1 − 0.1 more for the label: 0.92. N is the width of the net's last "
        "layer: a net left at 1,000 outputs smooths over a thousand classes, whatever the data hold.",
    ),
    Choice(
        id="begin",
        topic="Prototyping",
        ask="You want to try ideas quickly on a new data set. What comes first?",
        options=(
            Option(
                "Train the largest net you can afford overnight, as a yardstick.",
                "One answer a night is what keeps ideas from being tried. The yardstick can be a small run.",
            ),
            Option(
                "Add all the chapter's techniques at once, then take away what does not help.",
                "Then nothing says which of them did it; and some, as mixup, need long trainings to show.",
            ),
            Option(
                "Make a small piece of it that still ranks ideas alike, on which a run takes minutes.",
                "",
                True,
            ),
            Option(
                "Tune the learning rate to three digits.",
                "Too early: the best rate moves with everything that is changed after it.",
            ),
        ),
        hint=Link("train", "Fit a recipe to one minute of this machine", {"fit": "60", "source": "sample"}),
        lesson="Fewer classes, fewer or smaller pictures, a simple baseline: what counts is that an idea better "
        "there is better on the whole as well. Check that once, and how far two equal runs differ by chance.",
    ),
)
