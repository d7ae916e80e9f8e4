"""Transfer learning at two sizes, for a net pretrained on ImageNet: the code, and where its weights come from."""

import streamlit as st

from pages.parts.normalization import fine_tuning
from pages.shared.components import code_block
from sota_core.inference.fine_tuning import stored
from sota_core.language import tr
from sota_core.recipes.torch_cache import fetch_command, fetched
from sota_core.script.further_research import TORCHVISION_NET, fine_tune_code

CODE = "code.fine_tune"  # the key of the code that trains with a small size first, and at the full size only


def section() -> None:
    with st.expander(tr("A net pretrained on ImageNet, fine-tuned at two sizes"), icon=":material/download_done:"):
        small_net()
        st.markdown(weights_words())
        code_block.show(fine_tune_code(), key=CODE, height=420)


def small_net() -> None:
    """What can be run here at once: the shipped net, fine-tuned on other pictures than its own, at two sizes."""
    found = stored()
    st.markdown(
        tr(
            "**Here, with the app's small net.** It was trained at 80 px on Sample; these runs fine-tune it on the "
            "300 pictures of *Prints*, of six other classes. What its start is worth at 64 and at 128 px:"
        )
    )
    st.markdown(fine_tuning.rows(found, fine_tuning.BY_SIZE))
    fine_tuning.links(("right", "right large", "random large"))


def weights_words() -> str:
    """Where a pretrained net's weights come from, and whether they are on this server."""
    file = fetched(TORCHVISION_NET)
    here = (
        tr(
            "On this server `{file}` is there, so the lab can train from it: choose architecture resnet34 and "
            "pretrained weights imagenet.",
            file=file.name,
        )
        if file
        else tr(
            "On this server the weights of `{net}` are not there, and this app downloads none. Whoever runs the app "
            "can fetch them once: `{command}`. The lab can then train from them: choose architecture {net} and "
            "pretrained weights imagenet.",
            net=TORCHVISION_NET,
            command=fetch_command(TORCHVISION_NET),
        )
    )
    return tr(
        "**On your own machine.** The weights lie in torch's cache, `~/.cache/torch/hub/checkpoints`, or below "
        "`TORCH_HOME`; the first time, `vision_learner` downloads them there, some 87 MB, without asking. "
        "{here}\n\nThe code trains the net three ways: at 128 px, then at 224 px; at 224 px only, for as many epochs; "
        "and at 224 px again without statistics. So you see what the smaller size does to a pretrained net, and what "
        "its statistics are worth. Here `fine_tune` does freeze: `vision_learner` separates body and head.",
        here=here,
    )
