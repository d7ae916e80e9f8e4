"""The left third of the page on test-time augmentation: which net, which picture, which views, and their weights."""

import secrets

import streamlit as st

from pages.shared.pictures import models, predictions
from pages.shared.session import address
from sota_core import words
from sota_core.errors import ImageError, SotaError
from sota_core.recipes import FIELDS

RESCUED, BROKEN = 238, 496  # pictures of the shipped model's set; a test checks that they are what they are called
SEED = 9
N, BETA = FIELDS["tta_n"].default, FIELDS["tta_beta"].default


def _choose_net(choices: dict[str, models.Choice]) -> str:
    """A select box whose id stands in the address; Streamlit's own binding would put the label there."""
    name, first, state = "tta.model", next(iter(choices)), st.session_state
    if name not in state:
        state[name] = st.query_params.get(name)
    if state[name] not in choices:
        state[name] = first
    st.selectbox("Net", list(choices), format_func=lambda i: choices[i].label, key=name)
    if state[name] == first:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = state[name]
    return state[name]


def _choose_picture(choice: models.Choice, n_pictures: int) -> None:
    at, another = st.columns((1.1, 1), vertical_alignment="bottom", gap="small")
    if st.session_state.get("tta.picture", 0) >= n_pictures:
        st.session_state["tta.picture"] = 0  # another model, fewer pictures
    with at:
        st.number_input(
            "Picture",
            0,
            n_pictures - 1,
            RESCUED if choice.id == models.SHIPPED else 0,
            key="tta.picture",
            bind="query-params",
            help=f"One of the {words.plural(n_pictures, 'picture')} this net was validated on, not trained on.",
        )
    with another:
        st.button("Another", icon=":material/shuffle:", on_click=_shuffle, args=(n_pictures,), width="stretch")


def _shuffle(n_pictures: int) -> None:
    st.session_state["tta.picture"] = secrets.randbelow(n_pictures)


def _draw_again() -> None:
    st.session_state["tta.seed"] = secrets.randbelow(10_000)


def _own_picture() -> bytes | None:
    with st.popover("Use your own", icon=":material/upload:", width="stretch"):
        file = st.file_uploader("A picture", type=["jpg", "jpeg", "png", "webp"], key="tta.own")
        st.markdown(":gray[:small[Not stored; gone with this tab. The net knows only its own classes.]]")
    address.own_picture("tta.own", file is not None)
    return file.getvalue() if file else None


def controls(choices: dict[str, models.Choice]) -> tuple[models.Choice, predictions.Asked | None]:
    """The choices of the left third; what the chosen net says of the chosen picture, None if it cannot be asked."""
    chosen = _choose_net(choices)
    choice = choices[chosen]
    found = predictions.stored(choice)
    if found is None:
        st.warning("This run has left no predictions: it ended before its last validation. Choose another net.")
        return choice, None
    _choose_picture(choice, len(found))
    own = _own_picture()
    st.slider("Augmented views n", 1, predictions.N_VIEWS, N, key="tta.n", bind="query-params")
    use_max = st.toggle("Maximum instead of mean (use_max)", key="tta.use_max", bind="query-params")
    st.slider(
        "Weight of the plain view β",
        0.0,
        1.0,
        BETA,
        0.05,
        key="tta.beta",
        bind="query-params",
        disabled=use_max,
        help="fastai's beta: plain counts β, each augmented view (1 − β) / n. The maximum ignores it.",
    )
    seed, again = st.columns((1.1, 1), vertical_alignment="bottom", gap="small")
    seed.number_input("Seed of the views", 0, 9999, SEED, key="tta.seed", bind="query-params")
    again.button("Draw again", icon=":material/casino:", key="tta.again", on_click=_draw_again, width="stretch")
    return choice, _look_at(choice, own)


def _look_at(choice: models.Choice, own: bytes | None) -> predictions.Asked | None:
    state = st.session_state
    try:
        if own is not None:
            return predictions.ask_own(choice, own, state["tta.seed"])
        return predictions.ask(choice, state["tta.picture"], state["tta.seed"])
    except ImageError as refused:
        st.error(words.markdown_safe(str(refused)), icon=":material/broken_image:")
    except SotaError as problem:
        st.warning(words.markdown_safe(str(problem)), icon=":material/folder_off:")
    return None
