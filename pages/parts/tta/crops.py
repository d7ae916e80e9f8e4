"""Why look more than once: what the centre crop leaves out, against squish, pad and five crops of the same picture."""

import numpy as np
import streamlit as st

from pages.shared.components.data_uri import encoded_once
from pages.shared.components.gallery import Tile, gallery
from pages.shared.pictures.predictions import Asked
from sota_core import words
from sota_core.data.pictures.view import corner_view_boxes
from sota_core.figures import palette
from sota_core.figures.boxes import Outline, outlined
from sota_core.figures.pictures import data_uri
from sota_core.functional.resize import resize_box
from sota_core.functional.tta import combine
from sota_core.inference.model import ExportedModel
from sota_core.inference.view_predictions import Look
from sota_core.language import N_, tr, tr_in

CORNERS = (N_("centre"), N_("top left"), N_("top right"), N_("bottom left"), N_("bottom right"))
# a box for each method, by role and dash: the dashes tell the boxes apart without their colours
METHODS = {"crop": ("valid", ()), "squish": ("train", (16, 10)), "pad": ("picture_a", (4, 8))}


def boxes(model: ExportedModel, of: Asked) -> None:
    st.markdown(
        tr(
            "A net sees squares; pictures are rarely square. The plain view of these nets is the centre square: what "
            "lies near an edge is lost before the net sees it, be it a small object with a label of its own or the "
            "one mark that tells a breed. Squishing or padding keeps everything, at a price: the net must learn "
            "distorted shapes too, and without random crops training loses an augmentation. Shifted views show one "
            "edge after another."
        )
    )
    picture = np.asarray(of.picture)
    height, width = picture.shape[:2]
    left, right = st.columns((1, 1.35), gap="large")
    with left:
        _picture(picture, model.size)
    with right:
        looks = (of.looks.crop, of.looks.squish, of.looks.pad)
        heads = {"crop": tr_in("resize", "crop"), "squish": tr_in("resize", "squish"), "pad": tr_in("resize", "pad")}
        does = {
            "crop": tr("cuts the ends off"),
            "squish": tr("distorts the shape"),
            "pad": tr("shrinks, and fills in the rest"),
        }
        if height == width:
            does = dict.fromkeys(does, tr("shows all of it"))
        tiles = [
            _tile(model, look, 0, heads[method], of.label, role, does[method], dashed=bool(dash))
            for (method, (role, dash)), look in zip(METHODS.items(), looks, strict=True)
        ]
        gallery(tiles, key="tta.methods", label=tr("Centre crop, squish and pad"), columns=5, most="9.4rem")
        edge = _edge(height, width)
        st.markdown(
            tr(
                "**Centre and four corners**, squares of {edge} px, as small as a crop in training can be, each with a "
                "fifth of the vote:",
                edge=edge,
            )
        )
        five = of.looks.corners
        gallery(
            [_tile(model, five, k, tr(name), of.label, None, "") for k, name in enumerate(CORNERS)],
            key="tta.corners",
            label=tr("Five crops"),
        )
        together = combine(five.probs[:1], five.probs[1:, None], beta=1 / len(CORNERS))[0]
        st.markdown(tr("Together they say {verdict}.", verdict=_verdict(model, together, of.label)))


def _picture(picture: np.ndarray, size: int) -> None:
    height, width = picture.shape[:2]
    found = {method: resize_box(height, width, size, method) for method in METHODS}
    lines = [Outline(found[method], *METHODS[method]) for method in ("pad", "squish", "crop")]
    st.image(
        _drawn_on(picture, tuple(lines)),
        width="stretch",
        alt=tr(
            "A picture of {width} × {height} pixels with three boxes: the centre crop, the whole picture for "
            "squish, and the larger square for pad, filled with mirrored pixels.",
            width=width,
            height=height,
        ),
    )
    lost = 1 - found["crop"].area / (width * height)
    keys = {"valid": tr("crop, solid"), "train": tr("squish, dashed"), "picture_a": tr("pad, dotted")}
    # no line break within a key
    st.markdown(" &emsp; ".join(palette.key(role, said).replace(" ", "\u00a0") for role, said in keys.items()))
    if width == height:
        st.markdown(
            tr(
                "{width} × {height} px: already a square, so all three boxes hold the whole picture.",
                width=width,
                height=height,
            )
        )
    else:
        st.markdown(
            tr(
                "{width} × {height} px. The centre square leaves out **{lost}** of this picture.",
                width=width,
                height=height,
                lost=words.share(lost),
            )
        )


@encoded_once
def _drawn_on(picture: np.ndarray, lines: tuple[Outline, ...]) -> str:
    return data_uri(outlined(picture, lines), is_exact=False)


def _edge(height: int, width: int) -> int:
    return int(corner_view_boxes(height, width)[0].width)


def _tile(
    model: ExportedModel,
    look: Look,
    k: int,
    head: str,
    label: int | None,
    role: str | None,
    more: str,
    *,
    dashed: bool = False,
) -> Tile:
    probs = look.probs[k]
    top = int(probs.argmax())
    return Tile(
        look.views[k].transpose(1, 2, 0),
        f"{model.names[top]} {words.percent(float(probs[top]), 0)}",
        head,
        role,
        more,
        None if label is None else top == label,
        dashed,
    )


def _verdict(model: ExportedModel, probs: np.ndarray, label: int | None) -> str:
    top = int(probs.argmax())
    mark = "" if label is None else ":green[✓] " if top == label else ":red[✕] "
    return f"{mark}**{words.markdown_safe(model.names[top])} {words.percent(float(probs[top]), 0)}**"
