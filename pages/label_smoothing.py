"""Label smoothing: from label to target, its loss, optimum and gradient; N too large; with mixup; wrong labels."""

import runpy

import streamlit as st

from pages.parts.label_smoothing import figure, further, surface, with_mixup, wrong_labels
from pages.parts.label_smoothing.figure import EPS, N
from pages.shared.components import charts, sliders
from pages.shared.components.exact import exact
from pages.shared.frame import first_visit, technique
from pages.shared.frame.fold import fold
from pages.shared.frame.technique import cost_of
from pages.shared.session import trouble
from sota_core import paths, words
from sota_core.figures import palette
from sota_core.figures.chapter.printed_losses import printed_losses
from sota_core.figures.frames import Knob
from sota_core.figures.label_smoothing.smoothed import smoothed
from sota_core.functional import smoothing as maths
from sota_core.language import tr
from sota_core.published import experiments
from sota_core.recipes import PRESETS
from sota_core.script.snippets import IMAGENET_OUTPUTS, smoothing_code
from sota_core.words import number, short

PRINTED = PRESETS["label_smoothing"]
EPOCHS = Knob("epochs", "label_smoothing.epochs", tuple(range(1, 101)), PRINTED.phases[0].n_epochs)
BOOK = {"label_smoothing.eps": 0.1, "label_smoothing.n": 5, "label_smoothing.label": 2}  # the book's five categories


def noticed() -> None:
    chapter = {"label_smoothing.n": N, "label_smoothing.eps": EPS}
    technique.notices(
        (
            technique.Notice(
                tr(
                    "Five categories, ε = {eps}: the label keeps {own} and the other four get {other} each. The label "
                    "gets its share of ε too, so it keeps more than {less}.",
                    eps=number(0.1, 1),
                    own=number(0.92),
                    other=number(0.02),
                    less=number(0.9),
                ),
                tr("N = 5, label 2"),
                BOOK,
                shown=figure.FIGURE,
            ),
            technique.Notice(
                tr(
                    "The loss never nears 0: its floor is {ten} with ten classes, {thousand} with a thousand (ε = "
                    "{eps}). Look at accuracy, or plain cross-entropy, too.",
                    ten=words.loss(smoothed(N, 0, EPS, 0.0).floor),
                    thousand=words.loss(smoothed(IMAGENET_OUTPUTS, 0, EPS, 0.0).floor),
                    eps=short(EPS),
                ),
                f"N = {words.count(IMAGENET_OUTPUTS)}",
                {**chapter, "label_smoothing.n": IMAGENET_OUTPUTS},
                shown=figure.FIGURE,
            ),
            technique.Notice(
                tr(
                    "Past the lowest point the loss rises while the net grows ever surer of the right class: certainty "
                    "costs, even where it is deserved. Over a few epochs, the book says, you will hardly see a gain."
                ),
                tr("logit 10"),
                {**chapter, "label_smoothing.logit": 10.0},
                shown=figure.FIGURE,
                fails=True,
            ),
        )
    )


@trouble.fragment
def code_and_proof() -> None:
    """Code and proof, which depend on the knobs above: redrawn once these rest elsewhere and it is near the screen."""
    at, phase = figure.following("code"), PRINTED.phases[0]
    code, proof = st.container(), technique.proof()
    with proof:
        n_epochs = sliders.draw(EPOCHS, tr("Epochs"), help=tr("For the code and for the lab."))
        exact(EPOCHS.control, (EPOCHS,), {"epochs": n_epochs})
    with code:
        ours = (maths.smooth_targets, maths.soft_cross_entropy, maths.cross_entropy_grad)
        technique.in_fastai(smoothing_code(at["eps"], at["n"], n_epochs, phase.lr), ours)
    knobs = {"label_smoothing": at["eps"], "phases.0.n_epochs": n_epochs}
    with proof:
        technique.prove_it(
            tr(
                "Accuracy may gain a little: try how many epochs that takes. The loss cannot fall below its floor. "
                "Beside it the lab shows plain cross-entropy, the only loss you can compare with another run's."
            ),
            cost_of("label_smoothing", knobs),
            recipe="label_smoothing",
            recorded="label_smoothing",
            knobs=knobs,
        )


def sources() -> None:
    technique.sources(
        tr(
            "[Szegedy et al. 2015](https://arxiv.org/abs/1512.00567), section 7 · fastbook ch. 7 · C. Mills, notes on "
            "ch. 7 · fastai 2.8.12 `losses.py` · [Imagenette](https://github.com/fastai/imagenette)"
        )
    )


def by_accident() -> None:
    """The printed run whose net had a hundred times too many outputs."""
    printed = experiments()["notes/label-smoothing"]
    wide, right = smoothed(IMAGENET_OUTPUTS, 0, EPS, 0.0), smoothed(N, 0, EPS, 0.0)
    said, picture = st.columns((1, 2.4), gap="large")
    with said:
        st.markdown(
            tr(
                "N is the number of the net's outputs, not of the data's classes. `xresnet50()` without `n_out` has "
                "{n} outputs: with ten classes, {share} of ε then goes to classes that do not exist.",
                n=words.count(IMAGENET_OUTPUTS),
                share=words.percent(float(wide.target[N:].sum()) / EPS, 0),
            )
        )
        st.markdown(
            tr(
                "The floor rises from {low} to **{high}**. The printed run ends at a validation loss of {loss}, with "
                "{right} right.",
                low=words.loss(right.floor),
                high=words.loss(wide.floor),
                loss=words.loss(printed.rows[-1].valid_loss),
                right=words.percent(printed.accuracy),
            )
        )
        st.markdown(
            f"{palette.key('train', tr('training'))} &ensp; {palette.key('valid', tr('validation'))} "
            f":gray[{tr('as printed')}]"
        )
    with picture:
        charts.show(printed_losses(printed, floor=wide.floor), key="label_smoothing.printed")


def page() -> None:
    technique.opening(
        tr("Ask for a little less than certainty: ε is taken from the label and spread over all N classes."),
    )
    figure.section()
    first_visit.figure_first()
    noticed()
    with fold(tr("The arithmetic"), tr("target, loss, optimum and gradient, with the numbers above")):
        figure.arithmetic()
    with fold(
        tr("Loss over logit and ε"),
        tr("a surface to turn, with the valley of the best logit"),
        holds=surface.HELD,
    ):
        surface.section()
    with fold(
        tr("N = {n} by accident", n=words.count(IMAGENET_OUTPUTS)),
        tr("what the loss becomes where a net has a hundred times too many outputs"),
    ):
        by_accident()
    with fold(tr("Mixup and smoothing together"), tr("one target, mixed and smoothed"), holds=with_mixup.HELD):
        with_mixup.section()
    with fold(
        tr("When labels are wrong"),
        tr("a smoothed target allows for it, and an experiment tests it"),
        holds=(wrong_labels.SHARED,),
    ):
        wrong_labels.section()
    wrong_labels.official()
    further.section()
    code_and_proof()
    sources()


if __name__ == "__main__":  # Streamlit has run this file instead of app.py: shared/session/site.py
    runpy.run_path(str(paths.APP))
