"""What chapter and paper say of label smoothing beyond the figure: why, how it is computed, and beside mixup."""

import streamlit as st

from sota_core.figures.label_smoothing.smoothed import smoothed
from sota_core.language import tr
from sota_core.words import number, short

EPS, N = 0.1, 10


def section() -> None:
    argument()
    numbers()
    accident()


def argument() -> None:
    with st.expander(tr("Why certainty does harm: the paper's argument"), icon=":material/balance:"):
        st.markdown(
            tr(
                "Softmax reaches 1 only when the label's logit is infinitely far above all others. A one-hot target "
                "asks for exactly that, for every training picture, even a wrongly labelled one. Two things "
                "follow.\n\n**Too sure.** A net that gives its training labels all the probability has learned "
                "nothing that must hold for other pictures: it overfits, and its certainty says little. Logits so far "
                "apart take large weights, and with large weights a small change of a picture can change the "
                "answer.\n\n**Hard to move.** The gradient by a logit, $p-t$, always lies between −1 and 1. Once the "
                "label's logit is far ahead, no single step brings it back: the net adapts slowly, for example when "
                "you fine-tune it on other pictures. With a smoothed target the best gap is finite, and past it the "
                "gradient points back."
            )
        )


def numbers() -> None:
    on, off = smoothed(N, 0, EPS, 0.0).on, smoothed(N, 0, EPS, 0.0).off
    with st.expander(tr("How it is computed: labels stay numbers"), icon=":material/pin:"):
        st.markdown(
            tr(
                "Nobody stores vectors. The loss takes class numbers and adds up two parts: $1-\\varepsilon$ times the "
                "plain loss of the label, and $\\varepsilon$ times the mean of $-\\log p$ over all classes. That is "
                "the cross-entropy against the smoothed target, and it is what fastai's `LabelSmoothingCrossEntropy` "
                "does."
            )
            + "\n\n"
            + tr(
                "Some texts spread ε over the other classes only. Both targets, N = {n}, ε = {eps}:\n\n"
                "| ε is spread over | the label | each other class |\n|:--|--:|--:|\n"
                "| all N classes: fastai, PyTorch, the paper | 1 − ε + ε/N = {on} | ε/N = {off} |\n"
                "| the other N − 1 | 1 − ε = {keep} | ε/(N − 1) = {each} |\n\n"
                "It is the same family: the second with ε is the first with ε · N/(N − 1), here {same}.",
                n=N,
                eps=short(EPS),
                on=number(on),
                off=number(off, 4),
                keep=number(1 - EPS),
                each=number(EPS / (N - 1), 4),
                same=number(EPS * N / (N - 1), 3),
            )
        )


def accident() -> None:
    with st.expander(tr("What mixup does by accident"), icon=":material/blur_on:"):
        st.markdown(
            tr(
                "Mixup's targets, too, are neither 0 nor 1, but by chance: how soft a target is depends on the λ that "
                "was drawn, and a pair of one class stays one-hot. Turning α changes two things at once: how soft the "
                "targets are, and how strongly the pictures are changed. Label smoothing changes only the targets, on "
                "purpose, by the same ε for every picture. You can use the two together: *Mixup and smoothing "
                "together*, above, shows the resulting target."
            )
        )
