"""Label smoothing: from index to target, its loss, optimum and gradient; N by accident; with mixup; wrong labels."""

import math
import runpy

import streamlit as st

from pages.shared.components import charts
from pages.shared.frame import first_visit, technique
from pages.shared.frame.technique import cost_of
from pages.shared.session import site
from pages.shared.session.controls import number
from sota_core import paths, words
from sota_core.figures import palette
from sota_core.figures.chapter.printed_losses import printed_losses
from sota_core.figures.label_smoothing.class_bars import gradient_bars, mixed_bars, target_bars
from sota_core.figures.label_smoothing.loss_by_logit import loss_by_logit
from sota_core.figures.label_smoothing.smoothed import (
    Smoothed,
    both,
    noise_as_smoothing,
    order_does_not_matter,
    smoothed,
)
from sota_core.functional import smoothing as maths
from sota_core.published import BASELINE_BY_NOISE, experiments
from sota_core.recipes import FIELDS, PRESETS
from sota_core.script.snippets import IMAGENET_OUTPUTS, smoothing_code

PRINTED = PRESETS["label_smoothing"]
EPS, N = PRINTED.label_smoothing, 10
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
                f"The loss never nears 0: its floor is {words.loss(smoothed(N, 0, EPS, 0.0).floor)} with ten classes, "
                f"{words.loss(smoothed(IMAGENET_OUTPUTS, 0, EPS, 0.0).floor)} with a thousand (ε = {EPS}). Read "
                "accuracy, or plain cross-entropy, beside it.",
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


def class_number(label: str, name: str, default: int, n: int) -> int:
    """A class number below N; N may have fallen since it was chosen."""
    return number(label, 0, n - 1, min(default, n - 1), name=name, clamps=True, help=f"0 to {n - 1:,}")


def by_accident() -> None:
    """The printed run whose net had a hundred times too many outputs."""
    printed = experiments()["notes/label-smoothing"]
    wide, right = smoothed(IMAGENET_OUTPUTS, 0, EPS, 0.0), smoothed(N, 0, EPS, 0.0)
    st.subheader("N = 1,000 by accident", anchor=False)
    said, picture = st.columns((1, 2.4), gap="large")
    with said:
        st.markdown(
            "N is what the net puts out, not what the data have. `xresnet50()` without `n_out` has 1,000 outputs: "
            f"with ten classes {words.percent(float(wide.target[N:].sum()) / EPS, 0)} of ε then go to "
            "classes that do not exist."
        )
        st.markdown(
            f"The floor rises from {words.loss(right.floor)} to **{words.loss(wide.floor)}**. The printed run "
            f"ends at a validation loss of {words.loss(printed.rows[-1].valid_loss)}, with "
            f"{words.percent(printed.accuracy)} right."
        )
        st.markdown(f"{palette.key('train', 'training')} &ensp; {palette.key('valid', 'validation')} :gray[as printed]")
    with picture:
        charts.show(printed_losses(printed, floor=wide.floor), key="label_smoothing.printed")


@st.fragment
def with_mixup(what: Smoothed) -> None:
    st.subheader("Mixup and smoothing together", anchor=False)
    said, picture = st.columns((1, 2.4), gap="large")
    with said:
        lam = st.slider("λ", 0.5, 1.0, 0.7, 0.01, key="label_smoothing.lam", bind="query-params")
        partner = class_number("Label of the partner", "label_smoothing.partner", 7, what.n_classes)
        labels = (what.label, partner)
        target = both(what.n_classes, labels, lam, what.eps)
        st.markdown(
            rf":violet[$\lambda\,t_{{{what.label}}}$] $+$ :yellow[$(1-\lambda)\,t_{{{partner}}}$]: "
            f":violet[● class {what.label}] **{target[what.label]:.3f}**"
            + (f", :yellow[■ class {partner}] **{target[partner]:.3f}**" if partner != what.label else "")
        )
        mark = ":green[✓]" if order_does_not_matter(what.n_classes, labels, lam, what.eps) else ":red[✕]"
        st.markdown(f"{mark} Smoothing first or mixing first gives the same target.")
    with picture:
        charts.show(mixed_bars(target, labels), key="label_smoothing.mixed")


@st.fragment
def wrong_labels(eps: float) -> None:
    st.subheader("When labels are wrong", anchor=False)
    said, way = st.columns((1, 1), gap="large")
    with said:
        share = st.slider(
            "Share of wrong training labels",
            0.0,
            0.5,
            0.25,
            0.05,
            key="label_smoothing.noise",
            bind="query-params",
            help=FIELDS["label_noise"].help,
        )
        honest = noise_as_smoothing(share, N)
        clean, one, five = (BASELINE_BY_NOISE[noise] for noise in (0.0, 0.01, 0.05))
        st.markdown(
            f"If {words.percent(share, 0)} of ten classes' labels are wrong, the class on the label is true with "
            f"probability {1 - share:.2f} and each other class with {share / (N - 1):.3f}. That is a smoothed target "
            f"with **ε = {honest:.2f}**: smoothing says how far a label can be trusted."
        )
        st.markdown(
            ":gray[:small[How much they cost: Imagenette's own plain baseline, 128 px, 5 epochs and one run each, "
            f"ends at {words.percent(clean, 2)} with clean labels, {words.percent(one, 2)} with 1 % wrong ones and "
            f"{words.percent(five, 2)} with 5 %: {100 * (clean - five):.1f} points, where its leaderboard finds ±1 "
            "usual between runs.]]"
        )
    with way:
        st.markdown(
            "**The experiment.** Train both ways on the same wrong labels; validation labels stay right. Compare "
            "accuracy on them: without smoothing the net is pushed to be certain of its errors too."
        )
        st.markdown(f":gray[:small[{cost_of('label_smoothing', _noisy(share, eps))}]]")
        for name, value in ((f"with ε = {eps:.2f}", eps), ("with ε = 0", 0.0)):
            site.link(
                "train",
                label=f"{words.percent(share, 0)} wrong labels, {name}",
                icon=":material/science:",
                query={"recipe": "label_smoothing", **_noisy(share, value)},
            )


def _noisy(share: float, eps: float) -> dict[str, str]:
    return {"label_noise": f"{share:g}", "label_smoothing": f"{eps:g}"}


def page() -> None:
    technique.opening(
        "Ask for a little less than certainty: the labelled class gets most of the target, all classes a share.",
    )
    what = first_figure()
    first_visit.figure_first()
    arithmetic(what)
    by_accident()
    with_mixup(what)
    wrong_labels(what.eps)
    ending(what)


if __name__ == "__main__":  # Streamlit came here before the app: shared/session/site.py
    runpy.run_path(str(paths.APP))
