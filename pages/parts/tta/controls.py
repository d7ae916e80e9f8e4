"""The left third of the page on test-time augmentation: which net, which picture, which views."""

import streamlit as st

from pages.shared.pictures import models, own_upload, predictions
from pages.shared.session.controls import choice, draw_again, number
from sota_core import words
from sota_core.errors import ImageError, SotaError
from sota_core.language import tr, tr_n

RESCUED, BROKEN = 238, 496  # pictures of the shipped model's set; a test checks that they are what they are called
SEED = 9
OWN = "tta.own"


def _choose_net(choices: dict[str, models.Choice]) -> str:
    name, first = "tta.model", next(iter(choices))
    return choice(tr("Net"), list(choices), first, name=name, key=name, words=lambda i: choices[i].label)


def _choose_picture(net: models.Choice, n_pictures: int) -> int:
    at, another = st.columns((1.1, 1), vertical_alignment="bottom", gap="small")
    with at:
        now = number(
            tr("Picture"),
            0,
            n_pictures - 1,
            RESCUED if net.id == models.SHIPPED else 0,
            name="tta.picture",
            also=lambda _: own_upload.aside(OWN),
            help=tr_n(
                "One of the {n} picture this net was validated on, not trained on.",
                "One of the {n} pictures this net was validated on, not trained on.",
                n_pictures,
            ),
        )
    with another:
        draw_again("tta.picture", now, key="tta.another", n=n_pictures, label=tr("Another"), also=own_upload.aside(OWN))
    return now


def _own_picture() -> bytes | None:
    with st.popover(tr("Use your own"), icon=":material/upload:", width="stretch"):
        own_upload.ask(tr("A picture"), OWN)
        st.markdown(tr(":gray[:small[Not stored; gone when you close this tab. The net knows only its own classes.]]"))
    file = own_upload.shown(OWN)
    return file.getvalue() if file else None


def controls(choices: dict[str, models.Choice]) -> tuple[models.Choice, predictions.Asked | None]:
    """Net, picture and views; what the chosen net says of the chosen picture, None if it cannot be asked."""
    net = choices[_choose_net(choices)]
    found = predictions.stored(net)
    if found is None:
        st.warning(tr("This run has left no predictions: it ended before its last validation. Choose another net."))
        return net, None
    picture = _choose_picture(net, len(found))
    own = _own_picture()
    at, again = st.columns((1.1, 1), vertical_alignment="bottom", gap="small")
    with at:
        seed = number(tr("Seed of the views"), 0, 9999, SEED, name="tta.seed")
    with again:
        draw_again("tta.seed", seed, key="tta.again")
    return net, _look_at(net, picture, seed, own)


def _look_at(net: models.Choice, picture: int, seed: int, own: bytes | None) -> predictions.Asked | None:
    try:
        if own is not None:
            return predictions.ask_own(net, own, seed)
        return predictions.ask(net, picture, seed)
    except ImageError as refused:
        st.error(words.sentence(refused), icon=":material/broken_image:")
    except SotaError as problem:
        st.warning(words.sentence(problem), icon=":material/folder_off:")
    return None
