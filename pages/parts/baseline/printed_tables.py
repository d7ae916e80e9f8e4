"""Every table the two texts print, losses and all, one experiment at a time."""

import streamlit as st

from pages.shared.session.controls import choice
from sota_core import words
from sota_core.figures.runs.epoch_table import epoch_table, markdown
from sota_core.language import tr, tr_n
from sota_core.published import N_VALID, SHORT, WIDE_OUTPUTS, Experiment, PublishedPhase, experiments

FIRST = "book/baseline"
KEY = "baseline.table"
SHOWN = "baseline.tables"


def section() -> None:
    left, right = st.columns((1, 1.9), gap="large")
    with left:
        title = choice(tr("Experiment"), list(SHORT.values()), SHORT[FIRST], name=KEY, key=KEY, words=tr)
        of = experiments()[next(i for i, short in SHORT.items() if short == title)]
        st.markdown(_said(of))
    with right, st.container(key=SHOWN):
        for phase in of.phases:
            st.markdown(f":gray[{_phase(phase)}]")
            st.markdown(markdown(epoch_table(phase.rows)))


def _said(of: Experiment) -> str:
    epochs = tr_n("{n} epoch", "{n} epochs", len(of.rows))
    values = {"epochs": epochs, "time": words.clock(of.seconds), "precision": of.precision}
    right = {"n_right": words.count(round(of.accuracy * N_VALID)), "n_valid": words.count(N_VALID)}
    said = [
        tr("Printed in the book, {epochs} in {time}, {precision}.", **values)
        if of.source == "book"
        else tr("Printed in the notes, {epochs} in {time}, {precision}.", **values),
        tr("The last accuracy is {n_right} of {n_valid} validation pictures.", **right),
    ]
    if of.tta_accuracy is not None:
        said.append(tr("With test-time augmentation {accuracy} is printed.", accuracy=words.number(of.tta_accuracy, 6)))
    if of.leaks:
        said.append(
            tr("For its second size a new validation set was drawn, and the net had already trained on most of it.")
        )
    if of.n_outputs > 10:
        n_outputs = words.count(of.n_outputs)
        said.append(tr("Its code leaves `n_out` away: the net has {n_outputs} outputs.", n_outputs=n_outputs))
    if of.may_be_wide:
        n_outputs = words.count(WIDE_OUTPUTS)
        said.append(
            tr(
                "Its code says `n_out=dls.c` today; older versions of the notebook print the same figures without it, "
                "so the net may have had {n_outputs} outputs.",
                n_outputs=n_outputs,
            )
        )
    if "mixup" in of.techniques:
        said.append(tr("Its training loss is of mixed pictures and cannot be compared with its validation loss."))
    return " ".join(said)


def _phase(phase: PublishedPhase) -> str:
    values = {"size": phase.size, "bs": phase.bs, "rate": words.short(phase.lr)}
    if phase.method == "fine_tune: frozen epoch":
        return tr("fine_tune's first epoch: {size} px, batches of {bs}, rate {rate}", **values)
    return tr("{method}: {size} px, batches of {bs}, rate {rate}", method=phase.method, **values)
