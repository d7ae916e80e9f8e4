"""Progressive resizing: what sizes show, what presizing keeps, what a plan of phases costs."""

import runpy

import numpy as np
import streamlit as st

from pages.parts.resizing import other_sizes, plan, presizing, size, transfer, weights
from pages.parts.resizing.plan import PRESIZE
from pages.shared.frame import first_visit, technique
from pages.shared.frame.fold import fold
from pages.shared.frame.technique import Notice
from pages.shared.pictures import picker
from pages.shared.session import site, trouble
from sota_core import paths, words
from sota_core.data.sets.sources import address_of
from sota_core.errors import SotaError
from sota_core.figures.resizing.plan import LARGE, SMALL
from sota_core.functional.resize import epoch_cost, plan_pixels, plan_seconds, random_crop_box, resize_box
from sota_core.language import tr
from sota_core.published import experiments
from sota_core.script import snippets

FINE = {"scallop": 45, "church": 2}  # class → number of a picture with detail that small sizes lose


def picture_controls() -> tuple[np.ndarray, str, picker.Gallery]:
    picker.choose_set()
    there = picker.gallery()
    name = next((n for n in FINE if n in there.names), there.names[0])
    start = (name, min(FINE.get(name, 1), there.count(name)))
    picture, shown = picker.choose(there, key="resizing.picture", label=tr("Picture"), default=start)
    picker.own({"resizing.picture": tr("Your picture")})
    return picture, shown, there


@trouble.fragment
def code(of: picker.Gallery) -> None:
    """The code, which depends on the knobs of plan and presizing: redrawn once these rest elsewhere and it is near."""
    phases = plan.following("code")
    weights.section(tuple(phase.size for phase in phases))
    method, min_scale = presizing.following("code_of_boxes")
    technique.in_fastai(
        snippets.resizing_code(
            of.source,
            [(p.size, p.bs, p.n_epochs) for p in phases],
            presize=PRESIZE,
            method=method,
            min_scale=min_scale,
            n=sum(of.counts),
        ),
        ours=(plan_pixels, plan_seconds, resize_box, random_crop_box),
    )


def noticed() -> None:
    fixed_s, _ = epoch_cost(SMALL, LARGE)
    technique.notices(
        [
            Notice(
                tr(
                    "A small size keeps the outline and loses the texture. Look closer: what tells a scallop from "
                    "a clam, or a church from a house, can hang on a few pixels."
                ),
                tr("64 px, four times closer"),
                {"resizing.size": 64, "resizing.loupe": 4},
                shown=size.FIGURE,
            ),
            Notice(
                tr(
                    "A smaller first size saves a larger share of the pixels than of the seconds, because {fixed_s} "
                    "of the {epoch_s} s of an epoch are the same at every size. The smaller the size, the wider the "
                    "gap.",
                    fixed_s=words.number(fixed_s, 0),
                    epoch_s=LARGE[1],
                ),
                tr("64 px first"),
                {"resizing.phases": 2, "resizing.size1": 64, "resizing.epochs1": 6, "resizing.epochs2": 4},
                shown=plan.BARS,
            ),
            Notice(
                tr(
                    "A net pretrained on pictures about as large as yours: starting small can make it unlearn what it "
                    "knows about your size. Train such a net both ways, and compare."
                ),
                tr("The code for both"),
                shown=transfer.CODE,
                fails=True,
            ),
        ]
    )


def leak(source: str) -> None:
    e = experiments()
    book, notes = e["book/progressive"].accuracy, e["notes/progressive"].accuracy
    st.markdown(
        tr(
            "The texts print {book} (book) and {notes} (notes). Both call `get_dls` again for 224 px, and its "
            "unseeded splitter draws a *new* random fifth to validate on: the net has already trained on about four "
            "fifths of those pictures in the 128 px phase. So these figures, and those of test-time augmentation "
            "after them, are too good. Our recipes keep one split through all phases; with *New split in every phase* "
            "on, a run works as printed, leak and all. Compare the printed figures with such a run only.",
            book=words.number(book, 4),
            notes=words.number(notes, 4),
        )
    )
    st.markdown(
        tr(
            "And the epoch printed as *frozen* freezes nothing: a plain `Learner` has one parameter group, so "
            "`fine_tune`'s first epoch is a warm-up of the whole net."
        )
    )
    site.link(
        "train",
        label=tr("Open the lab with a new split in every phase"),
        icon=":material/science:",
        query={"recipe": "progressive", "source": address_of(source), "split": "random20", "resplit": "true"},
    )


def page() -> None:
    technique.opening(
        tr("Train on small pictures first, which is cheap, and end on large ones, which show the detail."),
    )
    controls, figure = technique.pictured((1, 2.3), key="sizes")
    try:
        with controls:
            picture, shown, there = picture_controls()
        with figure:
            size.section(picture, shown)
    except SotaError as problem:
        st.error(words.sentence(problem), icon=":material/broken_image:")
        return
    first_visit.figure_first()
    plan.section()
    noticed()
    with fold(tr("The arithmetic"), tr("why a third of the pixels takes half of the time")):
        plan.arithmetic()
    with fold(
        tr("Presizing"),
        tr("the square that Resize keeps of a picture, and the random crops of that square"),
        holds=presizing.HELD,
    ):
        presizing.section(picture)
    with fold(
        tr("The printed results leak"), tr("at 224 px the net has already trained on most of the validation pictures")
    ):
        leak(there.source)
    other_sizes.section()
    code(there)
    transfer.section()
    with technique.proof():
        technique.prove_it(
            tr(
                "Train progressively, then for as many epochs at the largest size only. Expect about the same "
                "accuracy in fewer seconds, not a better one; judge by the final validation, with the same split."
            ),
            tr("The lab cuts both plans to this machine before it starts."),
            recipe="progressive",
            recorded="progressive",
            knobs={"source": address_of(there.source)},
        )
    technique.sources(
        tr(
            "fastbook chapter 7, *Progressive Resizing*, and chapter 5, *Presizing*; fastai 2.8.12, "
            "`vision/augment.py` and `callback/schedule.py`; printed seconds from the book; Touvron et al., "
            "*Fixing the train-test resolution discrepancy*, [arXiv 1906.06423](https://arxiv.org/abs/1906.06423)."
        )
    )


if __name__ == "__main__":  # Streamlit has run this file instead of app.py: shared/session/site.py
    runpy.run_path(str(paths.APP))
