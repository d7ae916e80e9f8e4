"""Normalization: a batch before and after, statistics to choose, and what the wrong ones do to a net."""

import runpy

import streamlit as st

from pages.parts.normalization import pretrained, wrong_statistics
from pages.parts.normalization.batch import SHOWN, SIZE, Chosen, dataset_statistics, measured, outside, sheet
from pages.shared.components import charts
from pages.shared.frame import first_visit, technique
from pages.shared.frame.technique import Notice
from pages.shared.pictures import picker
from pages.shared.session.controls import draw_again
from pages.shared.session.controls import number as whole_number
from sota_core import paths, words
from sota_core.data.sets.sources import address_of
from sota_core.errors import SotaError
from sota_core.figures import palette
from sota_core.figures.normalization.channels import after, before
from sota_core.figures.normalization.statistics import CHANNELS, Measured, comparison, formulas, number, table
from sota_core.functional.normalize import IMAGENET_MEAN, IMAGENET_STD, channel_stats, denormalize, normalize
from sota_core.published import TWO_RUNS, experiments
from sota_core.script import snippets

KINDS = {"imagenet": "ImageNet", "batch": "this batch", "dataset": "the data set", "none": "none", "typed": "typed"}
HOW = {"scale": "one grey scale", "clip": "clipped", "undo": "undone"}
SIZES = (8, 16, 32, 64)
TYPED = tuple(
    (f"normalization.{what}_{channel.lower()}", value)
    for what, values in (("mean", IMAGENET_MEAN), ("std", IMAGENET_STD))
    for channel, value in zip(CHANNELS, values, strict=True)
)
KEEP = {"bind": "query-params"}


def controls() -> Chosen:
    source = picker.choose_set()
    kind = st.segmented_control(
        "Statistics",
        list(KINDS),
        default="imagenet",
        required=True,
        wrap=True,
        format_func=KINDS.__getitem__,
        key="normalization.stats",
        help="What is subtracted and divided by. Mean and standard deviation per channel, of pixels in 0 … 1.",
        **KEEP,
    )
    kind = kind or "imagenet"  # ?normalization.stats= chooses none, required or not
    typed = typed_in() if kind == "typed" else None
    bs = st.select_slider("Batch size", SIZES, 64, key="normalization.bs", **KEEP)
    at, again = st.columns((1, 1.2), vertical_alignment="bottom", gap="small")
    with at:
        seed = whole_number("Seed", 0, 999, 0, name="normalization.seed")
    with again:
        draw_again("normalization.seed", seed, key="normalization.again", n=1000)
    how = st.segmented_control(
        "Show normalized pixels",
        list(HOW),
        default="scale",
        required=True,
        format_func=HOW.__getitem__,
        key="normalization.show",
        help="A screen has no −2. One grey scale: −3 is black, 3 is white, for every picture. Clipped: what plotting "
        "libraries do. Undone: fastai's show_batch multiplies and adds the statistics back first.",
        **KEEP,
    )
    return Chosen(source, kind, typed, bs, seed, how or "scale")


