"""Questions on the data, normalization, progressive resizing and test-time augmentation.

Facts were checked against fastai 2.8.12 and the two texts' printed tables; sums are computed.
"""

import numpy as np

from sota_core import words
from sota_core.functional.normalize import normalize
from sota_core.functional.tta import view_weights
from sota_core.language import N_, tr
from sota_core.learn.question import AnyQuestion, Choice, Deed, Link, Number, Option, Order
from sota_core.published import experiments, two_runs
from sota_core.recipes import FIELDS, Recipe

MEAN, STD, PIXEL = 0.45, 0.225, 0.9


def _normalized(value: float) -> float:
    x = np.full((1, 1, 1, 1), value)
    return float(normalize(x, np.array([MEAN]), np.array([STD])).ravel()[0])


def grows(recipe: Recipe) -> bool:
    """Is it a run of progressive resizing: more than one phase, the sizes rising?"""
    sizes = [phase.size for phase in recipe.phases]
    return len(sizes) > 1 and sizes == sorted(sizes) and sizes[0] < sizes[-1]


VIEWS = 4
N_TTA = VIEWS + 1
_BOOK = experiments()["book/progressive"]
_DEFAULT = view_weights(int(FIELDS["tta_n"].default or VIEWS), float(FIELDS["tta_beta"].default or 0))  # type: ignore[arg-type]


