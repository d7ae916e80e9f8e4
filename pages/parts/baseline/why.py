"""Why the chapter trains on Imagenette, and from scratch."""

import streamlit as st

from sota_core.language import N_, tr

SETS = (
    ("MNIST", N_("70,000 grey digits"), "28 px", "10", N_("minutes")),
    ("CIFAR-10", N_("60,000 in colour"), "32 px", "10", N_("minutes")),
    ("**Imagenette**", N_("13,394 in colour"), N_("as photographed"), "10", N_("minutes")),
    ("ImageNet", N_("1.3 million in colour"), N_("as photographed"), N_("1,000"), N_("days")),
)


def section() -> None:
    left, right = st.columns((1, 1.1), gap="large")
    with left:
        st.markdown(
            tr(
                "Methods for photographs were judged on ImageNet, where one training took days: only those with many "
                "graphics cards could try ideas. The quick sets, MNIST and CIFAR-10, are too easy: tiny pictures, and "
                "what was found on them mostly did not carry over. Imagenette is the way between: ten classes of "
                "ImageNet that are easy to tell apart, the photographs as they are. An idea is tried in minutes, and "
                "its authors found that what helped here often helped on ImageNet too. For one's own data the same "
                "holds: first a small part that stands for the whole, on which a trial takes a minute or two."
            )
        )
    with right:
        rows = [
            (tr("set"), tr("pictures"), tr("size"), tr("classes"), tr("a training")),
            (":--", ":--", "--:", "--:", "--:"),
            *((name, tr(pictures), tr(size), tr(classes), tr(time)) for name, pictures, size, classes, time in SETS),
        ]
        st.markdown("\n".join(f"| {' | '.join(row)} |" for row in rows))
        st.markdown(
            tr(
                ":small[:gray[Since December 2019 there is a second version: 9,469 pictures to train, 3,925 to "
                "validate, 70 to 30. The first held out far fewer, so accuracies from before are on other pictures. "
                "fastai's `URLs.IMAGENETTE` is the second, `imagenette2.tgz`.]]"
            )
        )
    st.markdown(
        tr(
            "**From scratch.** A net pretrained on ImageNet has seen these ten classes already, so it could not show "
            "what a technique adds. With random weights it can; Imagenette's leaderboard asks for them too. It is "
            "also the case of whoever has pictures unlike any that a pretrained net knows, such as scans or "
            "spectrograms; the chapter is written for them too."
        )
    )
