"""Test-time augmentation: one picture seen several times, the votes and their weights, and what it does to a set."""

import runpy

import streamlit as st

from pages.parts.tta import figure, further
from pages.parts.tta.controls import BROKEN, OWN, RESCUED, SEED, controls
from pages.parts.tta.crops import boxes
from pages.parts.tta.figure import BETA, N
from pages.parts.tta.validation_set import whole_set
from pages.shared.frame import first_visit, technique
from pages.shared.frame.fold import fold
from pages.shared.frame.technique import cost_of
from pages.shared.pictures import models, own_upload, predictions
from pages.shared.session import site, trouble
from sota_core import paths, words
from sota_core.analysis.noise import chance_apart
from sota_core.analysis.result import reached
from sota_core.functional.tta import combine, combine_logits, rescued_and_broken, view_weights
from sota_core.inference.predictions import MEAN
from sota_core.inference.sweep import TRAINED, Sweep
from sota_core.inference.views import STRENGTHS, max_zoom, min_scale
from sota_core.language import tr, tr_n
from sota_core.published import experiments
from sota_core.recipes.duration import MOST_CORNERED
from sota_core.runs.recordings.recording import as_printed
from sota_core.script.snippets import tta_code

FEW = 2  # views in the notice on where TTA does not help


def notices(shipped: Sweep) -> None:
    """Three notices. `shipped`: the shipped net's validation set under every setting, whose counts they quote."""
    most, more = STRENGTHS[-1], STRENGTHS[STRENGTHS.index(TRAINED) + 1]
    helps, harms = shipped.balance(N, BETA, MEAN, more), shipped.balance(FEW, BETA, MEAN, most)
    home = {"tta.model": models.SHIPPED, "tta.picture": RESCUED, "tta.seed": SEED, "tta.use_max": False}
    home |= {"tta.log_odds": False, "tta.strength": TRAINED, **own_upload.aside(OWN)}
    technique.notices(
        [
            technique.Notice(
                tr(
                    "Some views are right where the plain one is wrong: they are shifted, turned and lit differently, "
                    "and may show what the centre square cut off. Move β to 1 and only the plain view votes."
                ),
                tr("β = 1: the plain view alone"),
                home | {"tta.n": N, "tta.beta": 1.0},
                shown=figure.VOTES,
            ),
            technique.Notice(
                tr(
                    "With the maximum, the most certain view alone decides for each class, and the probabilities no "
                    "longer sum to 1. It pays where one view shows what all others miss, and costs where one is sure "
                    "and wrong: compare on the set below."
                ),
                tr("use_max with 8 views"),
                home | {"tta.n": 8, "tta.use_max": True},
                shown=figure.VOTES,
            ),
            technique.Notice(
                tr(
                    "On picture {broken} the plain view is right, and two views at ×{most} turn the answer wrong. On "
                    "the set below, {n} views at ×{more} rescue {n_rescued} pictures and break {n_broken}. At ×{most} "
                    "the views look like nothing the net has learned: two of them rescue {n_rescued_at_most} and "
                    "break {n_broken_at_most}.",
                    broken=BROKEN,
                    n=N,
                    more=words.number(more, 1),
                    most=words.short(most),
                    n_rescued=helps.n_rescued,
                    n_broken=helps.n_broken,
                    n_rescued_at_most=harms.n_rescued,
                    n_broken_at_most=harms.n_broken,
                ),
                tr("Picture {broken}: broken, strength ×3", broken=BROKEN),
                home | {"tta.picture": BROKEN, "tta.n": FEW, "tta.beta": BETA, "tta.strength": STRENGTHS[-1]},
                shown=figure.VOTES,
                fails=True,
            ),
        ]
    )