def questions_of_pictures() -> tuple[AnyQuestion, ...]:
    """This module's questions, in the present language."""
    return (
        Choice(
            id="sets",
            topic=N_("Data sets"),
            ask=tr("Which of these are true of Imagenette, compared with ImageNet?"),
            many=True,
            options=(
                Option(
                    tr("It is a random tenth of ImageNet, with all 1,000 classes."),
                    tr(
                        "It is not drawn at random: it keeps ten of the thousand classes and drops the others entirely."
                    ),
                ),
                Option(tr("It holds ten classes that are easy to tell apart."), "", True),
                Option(
                    tr("An epoch on it is short, so that many ideas can be tried in a day."),
                    "",
                    True,
                ),
                Option(
                    tr("A net for a thousand kinds of things is best trained on it."),
                    tr(
                        "A net that must know a thousand kinds has to see them all: then the full set is worth its "
                        "days of training."
                    ),
                ),
            ),
            hint=Link("data", N_("Look at its pictures and counts"), {"source": "imagenette2-160"}),
            lesson=tr(
                "Ten classes, 9,469 training and 3,925 validation pictures. Try ideas here, where an answer takes "
                "minutes; then confirm on the full set those that worked, because not every gain carries over."
            ),
        ),
        Number(
            id="normalize",
            topic=N_("Normalization"),
            ask=tr(
                "A channel has mean {mean} and standard deviation {std}. What does a value of {pixel} become when "
                "the channel is normalized?",
                mean=words.short(MEAN),
                std=words.short(STD),
                pixel=words.short(PIXEL),
            ),
            answer=_normalized(PIXEL),
            tolerance=0.005,
            slips=(
                (PIXEL - MEAN, tr("The mean is gone, but the standard deviation is not 1 yet: divide by it.")),
                (PIXEL / STD, tr("Divided, but not centred: subtract the mean first.")),
                (PIXEL / STD - MEAN, tr("The other way round: subtract the mean, then divide.")),
            ),
            otherwise=tr("Subtract the channel's mean, then divide by its standard deviation."),
            hint=Link("normalization", N_("Watch channels being normalized"), {"normalization.bs": "64"}),
            lesson=tr(
                "(0.9 − 0.45) / 0.225 = 2: two standard deviations above the mean. If you do this to all pixels, each "
                "channel has mean 0 and standard deviation 1, the scale that a net's initial weights are made for."
            ),
        ),
        Choice(
            id="pretrained",
            topic=N_("Normalization"),
            ask=tr("With `vision_learner` and a pretrained net, you did not have to think about normalization. Why?"),
            options=(
                Option(
                    tr("A pretrained net has seen so much that the scale of its input does not matter."),
                    tr(
                        "It matters more: its weights expect the very scale they were fitted to. Give it other "
                        "statistics and its accuracy falls."
                    ),
                ),
                Option(
                    tr("fastai adds the statistics the net was pretrained with, by itself."),
                    "",
                    True,
                ),
                Option(
                    tr("Pictures from files are normalized already."),
                    tr(
                        "They hold whole numbers from 0 to 255, and after the division by 255 lie between 0 and 1: "
                        "not mean 0."
                    ),
                ),
                Option(
                    tr("Batch normalization in the net undoes any difference."),
                    tr(
                        "When predicting, its layers use stored statistics, which fit the input the net was trained on."
                    ),
                ),
            ),
            hint=Link("normalization", N_("Give a trained net other statistics and see"), {}),
            lesson=tr(
                "The statistics belong to the weights: when you pass a net on, pass them on too. fastai adds them by "
                "itself only when it makes a pretrained net, as `vision_learner` does. A net from scratch, as in this "
                "chapter, gets what you give it."
            ),
        ),
        Choice(
            id="progressive",
            topic=N_("Progressive resizing"),
            ask=tr("Which of these are true of progressive resizing?"),
            many=True,
            options=(
                Option(tr("Early epochs, at small sizes, are cheaper."), "", True),
                Option(
                    tr("Each new size starts from fresh weights."),
                    tr("The weights stay: the larger pictures refine what was learned on small ones."),
                ),
                Option(
                    tr("Several sizes also act as an augmentation."),
                    "",
                    True,
                ),
                Option(
                    tr("It may harm a net pretrained on pictures of about your size."),
                    "",
                    True,
                ),
                Option(
                    tr("A quarter of the pixels makes an epoch four times as fast."),
                    tr(
                        "Reading, decoding, presizing and augmenting at 460 px cost the same at every size: the "
                        "book's epochs at 128 px take half the time of those at 224, with a third of the pixels."
                    ),
                ),
            ),
            hint=Link("resizing", N_("Make a plan of phases and see its cost"), {}),
            lesson=tr(
                "Start small, finish large, keep the weights. In transfer learning be careful: a net pretrained at a "
                "similar size already fits your pictures, and training on small ones can spoil what it knows. Where "
                "your pictures differ from those it knows, in size or style, starting small may help again: try it."
            ),
        ),
        Deed(
            id="grow",
            topic=N_("Progressive resizing"),
            ask=tr(
                "Do it: finish a run whose pictures grow from phase to phase. Then compare with a run at one size, "
                "in seconds as well as in accuracy."
            ),
            shows=grows,
            start=Link(
                "train",
                N_("Open the lab with two phases, ready to start"),
                {"recipe": "progressive", "fit": "60", "source": "sample"},
            ),
            otherwise=tr(
                "No finished run of this browser has growing sizes yet. On Sample such a run takes about two minutes."
            ),
            hint=Link("resizing", N_("See what a size keeps of a picture"), {}),
            lesson=tr(
                "Done. One run says little: by chance, {two_runs}, and another seed adds to it. Compare several "
                "before you believe a gain, and keep one validation split through all phases: the printed runs drew a "
                "new one and had already trained on four fifths of it.",
                two_runs=two_runs(),
            ),
        ),
        Order(
            id="tta",
            topic=N_("Test-time augmentation"),
            ask=tr("What does `learn.tta()` do? Put the steps in order."),
            steps=(
                tr("Make n varied copies of each picture, with the training transforms"),
                tr("Ask the net for the probabilities of every copy"),
                tr("Average these over the copies"),
                tr("Blend in the plain picture's probabilities, with weight β"),
                tr("The class with the largest probability is the answer"),
            ),
            shown=(3, 0, 4, 2, 1),
            first_wrong=tr(
                "Think of what each step needs: you can average only predictions you have asked for, and you blend "
                "one row of probabilities with another."
            ),
            hint=Link("tta", N_("Watch the views and their weights"), {"tta.n": str(VIEWS), "tta.beta": "0.25"}),
            lesson=tr(
                "With fastai's n = {n} and β = {beta} the plain view weighs {beta} and each copy {each}: a "
                "weighted mean, not the plain average of five of the book's prose. What is averaged "
                "are probabilities, not pictures.",
                n=len(_DEFAULT) - 1,
                beta=words.number(_DEFAULT[0], 2),
                each=words.number(_DEFAULT[1], 4),
            ),
        ),
        Number(
            id="tta_cost",
            topic=N_("Test-time augmentation"),
            ask=tr(
                "Predicting a set takes 10 seconds. About how many seconds does it take with test-time augmentation "
                "and n = {views}?",
                views=VIEWS,
            ),
            answer=10.0 * N_TTA,
            tolerance=0.5,
            unit="s",
            slips=(
                (10.0 * VIEWS, tr("The plain pictures are predicted too: n + 1 passes, not n.")),
                (10.0, tr("Each view is one more pass through the net; nothing comes for free.")),
            ),
            otherwise=tr("Count the passes through the net: one for each view, and one for the plain picture."),
            hint=Link("tta", N_("Count the views"), {"tta.n": str(VIEWS)}),
            lesson=tr(
                "Five passes, fifty seconds: slower, and nothing is trained. It usually buys some accuracy (the "
                "book prints {before} to {after}), sometimes none, and some pictures that were right become wrong.",
                before=words.number(_BOOK.accuracy, 4),
                after=words.number(_BOOK.tta_accuracy, 4),
            ),
        ),
    )
