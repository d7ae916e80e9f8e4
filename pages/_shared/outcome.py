"""What is said of a run that has ended: headline, verdict, files, and the next step. One design per ending."""

import streamlit as st

from pages._shared import cached, code_block, code_out, next_step, recordings
from pages._shared.compare_book import COMPARE, beside
from pages._shared.starting import LAB
from sota_core.figures import words
from sota_core.figures.reached import reached
from sota_core.figures.series import Series
from sota_core.figures.verdict import sentences
from sota_core.recipes import PUBLISHED_IDS
from sota_core.runs.run import Run
from sota_core.runs.states import State

# state → (icon, colour, word)
LOOK = {
    State.QUEUED: (":material/hourglass_top:", "gray", "Waiting"),
    State.STARTING: (":material/rocket_launch:", "blue", "Starting"),
    State.RUNNING: (":material/play_circle:", "blue", "Training"),
    State.FINISHED: (":material/check_circle:", "green", "Finished"),
    State.CANCELLED: (":material/stop_circle:", "gray", "Stopped"),
    State.FAILED: (":material/error:", "red", "Failed"),
    State.LOST: (":material/cloud_off:", "red", "Lost"),
}

FILES = {
    "metrics.csv": "the table above",
    "model.onnx": "the net, for onnxruntime",
    "model.safetensors": "its weights",
    "model.json": "classes, statistics, recipe",
    "predictions.npz": "every prediction, view by view",
}


def headline(run: Run, series: Series) -> None:
    """The ending in a word, the reached figures, or the reason and what to do."""
    icon, colour, word = LOOK[run.state]
    said = run.reason_text or ("" if run.state is State.FINISHED else "It ended without a reason.")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="large", key="headline"):
        st.markdown(f"### :{colour}[{icon}] {word}", width="content")
        got = reached(run.summary)
        if got.accuracy is not None:
            _figure("Accuracy", words.percent(got.accuracy), f"of {words.plural(got.n, 'picture')}" if got.n else "")
            if got.tta_accuracy is not None:
                _figure("With TTA", words.percent(got.tta_accuracy), words.points(got.tta_accuracy - got.accuracy))
        if got.seconds:
            _figure("Training", words.clock(got.seconds), series.device or "on an unnamed device")
    if said:
        st.markdown(("The teacher stopped it. " if run.cancel_by == "operator" else "") + said)
    if run.message and run.state in (State.FAILED, State.LOST):
        st.markdown(f":gray[{words.markdown_safe(run.message.partition(chr(10))[0][:300])}]")
    if folded := folded_text(run):
        with st.expander("Where it happened", icon=":material/terminal:"):
            code_block.show(folded, key="code.problem", language="pytb", label="Traceback", wraps=True)
    next_step.offer(run)


def folded_text(run: Run) -> str:
    """What is for whoever mends it: the traceback, and a message of more than a line, as a launch leaves it."""
    message = run.message or ""
    is_long = "\n" in message.strip() or len(message) > 300
    return "\n\n".join(filter(None, [message if is_long else "", run.traceback]))


def _figure(name: str, value: str, small: str) -> None:
    st.metric(name, value, small or None, delta_color="off", delta_arrow="off", width="content")


def verdict(run: Run, series: Series) -> None:
    """What a teacher would say, and what to try next."""
    said = sentences(series, run.recipe)
    st.markdown("**What happened**")
    if said:
        for sentence in said:
            st.markdown(sentence)
    else:
        st.markdown("It ended before its first epoch was complete, so there is nothing to judge yet.")
    table = PUBLISHED_IDS.get(run.recipe.preset)
    if table and series.epochs:
        label = "Beside the printed table, and why they differ"
        st.page_link(COMPARE, label=label, icon=":material/menu_book:", query_params=beside(run.id, table))


def downloads(run: Run) -> None:
    """The files of the run, read only when somebody asks for one."""
    files = [a for a in cached.store().artifacts(run.id) if a.path.is_file()]
    if not files:
        return
    st.markdown("**To keep**")
    with st.container(horizontal=True, gap="small"):
        for file in files:
            st.download_button(
                f"{file.name} · {words.size_of(file.size_bytes)}",
                data=file.path.read_bytes if file.size_bytes else b"",
                file_name=f"{run.id}-{file.name}",
                mime="application/octet-stream",
                key=f"download.{file.name}",
                help=FILES.get(file.name),
                on_click="ignore",
                icon=":material/download:",
            )
        recordings.download(run)
        code_out.button(run.recipe)


def unknown(run_id: str) -> None:
    """An address names a run that is not there."""
    st.markdown(f"### There is no run `{''.join(c for c in run_id if c.isalnum())[:20]}`")
    st.markdown("It may have been removed, or the address is incomplete. The recipe below starts a new one.")
    st.page_link(LAB, label="Start with a fresh recipe", icon=":material/refresh:")
