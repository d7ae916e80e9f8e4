"""Test-time augmentation: one picture seen several times, the votes and their weights, and what it does to a set."""

import runpy

import numpy as np
import streamlit as st

from pages.parts.tta import further
from pages.parts.tta.controls import BETA, BROKEN, RESCUED, SEED, N, controls
from pages.parts.tta.crops import boxes
from pages.parts.tta.validation_set import whole_set
from pages.shared.components import charts
from pages.shared.components.gallery import Tile, gallery
from pages.shared.frame import first_visit, technique
from pages.shared.frame.technique import cost_of
from pages.shared.pictures import models, predictions
from pages.shared.session import site
from sota_core import paths, words
from sota_core.figures import palette
from sota_core.figures.tta.views import number, votes, weights
from sota_core.functional.tta import combine, rescued_and_broken, view_weights
from sota_core.inference.model import ExportedModel
from sota_core.published import experiments
from sota_core.script.snippets import tta_code


def said(model: ExportedModel, probs: np.ndarray) -> str:
    top = int(probs.argmax())
    return f"{model.names[top]} {100 * probs[top]:.0f} %"


def figure(model: ExportedModel, of: predictions.Asked, n: int, combined: np.ndarray) -> None:
    """The views with the prediction of each, and below them what they say together."""
    looks, label = of.looks, of.label

    def tile(view: np.ndarray, probs: np.ndarray, head: str, role: str, more: str) -> Tile:
        right = None if label is None else int(probs.argmax()) == label
        return Tile(view.transpose(1, 2, 0), said(model, probs), head, role, more, right)

    tiles = [tile(looks.plain.views[0], looks.plain.probs[0], "plain", "valid", "")]
    tiles += [
        tile(looks.augmented.views[k], looks.augmented.probs[k], f"view {k + 1}", "tta", looks.draws[k].words())
        for k in range(n)
    ]
    gallery(tiles, key="tta.views", label="The plain view and the augmented ones", height="13.2rem")
    truth = "" if label is None else f" &emsp; ✓ true class: **{words.markdown_safe(model.names[label])}**"
    st.markdown(
        f"{palette.key('valid', 'plain')} &emsp; {palette.key('tta', 'augmented')} &emsp; "
        f"**:green[together: {words.markdown_safe(said(model, combined))}]**{truth}"
    )
    order = f"with {words.plural(n, 'augmented view')} the combination says"
    charts.show(
        votes(model.names, looks.plain.probs[0], looks.augmented.probs[:n], combined, label, order), key="tta.votes"
    )


def arithmetic(model: ExportedModel, of: predictions.Asked, n: int, beta: float, combined: np.ndarray) -> None:
    """The sum for the class that wins, with its numbers, in the colours of the views."""
    st.subheader("The arithmetic", anchor=False)
    use_max = st.session_state["tta.use_max"]
    top = int(combined.argmax())
    p, views = float(of.looks.plain.probs[0, top]), [float(v) for v in of.looks.augmented.probs[:n, top]]
    name = words.markdown_safe(model.names[top])
    left, right = st.columns((1, 1.35), gap="large")
    with left:
        if use_max:
            st.markdown(
                "The maximum has no weights: for each class the most certain view speaks alone, and β is not used."
            )
        else:
            charts.show(weights(n, beta), key="tta.weights")
    with right:
        if use_max:
            st.markdown(r"$p\;=\;\max\,\big($:orange[$p_{\text{plain}}$]$,\;$:green[$p_1,\dots,p_n$]$\big)$")
            every = ",\\;".join(f"{v:.2f}" for v in views)
            st.markdown(
                rf"{name} $\;=\;\max\,\big($:orange[${p:.2f}$]$,\;$:green[${every}$]$\big)\;=\;{combined[top]:.2f}$"
            )
            st.markdown(
                f"The {words.plural(model.n_classes, 'class', 'classes')} now sum to {combined.sum():.2f}, not 1."
            )
            return
        w = view_weights(n, beta)
        st.markdown(r"$p\;=\;$:orange[$\beta\,p_{\text{plain}}$]$\;+\;$:green[$\frac{1-\beta}{n}\,(p_1+\dots+p_n)$]")
        every = "+".join(f"{v:.2f}" for v in views)
        st.markdown(
            rf"{name} $\;=\;$:orange[${beta:.2f}\cdot{p:.2f}$]$\;+\;$:green[${number(float(w[1]))}\,({every})$]"
            rf"$\;=\;{combined[top]:.2f}$"
        )
        st.markdown(
            f"It is a weighted mean: plain counts {number(float(w[0]))}, every other view {number(float(w[1]))}. (The "
            "book's prose speaks of averaging five images, for fastai's n = 4.) "
            f"The price is {n + 1} passes through the net instead of one."
        )


