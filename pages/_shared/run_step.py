"""The lab's third step: the seed, what it costs, who waits before it, and Start."""

import secrets

import streamlit as st

from pages._shared import cached, datasets, earlier, guess
from pages._shared.compose import Draft, Pictures, cost_s
from pages._shared.controls import key_of, remember
from pages._shared.starting import start_button, start_if_pressed
from sota_core.figures import words
from sota_core.recipes import FIELDS


def run_step(draft: Draft, pictures: Pictures) -> None:
    st.markdown("##### 3 · Run")
    seed, again = st.columns((3, 1), vertical_alignment="bottom")
    st.session_state[key_of("seed")] = draft.values["seed"]
    with seed:
        field = FIELDS["seed"]
        st.number_input(
            field.label,
            min_value=int(field.low),
            max_value=int(field.high),
            step=1,
            key=key_of("seed"),
            help=field.help,
            on_change=remember,
            args=("seed", draft.base_value("seed")),
        )
    with again:
        st.button(":material/casino:", key="lab.draw", help="Draw another seed", on_click=draw_seed, width="stretch")
    if draft.recipe is None:
        st.warning(words.markdown_safe(draft.problem), icon=":material/rule:")
    else:
        cost = cost_s(draft.recipe, pictures, cached.throughput())
        n = words.plural(round(pictures.n_train * draft.recipe.subset), "picture")
        st.markdown(
            f"About **{words.about(cost)}** of training  \n"
            f":gray[:small[{draft.recipe.total_epochs} epochs over {n}, on {cached.throughput().device}]]"
        )
    source = pictures.source
    can = draft.recipe is not None and datasets.is_here(source) and not datasets.presence(source).problem
    guess.before_start()
    earlier.offer(draft.recipe if can else None)
    start_button("Start", draft.recipe, pictures, key="lab.start", can=can, width="stretch")
    waiting = cached.store().count(["queued"])
    if waiting:
        st.caption(f"{words.plural(waiting, 'run')} waiting before it.")
    start_if_pressed("lab.start", then=guess.commit_with)


def draw_seed() -> None:
    st.query_params["seed"] = str(secrets.randbelow(10_000))
