"""Three sections of label smoothing's page: N by accident, with mixup, and wrong labels."""

import streamlit as st

from pages._shared import charts, technique
from pages._shared.proof import cost_of
from sota_core.figures import palette, words
from sota_core.figures.class_bars import mixed_bars
from sota_core.figures.printed_losses import printed_losses
from sota_core.figures.smoothing import Smoothed, both, noise_as_smoothing, order_does_not_matter, smoothed
from sota_core.figures.soft_target_code import IMAGENET_OUTPUTS
from sota_core.published import experiments
from sota_core.recipes import FIELDS, PRESETS

EPS, N = PRESETS["label_smoothing"].label_smoothing, 10
# github.com/fastai/imagenette: 128 px, 5 epochs, clean labels and 5 % wrong ones
LEADERS = (0.8743, 0.8344)


def class_number(label: str, key: str, default: int, n: int) -> int:
    """A class number below N; N may have fallen since it was chosen."""
    if st.session_state.get(key, 0) >= n:
        st.session_state[key] = n - 1
    return st.number_input(label, 0, n - 1, min(default, n - 1), key=key, bind="query-params", help=f"0 to {n - 1:,}")


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
        st.markdown(
            f"If {words.percent(share, 0)} of ten classes' labels are wrong, the class on the label is true with "
            f"probability {1 - share:.2f} and each other class with {share / (N - 1):.3f}. That is a smoothed target "
            f"with **ε = {honest:.2f}**: smoothing says how far a label can be trusted."
        )
        st.markdown(
            f":gray[:small[How much they cost: Imagenette's leaderboard at 128 px and 5 epochs has "
            f"{words.percent(LEADERS[0], 2)} with clean labels, {words.percent(LEADERS[1], 2)} with 5 % wrong ones.]]"
        )
    with way:
        st.markdown(
            "**The experiment.** Train both ways on the same wrong labels; validation labels stay right. Compare "
            "accuracy on them: without smoothing the net is pushed to be certain of its errors too."
        )
        st.markdown(f":gray[:small[{cost_of('label_smoothing', _noisy(share, eps))}]]")
        for name, value in ((f"with ε = {eps:.2f}", eps), ("with ε = 0", 0.0)):
            st.page_link(
                technique.LAB,
                label=f"{words.percent(share, 0)} wrong labels, {name}",
                icon=":material/science:",
                query_params={"recipe": "label_smoothing", **_noisy(share, value)},
            )


def _noisy(share: float, eps: float) -> dict[str, str]:
    return {"label_noise": f"{share:g}", "label_smoothing": f"{eps:g}"}
