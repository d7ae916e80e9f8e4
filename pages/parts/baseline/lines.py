"""The baseline's code, line by line: what each says, and what it does to a picture of the set."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from PIL import Image

from pages.shared.components.data_uri import encoded_once
from pages.shared.components.gallery import Tile, gallery
from pages.shared.pictures import datasets, picker
from pages.shared.pictures.picker import Gallery
from sota_core import words
from sota_core.data.pictures.listing import SYNSET_NAMES
from sota_core.data.pictures.view import presized
from sota_core.figures import palette
from sota_core.figures.pictures import data_uri
from sota_core.figures.resizing.presizing import Presized, in_words, presize, presizing
from sota_core.figures.runs.epoch_table import epoch_table, markdown
from sota_core.functional.stages import STAGES, stage_sides
from sota_core.inference.views import augmented_views, draws
from sota_core.language import tr, tr_in, tr_n
from sota_core.published import N_VALID, experiments
from sota_core.script.baseline import PHASE, PRESIZE

N_PICTURES = 13_394  # of Imagenette, both parts together
N_VIEWS = 6
SHOWN = 160  # pixels of an augmented view on the screen
PROBS = (0.1, 0.5, 0.9, 0.99)
ON_A_PICTURE = {"blocks", "files", "labels", "resize", "augment"}  # lines that are shown on the picture chosen
BY_CHANCE = {"set", "resize", "augment"}  # lines whose effect is drawn with the seed


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """What the lines are shown on: a picture of the set, its class, its number there, a seed for what is random; and
    the net's outputs.
    """

    of: Gallery
    picture: np.ndarray
    name: str
    number: int
    seed: int
    n_out: int

    @property
    def folder(self) -> str:
        """The name of the class's folder: in some sets a WordNet id."""
        if self.of.path is None:
            return self.name.replace(" ", "_")
        return picker.listing_at(self.of.path).classes[self.of.names.index(self.name)]


def show(line: str, example: Example) -> None:
    """The line's effect on the example."""
    _EFFECTS[line](example)


def _set(example: Example) -> None:
    shown = datasets.thumbs(example.of.source, 10, example.seed)
    tiles = [Tile(one.picture, one.name) for one in shown]
    gallery(tiles, key="baseline.set", label=tr("Pictures of the set"), columns=5, most="1fr")
    there = datasets.presence(example.of.source)
    st.caption(
        tr(
            "{classes} and {pictures} here. Imagenette has 10 classes and {n_imagenette} pictures.",
            classes=tr_n("{n} class", "{n} classes", len(example.of.names)),
            pictures=tr_n("{n} picture", "{n} pictures", there.n_train + there.n_valid),
            n_imagenette=words.count(N_PICTURES),
        )
    )


def _blocks(example: Example) -> None:
    height, width = example.picture.shape[:2]
    number = example.of.names.index(example.name)
    left, right = st.columns((1, 1.3), gap="medium")
    with left:
        _picture(example)
    with right:
        st.markdown(
            tr(
                "**in** &ensp; 3 × {height} × {width} bytes, 0 … 255  \n"
                "**in the batch** &ensp; divided by 255, 0 … 1  \n"
                "**out** &ensp; {name} → **{number}**",
                height=height,
                width=width,
                name=_safe(example.name),
                number=number,
            )
        )
        listed = " · ".join(f"{i} {_safe(name)}" for i, name in enumerate(example.of.names[:12]))
        more = " · …" if len(example.of.names) > 12 else ""
        st.markdown(f":small[:gray[dls.vocab: {listed}{more}]]")
        if example.folder in SYNSET_NAMES:
            st.markdown(tr(":small[:gray[fastai sorts the folders' names, here WordNet ids; we show what they mean.]]"))


def _files(example: Example) -> None:
    there = datasets.presence(example.of.source)
    left, right = st.columns((1, 1.3), gap="medium")
    with left:
        _picture(example)
    with right:
        files = tr_n("{n} file", "{n} files", there.n_train + there.n_valid)
        found = (
            tr("Here it finds **{files}**, from `train` and `val` together.", files=files)
            if there.has_split
            else tr("Here it finds **{files}**.", files=files)
        )
        one = tr("This is one of them, from a folder `{folder}`.", folder=_safe_code(example.folder))
        st.markdown(f"{found} {one}")


def _labels(example: Example) -> None:
    left, right = st.columns((1, 1.3), gap="medium")
    with left:
        _picture(example)
    with right:
        folder = _safe_code(example.folder)
        st.markdown(f"`parent_label(…/{folder}/…)` → **`{folder}`**")
        if example.folder in SYNSET_NAMES:
            st.markdown(tr("A WordNet id: fastai shows it unchanged. It stands for {name}.", name=_safe(example.name)))


def _split(example: Example) -> None:
    there = datasets.presence(example.of.source)
    n = there.n_train + there.n_valid
    held = n // 5
    rows = [
        (tr("split, of this set"), tr("to train"), tr("to validate")),
        (":--", "--:", "--:"),
        (tr("a random fifth, as in the chapter"), words.count(n - held), words.count(held)),
    ]
    if there.has_split:
        rows.append((tr("the set's own folders"), words.count(there.n_train), words.count(there.n_valid)))
    st.markdown(_table(rows))
    st.markdown(
        tr(
            "The texts hold out {n_valid} of Imagenette's {n_pictures}, so every accuracy they print is a whole number "
            "of {n_valid}ths: one picture is {points} points.",
            n_valid=words.count(N_VALID),
            n_pictures=words.count(N_PICTURES),
            points=words.number(100 / N_VALID),
        )
    )


