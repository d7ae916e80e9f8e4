"""Transfer learning at two sizes, for a net pretrained on ImageNet: the code, and where its weights come from."""

import streamlit as st

from pages.parts.normalization import fine_tuning
from pages.shared.components import code_block
from sota_core.inference.fine_tuning import stored
from sota_core.language import tr
from sota_core.script.further_research import TORCHVISION_NET, fine_tune_code
from sota_core.system.torch_cache import fetch_command, fetched

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
            "**Here, with the app's small net.** It was trained at 80 px on Sample; these are the 300 pictures of "
            "*Prints*, of six other classes. What the start is worth at 64 and at 128 px:"
        )
    )
    st.markdown(fine_tuning.rows(found, fine_tuning.BY_SIZE))
    fine_tuning.links(("right", "right large", "random large"))


def weights_words() -> str:
    """Where a pretrained net's weights come from, and whether they are on this server."""
    file = fetched(TORCHVISION_NET)
    here = (
        tr(
            "On this server `{file}` lies there, so the lab can train from it: architecture resnet34, pretrained "
            "weights imagenet.",
            file=file.name,
        )
        if file
        else tr(
            "On this server those of `{net}` do not lie there, and this app fetches none. Whoever runs it fetches them "
            "once: `{command}`. The lab then trains from them: architecture {net}, pretrained weights imagenet.",
            net=TORCHVISION_NET,
            command=fetch_command(TORCHVISION_NET),
        )
    )
    return tr(
        "For a machine of yours. The weights come from torch's own cache, `~/.cache/torch/hub/checkpoints`, or "
        "below `TORCH_HOME`; `vision_learner` fetches them there the first time, some 87 MB, without asking. "
        "{here}\n\nThe code trains the net three ways, so that you see both what the smaller size does to a "
        "pretrained net and what its statistics are worth: at 128 px, then at 224 px; at 224 px alone, as many "
        "epochs; and so again without statistics. Here `fine_tune` does freeze: `vision_learner` tells body "
        "and head apart.",
        here=here,
    )
