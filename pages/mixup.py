"""Mixup: two pictures blended by one slider, how λ is drawn, a whole batch with its losses, and CutMix beside it."""

import runpy

import streamlit as st

from pages.parts.mixup import batch, cut_box, further, spread
from pages.parts.mixup.mix import STAGE, first_figure
from pages.parts.mixup.spread import ALPHA, MOST
from pages.shared.components import blend, charts, sliders
from pages.shared.components.data_uri import encoded
from pages.shared.components.exact import exact
from pages.shared.frame import first_visit, technique
from pages.shared.frame.fold import fold
from pages.shared.frame.technique import cost_of
from pages.shared.pictures import picker
from pages.shared.session import site, trouble
from sota_core import paths, words
from sota_core.analysis.noise import chance_apart
from sota_core.data.sets.sources import address_of
from sota_core.errors import SotaError
from sota_core.figures import palette
from sota_core.figures.chapter.printed_losses import printed_losses
from sota_core.figures.frames import Knob
from sota_core.figures.mixup import cut
from sota_core.figures.pictures import centre_square
from sota_core.functional import mixup as maths
from sota_core.functional.beta import folded_mean, folded_share_above
from sota_core.functional.cutmix import box_lam, cutmix_images
from sota_core.language import tr
from sota_core.published import N_LEADERBOARD, N_VALID, OWN_FIVE_EPOCHS, experiments
from sota_core.recipes import PRESETS
from sota_core.script.snippets import mixup_code

PRINTED = PRESETS["mixup"]
METHODS = ("Mixup", "CutMix")
EPOCHS = Knob("epochs", "mixup.epochs", tuple(range(1, 101)), PRINTED.phases[0].n_epochs)


def not_comparable() -> None:
    """What puzzles learners first: a training loss far above the validation loss."""
    said, picture = st.columns((1, 2.3), gap="large")
    printed = experiments()["notes/mixup"]
    last = printed.rows[-1]
    training, validation = palette.key("train", tr("training")), palette.key("valid", tr("validation"))
    with said:
        st.markdown(
            tr(
                "Only training pictures are mixed. The training loss answers a harder question than the validation "
                "loss: if it lies far above, that says nothing about under- or overfitting."
            )
        )
        st.markdown(
            tr(
                "As printed after {n} epochs of mixup at {size} px: {training} {train_loss}, {validation} "
                "{valid_loss}, accuracy {accuracy} of {n_valid} pictures, one run.",
                n=len(printed.rows),
                size=printed.phases[0].size,
                training=training,
                train_loss=words.loss(last.train_loss),
                validation=validation,
                valid_loss=words.loss(last.valid_loss),
                accuracy=words.percent(last.accuracy),
                n_valid=words.count(N_VALID),
            )
        )
    with picture:
        charts.show(printed_losses(printed), key="mixup.printed")


def noticed() -> None:
    mixed, plain = OWN_FIVE_EPOCHS
    technique.notices(
        (
            technique.Notice(
                tr(
                    "At λ = ½ neither picture wins, and the target says so. fastai *folds* λ: below ½ it takes 1 − λ, "
                    "so that a picture never counts less than its partner."
                ),
                f"λ = {words.number(0.5)}",
                {blend.LAM: 0.5},
                shown=STAGE,
            ),
            technique.Notice(
                tr(
                    "λ is drawn at random from the Beta distribution Beta(α, α), and α sets its shape. At α = "
                    "{alpha}, {share} of the mixes are at least 90\u00a0% one picture; at the slider's end, α = "
                    "{most}, {share_at_most}. Even there the larger share is {mean} on average.",
                    alpha=words.short(ALPHA),
                    share=words.percent(folded_share_above(0.9, ALPHA), 0),
                    most=words.short(MOST),
                    share_at_most=words.percent(folded_share_above(0.9, MOST), 0),
                    mean=words.number(folded_mean(MOST)),
                ),
                tr("α = {alpha}, folded", alpha=words.number(ALPHA)),
                {"mixup.alpha": ALPHA, "mixup.fold": True},
                shown="mixup.spread_figure",
            ),
            technique.Notice(
                tr(
                    "Five epochs of mixup gain nothing: {mixed} with it and {plain} without, in our own two runs on a "
                    "CPU; chance alone puts two runs up to {chance} points apart. The net must find two things and "
                    "their shares, and that harder task takes longer. Imagenette's leaderboard trains 80 and 200 "
                    "epochs with it, 5 and 20 without.",
                    mixed=words.percent(mixed),
                    plain=words.percent(plain),
                    chance=words.number(100 * chance_apart(mixed, plain, N_LEADERBOARD), 1),
                ),
                tr("5 epochs"),
                {"mixup.epochs": 5},
                shown="proof",
                fails=True,
            ),
        )
    )


