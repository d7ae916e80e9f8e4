"""Papers and math: the symbols papers use, with their current values, and two papers' equations piece by piece."""

import runpy
from dataclasses import replace

import streamlit as st

from pages.parts.questionnaire import controls
from pages.shared.components import sliders
from pages.shared.components.equations import equations
from pages.shared.components.exact import exact
from pages.shared.frame import first_visit, technique
from pages.shared.frame.fold import fold
from pages.shared.session.address import seen
from sota_core import paths, words
from sota_core.figures.frames import Knob, span
from sota_core.language import tr
from sota_core.learn.equations import LOGIT, PIXELS, mixup_equations, smoothing_equations
from sota_core.learn.symbols import ALPHA, CLASSES, EPS, LAM, SYMBOLS, Symbol

_LAM = Knob("lam", "papers.lam", span(0.0, 1.0, 0.01))
_ALPHA = Knob("alpha", "papers.alpha", span(0.05, 4.0, 0.05))
_EPS = Knob("eps", "papers.eps", span(0.0, 0.9, 0.01))
_N = Knob("n", "papers.n", (2, 5, 10, 100, 1000), is_choice=True)


def mixup() -> None:
    st.header(tr("Mixup, in four lines"), anchor=False)
    state = seen()
    left, right = technique.pictured((1, 2.6), key="mixup")
    with left:
        knobs = _starting(_LAM, LAM.value(state)[0]), _starting(_ALPHA, ALPHA.value(state)[0])
        lam, alpha = (sliders.draw(knob, sign) for knob, sign in zip(knobs, "λα", strict=True))
        exact("papers.mixup", knobs, {"lam": lam, "alpha": alpha})
        said = tr(
            "The example: one pixel of a church, {church}, and one of a gas pump, {pump}; the classes in that "
            "order; a net that leans towards the church. Point at a symbol, or tap it.",
            church=words.number(PIXELS[0], 0),
            pump=words.number(PIXELS[1], 0),
        )
        st.markdown(f":gray[:small[{said}]]")
        st.markdown(f":small[[arXiv:1710.09412](https://arxiv.org/abs/1710.09412), {tr('section {n}', n=2)}]")
    with right:
        equations(mixup_equations(lam, alpha), key="papers.mixup", first="lam")


def smoothing() -> None:
    st.header(tr("Label smoothing, in two"), anchor=False)
    state = seen()
    left, right = technique.pictured((1, 2.6), key="smoothing")
    with left:
        knobs = _starting(_EPS, EPS.value(state)[0]), _starting(_N, CLASSES.value(state)[0])
        eps = sliders.draw(knobs[0], "ε")
        n = sliders.draw(knobs[1], tr("N, the number of classes"))
        exact("papers.smoothing", knobs, {"eps": eps, "n": n})
        said = tr(
            "The label's logit is {logit}, all others are 0. The paper writes K for N.",
            logit=words.number(LOGIT, 0),
        )
        st.markdown(f":gray[:small[{said}]]")
        st.markdown(f":small[[arXiv:1512.00567](https://arxiv.org/abs/1512.00567), {tr('section {n}', n=7)}]")
    with right:
        equations(smoothing_equations(eps, n), key="papers.smoothing", first="eps")


def _starting(knob: Knob, at: float) -> Knob:
    """The knob with the step nearest to `at`, a value from another page, as its default."""
    return replace(knob, default=knob.nearest(at))


def looking_up() -> None:
    with st.expander(tr("How to look up a symbol that is not here"), icon=":material/search:"):
        left, right = st.columns((1, 1.15), gap="large")
        with left:
            st.markdown(
                tr(
                    "1. In the paper itself: nearly every symbol is explained once, where it first appears or in a "
                    "section on notation.\n"
                    "2. In Wikipedia's [list of mathematical symbols]"
                    "(https://en.wikipedia.org/wiki/Glossary_of_mathematical_symbols), by its look.\n"
                    "3. Draw it: [Detexify](https://detexify.kirelabs.org/classify.html) recognizes what you draw and "
                    "gives a name you can search for.\n"
                    "4. In the paper's source: arXiv gives it under *TeX Source*; there an ε is written `\\epsilon`."
                )
            )
        with right:
            st.markdown(
                tr(
                    "**The math is the code.** Every term of a formula is computed by some line of code; read "
                    "the two side by side."
                )
                + f"\n\n| {tr('in the paper')} | {tr('in fastai')} |\n|:--|:--|\n"
                r"| $\lambda \sim \mathrm{Beta}(\alpha, \alpha)$ | `Beta(alpha, alpha).sample((n,))` |"
                "\n"
                r"| $\tilde{x} = \lambda x_i + (1-\lambda) x_j$ | `torch.lerp(xb1, xb, lam)` |"
                "\n"
                r"| $\frac{x - \mu}{\sigma}$ | `(x - mean) / std` |"
                "\n"
                r"| $-\log p_y$ | `CrossEntropyLossFlat()(logits, y)` |"
            )


def glossary() -> None:
    st.markdown(
        tr(
            ":gray[Each value is the one you last set on its page, or the default if you have set none. Greek "
            "letters first.]"
        )
    )
    state = seen()
    with st.container(key="papers_signs", gap="small"):
        for i in range(0, len(SYMBOLS), 3):
            for column, symbol in zip(st.columns(3, gap="large"), SYMBOLS[i : i + 3], strict=False):
                with column:
                    entry(symbol, *symbol.value(state))


def entry(symbol: Symbol, value: str, is_yours: bool) -> None:
    """One symbol: how it looks and sounds, what it means, what it stands at, and a link to where it is used."""
    now = ""
    if value:
        by = tr("yours") if is_yours else tr("default")
        whose = "" if symbol.knob is None else f" :gray[:small[{by}]]"
        now = f" &emsp; **{words.markdown_safe(value)}**{whose}"
    st.header(f"{symbol.sign}{now}", anchor=False)
    st.markdown(f"**{tr(symbol.name)}** &ensp; :gray[{tr(symbol.say)}]  \n{words.markdown_safe(tr(symbol.meaning))}")
    controls.link(symbol.link, icon=":material/arrow_forward:")


def page() -> None:
    technique.opening(
        tr("Two papers' equations, piece by piece, with your current numbers; and every symbol they use."),
    )
    mixup()
    smoothing()
    first_visit.figure_first()
    says = tr("how each looks and sounds, what it means and where you meet it")
    with fold(tr("Symbols and their current values"), says):
        glossary()
    looking_up()
    numbers = tr("numbers from this app's own functions, checked against fastai 2.8.12")
    technique.sources(
        "[Zhang et al. 2017](https://arxiv.org/abs/1710.09412) · [Szegedy et al. 2015](https://arxiv.org/abs/1512.00567)"
        f" · {numbers}"
    )


if __name__ == "__main__":  # Streamlit has run this file instead of app.py: shared/session/site.py
    runpy.run_path(str(paths.APP))
