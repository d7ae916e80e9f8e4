"""Every table the two texts print, losses and all, one experiment at a time."""

import streamlit as st

from sota_core import words
from sota_core.figures.runs.epoch_table import epoch_table, markdown
from sota_core.published import N_VALID, SHORT, Experiment, PublishedPhase, experiments

FIRST = "book/baseline"
KEY = "baseline.table"
SHOWN = "baseline.tables"


def section() -> None:
    left, right = st.columns((1, 1.9), gap="large")
    with left:
        title = st.selectbox("Experiment", list(SHORT.values()), key=KEY, bind="query-params")
        of = experiments()[next(i for i, short in SHORT.items() if short == title)]
        st.markdown(_said(of))
    with right, st.container(key=SHOWN):
        for phase in of.phases:
            st.markdown(f":gray[{_phase(phase)}]")
            st.markdown(markdown(epoch_table(phase.rows)))


def _said(of: Experiment) -> str:
    where = "the book" if of.source == "book" else "the notes"
    said = (
        f"Printed in {where}, {words.plural(len(of.rows), 'epoch')} in {words.clock(of.seconds)}, {of.precision}. The "
        f"last accuracy is {round(of.accuracy * N_VALID):,} of {N_VALID:,} validation pictures."
    )
    if of.tta_accuracy is not None:
        said += f" With test-time augmentation {of.tta_accuracy:.6f} is printed."
    if of.leaks:
        said += " At its second size the pictures were split anew: most that it then validates on had been trained on."
    if of.n_outputs > 10:
        said += f" Its code leaves `n_out` away: the net has {of.n_outputs:,} outputs."
    if "mixup" in of.techniques:
        said += " Its training loss is of mixed pictures and cannot be compared with its validation loss."
    return said


def _phase(phase: PublishedPhase) -> str:
    method = "fine_tune's first epoch" if phase.method == "fine_tune: frozen epoch" else phase.method
    return f"{method}: {phase.size} px, batches of {phase.bs}, rate {phase.lr:g}"
