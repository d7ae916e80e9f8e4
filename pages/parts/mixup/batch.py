"""A whole batch mixed as fastai does it, its losses two ways, and CutMix of the same pictures beside it."""

import numpy as np
import streamlit as st
from PIL import Image

from pages.parts.mixup import spread
from pages.shared.components import sliders
from pages.shared.components.batch_strip import Card, batch_strip
from pages.shared.components.data_uri import encoded
from pages.shared.components.follow import follow
from pages.shared.components.place import place
from pages.shared.components.stage import Stage
from pages.shared.pictures import models, picker
from pages.shared.pictures.models import Choice
from pages.shared.session import trouble
from sota_core import words
from sota_core.data.pictures.view import presized
from sota_core.errors import SotaError
from sota_core.figures.frames import Knob
from sota_core.figures.mixup import cut_batch
from sota_core.figures.mixup.cut_batch import ALPHA as CUT_ALPHA
from sota_core.figures.mixup.cut_batch import ALPHAS, SHOWN
from sota_core.figures.mixup.mixing import TOLERANCE, Item, mean_losses, mixed_batch
from sota_core.figures.pictures import centre_square
from sota_core.inference.model import logits
from sota_core.language import tr, tr_n

BATCH = 8
THUMB = cut_batch.SIDE
CUT_KNOB = Knob("cut_alpha", "mixup.cut_alpha", ALPHAS, CUT_ALPHA)
CUT_STAGE = "mixup.cut_alpha"


@st.cache_data(max_entries=8, show_spinner=False)
def batch_of(gallery: picker.Gallery) -> tuple[list[np.ndarray], np.ndarray]:
    """Always the same eight, so that what changes on the screen is λ and the partner, not the pictures.

    Shapes
        returns  8 × (THUMB, THUMB, 3) uint8, (8,) labels
    """
    rng = np.random.default_rng(3)
    labels = rng.integers(0, len(gallery.names), BATCH)
    numbers = [int(rng.integers(1, gallery.counts[label] + 1)) for label in labels]
    shown = [picker.readable(gallery, gallery.names[k], n) for k, n in zip(labels, numbers, strict=True)]
    return [centre_square(picture, THUMB) for picture in shown], labels


def net_for(gallery: picker.Gallery) -> Choice | None:
    """A net that knows this set's classes: the one that comes with the app, or the latest run's trained on it."""
    return next((choice for choice in models.choices().values() if _knows(choice, gallery)), None)


def _knows(net: Choice, gallery: picker.Gallery) -> bool:
    try:
        return net.source == gallery.source and set(gallery.names) <= set(models.load(net).names)
    except SotaError:  # a model whose files are broken answers nothing
        return False


@st.cache_data(max_entries=32, show_spinner=False, hash_funcs={Choice: lambda choice: choice.id})
def mixed(gallery: picker.Gallery, alpha: float, seed: int, net: Choice | None) -> tuple[Item, ...]:
    pictures, labels = batch_of(gallery)
    if net is None:
        return mixed_batch(pictures, labels, len(gallery.names), alpha, seed)
    model = models.load(net)
    columns = [model.names.index(name) for name in gallery.names]  # the outputs in the set's order of classes

    def ask(views: np.ndarray) -> np.ndarray:
        seen = np.stack([model.view(presized(Image.fromarray(view), model.presize)) for view in views])
        return logits(model, seen)[:, columns]

    return mixed_batch(pictures, labels, len(gallery.names), alpha, seed, ask)


@trouble.fragment
def batch_section(gallery: picker.Gallery) -> None:
    """The strip: λ, partner, picture, target and loss of every item."""
    draw = spread.following_draw("batch_follow")
    alpha, seed, net = draw["alpha"], draw["seed"], net_for(gallery)
    items = mixed(gallery, alpha, seed, net)
    said, strip = st.columns((1, 2.3), gap="large")
    with said:
        st.markdown(
            tr(
                "Eight pictures, α = {alpha}, seed {seed}. Each draws **its own λ**; the partners are the batch "
                "itself, shuffled, so a picture may meet its own class, or itself.",
                alpha=words.number(alpha),
                seed=seed,
            )
        )
        selves = sum(item.partner == i for i, item in enumerate(items))
        same = sum(item.label == item.partner_label for item in items) - selves
        met = tr_n(
            "In this draw {n} picture met itself, {same} another of the same class.",
            "In this draw {n} pictures met themselves, {same} another of the same class.",
            selves,
            same=same,
        )
        st.markdown(f":gray[{met}]")
        st.markdown(
            tr(
                "**The loss, two ways.** fastai keeps class numbers and takes the weighted mean of two losses, "
                "$\\lambda\\,L(\\hat y, y) + (1-\\lambda)\\,L(\\hat y, y_{partner})$. The cross-entropy against the "
                "mixed target is the same number:"
            )
        )
        losses(items)
        asked = (
            tr(
                "Predictions of {net} on the mixed pictures, as training would see them.",
                net=words.markdown_safe(net.label),
            )
            if net
            else tr(
                "No net here knows these classes, so the predictions are made up, drawn with the same seed; the two "
                "losses are equal for any predictions. After a run on these pictures, its net predicts here."
            )
        )
        st.markdown(f":gray[:small[{asked}]]")
    with strip:
        batch_strip([_card(gallery, i, item) for i, item in enumerate(items)], key="mixup.batch")


