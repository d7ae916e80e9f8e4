"""Knobs, hills, pictures and arithmetic of a normalized batch. The knobs are a fragment of their own."""

from collections.abc import Callable, Sequence

import streamlit as st

from pages.parts.normalization.batch import SHOWN, SIZE, Chosen, batch_of, dataset_in_words, sheet
from pages.shared.components import sliders
from pages.shared.components.follow import follow
from pages.shared.components.place import place
from pages.shared.components.stage import Stage
from pages.shared.frame.technique import pictured
from pages.shared.pictures import datasets, picker
from pages.shared.session import address, trouble
from pages.shared.session.controls import draw_again, kept
from pages.shared.session.controls import number as whole_number
from sota_core import language, words
from sota_core.errors import SotaError
from sota_core.figures.frames import Knob, Slots, Value, View, span
from sota_core.figures.normalization import templates, views
from sota_core.figures.normalization.statistics import CHANNELS, share_outside
from sota_core.functional.normalize import IMAGENET_MEAN, IMAGENET_STD, Stats
from sota_core.language import tr, tr_in

STAGE = "normalization"
FIGURE = "normalization.figure"
KINDS = ("imagenet", "batch", "dataset", "none", "typed")
HOW = ("scale", "clip", "undo")
SIZES = (8, 16, 32, 64)
MEANS, STDS = span(0.0, 1.0, 0.005), span(0.01, 1.0, 0.01)
_BS = Knob("bs", "normalization.bs", SIZES, SIZES[-1], is_choice=True)
TYPED = tuple(
    Knob(
        f"{what}_{channel.lower()}",
        f"normalization.{what}_{channel.lower()}",
        steps,
        round(round(value / step) * step, 10),
    )
    for what, values, step, steps in (("mean", IMAGENET_MEAN, 0.005, MEANS), ("std", IMAGENET_STD, 0.01, STDS))
    for channel, value in zip(CHANNELS, values, strict=True)
)


def controls(source: str) -> Chosen:
    """Draw the other controls for this set's pictures, and return what is chosen."""
    kind = one_of("normalization.stats", KINDS, kind_in_words, KINDS[0])
    st.segmented_control(
        tr("Statistics"),
        KINDS,
        required=True,
        wrap=True,
        format_func=kind_in_words,
        help=tr(
            "The mean that is subtracted and the standard deviation that divides, for each channel, of pixels in 0 … "
            "1. Typed: six sliders, and marks to drag on the histogram."
        ),
        **kept("normalization.stats", kind, default=KINDS[0]),
    )
    typed = typed_in() if kind == "typed" else None
    bs = sliders.draw(_BS, tr("Batch size"))
    at, again = st.columns((1, 1.2), vertical_alignment="bottom", gap="small")
    with at:
        seed = whole_number(tr("Seed"), 0, 999, 0, name="normalization.seed")
    with again:
        draw_again("normalization.seed", seed, key="normalization.again", n=1000)
    how = one_of("normalization.show", HOW, how_in_words, HOW[0])
    st.segmented_control(
        tr("Show normalized pixels"),
        HOW,
        required=True,
        format_func=how_in_words,
        help=tr(
            "A screen cannot show −2. One grey scale: −3 is black and 3 is white in every picture. Clipped: values "
            "outside 0 … 1 are cut off, as in plotting libraries. Undone: normalization is reversed first, as in "
            "fastai's show_batch."
        ),
        **kept("normalization.show", how, default=HOW[0]),
    )
    return Chosen(source, kind, typed, bs, seed, how)


def one_of(name: str, ids: Sequence[str], in_words: Callable[[str], str], default: str) -> str:
    """The one of `ids` that the address names: by its id or, as older links do, by its English words.

    Not bound: a bound control would write the words that are shown, which depend on the visitor's language.
    """
    asked = address.given(name)
    with language.use(language.ENGLISH):
        return next((id_ for id_ in ids if asked in (id_, in_words(id_))), default)


