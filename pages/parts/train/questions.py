"""What learners ask before they start: sizes, memory, repeating, a slow loader, the net's outputs. Folded."""

import streamlit as st

from pages.shared.session import site
from sota_core import words
from sota_core.published import N_CLASSES, WIDE_OUTPUTS
from sota_core.recipes import Recipe
from sota_core.recipes.memory import heaviest, least_bytes

MOST_WORKERS = 16  # fastai's, of a loader that is told no number


def section(recipe: Recipe | None) -> None:
    """recipe  what stands above; None while it cannot be run"""
    with st.expander("Asked before the first run", icon=":material/help:", key="lab.asked"):
        left, right = st.columns(2, gap="large")
        with left:
            st.markdown(
                "**How large a batch fits?** What the forward pass keeps for the backward pass grows with the batch "
                "and with the square of the size; weights, gradients and the optimizer's two averages do not. "
                f"{_shares(recipe)} The least that is named above *Start* counts just these. Libraries, the pictures "
                "and what is only held for a moment come on top: a card held 6.1 GB where this counts 3.4 "
                "(`xresnet50`, 64 pictures of 224 px, bf16). The same is needed of a computer's own memory where no "
                "card trains. A run that did not fit says so, and half the batch is the first thing to try.\n\n"
                "**My pictures are smaller than the presize.** The cached loader leaves them as they are and "
                "brings them to the training size in one step. fastai's `Resize(460)`, `loader = files` here, enlarges "
                "every one to 460 px first: more work, no detail more. Presize and size above the files' own side gain "
                "nothing."
            )
        with right:
            st.markdown(
                "**Why is it so slow on Colab?** The card waits for the loader. In every epoch fastai decodes each "
                "file and resizes it to 460 px on the processor, with a worker for each core, "
                f"{MOST_WORKERS} at most; a small hosted machine has few. What helps: the smaller set "
                "(`imagenette2-160`, `-320`), pictures on the machine's own disk and not on a mounted drive, or "
                "decoding once, as `loader = cache` does here.\n\n"
                "**Will it come out the same again?** With the same seed, on the same machine, versions, batch and "
                "precision: yes on a processor, nearly on a graphics card. Elsewhere sums are rounded in another "
                "order.\n\n"
                f"**Must I say `n_out`?** Here the net gets an output for each class. In your own code say "
                f"`xresnet50(n_out=dls.c)`: without it there are {words.count(WIDE_OUTPUTS)}, {N_CLASSES} of them used "
                "on Imagenette, and no error says so."
            )
            site.link("baseline", label="What makes a run repeatable, and n_out, on Baseline", icon=":material/replay:")


def _shares(recipe: Recipe | None) -> str:
    """Where this recipe needs most, and what halves it; nothing of one that cannot be run."""
    if recipe is None:
        return "Half the batch, or 0.71 times the size, halves it."
    most = heaviest(recipe)
    smaller = round(most.size / 2**0.5)
    return (
        f"This recipe needs most with {most.bs} pictures of {most.size} px; {most.bs // 2} of them, or {smaller} px, "
        "need about half."
    )


def memory_words(recipe: Recipe) -> str:
    """`the net needs at least 1.2 GB of memory`, by precision where the machine chooses that."""
    half, whole = (words.size_of(least_bytes(recipe, is_half=is_half)) for is_half in (True, False))
    if recipe.precision == "auto":
        return f"the net needs at least {half} of memory in 16 bits, {whole} in 32"
    return f"the net needs at least {whole if recipe.precision == 'fp32' else half} of memory"
