"""Baseline: the chapter's first run, its code line by line, and every table the two texts print."""

import math
import runpy

import streamlit as st

from pages.parts.baseline import line_texts, lines, printed_tables, repeat, stepper, why
from pages.parts.baseline.line_texts import SAYS
from pages.parts.baseline.lines import Example
from pages.shared.components import sliders
from pages.shared.components.stage import Stage
from pages.shared.frame import first_visit, technique
from pages.shared.frame.fold import fold
from pages.shared.frame.technique import Notice
from pages.shared.pictures import picker
from pages.shared.session import address, buttons
from pages.shared.session.controls import draw_again, kept, number
from sota_core import paths, words
from sota_core.data.sets.sources import address_of
from sota_core.errors import SotaError
from sota_core.figures import palette
from sota_core.figures.chapter import peak
from sota_core.figures.chapter.published import noise_of_runs
from sota_core.figures.frames import Knob, span
from sota_core.functional.schedule import one_cycle
from sota_core.functional.stages import BODY_WEIGHTS, HEAD_INPUTS, head_weights
from sota_core.language import tr
from sota_core.published import N_CLASSES, N_VALID, SHORT, WIDE_OUTPUTS, experiments, two_runs
from sota_core.script.baseline import PHASE, baseline_code, baseline_lines

EFFECT, FIRST_LOSS = "baseline.effect", "baseline.first_loss"  # keys of the containers that a notice scrolls to
LINE, N_OUT, RATE = "baseline.line", "baseline.n_out", "baseline.lr"
IDS = tuple(SAYS)
OUTPUTS = ("dls.c", str(WIDE_OUTPUTS))
LEAST_RATE, MOST_RATE = 0.0005, 0.01
CYCLE, PEAK = "baseline.cycle", Knob("peak", RATE, span(LEAST_RATE, MOST_RATE, LEAST_RATE), PHASE.lr)
STEPS_AN_EPOCH = (lines.N_PICTURES - N_VALID) // PHASE.bs
FINE = {"scallop": 45, "church": 2}  # class → number of a picture with detail that a crop can miss


def controls(rate: float, is_wide: bool) -> tuple[str, Example]:
    """Draw the choices of set, line of code, picture and seed; the line's id and the example it is shown on."""
    line = address.given(LINE)
    line = line if line in IDS else IDS[0]
    picker.choose_set()
    of = picker.gallery()
    codes = {one.id: one.code.strip() for one in baseline_lines(of.source, rate, is_wide=is_wide)}
    st.radio(tr("A line"), IDS, format_func=lambda id: f"`{codes[id]}`", **kept(LINE, line, default=IDS[0]))
    name = next((n for n in FINE if n in of.names), of.names[0])
    start = (name, min(FINE.get(name, 1), of.count(name)))
    takes_one, draws = line in lines.ON_A_PICTURE, line in lines.BY_CHANCE
    picture, shown = picker.choose(
        of, key="baseline.picture", label=tr("Picture"), default=start, disabled=not takes_one
    )
    at, again = st.columns((1, 1.2), vertical_alignment="bottom", gap="small")
    with at:
        seed = number(tr("Seed"), 0, 999, 0, name="baseline.seed")
    with again:
        draw_again("baseline.seed", seed, key="baseline.again", n=1000, disabled=not draws)
    buttons.reason(_without(takes_one, draws))
    n_out = WIDE_OUTPUTS if is_wide else len(of.names)
    return line, Example(of, picture, shown, st.session_state["baseline.picture_number"], seed, n_out)


def _without(takes_one: bool, draws: bool) -> str:
    """Says whether the chosen line uses no picture, no seed, or neither; empty if it uses both."""
    if takes_one:
        return "" if draws else tr("This line draws nothing at random. The training below uses the seed too.")
    if draws:
        return tr("This line takes no single picture.")
    return tr("This line takes no single picture and draws nothing at random. The training below uses the seed too.")


def arithmetic() -> None:
    """The two numbers of the code that have a control: the net's outputs, and the peak of the learning rate."""
    outputs, cycle = st.columns((1, 1.35), gap="large")
    with outputs, st.container(key=FIRST_LOSS):
        chosen = st.segmented_control(
            "n_out", OUTPUTS, default=OUTPUTS[0], required=True, wrap=True, key=N_OUT, bind="query-params"
        )
        n = WIDE_OUTPUTS if chosen == OUTPUTS[1] else N_CLASSES
        st.markdown(
            tr(
                "A net that knows nothing gives each output $\\frac{{1}}{{{n}}}$; its loss is "
                "$-\\ln\\frac{{1}}{{{n}}} = \\ln {n} =$ **{loss}**."
                "\n\n"
                "Last layer: ${n} \\cdot ({inputs} + 1) =$ **{n_last}** weights, of {n_all} in all.",
                n=n,
                loss=words.number(math.log(n)),
                inputs=_grouped(HEAD_INPUTS),
                n_last=words.count(head_weights(n)),
                n_all=words.count(BODY_WEIGHTS + head_weights(n)),
            )
        )
        st.markdown(_outputs_words(n))
    with cycle:
        rate = sliders.draw(PEAK, tr("Peak of the learning rate"), "%.4f")
        _schedule(rate)


def _schedule(rate: float) -> None:
    """The schedule's curves move while the slider is dragged; the page's code follows once it is let go."""
    n_steps = PHASE.n_epochs * STEPS_AN_EPOCH
    keys = palette.key("train", tr("learning rate")), palette.key("published", tr("momentum, dashed"))
    st.markdown(" · ".join(keys))
    at = {"peak": rate, "n_steps": n_steps, "n_epochs": PHASE.n_epochs, "top": MOST_RATE}
    stage = Stage(CYCLE, at, (PEAK,), peak.VIEWS, (peak.said,))
    stage.place(peak.template(n_steps, PHASE.n_epochs), key="baseline.cycle_curves")
    stage.draw()