def kind_in_words(kind: str) -> str:
    return {
        "imagenet": "ImageNet",
        "batch": tr("this batch"),
        "dataset": tr("the data set"),
        "none": tr_in("statistics", "none"),
        "typed": tr_in("statistics", "typed"),
    }[kind]


def how_in_words(how: str) -> str:
    return {"scale": tr("one grey scale"), "clip": tr("clipped"), "undo": tr("undone")}[how]


def typed_in() -> Stats:
    """Three means and three standard deviations; 0 cannot be divided by, so the least is 0.01."""
    values = []
    for row in (TYPED[:3], TYPED[3:]):
        for cell, knob in zip(st.columns(3, gap="small"), row, strict=True):
            what, _, channel = knob.name.partition("_")
            channel = channel.upper()
            label = tr("mean {channel}", channel=channel) if what == "mean" else tr("std {channel}", channel=channel)
            with cell:
                values.append(sliders.draw(knob, label, "%.3f"))
    return tuple(values[:3]), tuple(values[3:])


def standing() -> Chosen:
    """What the controls of the first figure say, for the sections below it."""
    state = st.session_state
    kind = state.get("normalization.stats", KINDS[0])
    numbers = tuple(sliders.standing(TYPED).values())
    return Chosen(
        datasets.chosen(address.given("source")),
        kind,
        (numbers[:3], numbers[3:]) if kind == "typed" else None,
        sliders.standing((_BS,))["bs"],
        address.whole("normalization.seed", 0, 0, 999),
        state.get("normalization.show", HOW[0]),
    )


def is_usable(chosen: Chosen) -> bool:
    """Is there a picture in the set, and can its statistics be taken?"""
    try:
        return bool(batch_of(chosen.source, chosen.bs, chosen.seed).n) and chosen.stats != ()
    except SotaError:
        return False


def following(key: str) -> Chosen:
    """What the first figure's controls say. Call it at the head of a fragment that depends on them: the fragment is
    then redrawn after they have moved (components/follow.py).
    """
    chosen = standing()
    follow(STAGE, knobs(chosen.kind), at(chosen), key=f"normalization.{key}")
    return chosen


def knobs(kind: str) -> tuple[Knob, ...]:
    """The batch size, and typed statistics where they are typed."""
    return (_BS, *TYPED) if kind == "typed" else (_BS,)


def at(chosen: Chosen) -> dict[str, Value]:
    """The state as the views ask for it; where no statistics are typed, 0 and 1 stand in for them."""
    mean, std = chosen.typed or ((0.0,) * 3, (1.0,) * 3)
    numbers = zip((knob.name for knob in TYPED), (*mean, *std), strict=True)
    of = {"source": chosen.source, "seed": chosen.seed, "bs": chosen.bs, "kind": chosen.kind, "how": chosen.how}
    return of | dict(numbers)


def section() -> None:
    """Controls and figure. What the browser moves with the controls is sent once, outside their fragment.

    The choice of the set is outside it too: finding out which sets are here costs more than a knob's move, and
    another set changes the whole page.
    """
    left, right = pictured((1, 2.3), key="hills")
    with left:
        _controls(picker.choose_set())
    if not is_usable(standing()):  # the reason stands below the controls, in place of a figure
        return
    with right:
        place(templates.hills(), stage=STAGE, key=FIGURE)
        _pictures()


def arithmetic() -> None:
    place(templates.arithmetic(), stage=STAGE, key="normalization.arithmetic")


@trouble.fragment
def _controls(source: str) -> None:
    """All that the server runs when a knob comes to rest."""
    chosen = controls(source)
    try:
        Stage(STAGE, at(chosen), knobs(chosen.kind), VIEWS, still=[words_of, caption]).draw()
    except SotaError as problem:
        st.error(words.sentence(problem), icon=":material/broken_image:")


@trouble.fragment
def _pictures() -> None:
    """The pictures, redrawn only for another set or seed: their sheet is some 100 kB."""
    chosen = standing()
    follow(STAGE, (), {"source": chosen.source, "seed": chosen.seed}, key="normalization.sheet")
    if is_usable(chosen):
        address_of_sheet, width, height = sheet(chosen.source, chosen.seed)
        own = {"sheet": address_of_sheet}
        place(templates.pictures(width, height), stage=STAGE, key="normalization.pictures", own=own)


