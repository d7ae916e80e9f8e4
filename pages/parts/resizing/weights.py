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
                    "A convolution moves one small window of weights over the picture, however large that is: an "
                    "edge is an edge at 64 px and at 224. What differs is only how many places there are, and "
                    "before the last layer all places are averaged into one (`AdaptiveAvgPool`). So not one of the "
                    "{n_weights} weights depends on the size, and none is added or lost.",
                    n_weights=words.count(BODY_WEIGHTS + head_weights(N_CLASSES)),
                )
            )
            st.markdown(
                tr(
                    "They fit, but not perfectly: things are larger now, counted in pixels, and the averages are "
                    "of more places. In the book accuracy stands at {small} at {small_px} px and at {first} "
                    "after the first epoch at {large_px} px, in which the rate rises throughout; it ends at "
                    "{last}.",
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
            after, channels, mean = tr_in("of a net", "after"), tr("channels"), tr("mean over all places")
            st.markdown(
                f"| {after} | {channels} | {head} |\n"
                f"|:--|--:|{'--:|' * len(sizes)}\n{rows}\n"
                f"| {mean} | {words.count(STAGES[-1][1])} | "
                f"{' | '.join('1 × 1' for _ in sizes)} |"
            )


def transfer() -> None:
    with st.expander(tr("A new size is a new task, nearly: transfer learning"), icon=":material/conversion_path:"):
        st.markdown(
            tr(
                "A net that knows small pictures is to know large ones: that is what transfer learning does with a "
                "net pretrained elsewhere, and so the chapter takes its method, `fine_tune`. It trains one epoch "
                "with the body frozen, if the net has a body told apart (here it has not), then all of it at half "
                "the rate.\n\n**An augmentation too.** The same thing comes in several sizes, so the net cannot "
                "hold on to one. The book expects better generalization of it; neither text measures that "
                "apart.\n\n**Where it helps and where it hurts in transfer learning.** It helps where your "
                "pictures differ from what the net was pretrained on, in size, shape or style: the weights have to "
                "move anyway. It hurts where they are alike and as large: then small pictures spoil weights that "
                "fitted already. Try both.\n\n**Who used it.** In 2018 fast.ai entered Stanford's DAWNBench, a "
                "race to a given accuracy on ImageNet, with most epochs small and the last ones large, against "
                "teams with far more hardware. You can climb in more steps than two; beyond the size of your files "
                "there is nothing to gain. The size can also grow from batch to batch inside an epoch; the lab "
                "does not do that: a phase has loaders and a schedule for one size."
            )
        )