def notices() -> None:
    home = {"tta.model": models.SHIPPED, "tta.picture": RESCUED, "tta.seed": SEED, "tta.use_max": False}
    technique.notices(
        [
            technique.Notice(
                "Some views agree with the truth where the plain one errs: they are moved, and show what the centre "
                "square cut off. Move β to 1 and the vote is the plain view's alone.",
                "β = 1: the plain view alone",
                home | {"tta.n": N, "tta.beta": 1.0},
            ),
            technique.Notice(
                "With the maximum the most certain view speaks alone, and the row no longer sums to 1. It pays where "
                "one view shows what all others miss, and costs where one is sure and wrong: compare on the set below.",
                "use_max with 8 views",
                home | {"tta.n": 8, "tta.use_max": True},
            ),
            technique.Notice(
                "Here the plain view is right, and the views talk the net out of it. Further down both are counted "
                "over the whole set: pictures rescued, and pictures broken.",
                f"Picture {BROKEN}: broken",
                home | {"tta.picture": BROKEN, "tta.n": N, "tta.beta": BETA},
                fails=True,
            ),
        ]
    )


def prove(n: int, beta: float, use_max: bool) -> None:
    printed = (experiments()[name] for name in ("book/progressive", "notes/progressive"))
    gains = [(of.tta_accuracy or 0.0) - of.accuracy for of in printed]
    knobs = {"tta_n": n, "tta_beta": beta, "tta_use_max": str(use_max).lower()}
    technique.prove_it(
        "Train any recipe and watch the points to the right of the last epoch: accuracy after each of "
        f"{words.plural(n, 'augmented view')}. The texts print {words.points(gains[0])} (book) and "
        f"{words.points(gains[1])} (notes); yours may be more, nothing, or less. The run keeps every view's "
        "predictions, so it can be chosen as *Net* above and combined anew without being asked again.",
        # Where the recipe cannot be run, the first sentence says why: the second must stand by itself.
        f"{cost_of('normalize', knobs)} The end takes {n + 1} passes over the validation pictures instead of one.",
        recipe="normalize",
        knobs=knobs,
    )


def page() -> None:
    technique.opening(
        "Show the net several augmented views of a picture and average what it says. Nothing is trained; prediction "
        "costs more passes.",
    )
    choices = models.choices()
    if not choices:
        st.info("No net is here yet. Train one in the lab: a finished run leaves one that can be asked.")
        site.link("train", label="Open the lab", icon=":material/science:")
        return
    left, right = st.columns((1, 2), gap="large")
    with left:
        choice, of = controls(choices)
    state = st.session_state
    n, beta, use_max = state.get("tta.n", N), state.get("tta.beta", BETA), state.get("tta.use_max", False)
    if of is not None:
        model = models.load(choice)
        combined = combine(of.looks.plain.probs, of.looks.augmented.probs[:n, None], beta, use_max)[0]
        with right:
            figure(model, of, n, combined)
        first_visit.figure_first()
        arithmetic(model, of, n, beta, combined)
        notices()
        boxes(model, of)
        whole_set(choice, model, n, beta, use_max)
    further.section(n, beta)
    technique.in_fastai(tta_code(n, beta, use_max), ours=[combine, view_weights, rescued_and_broken])
    prove(n, beta, use_max)
    book, notes = experiments()["book/progressive"], experiments()["notes/progressive"]
    technique.sources(
        f"fastbook chapter 7 ({book.accuracy:.4f} → {book.tta_accuracy:.4f}); C. Mills, notes on chapter 7 "
        f"({notes.accuracy:.4f} → {notes.tta_accuracy:.4f}); fastai 2.8.12, `Learner.tta`. Both printed gains are of "
        "nets of whose validation pictures four fifths had been trained on."
    )


if __name__ == "__main__":  # Streamlit came here before the app: shared/session/site.py
    runpy.run_path(str(paths.APP))
