"""What is said of a run that has ended: headline, verdict, files, and the next step. One design per ending."""

import dataclasses
import io
import zipfile
from collections.abc import Callable, Sequence

import streamlit as st

from pages.parts.compare.book import beside
from pages.parts.train import recordings, suggestion
from pages.parts.train.knobs import is_of_the_fit
from pages.shared.components import code_block
from pages.shared.people import teacher
from pages.shared.pictures import datasets
from pages.shared.runs import code_dialog
from pages.shared.runs.start import start, title_of
from pages.shared.session import buttons, cached, site
from pages.shared.session.address import recipe_query
from sota_core import words
from sota_core.analysis.result import reached
from sota_core.analysis.series import Series
from sota_core.analysis.trackers import as_csv
from sota_core.analysis.verdict import sentences
from sota_core.data.sets.sources import own
from sota_core.errors import SotaError
from sota_core.language import N_, tr, tr_n
from sota_core.later import now
from sota_core.places import traceback_without_folders
from sota_core.recipes import PUBLISHED_IDS, Recipe
from sota_core.runs.run import Artifact, Run
from sota_core.runs.states import State
from sota_core.runs.store.transitions import OPERATOR
from sota_core.train.outside import PUSHED

# state → (icon, colour, word)
LOOK = {
    State.QUEUED: (":material/hourglass_top:", "gray", N_("Waiting")),
    State.STARTING: (":material/rocket_launch:", "blue", N_("Starting")),
    State.RUNNING: (":material/play_circle:", "blue", N_("Training")),
    State.FINISHED: (":material/check_circle:", "green", N_("Finished")),
    State.CANCELLED: (":material/stop_circle:", "gray", N_("Stopped")),
    State.FAILED: (":material/error:", "red", N_("Failed")),
    State.LOST: (":material/cloud_off:", "red", N_("Lost")),
    State.UNKNOWN: (":material/question_mark:", "gray", N_("Unknown")),
}

FILES = {
    "README.md": N_("the model card, for the Hugging Face Hub"),
    "metrics.csv": N_("the table above"),
    "model.onnx": N_("the net, for onnxruntime"),
    "model.safetensors": N_("the net's weights"),
    "model.json": N_("classes, statistics, recipe"),
    "predict.py": N_("classifies pictures with model.onnx; needs Pillow, NumPy and onnxruntime alone"),
    "predict_fastai.py": N_("classifies pictures with model.safetensors and plain fastai; no pickle"),
    "predictions.npz": N_("every prediction, view by view, and features of some pictures"),
    "epochs.npz": N_("what the net answered after each epoch"),
}


def headline(run: Run, series: Series) -> None:
    """The ending in a word, the reached figures or the reason, and the one press that goes on from it."""
    icon, colour, word = LOOK[run.state]
    said = tr(run.reason_text) or ("" if run.state is State.FINISHED else tr("No reason was recorded."))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="large", key="headline"):
        st.header(f":{colour}[{icon}] {tr(word)}", anchor=False, width="content")
        got = reached(run.summary)
        if got.accuracy is not None:
            of = tr_n("of {n} picture", "of {n} pictures", got.n) if got.n else ""
            _figure(tr("Accuracy"), words.percent(got.accuracy), of)
            if got.tta_accuracy is not None:
                _figure(
                    tr("With TTA"),
                    words.percent(got.tta_accuracy),
                    words.points(words.change(got.accuracy, got.tta_accuracy)),
                )
        if got.seconds:
            _figure(tr("Training"), words.clock(got.seconds), series.device or tr("on an unnamed device"))
    if said:
        by = tr("The teacher stopped it.") + " " if run.cancel_by == OPERATOR else ""
        st.markdown(by + said)
    if run.message and run.state in (State.FAILED, State.LOST):
        st.markdown(f":gray[{words.markdown_safe(_message(run).partition(chr(10))[0][:300])}]")
    if folded := folded_text(run):
        with st.expander(tr("Where it happened"), icon=":material/terminal:"):
            code_block.show(folded, key="code.problem", language="pytb", label=tr("Traceback"), wraps=True)
    next_step(run)
    if run.state is State.FINISHED and run.known_recipe is not None:
        suggestion.go_on(run, series)


