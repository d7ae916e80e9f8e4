"""What learners ask before they start: sizes, memory, repeating, a slow loader, the net's outputs. Folded."""

import streamlit as st

from pages.shared.session import site
from sota_core import words
from sota_core.language import tr
from sota_core.published import N_CLASSES, WIDE_OUTPUTS
from sota_core.recipes import Recipe
from sota_core.recipes.memory import heaviest, least_bytes

MOST_WORKERS = 16  # fastai's limit for a loader that is given no number


def section(recipe: Recipe | None) -> None:
    """`recipe`: the one in the lab, drawn above; None while it cannot be run."""
    with st.expander(tr("Asked before the first run"), icon=":material/help:", key="lab.asked"):
        left, right = st.columns(2, gap="large")
        with left:
            _paragraphs(
                tr(
                    "**How large a batch fits?** What the forward pass keeps for the backward pass grows with "
                    "the batch and with the square of the size; weights, gradients and the optimizer's two "
                    "averages do not. {shares} The minimum named above *Start* counts just these. Libraries, "
                    "the pictures and short-lived buffers come on top: a card held {held} GB where this counts "
                    "{counted} (`xresnet50`, 64 pictures of 224 px, bf16). Without a graphics card, the "
                    "computer's own memory must hold the same. A run that did not fit says so; then try half "
                    "the batch first.",
                    shares=_shares(recipe),
                    held=words.number(6.1, 1),
                    counted=words.number(3.4, 1),
                ),
                tr(
                    "**My pictures are smaller than the presize.** The cached loader leaves them as they are "
                    "and brings them to the training size in one step. fastai's `Resize(460)`, `loader = "
                    "files` here, enlarges every one to 460 px first: more work, no more detail. A presize or "
                    "size above the files' own side gains nothing."
                ),
            )
        with right:
            _paragraphs(
                tr(
                    "**Why is it so slow on Colab?** The card waits for the loader. In every epoch fastai decodes each "
                    "file and resizes it to 460 px on the processor, with a worker for each core, {n} at most; a small "
                    "hosted machine has few. What helps: the smaller set (`imagenette2-160`, `-320`), pictures on the "
                    "machine's own disk and not on a mounted drive, or decoding once, as `loader = cache` does here.",
                    n=MOST_WORKERS,
                ),
                tr(
                    "**Will a second run give the same result?** With the same seed, machine, versions, batch "
                    "size and precision: nearly. A graphics card adds in no fixed order. On a processor a run that "
                    "trains alone takes more or fewer threads, as the machine is free or busy, and each number of them "
                    "rounds sums differently. Training makes that grow: two such runs can end some points apart. With "
                    "`OMP_NUM_THREADS` set for the app, a run on a processor repeats itself exactly. Another seed or "
                    "batch size makes other steps; another machine, version or precision rounds numbers differently."
                ),
                tr(
                    "**Must I say `n_out`?** Not here: the net gets one output per class. In your own code "
                    "write `xresnet50(n_out=dls.c)`: without it the net has {n} outputs, of which Imagenette "
                    "uses {n_used}, and no error says so.",
                    n=words.count(WIDE_OUTPUTS),
                    n_used=N_CLASSES,
                ),
            )
            site.link(
                "baseline", label=tr("On Baseline: what makes a run repeatable, and n_out"), icon=":material/replay:"
            )


def _paragraphs(*said: str) -> None:
    st.markdown("\n\n".join(said))


def _shares(recipe: Recipe | None) -> str:
    """Where this recipe needs most memory, and what halves that; without a recipe, what halves it for any."""
    if recipe is None:
        return tr("Half the batch, or {share} times the size, halves what is kept.", share=words.number(0.71))
    most = heaviest(recipe)
    smaller = round(most.size / 2**0.5)
    return tr(
        "This recipe needs most with {bs} pictures of {size} px; {half} of them, or {smaller} px, need about half.",
        bs=most.bs,
        size=most.size,
        half=most.bs // 2,
        smaller=smaller,
    )


def memory_words(recipe: Recipe) -> str:
    """`the net needs at least 1.2 GB of memory`, by precision where the machine chooses that."""
    half, whole = (words.size_of(least_bytes(recipe, is_half=is_half)) for is_half in (True, False))
    if recipe.precision == "auto":
        return tr("the net needs at least {half} of memory in 16 bits, {whole} in 32", half=half, whole=whole)
    return tr("the net needs at least {size} of memory", size=whole if recipe.precision == "fp32" else half)
