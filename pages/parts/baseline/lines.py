"""The baseline's code, line by line: what each says, and what it does to a picture of the set."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import streamlit as st
from PIL import Image

from pages.shared.components.data_uri import encoded_once
from pages.shared.components.gallery import Tile, gallery
from pages.shared.pictures import datasets, picker
from pages.shared.pictures.picker import Gallery
from sota_core import words
from sota_core.data.pictures.view import presized
from sota_core.figures import palette
from sota_core.figures.pictures import data_uri
from sota_core.figures.resizing.presizing import Presized, in_words, presize, presizing
from sota_core.figures.runs.epoch_table import epoch_table, markdown
from sota_core.functional.stages import STAGES, stage_sides
from sota_core.inference.views import augmented_views, draws
from sota_core.published import N_VALID, experiments
from sota_core.script.baseline import MIN_SCALE, PHASE, PRESIZE

N_PICTURES = 13_394  # of Imagenette, both parts together
N_VIEWS = 6
SHOWN = 160  # pixels of an augmented view on the screen
PROBS = (0.1, 0.5, 0.9, 0.99)


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """What the lines are shown on: a picture of the set, its class, its number there, and a seed for what is random."""

    of: Gallery
    picture: np.ndarray
    name: str
    number: int
    seed: int

    @property
    def folder(self) -> str:
        """The class folder; where its name is a WordNet id, that."""
        if self.of.path is None:
            return self.name.replace(" ", "_")
        return picker.listing_at(self.of.path).classes[self.of.names.index(self.name)]


SAYS: Mapping[str, str] = {
    "set": "`path` is a folder that holds a folder for each class, in Imagenette below `train` and `val`. The chapter "
    "gets it by `untar_data(URLs.IMAGENETTE)`, which fetches and unpacks an archive the first time and afterwards "
    "finds it under `~/.fastai/data`.",
    "blocks": "What goes in, and what is to come out. `ImageBlock` opens a file as a picture in RGB; in a batch its "
    "bytes become numbers from 0 to 1. `CategoryBlock` gathers the class names, sorts them by the alphabet and gives "
    "each a number: that list is `dls.vocab`, its length `dls.c`.",
    "files": "Called with `path`, `get_image_files` walks through every folder below it and lists what has a picture's "
    "ending; hidden folders are passed over. `train` and `val` end up in one list.",
    "labels": "Called with a file, `parent_label` gives the name of the folder it lies in: its class. A picture in the "
    "wrong folder has the wrong label, and nothing will say so.",
    "split": "No `splitter` is given, so fastai takes `RandomSplitter`: a fifth is held out by chance, another each "
    "time, as there is no seed. The folders `train` and `val` play no part in it. The leaderboard's figures are on "
    "`val`; for that write `splitter=GrandparentSplitter(valid_name='val')`.",
    "resize": "Presizing, first half, picture by picture on the processor. `Resize` takes the largest square, in "
    "training at a random place, in validation the middle one, and brings it to 460 px: all pictures of a batch must "
    "be equally large, and what is turned and cropped next should hold more pixels than the 224 px it ends at.",
    "augment": "Presizing, second half, the whole batch at once, on the graphics card if there is one: a flip, a lean, "
    "a turn of up to 10°, a zoom, composed into one sampling in place of four; then light and contrast; then a "
    f"random crop of at least {words.percent(MIN_SCALE, 0)} of the area, brought to 224 px. Validation pictures are "
    "only brought to size.",
    "loaders": "Two loaders in one object, `dls.train` and `dls.valid`. Training shuffles, and leaves out a last batch "
    "that is not full; validation keeps the order and everything.",
    "net": "A residual net, `xresnet50`, with random weights: `pretrained` is off unless one asks. All its layers but "
    "the last can take any size of picture; the last has `n_out` outputs, one per class. Left out, that is 1000.",
    "loss": "Cross-entropy: minus the logarithm of the probability given to the right class. fastai's version also "
    "knows that softmax turns outputs into probabilities, and says `y_int`, which mixup asks for. `accuracy` is "
    "reported only: nothing is trained on it. Learner would choose this loss by itself for a `CategoryBlock`.",
    "fit": f"{PHASE.n_epochs} times through the training pictures, with Adam. The learning rate climbs to the number "
    "given and falls to nearly 0 over the whole run, so a longer run is another schedule, not the same one continued. "
    "After each epoch a line is printed.",
}


def show(line: str, example: Example) -> None:
    """The line's effect on the example."""
    _EFFECTS[line](example)


def _set(example: Example) -> None:
    shown = datasets.thumbs(example.of.source, 10, example.seed)
    tiles = [Tile(one.picture, one.name) for one in shown]
    gallery(tiles, key="baseline.set", label="Ten pictures of the set", columns=5, most="1fr")
    there = datasets.presence(example.of.source)
    st.caption(
        f"{words.plural(len(example.of.names), 'class', 'classes')}, "
        f"{words.plural(there.n_train + there.n_valid, 'picture')} here. Imagenette has 10 and {N_PICTURES:,}."
    )


def _blocks(example: Example) -> None:
    height, width = example.picture.shape[:2]
    number = example.of.names.index(example.name)
    left, right = st.columns((1, 1.3), gap="medium")
    with left:
        _picture(example)
    with right:
        st.markdown(
            f"**in** &ensp; 3 × {height} × {width} bytes, 0 … 255  \n**in the batch** &ensp; divided by 255, 0 … 1  \n"
            f"**out** &ensp; {_safe(example.name)} → **{number}**"
        )
        listed = " · ".join(f"{i} {_safe(name)}" for i, name in enumerate(example.of.names[:12]))
        more = " · …" if len(example.of.names) > 12 else ""
        st.markdown(f":small[:gray[dls.vocab: {listed}{more}]]")
        if example.folder != _folder_of(example.name):
            st.markdown(":small[:gray[Sorted are the folders' names, WordNet ids here; we write what they mean.]]")


