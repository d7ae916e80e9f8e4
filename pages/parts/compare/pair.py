"""Two runs side by side, worked out when opened: how sure they are, and how they tell classes apart."""

from collections.abc import Sequence

import streamlit as st

from pages.parts.compare import calibration, feature_map
from pages.shared.pictures.models import Choice, choice_of, fetch
from pages.shared.session import address, trouble
from pages.shared.session.controls import choice
from sota_core.analysis.comparison import Compared, with_answers
from sota_core.inference.predictions import PREDICTIONS
from sota_core.language import tr, tr_in
from sota_core.recipes import Recipe
from sota_core.runs.run import Run


@trouble.fragment
def of_two(items: Sequence[Compared], names: dict[str, str]) -> None:
    """Two of the ended runs, or the one there is; nothing where none has ended. `names`: id → label."""
    ended = {item.id: item for item in with_answers(items)}
    if not ended:
        return
    ids = list(ended)
    chosen = ids[:1]
    if len(ids) > 1:
        st.header(tr("Two runs side by side"), anchor=False)
        left, right = st.columns(2, gap="large")
        said = {id: f"{names[id]} · {id}" for id in ids}
        with left:
            first = choice(tr("One run"), ids, ids[0], name="pair_a", words=said.__getitem__)
        with right:
            second = choice(tr_in("run", "Another"), ids, ids[1], name="pair_b", words=said.__getitem__)
        chosen = [first] if first == second else [first, second]
        st.caption(tr("The sections below compare these two."))
    runs = [(names[id], ended[id].recipe, choice_of(id, ended[id].label, ended[id].recipe)) for id in chosen]
    _folds(runs, "compare", is_shared=True)


def of_run(run: Run, title: str) -> None:
    """The same for one run; nothing where it has left no answers."""
    asked = choice_of(run.id, title, run.recipe)
    fetch(asked)
    if (asked.folder / PREDICTIONS).is_file():
        _folds([(title, run.recipe, asked)], "run")


def _folds(runs: Sequence[tuple[str, Recipe, Choice]], place: str, *, is_shared: bool = False) -> None:
    """`is_shared`: the address says which folds are open."""
    bind = "query-params" if is_shared else None
    for name, part in (("calibration", calibration), ("features", feature_map)):
        key = f"{place}.{name}"
        if not is_shared:  # the title in another language makes a new fold: it is to be as this one was
            is_led = address.given(f"{key}.classes") is not None
            st.session_state[key] = st.session_state.get(key, is_led)
        with st.expander(tr(part.TITLE), icon=part.ICON, key=key, on_change="rerun", bind=bind) as folded:
            if folded.open:
                part.draw(runs, key)