def hills(source: str, seed: int, bs: int) -> Slots:
    batch = batch_of(source, bs, seed)
    rows = {slot: shown for c in range(3) for slot, shown in views.hill(batch, c).items()}
    return {**rows, **views.std_words(batch)}


def red(source: str, seed: int, bs: int, kind: str, mean_r: float, std_r: float, how: str) -> Slots:
    batch, used = batch_of(source, bs, seed), _used(source, seed, bs, kind, 0, mean_r, std_r)
    return {**views.channel_after(batch, 0, used, how), **views.arithmetic(batch, used)}


def green(source: str, seed: int, bs: int, kind: str, mean_g: float, std_g: float, how: str) -> Slots:
    used = _used(source, seed, bs, kind, 1, mean_g, std_g)
    return views.channel_after(batch_of(source, bs, seed), 1, used, how)


def blue(source: str, seed: int, bs: int, kind: str, mean_b: float, std_b: float, how: str) -> Slots:
    used = _used(source, seed, bs, kind, 2, mean_b, std_b)
    return views.channel_after(batch_of(source, bs, seed), 2, used, how)


VIEWS: tuple[View, ...] = (hills, red, green, blue, views.hands)


def _used(
    source: str, seed: int, bs: int, kind: str, channel: int, mean: float, std: float
) -> tuple[float, float] | None:
    if kind == "typed":
        return mean, std
    stats = Chosen(source, kind, None, bs, seed, "").stats
    return None if stats is None else (stats[0][channel], stats[1][channel])


def _of(source: str, seed: int, bs: int, kind: str, numbers: tuple[float, ...], how: str) -> Chosen:
    return Chosen(source, kind, (numbers[:3], numbers[3:]) if kind == "typed" else None, bs, seed, how)


def words_of(
    source: str, seed: int, bs: int, kind: str,
    mean_r: float, mean_g: float, mean_b: float, std_r: float, std_g: float, std_b: float, how: str,
) -> Slots:  # fmt: skip
    """The figures in words, for whoever cannot see them."""
    chosen = _of(source, seed, bs, kind, (mean_r, mean_g, mean_b, std_r, std_g, std_b), how)
    said = {
        "scale": tr("{n} pictures as they are, and the same after normalization, shown on one grey scale", n=SHOWN),
        "clip": tr("{n} pictures as they are, and the same after normalization, shown clipped", n=SHOWN),
        "undo": tr("{n} pictures as they are, and the same after normalization, shown with it undone", n=SHOWN),
    }[how]
    return {**views.in_words(batch_of(source, bs, seed), chosen.stats), "said_pictures": said}


def caption(
    source: str, seed: int, bs: int, kind: str,
    mean_r: float, mean_g: float, mean_b: float, std_r: float, std_g: float, std_b: float, how: str,
) -> Slots:  # fmt: skip
    """What is drawn, and what the way of showing it loses."""
    chosen = _of(source, seed, bs, kind, (mean_r, mean_g, mean_b, std_r, std_g, std_b), how)
    batch = batch_of(source, bs, seed)
    lost = {
        "scale": tr("Shown on one grey scale: −3 is black, 0 the middle grey, 3 white."),
        "clip": tr(
            "Shown clipped: {share} of the values lie outside 0 … 1, lost to the eye, not to the net.",
            share=words.share(share_outside(batch, chosen.stats)),
        ),
        "undo": tr(
            "Shown undone: the net gets the values of the curves, but you see the pictures as they were, as in "
            "show_batch."
        ),
    }[how]
    drawn = tr(
        "{bs} pictures at {size} px, {n} pixels a channel, seed {seed}.",
        bs=words.count(batch.n // SIZE**2),  # a small set has fewer than were asked for
        size=SIZE,
        n=words.count(batch.n),
        seed=seed,
    )
    of = [dataset_in_words(source)] if kind == "dataset" else []
    return {"caption": " ".join([drawn, *of, lost])}