def _grouped(n: int) -> str:
    """A whole number for LaTeX, grouped by thousands: with a comma, or with a thin space where a point is usual."""
    return words.count(n).replace(",", "{,}").replace(".", r"\,")


def _outputs_words(n: int) -> str:
    if n == N_CLASSES:
        return tr(
            "`dls.c` is the number of classes among the labels, so the net fits any data set. The book's code says "
            "`n_out=dls.c` today; its older notebook and three runs of the notes leave it out."
        )
    return tr(
        "`xresnet50()` has {n} outputs, one for each class of ImageNet. It trains without an error, because any class "
        "number below {n} is a valid target. But {n_never} outputs are never right and must be pushed down first, and "
        "label smoothing spreads its ε over all {n}.",
        n=words.count(n),
        n_never=n - N_CLASSES,
    )


def state() -> tuple[float, bool]:
    """The peak rate, and whether the net has 1000 outputs: needed by the code, which is drawn before their controls."""
    rate = st.session_state.get(RATE, address.decimal(RATE, PHASE.lr, LEAST_RATE, MOST_RATE))
    return PEAK.nearest(rate), st.session_state.get(N_OUT, address.given(N_OUT)) == OUTPUTS[1]


def noticed() -> None:
    book, notes = experiments()["book/baseline"], experiments()["notes/baseline-fp32"]
    mixed = experiments()["notes/baseline-fp16"]
    n_small, n_changes = noise_of_runs()
    technique.notices(
        [
            Notice(
                tr(
                    "The code names two sizes, 460 and 224. Turning and zooming blur a picture. At 460 px the blur is "
                    "hidden by shrinking to 224 px afterwards; at 224 px it would stay."
                ),
                tr("The crop of 460 px"),
                {LINE: "resize"},
                shown=EFFECT,
            ),
            Notice(
                tr(
                    "Without `n_out` the run starts from a loss of {wide} instead of {right}, and no error warns you.",
                    wide=words.number(math.log(WIDE_OUTPUTS), 1),
                    right=words.number(math.log(N_CLASSES), 1),
                ),
                tr("1000 outputs"),
                {LINE: "net", N_OUT: OUTPUTS[1]},
                shown=FIRST_LOSS,
            ),
            Notice(
                tr(
                    "One run is no yardstick. The plain baseline in 32 bits gave two people {book} and {notes}; in "
                    "mixed precision, where the steps of *The chapter* start, it gave {mixed}. By chance, {two_runs}; "
                    "{n_small} of the {n_changes} printed changes between two runs are smaller.",
                    book=words.percent(book.accuracy, 2),
                    notes=words.percent(notes.accuracy, 2),
                    mixed=words.percent(mixed.accuracy, 2),
                    two_runs=two_runs(),
                    n_small=n_small,
                    n_changes=n_changes,
                ),
                tr("The notes' baseline"),
                {printed_tables.KEY: SHORT["notes/baseline-fp32"]},
                shown=printed_tables.SHOWN,
                fails=True,
            ),
        ]
    )


def page() -> None:
    technique.opening(
        tr(
            "A plain net from scratch on ten classes: eleven lines of code, and the figure every technique is measured "
            "against."
        )
    )
    rate, is_wide = state()
    code, effect = technique.pictured((1, 1.25), key="baseline")
    try:
        with code:
            line, example = controls(rate, is_wide)
        with effect, st.container(key=EFFECT):
            st.markdown(line_texts.said(line))
            lines.show(line, example)
    except SotaError as problem:
        st.error(words.sentence(problem), icon=":material/broken_image:")
        return
    first_visit.figure_first()
    noticed()
    stepper.section(example.seed)
    arithmetic_says = tr("outputs of the net, and the learning rate from step to step")
    with fold(tr("The arithmetic"), arithmetic_says, holds=(N_OUT, RATE)):
        arithmetic()
    with fold(tr("Why these ten classes, and why from scratch"), tr("quick sets were too easy, ImageNet too slow")):
        why.section()
    with fold(tr("As printed"), tr("every table of the two texts, losses and all"), holds=(printed_tables.KEY,)):
        printed_tables.section()
    copied = baseline_code(example.of.source, rate, is_wide=is_wide, n=sum(example.of.counts))
    technique.in_fastai(copied, ours=(one_cycle,))
    repeat.section()
    knobs = {"phases.0.lr": rate}
    with technique.proof():
        technique.prove_it(
            tr(
                "Run it once, then again with another seed. The difference between the two is what any technique has "
                "to beat."
            ),
            technique.cost_of("baseline", knobs),
            recipe="baseline",
            recorded="baseline",
            knobs={"source": address_of(example.of.source), **knobs},
        )
    technique.sources(
        tr(
            "fastbook chapter 7, *Imagenette*, and chapter 5, *Presizing*; C. Mills, *Notes on fastai Book Ch. 7* "
            "(2022); [the set and its leaderboard](https://github.com/fastai/imagenette); fastai 2.8.12, "
            "`data/block.py`, `data/transforms.py`, `vision/augment.py`, `xresnet.py`, `callback/schedule.py`."
        )
    )


if __name__ == "__main__":  # Streamlit has run this file instead of app.py: shared/session/site.py
    runpy.run_path(str(paths.APP))
