"""Two pictures blended by λ, and beside them the sums of their mix at the same λ."""

import numpy as np
import streamlit as st

from pages.shared.components import blend
from pages.shared.components.stage import Stage
from pages.shared.frame.technique import pictured
from pages.shared.pictures import picker
from pages.shared.session import trouble
from sota_core import words
from sota_core.figures.mixup import sums
from sota_core.figures.mixup.mixing import Pixel, middle
from sota_core.figures.pictures import centre_square
from sota_core.language import tr

STAGE = "mixup.mix"
LAM = 0.7
# Pictures worth a first look: (class, number), where the set has such classes; else the set's first two classes.
FAVOURITES = (("church", 34), ("gas pump", 5)), (("balloon", 4), ("lighthouse", 2))


def favourites(gallery: picker.Gallery) -> tuple[tuple[str, int], tuple[str, int]]:
    fitting = (pair for pair in FAVOURITES if all(name in gallery.names for name, _ in pair))
    return next(fitting, ((gallery.names[0], 1), (gallery.names[-1], 1)))


def pair_words(a: str, b: str) -> str:
    """Which pair the book mixes, and what stands for it in a set that lacks one of the two."""
    if (a, b) == tuple(name for name, _ in FAVOURITES[0]):
        return tr(
            "The book mixes a church, 0.3, and a gas pump, 0.7: λ = 0.30 with the two pictures you see first; the "
            "slider begins at {lam}.",
            lam=words.number(LAM),
        )
    return tr(
        "The book mixes a church, 0.3, and a gas pump, 0.7: λ = 0.30; the slider begins at {lam}. This set does not "
        "have both; {a} and {b} stand in for them.",
        lam=words.number(LAM),
        a=words.markdown_safe(a),
        b=words.markdown_safe(b),
    )


Chosen = tuple[tuple[np.ndarray, np.ndarray], tuple[str, str]]  # the two pictures, (H, W, 3) uint8, and their classes


def first_figure(gallery: picker.Gallery) -> Chosen:
    """Two pictures and λ, mixed in the browser; beside it the sums."""
    controls, figure = pictured((1, 2.4), key="mix")
    with controls:
        picker.choose_set()
        a, b = favourites(gallery)
        picture_a, name_a = picker.choose(gallery, key="mixup.a", label=tr("Picture A"), default=a, role="picture_a")
        picture_b, name_b = picker.choose(gallery, key="mixup.b", label=tr("Picture B"), default=b, role="picture_b")
        picker.own({"mixup.a": tr("Picture A"), "mixup.b": tr("Picture B")})
        st.markdown(tr(":gray[:small[Drag across the picture, or move the slider: picture and numbers follow.]]"))
        st.markdown(f":gray[:small[{pair_words(a[0], b[0])}]]")
    with figure:
        squares = [centre_square(picture, blend.SIDE) for picture in (picture_a, picture_b)]
        # Not the pictures themselves: Streamlit keeps a fragment's arguments for every visitor.
        mixed(
            (blend.square(picture_a), blend.square(picture_b)),
            (name_a, name_b),
            (middle(squares[0]), middle(squares[1])),
        )
    return (picture_a, picture_b), (name_a, name_b)


@trouble.fragment
def mixed(pictures: tuple[str, str], names: tuple[str, str], pixels: tuple[Pixel, Pixel]) -> None:
    """Picture and sums, which move with λ: all that the server runs when λ comes to rest."""
    at = {"lam": blend.lam_from_url(LAM), "names": names, "a": pixels[0], "b": pixels[1]}
    stage = Stage(STAGE, at, (blend.knob(LAM),), sums.VIEWS, still=[sums.said])
    mix, numbers = st.columns((1.25, 1.05), gap="large")
    with mix:
        blend.blend(pictures, names, stage=STAGE)
    with numbers:
        stage.place(sums.template(), key="mixup.sums")
    stage.draw()
