"""Mixup: two pictures under one hand, how λ is drawn, a whole batch with its losses, and CutMix beside it."""

import runpy

import streamlit as st

from pages.parts.mixup.batch import batch_section, cutmix_section
from pages.parts.mixup.mix import first_figure
from pages.shared.components import blend, charts
from pages.shared.frame import first_visit, technique
from pages.shared.frame.technique import cost_of
from pages.shared.pictures import picker
from pages.shared.session import site
from pages.shared.session.controls import draw_again, number
from sota_core import paths, words
from sota_core.errors import SotaError
from sota_core.figures import palette
from sota_core.figures.chapter.printed_losses import printed_losses
from sota_core.figures.mixup.lam_spread import drawn_facts, lam_draws, lam_spread
from sota_core.functional import mixup as maths
from sota_core.functional.beta import folded_mean, folded_share_above
from sota_core.functional.cutmix import box_lam, cutmix_images
from sota_core.published import N_VALID, experiments
from sota_core.recipes import FIELDS, PRESETS
from sota_core.script.snippets import mixup_code

PRINTED = PRESETS["mixup"]
ALPHA = PRINTED.mixup_alpha
MOST = FIELDS["mixup_alpha"].high
SEED = 95  # of a batch that shows it all: small and large λ, a picture that meets itself, a box that sticks out
METHODS = ("Mixup", "CutMix")


def spread() -> tuple[float, int]:
    """How λ is drawn; returns α and the seed."""
    st.subheader("Where λ comes from", anchor=False)
    controls, picture = st.columns((1, 2.3), gap="large")
    with controls:
        alpha = st.slider(
            "α", 0.05, MOST, ALPHA, 0.05, key="mixup.alpha", bind="query-params", help=FIELDS["mixup_alpha"].help
        )
        n = st.selectbox("Draws", (64, 1000, 10_000), index=1, key="mixup.draws", bind="query-params")
        is_folded = st.toggle(
            "Folded, as fastai does",
            True,
            key="mixup.fold",
            bind="query-params",
            help="λ becomes the larger of λ and 1 − λ: a picture never counts less than its partner. "
            "Else a pair could come twice, once each way round.",
        )
        seed = seed_control()
    draws = lam_draws(alpha, n, seed, is_folded=is_folded)
    with picture:
        charts.show(lam_spread(alpha, draws, is_folded=is_folded), key="mixup.spread")
    with controls:
        share, mean = folded_share_above(0.9, alpha), folded_mean(alpha)
        drawn_share, drawn_mean = drawn_facts(draws)
        st.markdown(
            f"At α = {alpha:.2f}, **{words.percent(share, 0)}** of the mixes are at least 90 % one picture "
            f":gray[(in these draws {words.percent(drawn_share, 0)})]. The heavier picture has "
            f"**{mean:.2f}** on average :gray[(drawn: {drawn_mean:.2f})]."
            + ("" if is_folded else " Not folded, λ falls to either side alike, as in the paper.")
        )
    return alpha, seed


def seed_control() -> int:
    at, again = st.columns((1, 1.2), vertical_alignment="bottom", gap="small")
    with at:
        seed = number("Seed", 0, 9999, SEED, name="mixup.seed")
    with again:
        draw_again("mixup.seed", seed, key="mixup.again")
    return seed


def not_comparable() -> None:
    """What a learner will wonder at first: a training loss far above the validation loss."""
    st.subheader("Train and valid loss are not comparable", anchor=False)
    said, picture = st.columns((1, 2.3), gap="large")
    printed = experiments()["notes/mixup"]
    last = printed.rows[-1]
    with said:
        st.markdown(
            "Only training pictures are mixed. The training loss answers a harder question than the validation loss: "
            "the one standing far above the other says nothing of under- or overfitting."
        )
        st.markdown(
            f"As printed after {len(printed.rows)} epochs of mixup at {printed.phases[0].size} px: "
            f"{palette.key('train', 'training')} {words.loss(last.train_loss)}, "
            f"{palette.key('valid', 'validation')} {words.loss(last.valid_loss)}, accuracy "
            f"{words.percent(last.accuracy)} of {words.count(N_VALID)} pictures, one run."
        )
    with picture:
        charts.show(printed_losses(printed), key="mixup.printed")