def _resize(example: Example) -> None:
    height, width = example.picture.shape[:2]
    found = presize(height, width, size=PRESIZE, method="crop", min_scale=1.0, n_crops=0, seed=example.seed)
    keys = palette.key("published", tr("in training, dashed")), palette.key("valid", tr("in validation, dotted"))
    st.markdown(" · ".join(keys))
    wide = max(1, min(620, round(380 * width / height)))
    st.image(_boxes(example.picture, found, wide), width=wide, alt=in_words(found))
    st.caption(
        tr(
            "Another seed, another place: over the epochs, training sees the edges too. Validation never sees them, "
            "unless the picture is square."
        )
    )


@encoded_once
def _boxes(picture: np.ndarray, found: Presized, width: int) -> str:
    return data_uri(presizing(picture, found, width), is_exact=False)


def _augment(example: Example) -> None:
    picture = presized(Image.fromarray(example.picture), PRESIZE)
    wanted = draws(N_VIEWS, example.seed)
    views = np.rint(255 * augmented_views(picture, SHOWN, "crop", wanted)).astype(np.uint8)
    tiles = [
        Tile(view.transpose(1, 2, 0), draw.words(), role="train") for view, draw in zip(views, wanted, strict=True)
    ]
    gallery(tiles, key="baseline.views", label=tr("The picture as training sees it"), columns=3, most="1fr")
    st.caption(
        tr(
            "The same picture in six versions that training could see. In fastai the final crop is the same for the "
            "whole batch; here each version has its own."
        )
    )


def _loaders(_: Example) -> None:
    n_train = N_PICTURES - N_VALID
    numbers = PHASE.bs * 3 * PHASE.size**2
    st.markdown(
        tr(
            "One batch of pictures: **{bs} × 3 × {size} × {size}** = {numbers} numbers, {memory} in 32 bits; with it "
            "come {bs} class numbers.\n\nOne epoch on Imagenette: {n_train} // {bs} = **{n_batches} batches**, so "
            "{n_epochs} epochs change the weights {n_epochs} · {n_batches} = {n_steps} times. Each epoch leaves out "
            "{n_left} pictures, different ones every time.",
            bs=PHASE.bs,
            size=PHASE.size,
            numbers=words.count(numbers),
            memory=words.size_of(4 * numbers),
            n_train=words.count(n_train),
            n_batches=n_train // PHASE.bs,
            n_epochs=PHASE.n_epochs,
            n_steps=PHASE.n_epochs * (n_train // PHASE.bs),
            n_left=n_train % PHASE.bs,
        )
    )


def _net(example: Example) -> None:
    sides = stage_sides(PHASE.size)
    stages = [(tr(name), f"{side} × {side}", words.count(n)) for (name, n), side in zip(STAGES, sides, strict=True)]
    rows = [
        (tr_in("a table of the net's layers", "after"), tr("side"), tr("channels")),
        (":--", "--:", "--:"),
        (tr("the picture"), f"{PHASE.size} × {PHASE.size}", "3"),
        *stages,
        (tr("mean over all positions"), "1 × 1", words.count(STAGES[-1][1])),
        (tr("last layer"), "", tr("n_out, {n}", n=words.count(example.n_out))),
    ]
    st.markdown(_table(rows))


def _loss(_: Example) -> None:
    rows = [
        (tr("probability of the right class"), tr("loss"), tr("slope along its output")),
        ("--:", "--:", "--:"),
        *((words.short(p), words.loss(-math.log(p)), words.signed(p - 1, 2)) for p in PROBS),
    ]
    st.markdown(_table(rows))
    st.markdown(
        tr(
            "The slope is probability minus target: it shrinks as the net becomes sure, but at no finite output does "
            "it reach 0. Label smoothing returns to this."
        )
    )


def _fit(_: Example) -> None:
    printed = experiments()["book/baseline"]
    st.markdown(markdown(epoch_table(printed.rows)))
    st.caption(
        tr(
            "As printed in the book. `train_loss` is a running mean over augmented pictures, in which the latest "
            "batches count most; `valid_loss` is the mean over all validation pictures, with the net at the end of "
            "the epoch."
        )
    )


def _table(rows: Sequence[Sequence[str]]) -> str:
    """A markdown table. `rows`: its heads, the alignment of its columns, then its body."""
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _picture(example: Example) -> None:
    said_of_it = tr("{name}, picture {n}", name=example.name, n=example.number)
    st.image(_shown(example.picture), width="stretch", alt=said_of_it)


@encoded_once
def _shown(picture: np.ndarray) -> str:
    return data_uri(picture, is_exact=False)


def _safe(name: str) -> str:
    return words.markdown_safe(name)


def _safe_code(name: str) -> str:
    """For text between backticks, where only a backtick is markdown."""
    return name.replace("`", "'")


_EFFECTS: Mapping[str, Callable[[Example], None]] = {
    "set": _set,
    "blocks": _blocks,
    "files": _files,
    "labels": _labels,
    "split": _split,
    "resize": _resize,
    "augment": _augment,
    "loaders": _loaders,
    "net": _net,
    "loss": _loss,
    "fit": _fit,
}