@trouble.fragment
def code_and_proof() -> None:
    """Code and proof, which depend on the knobs: redrawn once these rest elsewhere and this is near the screen."""
    at = figure.following("code")
    n, beta, use_max = at["n"], at["beta"], at["use_max"]
    further.section(n, beta)
    strength = at["strength"]
    stretched = {"mult": strength, "max_zoom": max_zoom(strength), "min_scale": min_scale(strength)}
    code = tta_code(n, beta, use_max, log_odds=at["log_odds"], **stretched)
    technique.in_fastai(code, ours=[combine, combine_logits, view_weights, rescued_and_broken])
    printed = (experiments()[name] for name in ("book/progressive", "notes/progressive"))
    gains = [(of.tta_accuracy or 0.0) - of.accuracy for of in printed]
    knobs = {"tta_n": n, "tta_beta": beta, "tta_use_max": str(use_max).lower()}
    claim = tr_n(
        "Train any recipe and watch the points to the right of the last epoch: accuracy after each of {n} augmented "
        "view. The texts print gains of {book} (book) and {notes} (notes); yours may be larger, zero or a loss. The "
        "run keeps every view's predictions, so you can choose its net above, under *Net*, and combine them anew "
        "without asking it again.",
        "Train any recipe and watch the points to the right of the last epoch: accuracy after each of {n} augmented "
        "views. The texts print gains of {book} (book) and {notes} (notes); yours may be larger, zero or a loss. The "
        "run keeps every view's predictions, so you can choose its net above, under *Net*, and combine them anew "
        "without asking it again.",
        n,
        book=words.points(gains[0]),
        notes=words.points(gains[1]),
    )
    if recorded := _recorded():
        claim += f" {recorded}"
    with technique.proof():
        technique.prove_it(
            claim,
            # Where the recipe cannot be run, {cost} says why, so the sentence after it must make sense without a cost.
            tr(
                "{cost} A run ends with {n} passes over the validation pictures instead of one, and five over at most "
                "{most} of them for centre and corners.",
                cost=cost_of("normalize", knobs),
                n=n + 1,
                most=MOST_CORNERED,
            ),
            recipe="normalize",
            recorded="progressive",  # the texts print it with TTA
            knobs=knobs,
        )


def _recorded() -> str:
    """How much TTA gained in the recorded experiments; empty where this copy of the app has none."""
    there = list(as_printed().values())
    got = [found for r in there if (found := reached(r.summary)).tta_accuracy and found.accuracy and found.n]
    if not got:
        return ""
    gains = [(of.tta_accuracy or 0.0) - (of.accuracy or 0.0) for of in got]
    n_sure = sum(gain > chance_apart(of.accuracy, of.tta_accuracy, of.n) for gain, of in zip(gains, got, strict=True))
    return tr(
        "The {n_all} experiments as printed, recorded on {device}, gained {low} to {high} with {n} views; {n_sure} of "
        "them gained more than chance can explain.",
        n_all=len(got),
        n_sure=n_sure,
        n=there[0].recipe.tta_n,
        device=words.markdown_safe(there[0].device),
        low=words.points(min(gains)),
        high=words.points(max(gains)),
    )


def page() -> None:
    technique.opening(
        tr(
            "Show the net several augmented views of a picture and average its predictions. Nothing is trained; "
            "prediction takes more passes."
        ),
    )
    choices = models.choices()
    if not choices:
        st.info(tr("There is no net here yet. Train one in the lab: a finished run leaves a net that you can ask."))
        site.link("train", label=tr("Open the lab"), icon=":material/science:")
        return
    left, right = technique.pictured((1, 2), key="views")
    with left:
        choice, of = controls(choices)
        swept = predictions.swept(choice)
        figure.weights(of, swept)
    if of is not None:
        with right:
            figure.figure(of)
        first_visit.figure_first()
        shipped = predictions.swept(choices[models.SHIPPED]) if models.SHIPPED in choices else None
        if shipped is not None:
            notices(shipped)
        with fold(tr("The arithmetic"), tr("weights of the views, and the sum for the class that wins")):
            figure.arithmetic()
        with fold(tr("Why look more than once"), tr("what the centre square leaves out, and which views show it")):
            boxes(models.load(choice), of)
        whole_set(choice, swept)
    code_and_proof()
    book, notes = experiments()["book/progressive"], experiments()["notes/progressive"]
    technique.sources(
        tr(
            "fastbook chapter 7 ({book} → {book_with_tta}); C. Mills, notes on chapter 7 ({notes} → "
            "{notes_with_tta}); fastai 2.8.12, `Learner.tta`. Both printed gains come from nets already trained on "
            "four fifths of their validation pictures.",
            book=words.number(book.accuracy, 4),
            book_with_tta=words.number(book.tta_accuracy, 4),
            notes=words.number(notes.accuracy, 4),
            notes_with_tta=words.number(notes.tta_accuracy, 4),
        )
    )


if __name__ == "__main__":  # Streamlit has run this file instead of app.py: shared/session/site.py
    runpy.run_path(str(paths.APP))