def ending(alpha: float, cut_alpha: float) -> None:
    technique.notices(
        (
            technique.Notice(
                "At λ = ½ neither picture wins, and the target says so. Folding keeps λ there or above: a picture "
                "never counts less than its partner.",
                "λ = 0.50",
                {blend.LAM: 0.5},
            ),
            technique.Notice(
                f"At α = {ALPHA}, {words.percent(folded_share_above(0.9, ALPHA), 0)} of the mixes are at least 90 % "
                f"one picture; at the slider's end, α = {MOST:g}, {words.percent(folded_share_above(0.9, MOST), 0)}. "
                f"Even there the heavier picture has {folded_mean(MOST):.2f} on average.",
                f"α = {ALPHA:.2f}, folded",
                {"mixup.alpha": ALPHA, "mixup.fold": True},
            ),
            technique.Notice(
                "Five epochs of mixup end up worse than five without: the net must find two things and their shares, "
                "and that harder task takes longer. Imagenette's leaderboard trains 80 and 200 epochs with it, 5 and "
                "20 without.",
                "5 epochs",
                {"mixup.epochs": 5},
                fails=True,
            ),
        )
    )
    phase = PRINTED.phases[0]
    code = st.container()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="large"):
        method = st.segmented_control(
            "Method", METHODS, default=METHODS[0], key="mixup.method", bind="query-params", required=True
        )
        n_epochs = st.slider(
            "Epochs, for the code and for the lab", 1, 100, phase.n_epochs, key="mixup.epochs", bind="query-params"
        )
    method = method or METHODS[0]  # ?mixup.method= chooses none, required or not
    is_cut = method == METHODS[1]
    with code:
        ours = (maths.mix_images, maths.mix_targets, maths.mix_losses)
        text = mixup_code(alpha, n_epochs, phase.lr, cut_alpha=cut_alpha if is_cut else None)
        technique.in_fastai(text, (cutmix_images, box_lam) if is_cut else ours)
    on = {"mixup_alpha": 0.0, "cutmix_alpha": cut_alpha} if is_cut else {"mixup_alpha": alpha}
    knobs = {**on, "phases.0.n_epochs": n_epochs}
    technique.prove_it(
        f"Run it with {method}, then the same without, and compare validation accuracy, not the training losses. "
        "A few epochs favour the plain run; the longer both train, the less.",
        cost_of("mixup", knobs),
        recipe="mixup",
        knobs=knobs,
    )
    plain = {"recipe": "mixup", "mixup_alpha": "0.0", "phases.0.n_epochs": str(n_epochs)}
    site.link("train", label="The same without it", icon=":material/science:", query=plain)
    technique.sources(
        "[Zhang et al. 2017](https://arxiv.org/abs/1710.09412) · [Yun et al. 2019, CutMix]"
        "(https://arxiv.org/abs/1905.04899) · fastbook ch. 7, whose pseudocode draws λ evenly from ½ to 1; fastai "
        "2.8.12 `callback/mixup.py` draws it as shown here · C. Mills, notes on ch. 7."
    )


def page() -> None:
    technique.opening(
        "Blend two pictures, and their targets by the same λ: the net learns to say how much of each it sees."
    )
    try:
        gallery = picker.gallery()
        first_figure(gallery)
        first_visit.figure_first()
        alpha, seed = spread()
        items = batch_section(gallery, alpha, seed)
        cut_alpha = cutmix_section(gallery, items, seed)
    except SotaError as error:
        st.error(words.markdown_safe(str(error)), icon=":material/error:")
        return
    not_comparable()
    ending(alpha, cut_alpha)


if __name__ == "__main__":  # Streamlit came here before the app: shared/session/site.py
    runpy.run_path(str(paths.APP))
