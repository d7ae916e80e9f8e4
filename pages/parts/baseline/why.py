"""Why the chapter trains on Imagenette, and from scratch."""

import streamlit as st

SETS = (
    ("MNIST", "grey digits", "28 px", "10", "minutes"),
    ("CIFAR-10", "60,000 in colour", "32 px", "10", "minutes"),
    ("**Imagenette**", "13,394 in colour", "as photographed", "10", "minutes"),
    ("ImageNet", "1.3 million in colour", "as photographed", "1,000", "days"),
)


def section() -> None:
    left, right = st.columns((1, 1.1), gap="large")
    with left:
        st.markdown(
            "Methods for photographs were judged on ImageNet, where one training took days: only those with many "
            "graphics cards could try ideas. The quick sets, MNIST and CIFAR-10, are too easy: tiny pictures, and what "
            "was found on them mostly did not carry over. Imagenette is the way between: ten classes of ImageNet that "
            "are easy to tell apart, the photographs as they are. An idea is tried in minutes, and its authors found "
            "that what helped here often helped on ImageNet too. For one's own data the same holds: first a small part "
            "that stands for the whole, on which a trial takes a minute or two."
        )
    with right:
        rows = "\n".join(f"| {' | '.join(row)} |" for row in SETS)
        st.markdown(f"| set | pictures | size | classes | a training |\n|:--|:--|--:|--:|--:|\n{rows}")
        st.markdown(
            ":small[:gray[Since December 2019 there is a second version: 9,469 pictures to train, 3,925 to validate, "
            "70 to 30. The first held out far fewer, so accuracies from before are on other pictures. fastai's "
            "`URLs.IMAGENETTE` is the second, `imagenette2.tgz`.]]"
        )
    st.markdown(
        "**From scratch.** A net pretrained on ImageNet has seen these ten classes already, so it could not show what "
        "a technique adds. With random weights it can; the leaderboard asks for them too. It is also the case of "
        "whoever has pictures unlike any that a pretrained net knows, such as scans or spectrograms; the chapter is "
        "written for them too."
    )
