"""The left third of the page on test-time augmentation: which net, which picture, which views, and their weights."""

import streamlit as st

from pages.shared.pictures import models, predictions
from pages.shared.session import address, buttons
from pages.shared.session.controls import choice, draw_again, number
from sota_core import words
from sota_core.errors import ImageError, SotaError
from sota_core.recipes import FIELDS

RESCUED, BROKEN = 238, 496  # pictures of the shipped model's set; a test checks that they are what they are called
SEED = 9
N, BETA = FIELDS["tta_n"].default, FIELDS["tta_beta"].default


def _choose_net(choices: dict[str, models.Choice]) -> str:
    name, first = "tta.model", next(iter(choices))
    return choice("Net", list(choices), first, name=name, key=name, words=lambda i: choices[i].label)


def _choose_picture(net: models.Choice, n_pictures: int) -> int:
    at, another = st.columns((1.1, 1), vertical_alignment="bottom", gap="small")
    with at:
        now = number(
            "Picture",
            0,
            n_pictures - 1,
            RESCUED if net.id == models.SHIPPED else 0,
            name="tta.picture",
            help=f"One of the {words.plural(n_pictures, 'picture')} this net was validated on, not trained on.",
        )
    with another:
        draw_again("tta.picture", now, key="tta.another", n=n_pictures, label="Another")
    return now


def _own_picture() -> bytes | None:
    with st.popover("Use your own", icon=":material/upload:", width="stretch"):
        file = st.file_uploader("A picture", type=["jpg", "jpeg", "png", "webp"], key="tta.own")
        st.markdown(":gray[:small[Not stored; gone with this tab. The net knows only its own classes.]]")
    address.own_picture("tta.own", file is not None)
    return file.getvalue() if file else None


def controls(choices: dict[str, models.Choice]) -> tuple[models.Choice, predictions.Asked | None]:
    """The choices of the left third; what the chosen net says of the chosen picture, None if it cannot be asked."""
    net = choices[_choose_net(choices)]
    found = predictions.stored(net)
    if found is None:
        st.warning("This run has left no predictions: it ended before its last validation. Choose another net.")
        return net, None
    picture = _choose_picture(net, len(found))
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
    buttons.reason("The maximum ignores it." if use_max else "")
    at, again = st.columns((1.1, 1), vertical_alignment="bottom", gap="small")
    with at:
        seed = number("Seed of the views", 0, 9999, SEED, name="tta.seed")
    with again:
        draw_again("tta.seed", seed, key="tta.again")
    return net, _look_at(net, picture, seed, own)


def _look_at(net: models.Choice, picture: int, seed: int, own: bytes | None) -> predictions.Asked | None:
    try:
        if own is not None:
            return predictions.ask_own(net, own, seed)
        return predictions.ask(net, picture, seed)
    except ImageError as refused:
        st.error(words.markdown_safe(str(refused)), icon=":material/broken_image:")
    except SotaError as problem:
        st.warning(words.markdown_safe(str(problem)), icon=":material/folder_off:")
    return None
