"""Wrong training labels as a smoothed target, and the experiment that shows what smoothing does to them."""

import streamlit as st

from pages.parts.label_smoothing.figure import N, following
from pages.shared.components import code_block, sliders
from pages.shared.components.stage import Stage
from pages.shared.frame.technique import cost_of, lab_query
from pages.shared.session import site, trouble
from sota_core import words
from sota_core.data.sets.noisy import SHARES
from sota_core.figures.frames import Knob, span
from sota_core.figures.label_smoothing import noise
from sota_core.language import tr
from sota_core.published import BASELINE_BY_NOISE, LEADERBOARD_EPS

SHARED = "label_smoothing.noise"
KNOB = Knob("share", SHARED, span(0.0, 0.5, 0.05), 0.25)


@trouble.fragment
def section() -> None:
    eps = following("wrong")["eps"]
    said, way = st.columns((1, 1), gap="large")
    with said:
        share = sliders.draw(
            KNOB,
            tr("Share of wrong training labels"),
            help=tr(
                "This share of the training pictures, drawn at random, is given a wrong class. Validation pictures "
                "keep theirs."
            ),
        )
        stage = Stage(KNOB.control, {"share": share, "n": N}, (KNOB,), noise.VIEWS, noise.STILL)
        stage.place(noise.sentence(), key="label_smoothing.noise_words")
        clean, one, five = (BASELINE_BY_NOISE[of] for of in (0.0, 0.01, 0.05))
        st.markdown(
            ":gray[:small["
            + tr(
                "What wrong labels cost: Imagenette's own baseline (with label smoothing, ε = {eps}, 128 px, 5 epochs, "
                "one run each) ends at {clean} with clean labels, {one} with 1\u00a0% wrong ones and {five} with "
                "5\u00a0%. That is {cost} points, where its leaderboard finds ±1 usual between runs.",
                eps=words.number(LEADERBOARD_EPS, 1),
                clean=words.percent(clean, 2),
                one=words.percent(one, 2),
                five=words.percent(five, 2),
                cost=words.number(100 * (clean - five), 1),
            )
            + "]]"
        )
    with way:
        st.markdown(
            tr(
                "**The experiment.** Train with and without smoothing on the same wrong labels; validation labels "
                "stay right. Compare validation accuracy: without smoothing the net is pushed to be certain of the "
                "wrong labels too."
            )
        )
        st.markdown(f":gray[:small[{cost_of('label_smoothing', _noisy(share, eps))}]]")
        for value in (eps, 0.0):
            site.link(
                "train",
                label=tr(
                    "{share} wrong labels, with ε = {eps}",
                    share=words.percent(share, 0),
                    eps=words.number(value) if value is eps else "0",
                ),
                icon=":material/science:",
                query=lab_query("label_smoothing", _noisy(share, value)),
            )
    stage.draw()


def official() -> None:
    ends = ", ".join(
        tr("{accuracy} with {share}", accuracy=words.percent(accuracy), share=words.percent(share, 0))
        for share, accuracy in BASELINE_BY_NOISE.items()
    )
    with st.expander(tr("Imagenette's own wrong labels: the same for everybody"), icon=":material/label_off:"):
        st.markdown(
            tr(
                "With the share above, the run's seed draws the wrong labels. Imagenette's archive also has a table, "
                "`noisy_imagenette.csv`, with {shares} and {most}\u00a0% of the training labels wrong, so that you "
                "can compare your result with others'. A picture's folder is its label: the first command sorts the "
                "training pictures into folders as the table says and leaves the validation pictures where they "
                "belong; the second trains on the result.",
                shares=", ".join(map(str, SHARES[:-1])),
                most=SHARES[-1],
            )
        )
        code_block.show(
            "python -m sota_core datasets noisy imagenette2-160 --share 5\n"
            "python -m sota_core train --recipe label_smoothing --data FOLDER --set split=official",
            key="code.noisy",
            language="bash",
        )
        st.markdown(
            ":gray[:small["
            + tr(
                "The baseline of the comparison (with label smoothing, ε = {eps}, 128 px, 5 epochs, one run each): "
                "{ends}. With `SOTA_LOCAL_ROOTS` the pages offer the folder too. Leave the share above at 0 then, or "
                "both add up.",
                eps=words.number(LEADERBOARD_EPS, 1),
                ends=ends,
            )
            + "]]"
        )


def _noisy(share: float, eps: float) -> dict[str, str]:
    return {"label_noise": f"{share:g}", "label_smoothing": f"{eps:g}"}
