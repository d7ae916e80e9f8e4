"""Fine-tuning: a trained net trained further, with right and wrong statistics, beside one from random weights."""

import streamlit as st

from pages.shared.session import site
from sota_core import words
from sota_core.inference.fine_tuning import ARMS, EPOCHS, SIZE, Arm, FineTuning, stored
from sota_core.language import N_, tr
from sota_core.recipes.draft import address

# arm → where it starts, whose statistics, how it is trained
_OWN, _SHIPS, _NETS, _NONE = N_("random weights"), N_("the app's small net"), N_("the net's"), N_("none")
ROWS = {
    "random": (_OWN, N_("the set's"), "fit_one_cycle"),
    "right": (_SHIPS, _NETS, "fit_one_cycle"),
    "wrong": (_SHIPS, _NONE, "fit_one_cycle"),
    "fine_tune": (_SHIPS, _NETS, "fine_tune"),
    "fine_tune wrong": (_SHIPS, _NONE, "fine_tune"),
}
BY_SIZE = {arm: ROWS[arm.partition(" ")[0]] for arm in ("random", "right", "random large", "right large")}
TITLE = N_("Fine-tuned, with right and wrong statistics")


def section() -> None:
    found = stored()
    with st.expander(tr(TITLE), icon=":material/tune:"):
        said, table = st.columns((1, 1.7), gap="large")
        with said:
            st.markdown(finding(found))
        with table:
            st.markdown(rows(found, ROWS))
            st.caption(measured(found, SIZE))
        st.markdown(tr("Each link opens the lab with everything set; the lab says how long the run takes."))
        links(("right", "wrong", "random", "fine_tune"))


def links(arms: tuple[str, ...]) -> None:
    """A link to the lab for the recipe of each of these arms."""
    with st.container(horizontal=True):
        for arm in arms:
            with st.container(width="content"):
                site.link(
                    "train",
                    label=tr(LINKS[arm], size=ARMS[arm].phases[0].size),
                    icon=":material/science:",
                    query=address(ARMS[arm], "prints"),
                )


LINKS = {
    "right": N_("The app's small net, {size} px"),
    "wrong": N_("The same net without statistics"),
    "random": N_("Random weights, {size} px"),
    "fine_tune": N_("With fine_tune"),
    "right large": N_("The app's small net, {size} px"),
    "random large": N_("Random weights, {size} px"),
}


def rows(found: FineTuning, of: dict[str, tuple[str, str, str]]) -> str:
    """The table of these arms, without those not measured; with their picture sizes where these differ."""
    sizes = {ARMS[name].phases[0].size for name in of}
    lines = [
        f"| {tr(start)}{f', {ARMS[name].phases[0].size} px' if len(sizes) > 1 else ''} | {tr(whose)} | `{method}` "
        f"| {words.percent(arm.mean_first)} | **{words.percent(arm.mean)}** | {_range(arm)} |"
        for name, (start, whose, method) in of.items()
        if (arm := found.arms.get(name)) is not None
    ]
    head = tr("| start | statistics | method | 1 epoch | {epochs} epochs | seeds |", epochs=EPOCHS)
    return "\n".join([head, "|:--|:--|:--|--:|--:|:--|", *lines])


def _range(arm: Arm) -> str:
    low, high = (100 * value for value in (min(arm.accuracies), max(arm.accuracies)))
    return tr("{low} to {high}", low=words.number(low, 1), high=words.number(high, 1))


def measured(found: FineTuning, size: int) -> str:
    return tr(
        "Mean of {n} seeds, and their range; {n_valid} validation pictures, {size} px, {epochs} epochs in all, "
        "batches of 32. The learning rates are the best of four, chosen with another seed: one for random weights, "
        "one for fine_tune. {device}, {precision}, {date}.",
        n=len(next(iter(found.arms.values())).accuracies),
        n_valid=words.count(found.n_valid),
        size=size,
        epochs=EPOCHS,
        device=words.markdown_safe(found.device),
        precision=found.precision,
        date=found.date,
    )


def finding(found: FineTuning) -> str:
    """What the runs say, in numbers; and why."""
    arms = found.arms
    right, wrong, random = arms["right"], arms["wrong"], arms["random"]
    said = tr(
        "*Prints* are 300 drawn pictures of six classes, in one ink on tinted paper, and 300 to validate on. The "
        "small net that comes with the app (trained on Sample at 80 px) has never seen them. It starts from its "
        "trained weights with a new last layer; then all layers are trained.\n\n**What the start is worth.** {gain} "
        "over random weights on average; {gains} depending on the seed.\n\n**What wrong statistics cost.** After one "
        "epoch {wrong} instead of {right}, where guessing gives {guessing}; after {epochs} epochs the difference is "
        "{cost}, or {costs} depending on the seed. Training makes up for most of it: during training each batch norm "
        "layer uses the batch's own mean and standard deviation, even in a frozen body, and the running averages, "
        "used for prediction, follow within some two dozen batches.",
        gain=words.points(words.change(random.mean, right.mean)),
        gains=_between(right, random),
        wrong=words.percent(wrong.mean_first),
        right=words.percent(right.mean_first),
        guessing=words.percent(1 / 6, 0),
        epochs=EPOCHS,
        cost=words.points(words.change(right.mean, wrong.mean)),
        costs=_between(wrong, right),
    )
    if (slow := arms.get("fine_tune")) is not None:
        said += "\n\n" + tr(
            "**`fine_tune` gains less here**, {slow}: it trains the stem (its first convolutions) at a hundredth of "
            "the rate of the head (its last layer) and the blocks between at a tenth, which suits a body that hardly "
            "has to change. For *Prints* this small net's body must change more: one rate for all layers is {gain} "
            "points better.",
            slow=words.percent(slow.mean),
            gain=words.number(100 * words.change(slow.mean, right.mean), 1),
        )
    return said


def _between(one: Arm, other: Arm) -> str:
    """The smallest and the largest difference of two arms with the same seed, in percentage points."""
    apart = sorted(100 * words.change(b, a) for a, b in zip(one.accuracies, other.accuracies, strict=True))
    return tr("{low} to {high}", low=words.signed(apart[0], 1), high=words.signed(apart[-1], 1))