def losses(items: tuple[Item, ...]) -> None:
    mean = mean_losses(items)
    mark = tr(":green[✓ equal]") if all(item.agrees for item in items) else tr(":red[✕ not equal]")
    st.markdown(
        tr(
            "mean of the weighted losses **{weighted}**  \n"
            "mean against mixed targets **{soft}**  \n"
            "{mark} :gray[within {tolerance}, all {n} items]",
            weighted=words.loss(mean[0]),
            soft=words.loss(mean[1]),
            mark=mark,
            tolerance=f"{TOLERANCE:.0e}",
            n=len(items),
        )
    )


def _card(gallery: picker.Gallery, i: int, item: Item) -> Card:
    lam = words.number(item.lam)
    met = (
        tr("no. {n} meets itself, λ = {lam}", n=i + 1, lam=lam)
        if item.partner == i
        else tr("no. {n} meets no. {partner}, λ = {lam}", n=i + 1, partner=item.partner + 1, lam=lam)
    )
    return Card(
        item.picture,
        (gallery.names[item.label], gallery.names[item.partner_label]),
        item.lam,
        (
            met,
            sum_of(item),
            f"= {words.loss(item.mixed)} {'✓' if item.agrees else '✕'}",
        ),
    )


def sum_of(item: Item) -> str:
    """λ times one loss plus 1 − λ times the other, with enough digits for a reader to recompute the result."""
    weights = (words.number(weight, 4) for weight in (item.lam, 1 - item.lam))
    return " + ".join(
        f"{weight} · {words.loss(loss)}" for weight, loss in zip(weights, (item.own, item.partners), strict=True)
    )


@trouble.fragment
def cutmix_section(gallery: picker.Gallery) -> None:
    """The first pictures again, with the same partners: blended above, cut below."""
    draw = spread.following_draw("cut_follow")
    items = mixed(gallery, **draw, net=net_for(gallery))
    said, strips = st.columns((1, 2.3), gap="large")
    with said:
        _cut_alpha(tuple(_names(gallery, item) for item in items[:SHOWN]), draw["seed"])
        place(cut_batch.in_words(), stage=CUT_STAGE, key="mixup.cut_alpha_words")
    with strips:
        batch_strip([_bare(gallery, item, item.picture, item.lam) for item in items[:SHOWN]], key="mixup.blended")
        st.space("small")
        own = [encoded(picture, is_exact=False) for picture in batch_of(gallery)[0]]
        sent = cut_batch.pictures(own, [item.partner for item in items])
        place(cut_batch.strip(), stage=CUT_STAGE, key="mixup.cut", own=sent)


@trouble.fragment
def _cut_alpha(names: cut_batch.Names, seed: int) -> None:
    """All that the server runs when the knob comes to rest."""
    alpha = sliders.draw(CUT_KNOB, tr("α of CutMix"))
    at = {"cut_alpha": alpha, "seed": seed, "names": names}
    Stage(CUT_STAGE, at, (CUT_KNOB,), cut_batch.VIEWS, still=[cut_batch.said]).draw()


def following_cut(key: str) -> float:
    """Where CutMix's α stands. Call it at the head of a fragment that depends on it: it is redrawn after a move."""
    at = sliders.standing((CUT_KNOB,))
    follow(CUT_STAGE, (CUT_KNOB,), at, key=f"mixup.{key}")
    return at["cut_alpha"]


def _bare(gallery: picker.Gallery, item: Item, picture: np.ndarray, lam: float) -> Card:
    return Card(picture, _names(gallery, item), lam, (tr("mixup, λ = {lam}", lam=words.number(lam)),))


def _names(gallery: picker.Gallery, item: Item) -> tuple[str, str]:
    return gallery.names[item.label], gallery.names[item.partner_label]
