"""Normalization: a batch before and after, statistics to choose, and what the wrong ones do to a net."""

import runpy

from pages.parts.normalization import all_pictures, figure, fine_tuning, pretrained, wrong_statistics
from pages.parts.normalization.batch import SIZE, listing
from pages.shared.frame import first_visit, technique
from pages.shared.frame.fold import fold
from pages.shared.frame.technique import Notice
from pages.shared.session import trouble
from sota_core import paths, words
from sota_core.data.sets.sources import address_of
from sota_core.functional.normalize import channel_stats, denormalize, normalize
from sota_core.language import tr
from sota_core.published import experiments, two_runs
from sota_core.script import snippets


def noticed() -> None:
    plain, normal = experiments()["book/baseline"], experiments()["book/normalize"]
    technique.notices(
        [
            Notice(
                tr(
                    "ImageNet's statistics do not bring *this* batch to mean 0 and std 1: they come from a million "
                    "other pictures. Compare the three hills under *After* with the dashed lines at −1, 0 and 1."
                ),
                tr("ImageNet's statistics"),
                {"normalization.stats": "imagenet"},
                shown=figure.FIGURE,
            ),
            Notice(
                tr(
                    "A batch's own statistics bring it to 0 and 1 exactly, but they change as soon as you draw "
                    "another 8 pictures. Without given statistics, fastai takes those of one batch at the start and "
                    "keeps them."
                ),
                tr("Eight pictures, their own"),
                {"normalization.stats": "batch", "normalization.bs": 8},
                shown=figure.FIGURE,
            ),
            Notice(
                tr(
                    "From scratch it hardly matters: the book prints {plain} without, {normalized} with, and "
                    "{two_runs}. The net's batch norm layers rescale every signal anyway.",
                    plain=words.number(plain.accuracy, 4),
                    normalized=words.number(normal.accuracy, 4),
                    two_runs=two_runs(),
                ),
                tr("No statistics"),
                {"normalization.stats": "none"},
                shown=figure.FIGURE,
                fails=True,
            ),
        ]
    )


@trouble.fragment
def code_and_proof() -> None:
    """Code and proof, which depend on the controls: redrawn once these rest elsewhere and this is near the screen."""
    chosen = figure.following("code")
    there = listing(chosen.source)
    n = None if there is None else len(there)
    technique.in_fastai(
        snippets.normalize_code(chosen.source, chosen.kind, chosen.stats, size=SIZE, bs=chosen.bs, n=n),
        ours=(channel_stats, normalize, denormalize),
    )
    pretrained.section()
    fine_tuning.section()
    known = {"normalize": chosen.kind} if chosen.kind != "typed" else {}
    with technique.proof():
        technique.prove_it(
            tr(
                "Train twice with the same seed, with normalization and without. After five epochs from scratch, "
                "expect no difference you can tell from chance; several seeds of each tell more than one."
            ),
            technique.cost_of("normalize", known),
            recipe="normalize",
            recorded="normalize",
            knobs={"source": address_of(chosen.source), **known},
        )


def page() -> None:
    technique.opening(
        tr("Shift and scale each colour channel so that its pixels have mean 0 and standard deviation 1.")
    )
    figure.section()
    first_visit.figure_first()
    if not figure.is_usable(figure.standing()):  # figure.section has said why, in place of the figure
        return
    noticed()
    with fold(
        tr("The arithmetic"), tr("mean and standard deviation of each channel, and one pixel normalized with them")
    ):
        figure.arithmetic()
    with fold(
        tr("The wrong statistics"),
        tr("a trained net, the same pictures, and what its answers are worth"),
        holds=wrong_statistics.HELD,
    ):
        wrong_statistics.section()
    all_pictures.section()
    code_and_proof()
    technique.sources(
        tr(
            "fastbook chapter 7, *Normalization*; fastai 2.8.12, `data/transforms.py`; the printed batches from "
            "the book and from C. Mills, *Notes on fastai Book Ch. 7* (2022)."
        )
    )


if __name__ == "__main__":  # Streamlit has run this file instead of app.py: shared/session/site.py
    runpy.run_path(str(paths.APP))