def in_a_sentence(run: Run) -> str:
    """State and reached figures, for a screen reader: `Finished: accuracy 73.6 %, with TTA 75.3 %.`"""
    got, state = reached(run.summary) if run.is_terminal else None, tr(LOOK[run.state][2])
    if got is None or got.accuracy is None:
        return f"{state}."
    accuracy = words.percent(got.accuracy)
    if got.tta_accuracy is None:
        return tr("{state}: accuracy {accuracy}.", state=state, accuracy=accuracy)
    tta = words.percent(got.tta_accuracy)
    return tr("{state}: accuracy {accuracy}, with TTA {tta}.", state=state, accuracy=accuracy, tta=tta)


def folded_text(run: Run) -> str:
    """For whoever fixes the fault: the traceback, and the message if it is long, as that of a failed launch is."""
    message, where = _message(run), run.traceback or ""
    is_long = "\n" in message.strip() or len(message) > 300
    shown = where if teacher.is_operator() else traceback_without_folders(where)
    return "\n\n".join(filter(None, [message if is_long else "", shown]))


def _message(run: Run) -> str:
    """The run's message; only the operator sees folders of this machine in it. Store and command line have it whole."""
    message = now(run.message or "")
    return message if teacher.is_operator() else traceback_without_folders(message)


def _figure(name: str, value: str, small: str) -> None:
    st.metric(name, value, small or None, delta_color="off", delta_arrow="off", width="content")


def verdict(run: Run, series: Series) -> None:
    """What a teacher would say of the run, and links to what it can be tried on or compared with."""
    said = sentences(series, run.recipe)
    st.markdown(tr("**What happened**"))
    if said:
        for sentence in said:
            st.markdown(sentence)
    else:
        st.markdown(tr("It ended before its first epoch was complete, so there is nothing to judge yet."))
    if own.is_own(run.recipe.source) and datasets.is_mine(run.recipe.source):
        label = tr("Show it a picture it has never seen, under Use your own")
        site.link("tta", label=label, icon=":material/photo_camera:", query={"tta.model": run.id})
    table = PUBLISHED_IDS.get(run.recipe.preset)
    if table and series.epochs and (id := recordings.compared_as(run)):
        label = tr("Compare with the printed table, and see why they differ")
        site.link("compare", label=label, icon=":material/menu_book:", query=beside(id, table))


def mistakes(run: Run, *, is_recorded: bool) -> None:
    """Which classes it confuses, at the end and epoch by epoch, its surest mistakes, calibration and features.

    A recording has kept no answers; a run that was stopped may have those of its epochs.
    """
    if is_recorded or run.state not in (State.FINISHED, State.CANCELLED):
        return
    from pages.parts.compare import pair  # only here: all read predictions
    from pages.parts.compare.mistakes import of_run
    from pages.parts.train import by_epoch

    cached.store().history.fetch(run.id)
    is_finished = run.state is State.FINISHED
    if is_finished:
        of_run(run, title_of(run.recipe))
    by_epoch.section(run)
    if is_finished:
        pair.of_run(run, title_of(run.recipe))


def downloads(run: Run) -> None:
    """The files of the run, read only when somebody asks for one."""
    history = cached.store().history
    history.fetch(run.id)
    files = [a for a in history.artifacts(run.id) if a.path.is_file()]
    if not files:
        return
    st.markdown(tr("**To keep**"))
    with st.container(horizontal=True, gap="small"):
        _model(run, files)
        for file in files:
            st.download_button(
                f"{words.markdown_safe(file.name)} · {words.size_of(file.size_bytes)}",
                data=file.path.read_bytes if file.size_bytes else b"",
                file_name=f"{run.id}-{file.name}",
                mime="application/octet-stream",
                key=f"download.{file.name}",
                help=tr(FILES[file.name]) if file.name in FILES else None,
                on_click="ignore",
                icon=":material/download:",
            )
        recordings.download(run)
        _curves(run)
        code_dialog.button(run.recipe)


