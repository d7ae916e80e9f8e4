"""Fine-tuned: a net that is trained on, with right and wrong statistics, beside one from random weights."""

import streamlit as st

from pages.shared.session import site
from sota_core import words
from sota_core.inference.fine_tuning import ARMS, EPOCHS, SIZE, Arm, FineTuning, stored
from sota_core.recipes.draft import address

# arm → where it starts, whose statistics, how it is trained
ROWS = {
    "random": ("random weights", "the set's", "fit_one_cycle"),
    "right": ("the net that ships", "the net's", "fit_one_cycle"),
    "wrong": ("the net that ships", "none", "fit_one_cycle"),
    "fine_tune": ("the net that ships", "the net's", "fine_tune"),
    "fine_tune wrong": ("the net that ships", "none", "fine_tune"),
}
BY_SIZE = {
    arm: (f"{ROWS[arm.partition(' ')[0]][0]}, {ARMS[arm].phases[0].size} px", *ROWS[arm.partition(" ")[0]][1:])
    for arm in ("random", "right", "random large", "right large")
}
TITLE = "Fine-tuned, with right and wrong statistics"


def section() -> None:
    found = stored()
    with st.expander(TITLE, icon=":material/tune:"):
        said, table = st.columns((1, 1.7), gap="large")
        with said:
            st.markdown(finding(found))
        with table:
            st.markdown(rows(found, ROWS))
            st.caption(measured(found, SIZE))
        st.markdown("Each opens the lab ready to start, everything set; there stands how long it takes.")
        links(("right", "wrong", "random", "fine_tune"))


def links(arms: tuple[str, ...]) -> None:
    """One to the lab for each of these recipes."""
    with st.container(horizontal=True):
        for arm in arms:
            with st.container(width="content"):
                site.link("train", label=LINKS[arm], icon=":material/science:", query=address(ARMS[arm], "prints"))


LINKS = {
    "right": f"The net that ships, {SIZE} px",
    "wrong": "The same without statistics",
    "random": f"Random weights, {SIZE} px",
    "fine_tune": "By fine_tune",
    "right large": f"The net that ships, {2 * SIZE} px",
    "random large": f"Random weights, {2 * SIZE} px",
}


def rows(found: FineTuning, of: dict[str, tuple[str, str, str]]) -> str:
    """The table of these arms, those that were measured."""
    lines = [
        f"| {start} | {whose} | `{method}` | {words.percent(arm.mean_first, 0)} | **{words.percent(arm.mean, 0)}** "
        f"| {_range(arm)} |"
        for name, (start, whose, method) in of.items()
        if (arm := found.arms.get(name)) is not None
    ]
    return "\n".join(
        [
            f"| start | statistics | by | 1 epoch | {EPOCHS} epochs | seeds |",
            "|:--|:--|:--|--:|--:|:--|",
            *lines,
        ]
    )


def _range(arm: Arm) -> str:
    low, high = (100 * value for value in (min(arm.accuracies), max(arm.accuracies)))
    return f"{low:.0f} to {high:.0f}"


def measured(found: FineTuning, size: int) -> str:
    n = len(next(iter(found.arms.values())).accuracies)
    return (
        f"Mean of {n} seeds, and their range; {found.n_valid} validation pictures, {size} px, {EPOCHS} epochs in all, "
        "batches of 32. Rates were chosen with another seed, of four each: the best for random weights, and the best "
        f"for fine_tune. {words.markdown_safe(found.device)}, {found.precision}, {found.date}."
    )


def finding(found: FineTuning) -> str:
    """What the runs say, in numbers; and why."""
    arms = found.arms
    right, wrong, random = arms["right"], arms["wrong"], arms["random"]
    said = (
        "*Prints* are 300 drawn pictures of six classes that the net that ships has never seen, in one ink on tinted "
        "paper, and 300 to validate on. All but its last layer is kept, and trained on with the rest.\n\n"
        f"**What the start is worth.** {words.points(right.mean - random.mean)} over random weights on the mean; seed "
        f"by seed {_between(right, random)}.\n\n"
        f"**What wrong statistics cost.** After one epoch {words.percent(wrong.mean_first, 0)} in place of "
        f"{words.percent(right.mean_first, 0)}, where guessing gives {words.percent(1 / 6, 0)}; after {EPOCHS} it is "
        f"{words.points(wrong.mean - right.mean)}, seed by seed {_between(wrong, right)}. Training forgives most of "
        "what asking does not: there each batch norm takes the batch's own mean and standard deviation, also under a "
        "frozen body, and its running averages follow within some two dozen batches."
    )
    if (slow := arms.get("fine_tune")) is not None:
        said += (
            f"\n\n**`fine_tune` gains less here**, {words.percent(slow.mean, 0)}: it trains the stem at a hundredth of "
            "the head's rate and the blocks at a tenth, for a body that need hardly move. Of this small net's body the "
            f"prints ask more: one rate for all is {words.points(right.mean - slow.mean)[1:]} better."
        )
    return said


def _between(one: Arm, other: Arm) -> str:
    """The smallest and the largest difference of two arms with the same seed, in points."""
    apart = sorted(a - b for a, b in zip(one.accuracies, other.accuracies, strict=True))
    low, high = (words.points(value).removesuffix(" points") for value in (apart[0], apart[-1]))
    return f"{low} to {high}"
