"""What mixup is good for beyond these pictures, what a callback is, and the script behind the leaderboard."""

import streamlit as st

from pages.shared.components import code_block
from sota_core.language import tr
from sota_core.script.further_research import IMAGENETTE_SCRIPT, activation_mixup_code


def section(alpha: float, n_epochs: int, lr: float) -> None:
    dial()
    callback()
    inside(alpha, n_epochs, lr)
    script()


def dial() -> None:
    with st.expander(tr("What sets it apart from other augmentations"), icon=":material/tune:"):
        st.markdown(
            tr(
                "**A dial.** A picture is mirrored or not; you cannot mirror it more. With α you turn mixup up "
                "smoothly, from hardly any mixing towards equal halves.\n\n**No knowledge of the data.** May pictures "
                "be mirrored, turned upside down, tinted? The answer differs for digits, scans and maps, and you must "
                "know the data to give it. Two pictures can be averaged whatever they show, and so can two tables or "
                "two sounds.\n\n**Inside the net.** Words cannot be averaged, but a layer's outputs for them can: "
                "mixed there, mixup works for text too. The code is further down.\n\n**Where it pays most.** With "
                "little data and no net pretrained on similar data, the book says; and over many more epochs than "
                "other augmentations need. A picture meets a different partner every time, so it is harder to learn "
                "by heart, and overfitting is less likely."
            )
        )


def callback() -> None:
    with st.expander(tr("What a fastai callback is"), icon=":material/electrical_services:"):
        st.markdown(
            tr(
                "fastai's training loop is the same for everything. At fixed moments it calls the callbacks it was "
                "given: before a batch, after the prediction, after the loss, and some twenty more. `MixUp` is one. "
                "In `before_train` it puts its own loss in the place of yours, in `before_batch` it mixes pictures "
                "and keeps the partners' labels, in `after_train` it puts your loss back; it does not run in "
                "validation. You pass it with `cbs=`. The learning-rate schedule, mixed precision and the progress "
                "bar are callbacks too.\n\n**`y_int`.** Class numbers cannot be mixed: the mean of 2 and 7 is no "
                "class. So `MixUp` checks whether your loss has `y_int = True`, as fastai's `CrossEntropyLossFlat` "
                "and `LabelSmoothingCrossEntropy` have; then it mixes two losses. With any other loss it mixes the "
                "targets themselves: right for vectors, an error for class numbers, as with "
                "`nn.CrossEntropyLoss`.\n\nThe class is called `MixUp`: code that writes `Mixup` stops with a "
                "NameError today."
            )
        )


def inside(alpha: float, n_epochs: int, lr: float) -> None:
    with st.expander(tr("Further research: mixup inside the net"), icon=":material/layers:"):
        st.markdown(
            tr(
                "The pictures go in unmixed; after one layer, each item's outputs are mixed with its partner's, and "
                "so are the two losses, with the same λ. A published variant draws the layer anew for every batch "
                "([manifold mixup](https://arxiv.org/abs/1806.05236)); here you choose one."
            )
        )
        code_block.show(activation_mixup_code(alpha, n_epochs, lr), key="code.mixup.inside", height=420)


def script() -> None:
    with st.expander(tr("Further research: the script behind the leaderboard"), icon=":material/terminal:"):
        st.markdown(
            tr(
                "It lies in fastai's repository, [nbs/examples/train_imagenette.py]"
                "(https://github.com/fastai/fastai/blob/main/nbs/examples/train_imagenette.py). With mixup and "
                "without, three runs each:"
            )
        )
        code_block.show(IMAGENETTE_SCRIPT, key="code.mixup.script", language=None, label=tr("Script"))
        st.markdown(
            tr(
                "| option | what | default |\n|:--|:--|:--|\n"
                "| `--mixup` | α; 0 leaves it out | 0 |\n"
                "| `--epochs` `--lr` | how long, how fast; the rate stays flat, then falls (`fit_flat_cos`) "
                "| 5, 0.01 |\n"
                "| `--size` `--bs` | picture and batch | 128, 64 |\n"
                "| `--arch` `--act_fn` `--pool` `--sa` | the net | xresnet50, Mish, AvgPool, off |\n"
                "| `--opt` `--mom` `--sqrmom` `--eps` `--wd` | the optimizer | ranger, .9, .99, 1e-6, .01 |\n"
                "| `--sh` | random erasing, largest share | 0 |\n"
                "| `--woof` `--pct_noise` | Imagewoof; wrong labels in percent: 0, 5 or 50 | 0, 0 |\n"
                "| `--fp16` `--runs` | mixed precision; how often | off, 1 |"
            )
        )
        st.markdown(
            tr(
                "It always trains with label smoothing, and it validates on the set's own `val`. If `--fp16` stops at "
                "`to_native_fp16`, write `to_fp16` there: fastai 2.8 has dropped the longer name. For your own "
                "pictures, change `get_dls` and `n_out`; the lab writes such a script from any recipe (*Code*)."
            )
        )
