"""Label smoothing: from index to target, its loss, optimum and gradient; N by accident; with mixup; wrong labels."""

import math

import streamlit as st

from pages._shared import arrival, charts, technique
from pages._shared.proof import cost_of
from pages._shared.smooth_sections import EPS, N, by_accident, class_number, with_mixup, wrong_labels
from sota_core.figures import palette, words
from sota_core.figures.class_bars import gradient_bars, target_bars
from sota_core.figures.smooth_loss import loss_by_logit
from sota_core.figures.smoothing import Smoothed, smoothed
from sota_core.figures.soft_target_code import IMAGENET_OUTPUTS, smoothing_code
from sota_core.functional import smoothing as maths
from sota_core.recipes import FIELDS, PRESETS

PRINTED = PRESETS["label_smoothing"]
LABEL, LOGIT = 3, 3.0
CLASSES = (2, 3, 5, 10, 20, 100, IMAGENET_OUTPUTS)
BOOK = {"label_smoothing.eps": 0.1, "label_smoothing.n": 5, "label_smoothing.label": 2}  # the book's five categories


def controls() -> Smoothed:
    eps = st.slider(
        "ε",
        0.0,
        FIELDS["label_smoothing"].high,
        EPS,
        0.01,
        key="label_smoothing.eps",
        bind="query-params",
        help="The share that is taken from the label and spread evenly over all classes.",
    )
    n = st.select_slider(
        "N, the number of classes",
        CLASSES,
        N,
        key="label_smoothing.n",
        bind="query-params",
        help="The outputs of the net: that is what fastai divides ε by.",
    )
    label = class_number("Label", "label_smoothing.label", LABEL, n)
    logit = st.slider(
        "Logit of the labelled class",
        -2.0,
        16.0,
        LOGIT,
        0.1,
        key="label_smoothing.logit",
        bind="query-params",
        help="How sure the net is. The other logits stand at 0.",
    )
    return smoothed(n, label, eps, logit)


def first_figure() -> Smoothed:
    left, right = st.columns((1, 2.4), gap="large")
    with left:
        what = controls()
        off = f"{what.off:.5f}".rstrip("0") if what.off else "0"
        st.markdown(
            f"{palette.key('right', f'class {what.label}')} gets **{what.on:.4g}**,  \n"
            f"{palette.key('wrong', 'each other')} gets **{off}**."
        )
    with right:
        targets, gradient = st.columns(2, gap="medium")
        with targets:
            charts.show(target_bars(what), key="label_smoothing.targets")
        with gradient:
            charts.show(gradient_bars(what), key="label_smoothing.gradient")
        st.markdown(
            f":small[{palette.key('train', 'smoothed loss')} &emsp; {palette.key('published', 'plain, dashed')} &emsp; "
            f"{palette.key('right', 'lowest point')} &emsp; :primary[● your prediction]]"
        )
        charts.show(loss_by_logit(what), key="label_smoothing.loss")
    return what


def arithmetic(what: Smoothed) -> None:
    st.subheader("The arithmetic", anchor=False)
    n, eps = what.n_classes, what.eps
    target, loss, gradient = st.columns(3, gap="large")
    with target:
        st.markdown("**Target**")
        st.markdown(
            rf":green[$1-\varepsilon+\frac{{\varepsilon}}{{N}}$] $=1-{eps:.2f}+\frac{{{eps:.2f}}}{{{n}}}=$ "
            f"**{what.on:.4f}**"
        )
        st.markdown(rf":red[$\frac{{\varepsilon}}{{N}}$] $=\frac{{{eps:.2f}}}{{{n}}}=$ **{what.off:.5f}**")
    with loss:
        own, other = what.surprise
        st.markdown("**Loss**")
        st.markdown(
            rf"$-\sum_k t_k \log p_k =$ :green[${what.on:.4f}\cdot{own:.3f}$] $+$ "
            rf":red[${n - 1}\cdot{what.off:.5f}\cdot{other:.3f}$] $=$ **{words.loss(what.loss)}**"
        )
        st.markdown(
            f"plain cross-entropy {words.loss(what.plain_loss)}; floor $-\\sum_k t_k\\log t_k=$ "
            f"**{words.loss(what.floor)}**"
        )
    with gradient:
        st.markdown("**Gradient, and where it is 0**")
        st.markdown(
            rf"$p-t=$ :green[${what.probs[what.label]:.3f}-{what.on:.3f}$] $=$ **{_signed(what.grad[what.label])}**"
        )
        st.markdown(
            rf"lowest loss at $\ln\frac{{{what.on:.4f}}}{{{what.off:.5f}}}=$ **{what.best_logit:.2f}**"
            if math.isfinite(what.best_logit)
            else "with ε = 0 the loss falls for ever: no logit is ever large enough."
        )


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("-", "−")


def ending(what: Smoothed) -> None:
    chapter = {"label_smoothing.n": N, "label_smoothing.eps": EPS}
    technique.notices(
        (
            technique.Notice(
                "Five categories, ε = 0.1: the label keeps 0.92 and the other four get 0.02 each. The label has its "
                "share of ε too, so it is not 0.90.",
                "N = 5, label 2",
                BOOK,
            ),
            technique.Notice(
                "The loss never nears 0: its floor is 0.500 with ten classes, 1.015 with a thousand. Read accuracy, or "
                "plain cross-entropy, beside it.",
                "N = 1,000",
                {**chapter, "label_smoothing.n": IMAGENET_OUTPUTS},
            ),
            technique.Notice(
                "Past the lowest point the loss rises while the net is more and more right: certainty costs, even "
                "where it is deserved. Over a few epochs, the book says, you will hardly see a gain.",
                "logit 10",
                {**chapter, "label_smoothing.logit": 10.0},
                fails=True,
            ),
        )
    )
    phase = PRINTED.phases[0]
    code = st.container()
    n_epochs = st.slider(
        "Epochs",
        1,
        100,
        phase.n_epochs,
        key="label_smoothing.epochs",
        bind="query-params",
        help="For the code and for the lab.",
    )
    with code:
        ours = (maths.smooth_targets, maths.soft_cross_entropy, maths.cross_entropy_grad)
        technique.in_fastai(smoothing_code(what.eps, what.n_classes, n_epochs, phase.lr), ours)
    knobs = {"label_smoothing": what.eps, "phases.0.n_epochs": n_epochs}
    technique.prove_it(
        "Accuracy may gain a little; the loss will not fall below its floor. The lab shows plain cross-entropy beside "
        "it, the only loss to compare with another run's.",
        cost_of("label_smoothing", knobs),
        recipe="label_smoothing",
        knobs=knobs,
    )
    technique.sources(
        "[Szegedy et al. 2015](https://arxiv.org/abs/1512.00567), section 7 · fastbook ch. 7 · C. Mills, notes on "
        "ch. 7 · fastai 2.8.12 `losses.py` · [Imagenette](https://github.com/fastai/imagenette)"
    )


def page() -> None:
    technique.opening(
        "Label smoothing",
        "Ask for a little less than certainty: the labelled class gets most of the target, all classes a share.",
    )
    what = first_figure()
    arrival.figure_first()
    arithmetic(what)
    by_accident()
    with_mixup(what)
    wrong_labels(what.eps)
    ending(what)


page()
