"""Why a net can go on training with pictures of another size, and how that resembles transfer learning."""

import streamlit as st

from sota_core import words
from sota_core.functional.stages import BODY_WEIGHTS, STAGES, head_weights, stage_sides
from sota_core.language import tr, tr_in
from sota_core.published import N_CLASSES, experiments


def section(sizes: tuple[int, ...]) -> None:
    """The table is of the plan's sizes, smallest first."""
    survive(tuple(sorted(set(sizes))))
    transfer()


def survive(sizes: tuple[int, ...]) -> None:
    small, first, last = experiments()["book/progressive"].phases
    with st.expander(tr("Why the weights survive a change of size"), icon=":material/straighten:"):
        said, table = st.columns((1, 1.2), gap="large")
        with said:
            st.markdown(
                tr(
                    "A convolution moves one small window of weights over the picture, however large that is: an edge "
                    "is an edge at 64 px and at 224. Only the number of positions differs, and before the last layer "
                    "all positions are averaged into one (`AdaptiveAvgPool`). So none of the {n_weights} weights "
                    "depends on the size, and none is added or lost.",
                    n_weights=words.count(BODY_WEIGHTS + head_weights(N_CLASSES)),
                )
            )
            st.markdown(
                tr(
                    "They fit, but not perfectly: things now cover more pixels, and the averages run over more "
                    "positions. In the book accuracy is {small} at {small_px} px and {first} after the first epoch at "
                    "{large_px} px, during which the learning rate only rises; it ends at {last}.",
                    small=words.percent(small.rows[-1].accuracy),
                    small_px=small.size,
                    first=words.percent(first.rows[-1].accuracy),
                    large_px=first.size,
                    last=words.percent(last.rows[-1].accuracy),
                )
            )
        with table:
            sides = [stage_sides(size) for size in sizes]
            head = " | ".join(f"{size} px" for size in sizes)
            rows = "\n".join(
                f"| {tr(name)} | {words.count(n_channels)} | "
                + " | ".join(f"{side[i]} × {side[i]}" for side in sides)
                + " |"
                for i, (name, n_channels) in enumerate(STAGES)
            )
            after, channels, mean = tr_in("of a net", "after"), tr("channels"), tr("mean over all positions")
            st.markdown(
                f"| {after} | {channels} | {head} |\n"
                f"|:--|--:|{'--:|' * len(sizes)}\n{rows}\n"
                f"| {mean} | {words.count(STAGES[-1][1])} | "
                f"{' | '.join('1 × 1' for _ in sizes)} |"
            )


def transfer() -> None:
    with st.expander(tr("A new size is almost a new task: transfer learning"), icon=":material/conversion_path:"):
        st.markdown(
            tr(
                "A net trained on small pictures has to learn large ones: that is what transfer learning does with a "
                "net pretrained elsewhere, so the chapter takes its method, `fine_tune`. It trains one epoch with the "
                "body frozen, if the net separates body and head (here it does not), then all of it at half the "
                "rate.\n\n**An augmentation too.** The same thing appears in several sizes, so the net cannot rely on "
                "one. The book expects better generalization from this; neither text measures it "
                "separately.\n\n**Where it helps and where it hurts in transfer learning.** It helps where your "
                "pictures differ from those the net was pretrained on, in size, shape or style: the weights have to "
                "change anyway. It hurts where they are alike and equally large: then small pictures spoil weights "
                "that already fit. Try both.\n\n**Who used it.** In 2018 fast.ai entered Stanford's DAWNBench, a race "
                "to a given accuracy on ImageNet, against teams with far more hardware; it trained most epochs on "
                "small pictures and the last ones on large ones. You can use more than two sizes; beyond the size of "
                "your files there is nothing to gain. The size can also grow from batch to batch within an epoch; the "
                "lab does not do that, because each phase has loaders and a schedule for one size."
            )
        )