@trouble.fragment
def code_and_proof() -> None:
    """Code and proof, which depend on both α: redrawn once one of them rests elsewhere and this is near the screen."""
    alpha, cut_alpha, phase = spread.following_alpha("code"), batch.following_cut("code_cut"), PRINTED.phases[0]
    deeper, proof = st.container(), technique.proof()
    with proof, st.container(horizontal=True, vertical_alignment="bottom", gap="large"):
        method = st.segmented_control(
            tr("Method"), METHODS, default=METHODS[0], key="mixup.method", bind="query-params", required=True
        )
        n_epochs = sliders.draw(EPOCHS, tr("Epochs, for the code and for the lab"))
    with proof:
        exact(EPOCHS.control, (EPOCHS,), {"epochs": n_epochs})
    method = method or METHODS[0]  # an empty ?mixup.method= chooses none, though the control is required
    is_cut = method == METHODS[1]
    with deeper:
        ours = (maths.mix_images, maths.mix_targets, maths.mix_losses)
        text = mixup_code(alpha, n_epochs, phase.lr, cut_alpha=cut_alpha if is_cut else None)
        technique.in_fastai(text, (cutmix_images, box_lam) if is_cut else ours)
        further.section(alpha, n_epochs, phase.lr)
    on = {"mixup_alpha": 0.0, "cutmix_alpha": cut_alpha} if is_cut else {"mixup_alpha": alpha}
    knobs = {**on, "phases.0.n_epochs": n_epochs}
    these = {"source": address_of(picker.gallery().source)}
    plain = {"recipe": "mixup", **these, "mixup_alpha": "0.0", "phases.0.n_epochs": str(n_epochs)}
    with proof:
        technique.prove_it(
            tr(
                "Run it with {method}, then the same without, and compare validation accuracy, not the training "
                "losses. Expect no gain over a few epochs; it is made for long trainings.",
                method=method,
            ),
            cost_of("mixup", knobs),
            recipe="mixup",
            knobs={**these, **knobs},
            recorded=None if is_cut else "mixup",  # no text prints CutMix
        )
        site.link("train", label=tr("The same without it"), icon=":material/science:", query=plain)


def sources() -> None:
    technique.sources(
        tr(
            "[Zhang et al. 2017](https://arxiv.org/abs/1710.09412) · [Yun et al. 2019, "
            "CutMix](https://arxiv.org/abs/1905.04899) · fastbook ch. 7, whose pseudocode draws λ evenly from ½ to "
            "1; fastai 2.8.12 `callback/mixup.py` draws it as shown here · C. Mills, notes on ch. 7."
        )
    )


def page() -> None:
    technique.opening(
        tr("Blend two pictures, and their targets by the same λ: the net learns to say how much of each it sees.")
    )
    try:
        gallery = picker.gallery()
        pictures, names = first_figure(gallery)
        first_visit.figure_first()
        batch.batch_of(gallery)  # read here, so that an unreadable picture is reported once, not in every section below
    except SotaError as error:
        st.error(words.sentence(error), icon=":material/error:")
        return
    noticed()
    with fold(tr("Where λ comes from"), tr("α says how often a mix is nearly one picture"), holds=spread.HELD):
        spread.section()
    with fold(
        tr("A batch, as fastai mixes it"),
        tr("every picture with a λ and a partner of its own, and the loss computed two ways"),
    ):
        batch.batch_section(gallery)
    with fold(
        tr("CutMix: a box instead of a blend"),
        tr("drag the box: λ is the share of the picture that is left"),
        holds=("mixup.cut_lam", cut_box.AT),
    ):
        a, b = (encoded(centre_square(of, cut.SIDE), is_exact=False) for of in pictures)
        cut_box.section((a, b), names)
    with fold(
        tr("CutMix of the batch, as fastai draws it"),
        tr("one λ for the whole batch, and not folded"),
        holds=("mixup.cut_alpha",),
    ):
        batch.cutmix_section(gallery)
    with fold(
        tr("Train and valid loss are not comparable"), tr("only training pictures are mixed, and they are harder")
    ):
        not_comparable()
    code_and_proof()
    sources()


if __name__ == "__main__":  # Streamlit has run this file instead of app.py: shared/session/site.py
    runpy.run_path(str(paths.APP))
