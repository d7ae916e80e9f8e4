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
                "Methods for photographs were judged on ImageNet, where one training took days, so only people with "
                "many graphics cards could try ideas. The quick sets, MNIST and CIFAR-10, are too easy: their "
                "pictures are tiny, and what worked on them mostly did not carry over. Imagenette lies in between: "
                "ten classes of ImageNet that are easy to tell apart, with the photographs left as they are. An idea "
                "takes minutes to try, and Imagenette's authors found that what helped here often helped on ImageNet "
                "too. Do the same with your own data: start with a small part that represents the whole, on which a "
                "trial takes a minute or two."
            )
        )
    with right:
        rows = [
            (tr("set"), tr("pictures"), tr("size"), tr("classes"), tr("training time")),
            (":--", ":--", "--:", "--:", "--:"),
            *((name, tr(pictures), tr(size), tr(classes), tr(time)) for name, pictures, size, classes, time in SETS),
        ]
        st.markdown("\n".join(f"| {' | '.join(row)} |" for row in rows))
        st.markdown(
            tr(
                ":small[:gray[Since December 2019 there is a second version: 9,469 pictures to train on and 3,925 to "
                "validate on, 70 to 30. The first version held out far fewer, so older accuracies are measured on "
                "other pictures. fastai's `URLs.IMAGENETTE` is the second, `imagenette2.tgz`.]]"
            )
        )
    st.markdown(
        tr(
            "**From scratch.** A net pretrained on ImageNet has already seen these ten classes, so it could not show "
            "what a technique adds. A net with random weights can; Imagenette's leaderboard requires them too. You "
            "also train from scratch when your pictures are unlike any that a pretrained net knows, such as scans or "
            "spectrograms; the chapter has such cases in mind too."
        )
    )