def typed_in() -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Three means and three standard deviations; 0 cannot be divided by, so the least is 0.01."""
    values = []
    for row in (TYPED[:3], TYPED[3:]):
        for cell, (key, start) in zip(st.columns(3, gap="small"), row, strict=True):
            low = 0.01 if "std" in key else -5.0
            label = key.rpartition(".")[2].replace("_", " ").replace(" r", " R").replace(" g", " G").replace(" b", " B")
            values.append(
                cell.number_input(label, low, 5.0, start, step=0.01, format="%.3f", key=key, **KEEP)  # type: ignore
            )
    return tuple(values[:3]), tuple(values[3:])


def figure(chosen: Chosen, m: Measured) -> None:
    left, right = st.columns(2, gap="medium")
    with left:
        used = "" if m.stats is None else " · " + palette.key("published", "the statistics used")
        st.markdown(f"**Before** · {palette.key('train', 'this batch')}{used}")
        charts.show(before(m), key="normalization.before")
        st.image(sheet(chosen, is_after=False), width="stretch", alt=f"{SHOWN} pictures as they are")
    with right:
        st.markdown(f"**After** · {palette.key('train', 'this batch')} · {palette.key('published', 'mean 0, std 1')}")
        charts.show(after(m), key="normalization.after")
        st.image(
            sheet(chosen, is_after=True),
            width="stretch",
            alt=f"The same pictures after normalization, shown with {HOW[chosen.how]}",
        )
    st.caption(caption(chosen, m))


def caption(chosen: Chosen, m: Measured) -> str:
    lost_share = outside(chosen.source, chosen.bs, chosen.seed, m.stats)
    lost = {
        "scale": "Shown on one grey scale: −3 is black, 0 the middle grey, 3 white.",
        "clip": f"Shown clipped: {words.percent(lost_share, 0)} of the values lie outside 0 … 1, lost to the eye, "
        "not to the net.",
        "undo": "Shown undone: the net gets what the curves say, you see the pictures, as in show_batch.",
    }[chosen.how]
    of = "" if chosen.kind != "dataset" else f" {dataset_statistics(chosen.source)[1]}"
    return f"{chosen.bs} pictures at {SIZE} px, {words.count(m.n)} pixels a channel, seed {chosen.seed}.{of} {lost}"


def tone(role: str) -> str:
    """The role's colour in the visitor's theme, for symbols in a formula."""
    shade = palette.ROLES[role]
    return shade.dark if st.context.theme.type == "dark" else shade.light


def arithmetic(chosen: Chosen, m: Measured) -> None:
    st.subheader("The arithmetic")
    formula, printed = st.columns((1, 1.45), gap="large")
    with formula:
        if m.stats is None:
            st.markdown(
                "Nothing is subtracted and nothing divided: the net gets pixels between 0 and 1, all of them positive."
            )
        else:
            st.markdown("Red: the middle pixel of the first picture, then the batch's mean and its standard deviation.")
            st.latex(formulas(m, chosen.views[0], tone("train"), tone("published")))
        st.markdown(f":small[{std_words(m)}]")
    with printed:
        st.markdown(table(comparison(m)))
        st.caption(
            "The texts print one batch before and another after, each normalized with ImageNet's statistics: two "
            "batches, so the second is not exactly the first one moved."
        )


def std_words(m: Measured) -> str:
    return (
        f"Standard deviations here are the population's: {m.std[0]:.7f} for red. fastai's `Normalize()` without "
        f"numbers takes one training batch and divides by n − 1, with 10⁻⁷ on top: {m.sample_std[0]:.7f}. With n = "
        f"{words.count(m.n)} pixels that changes nothing."
    )


def noticed(m: Measured) -> None:
    plain, normal = experiments()["book/baseline"], experiments()["book/normalize"]
    st.space("small")
    technique.notices(
        [
            Notice(
                "ImageNet's statistics do not bring *this* batch to 0 and 1: they are those of a million other "
                f"pictures. With what is set now, red lands at mean {number(m.mean_after[0])} and std "
                f"{number(m.std_after[0])}.",
                "ImageNet's statistics",
                {"normalization.stats": "imagenet"},
            ),
            Notice(
                "A batch's own statistics bring it to 0 and 1 exactly, but draw another 8 and they move. fastai takes "
                "one batch at the start and keeps it.",
                "Eight pictures, their own",
                {"normalization.stats": "batch", "normalization.bs": 8},
            ),
            Notice(
                f"From scratch it hardly matters: the book prints {plain.accuracy:.4f} without, "
                f"{normal.accuracy:.4f} with, and {TWO_RUNS}. The batch norm layers inside rescale every signal "
                "anyway.",
                "No statistics",
                {"normalization.stats": "none"},
                fails=True,
            ),
        ]
    )


def page() -> None:
    technique.opening("Shift and scale each colour channel so that its pixels have mean 0 and standard deviation 1.")
    left, right = st.columns((1, 2.3), gap="large")
    with left:
        chosen = controls()
    try:
        current = measured(chosen)
    except SotaError as problem:
        st.error(words.markdown_safe(str(problem)), icon=":material/broken_image:")
        return
    with right:
        figure(chosen, current)
    first_visit.figure_first()
    arithmetic(chosen, current)
    noticed(current)
    st.space("small")
    wrong_statistics.section(chosen)
    st.space("small")
    technique.in_fastai(
        snippets.normalize_code(chosen.source, chosen.kind, current.stats, size=SIZE, bs=chosen.bs),
        ours=(channel_stats, normalize, denormalize),
    )
    pretrained.section()
    known = {"normalize": chosen.kind} if chosen.kind != "typed" else {}
    technique.prove_it(
        "Train twice with the same seed, with and without. Expect no difference you can tell from chance after five "
        "epochs from scratch; several seeds each tell more than one.",
        "A minute each in the lab, cut to this machine.",
        recipe="normalize",
        knobs={"source": address_of(chosen.source), **known},
    )
    technique.sources(
        "fastbook chapter 7, *Normalization*; fastai 2.8.12, `data/transforms.py`; the printed batches from the book "
        "and from C. Mills, *Notes on fastai Book Ch. 7* (2022)."
    )


if __name__ == "__main__":  # Streamlit came here before the app: shared/session/site.py
    runpy.run_path(str(paths.APP))
