"""A run's answers epoch by epoch, folded: a confusion matrix with a slider, mistakes, and what was forgotten again."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from pages.shared.components.follow import follow
from pages.shared.components.stage import Stage
from pages.shared.pictures.models import Choice, choice_of
from pages.shared.pictures.pictured import N_SHOWN, Worded, pictured
from pages.shared.session import cached, trouble
from sota_core import words
from sota_core.errors import SotaError
from sota_core.figures.frames import Knob
from sota_core.figures.runs import by_epoch as figures
from sota_core.inference.epochs import EPOCHS, Epochs, load_epochs
from sota_core.language import tr, tr_n
from sota_core.runs.run import Run

STAGE, EPOCH = "run.epochs", "run.epoch"


def section(run: Run) -> None:
    """Nothing where the run has kept the answers of fewer than two epochs."""
    path = cached.store().artifacts_dir / run.id / EPOCHS
    if not path.is_file():  # a run from before 26 November 2026, or one stopped in its first epoch
        return
    try:
        of = _load(str(path), path.stat().st_mtime_ns)
    except SotaError as problem:
        st.markdown(f":gray[{words.markdown_safe(problem)}]")
        return
    if len(of.numbers) < 2:
        return
    label = tr("Epoch by epoch: what the net confuses, learns and forgets again")
    with st.expander(label, icon=":material/timeline:", key=STAGE, on_change="rerun", bind="query-params") as folded:
        if folded.open:
            _figure(of)
            _pictures(of, choice_of(run.id, "", run.recipe))


@st.cache_resource(max_entries=8, show_spinner=False)
def _load(path: str, changed_ns: int) -> Epochs:
    return load_epochs(Path(path))


def knob(of: Epochs) -> Knob:
    """Every epoch that was kept; a double click goes to the last."""
    return Knob("epoch", EPOCH, of.numbers, of.numbers[-1], is_choice=True)


def standing(of: Epochs) -> int:
    """The chosen epoch; the last one where none was chosen, or where this run has not kept the chosen one."""
    epoch = st.session_state.get(EPOCH)
    return epoch if epoch in of.numbers else of.numbers[-1]


@trouble.fragment
def _figure(of: Epochs) -> None:
    """All that the server runs when the knob comes to rest."""
    if st.session_state.get(EPOCH) not in of.numbers:  # left from a run that was shown before
        st.session_state.pop(EPOCH, None)
    epoch = st.select_slider(
        tr("Epoch"),
        of.numbers,
        of.numbers[-1],
        key=EPOCH,
        bind="query-params",
        help=tr(
            "What the net answered in the validation after this epoch, without TTA. Epochs are counted over all phases."
        ),
    )
    stage = Stage(STAGE, {"of": of, "epoch": epoch}, (knob(of),), figures.VIEWS, (figures.told,))
    left, right = st.columns((1.25, 1), gap="large")
    with left:
        stage.place(figures.matrix_template(of), key=f"{STAGE}.matrix")
    with right:
        stage.place(figures.counts_template(of), key=f"{STAGE}.counts")
    if kept := figures.what_is_kept(of):
        st.caption(kept)
    stage.draw()


@trouble.fragment
def _pictures(of: Epochs, model: Choice) -> None:
    """The surest mistakes of the chosen epoch, and what was forgotten most often."""
    epoch = standing(of)
    follow(STAGE, (knob(of),), {"epoch": epoch}, key=f"{STAGE}.pictures")
    i = of.numbers.index(epoch)
    st.subheader(tr("The mistakes it was surest of after epoch {n}", n=epoch), anchor=False)
    surest = of.surest_mistakes(i, N_SHOWN)
    said = [
        tr(
            "says {name}, {probability}",
            name=figures.title(of, int(of.said[i, k])),
            probability=words.percent(float(of.p_said[i, k])),
        )
        for k in surest
    ]
    _row(of, model, surest, said, "surest")
    st.subheader(tr("Forgotten most often"), anchor=False)
    st.markdown(figures.over_all_epochs(of))
    most = of.most_forgotten(N_SHOWN)
    said = [
        tr_n(
            "{n} time; it was right after {epochs}",
            "{n} times; it was right after {epochs}",
            int(of.forgotten[k]),
            epochs=figures.spans(of, k),
        )
        for k in most
    ]
    _row(of, model, most, said, "forgotten")
    st.caption(
        tr(
            "A picture is forgotten when it was right after one epoch and is wrong after the next. Toneva et "
            "al. (2019) counted this for training pictures, batch by batch; here it is counted for validation "
            "pictures, epoch by epoch."
        )
    )


def _row(of: Epochs, model: Choice, which: Sequence[int], said: Sequence[str], name: str) -> None:
    if not which:
        st.markdown(tr(":gray[None.]"))
        return
    is_right = False if name == "surest" else None
    worded = []
    for k, text in zip(which, said, strict=True):
        truth = figures.title(of, int(of.labels[k]))
        worded.append(Worded(of.names[k], text, tr("is {name}", name=truth), f"{truth}: {text}", is_right))
    label = tr("The surest mistakes") if name == "surest" else tr("Forgotten most often")
    pictured(model, worded, key=f"{STAGE}.{name}", label=label)