def _files(example: Example) -> None:
    there = datasets.presence(example.of.source)
    left, right = st.columns((1, 1.3), gap="medium")
    with left:
        _picture(example)
    with right:
        st.markdown(
            f"Here it finds **{words.plural(there.n_train + there.n_valid, 'file')}**"
            + (", those below `train` and those below `val` alike" if there.has_split else "")
            + f". This is one of them, from a folder `{_safe_code(example.folder)}`."
        )


def _labels(example: Example) -> None:
    left, right = st.columns((1, 1.3), gap="medium")
    with left:
        _picture(example)
    with right:
        folder = _safe_code(example.folder)
        st.markdown(f"`parent_label(…/{folder}/…)` → **`{folder}`**")
        if example.folder != _folder_of(example.name):
            st.markdown(f"A WordNet id: fastai shows it as it is; it stands for {_safe(example.name)}.")


def _split(example: Example) -> None:
    there = datasets.presence(example.of.source)
    n = there.n_train + there.n_valid
    held = n // 5
    rows = [f"| a random fifth, as the chapter | {n - held:,} | {held:,} |"]
    if there.has_split:
        rows.append(f"| the set's own folders | {there.n_train:,} | {there.n_valid:,} |")
    st.markdown(
        "| split, of this set | to train | to validate |\n|:--|--:|--:|\n" + "\n".join(rows) + "\n\n"
        f"The texts hold out {N_VALID:,} of Imagenette's {N_PICTURES:,}: every accuracy they print is a whole number "
        f"of {N_VALID:,}ths: one picture is {100 / N_VALID:.2f} points."
    )


def _resize(example: Example) -> None:
    height, width = example.picture.shape[:2]
    found = presize(height, width, size=PRESIZE, method="crop", min_scale=1.0, n_crops=0, seed=example.seed)
    st.markdown(f"{palette.key('published', 'in training, dashed')} · {palette.key('valid', 'in validation, dotted')}")
    wide = min(620, round(380 * width / height))
    st.image(_boxes(example.picture, found, wide), width=wide, alt=in_words(found))
    st.caption(
        "Another seed, another place: over the epochs training sees the edges too. Of a picture that is not square "
        "validation never does."
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
    gallery(tiles, key="baseline.views", label="The picture as training sees it", columns=3, most="1fr")
    st.caption(
        "The same picture, six times as training could see it. In fastai the last crop is the same for a whole batch; "
        "here each has its own."
    )


def _loaders(_: Example) -> None:
    n_train = N_PICTURES - N_VALID
    numbers = PHASE.bs * 3 * PHASE.size**2
    st.markdown(
        f"One batch of pictures: **{PHASE.bs} × 3 × {PHASE.size} × {PHASE.size}** = {numbers:,} numbers, "
        f"{words.size_of(4 * numbers)} in 32 bits; beside it {PHASE.bs} class numbers.\n\n"
        f"One epoch on Imagenette: {n_train:,} // {PHASE.bs} = **{n_train // PHASE.bs} batches**, so the weights are "
        f"changed {PHASE.n_epochs} · {n_train // PHASE.bs} = {PHASE.n_epochs * (n_train // PHASE.bs)} times in "
        f"{PHASE.n_epochs} epochs; {n_train % PHASE.bs} pictures, others each time, are left out of an epoch."
    )


def _net(_: Example) -> None:
    sides = stage_sides(PHASE.size)
    rows = [f"| {name} | {side} × {side} | {n:,} |" for (name, n), side in zip(STAGES, sides, strict=True)]
    st.markdown(
        "| after | side | channels |\n|:--|--:|--:|\n"
        f"| the picture | {PHASE.size} × {PHASE.size} | 3 |\n" + "\n".join(rows) + "\n"
        f"| mean over all places | 1 × 1 | {STAGES[-1][1]:,} |\n| last layer | | n_out |"
    )


def _loss(_: Example) -> None:
    rows = [f"| {p:g} | {-math.log(p):.3f} | {p - 1:+.2f} |".replace("-", "−") for p in PROBS]
    st.markdown(
        "| probability of the right class | loss | slope by its output |\n|--:|--:|--:|\n" + "\n".join(rows) + "\n\n"
        "The slope is probability minus target: it fades as the answer gets sure, but at no finite output is it 0. "
        "Label smoothing comes back to that."
    )


def _fit(_: Example) -> None:
    printed = experiments()["book/baseline"]
    st.markdown(markdown(epoch_table(printed.rows)))
    st.caption(
        "As printed in the book. `train_loss` is a running mean, of the latest batches above all, on augmented "
        "pictures; `valid_loss` is of all validation pictures, with the net as it is at the epoch's end."
    )


def _picture(example: Example) -> None:
    st.image(_shown(example.picture), width="stretch", alt=f"{example.name}, picture {example.number}")


@encoded_once
def _shown(picture: np.ndarray) -> str:
    return data_uri(picture, is_exact=False)


def _folder_of(name: str) -> str:
    return name.replace(" ", "_")


def _safe(name: str) -> str:
    return words.markdown_safe(name)


def _safe_code(name: str) -> str:
    """Inside a pair of backticks nothing is markdown but the backtick."""
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