def _model(run: Run, files: Sequence[Artifact]) -> None:
    """What `runs export --as model` writes, as a zip for whoever has only a browser. Files downloaded one by one have
    the run's id in their names, to keep two runs apart, so that the scripts would not find them."""
    of_model = [file for file in files if file.name in PUSHED]
    if len(of_model) < 2:
        return
    st.download_button(
        f"model.zip · {words.size_of(sum(file.size_bytes for file in of_model))}",
        data=lambda: packed(of_model, f"model-{run.id}"),
        file_name=f"model-{run.id}.zip",
        mime="application/zip",
        key="download.model.zip",
        help=tr("The net with its scripts and its model card in one folder, ready to run or to push to the Hub."),
        on_click="ignore",
        icon=":material/folder_zip:",
    )


def packed(files: Sequence[Artifact], folder: str) -> bytes:
    """A zip with the files in one folder, uncompressed: weights would not shrink."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for file in files:
            archive.write(file.path, f"{folder}/{file.name}")
    return out.getvalue()


def _curves(run: Run) -> None:
    """The recorded steps, made when asked for; none for TensorBoard: its writer imports torch, which no page does."""
    st.download_button(
        "steps.csv",
        data=lambda: as_csv(run, cached.store().log.events(run.id)),
        file_name=f"{run.id}.csv",
        mime="text/csv",
        key="download.steps.csv",
        help=tr(
            "Every recorded step, for trackio's `import_csv`, pandas or a spreadsheet. For TensorBoard: {command}",
            command=f"`python -m sota_core runs export {run.id} --as tensorboard --to DIR`",
        ),
        on_click="ignore",
        icon=":material/download:",
    )


def unknown(run_id: str) -> None:
    """An address names a run that is not there: the page's title says so."""
    shown = f"`{''.join(c for c in run_id if c.isalnum())[:20] or '?'}`"
    st.title(tr("There is no run {id}", id=shown), anchor=False)
    st.markdown(tr("It may have been removed, or the address is incomplete."))
    site.link("train", label=tr("Start with a fresh recipe"), icon=":material/refresh:")


def _again(recipe: Recipe) -> None:
    buttons.button(
        tr("Run it again"),
        recipe,
        key="once_more",
        icon=":material/replay:",
        help=tr("The same recipe with the same seed."),
    )
    with buttons.pressed("once_more") as recipe:
        if recipe is not None:
            try:
                start(recipe, datasets.pictures_of(recipe.source))
            except SotaError as error:
                st.warning(words.sentence(error))


def _smaller(recipe: Recipe) -> None:
    half = tuple(dataclasses.replace(phase, bs=max(2, phase.bs // 2)) for phase in recipe.phases)
    label = tr("Try a batch of {n}", n=half[0].bs)
    site.link("train", label=label, icon=":material/compress:", query=recipe_query(recipe.replace(phases=half)))


def _shorter(recipe: Recipe) -> None:
    query = {name: value for name, value in recipe_query(recipe).items() if not is_of_the_fit(name)} | {"fit": "300"}
    site.link("train", label=tr("Fit it to five minutes"), icon=":material/timer:", query=query)


def _data(recipe: Recipe) -> None:
    query = {"source": recipe_query(recipe)["source"]}
    site.link("data", label=tr("Look at the pictures"), icon=":material/photo_library:", query=query)


def _change(recipe: Recipe) -> None:
    site.link("train", label=tr("Change the recipe"), icon=":material/tune:", query=recipe_query(recipe))


_AGAIN = (
    *("disk_full", "no_start", "killed", "gone", "unwatched", "lease", "no_validation", "no_export"),
    *("stopped", "stopped_trained", "stopped_hard"),
)
STEPS: dict[str, Callable[[Recipe], None]] = {
    **dict.fromkeys(_AGAIN, _again),
    "gpu_oom": _smaller,
    "bad_data": _data,
    "error": _change,
    "time_limit": _shorter,
}


def next_step(run: Run) -> None:
    """After an ending that nobody wanted: the one press that goes on from it.

    Nothing for a run that went through, nor for a recipe this version cannot read.
    """
    step = STEPS.get(run.reason or "")
    if step is None:
        return
    if (recipe := run.known_recipe) is not None:
        step(recipe)
