"""The live panel of a run: what it does now, its curves and its table, from first second to verdict.

It polls only while the run lives. Whether it does, and how often, is decided when the whole page runs; the fragment
asks for one more run of the page when the run has ended, or when a waiting run's turn is near. The number of elements
is the same at every tick.
"""

import time
from collections.abc import Callable

import streamlit as st

from pages.parts.train import outcome, waiting
from pages.shared.components import charts, code_block
from pages.shared.people import teacher
from pages.shared.people.announce import announce
from pages.shared.people.owner import is_mine
from pages.shared.runs import queue
from pages.shared.runs.start import made_elsewhere
from pages.shared.session import buttons, cached, trouble
from pages.shared.session.cached import Watched
from pages.shared.session.whole import draw_anew
from sota_core import words
from sota_core.analysis import preparation
from sota_core.analysis.series import Series
from sota_core.errors import SotaError
from sota_core.figures.runs import curves, epoch_table
from sota_core.language import tr
from sota_core.later import Later, now
from sota_core.places import without_folders
from sota_core.published import Experiment, experiments
from sota_core.recipes import PUBLISHED_IDS
from sota_core.runs.run import Run
from sota_core.runs.states import State
from sota_core.train.summary import Summary, gpu_seconds

TICK_S = 1.0
FAR_TICK_S = 3.0  # else the polling of a class that has pressed Start together would take most of the machine
Watch = Callable[[str], Watched]
Now = Callable[[Run, Series], None]


def panel(watched: Watched, *, watch: Watch = cached.watch, now: Now | None = None, tick_s: float | None = TICK_S):
    """Show the run; come back every second while it lives, less often while many wait before it.

    A replay brings its own `watch`, `now` line and pace.
    """
    is_live = not watched.run.is_terminal
    is_far = now is None and queue.is_far(watched.run)
    pace = FAR_TICK_S if is_far else tick_s
    trouble.fragment(_body, run_every=pace if is_live else None)(watched.run.id, is_live, watch, now, is_far)


def of_another_version(watched: Watched) -> None:
    """Instead of the panel where the recipe cannot be read: what has become of the run, and the way to stop it."""
    run = watched.run
    st.title(made_elsewhere(run), anchor=False)
    st.markdown(
        tr(
            "Its recipe has settings that this version of the app cannot read. To see its curves, open it in "
            "the version that made it."
        )
    )
    if run.is_terminal:
        outcome.headline(run, watched.series)
    else:
        st.markdown(outcome.in_a_sentence(run))
        _way_to_stop(run)


def _body(run_id: str, was_live: bool, watch: Watch, now: Now | None, was_far: bool) -> None:
    watched = watch(run_id)
    run, series = watched.run, watched.series
    if (was_live and run.is_terminal) or (was_far and not queue.is_far(run)):
        st.rerun()
    announce(outcome.in_a_sentence(run), of=run.id, key="run.told")
    if now is None:
        queue.look_after([run])
    if was_live:
        (now or _now)(run, series)
    else:
        outcome.headline(run, series)
    published = _published(run)
    _figures(run, series, published, is_recorded=now is not None)
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(tr("**By epoch**, as fastai prints it"))
        phases = epoch_table.phase_names(run.recipe)
        st.markdown(epoch_table.markdown(epoch_table.epoch_table(series.epochs, run.recipe.total_epochs, phases)))
    with right:
        if was_live:
            _machine(run, series)
            _schedule(run, series)
        else:
            outcome.verdict(run, series)
    if not was_live:
        outcome.mistakes(run, is_recorded=now is not None)
        outcome.downloads(run)
        with st.expander(tr("Schedule and machine")):
            cells = st.columns(2, gap="large")
            with cells[0]:
                _schedule(run, series)
            with cells[1]:
                _machine(run, series)
    with st.expander(tr("Log"), key="log"):
        text = "\n".join(_logged(text) for _, text in series.log) or tr("Nothing yet.")
        code_block.show(text, key="code.log", language=None, label=tr("Log"), wraps=True)


def _logged(text: str) -> str:
    return without_folders(now(text) if isinstance(text, Later) else tr(text))


def _now(run: Run, series: Series) -> None:
    """State, progress with the time left, and the way to stop."""
    words_, share = doing(run, series)
    state, stop = st.columns((5, 1), vertical_alignment="center")
    with state:
        st.progress(share, text=words_)
    with stop:
        _way_to_stop(run)


def _way_to_stop(run: Run) -> None:
    may = is_mine(run.owner) or teacher.is_operator()
    buttons.button(
        tr("Stop"),
        run,
        key="stop",
        icon=":material/stop_circle:",
        width="stretch",
        why=tr("It is stopping.")
        if run.cancel_requested
        else ""
        if may
        else tr("Only its owner or the teacher can stop this run."),
        help=tr("Keeps what the run has reached so far."),
    )
    with buttons.pressed("stop") as pressed:
        if pressed is not None:
            _stop(pressed)


def _stop(run: Run) -> None:
    try:
        ask_to_stop(run)
    except SotaError as refused:
        st.warning(words.sentence(refused))
        return
    queue.forget()
    draw_anew()


def ask_to_stop(run: Run) -> None:
    """Only its owner, or the operator, may: the store checks the one, `teacher.act` the other.

    Raises
        NotYoursError  the visitor is neither; the run goes on.
    """
    if is_mine(run.owner):
        cached.store().transitions.request_cancel(run.id, by=run.owner)
    else:
        teacher.act("stop", run.id)


def doing(run: Run, series: Series) -> tuple[str, float]:
    """A sentence on what the run does now, and the share of training done."""
    share = min(1.0, (run.step or 0) / run.total) if run.total else 0.0
    if run.cancel_requested:
        return tr("**Stopping.** What was reached is kept."), share
    if run.state is State.QUEUED:
        return queue.sentence(run), 0.0
    if run.state is State.STARTING:
        return tr("**Starting** a process for it."), 0.0
    preparing = preparation.under_way(run.state, series, run.recipe)
    if preparing is not None:  # the list shown in place of the curve says the same
        return tr("**Preparing.** {what}", what=words.markdown_safe(preparing.detail or preparing.title)), 0.0
    stage = series.stage
    if stage is not None:
        is_after = bool(series.epochs) and share >= 1.0
        told = words.markdown_safe(words.progress(stage.message, stage.done, stage.total))
        return tr("**Running.** {what}", what=told), 1.0 if is_after else share
    if series.tta and run.recipe.tta_n:
        return tr("**Test-time augmentation**, {view}.", view=words.tta_view(series.tta[-1].k, run.recipe.tta_n)), 1.0
    return _training(run, series), share


def _training(run: Run, series: Series) -> str:
    n_epochs = run.recipe.total_epochs
    at = {"epoch": min(len(series.epochs) + 1, n_epochs), "n_epochs": n_epochs}
    if not run.total:
        return tr("**Training**, epoch {epoch} of {n_epochs}", **at)
    said = tr(
        "**Training**, epoch {epoch} of {n_epochs}, batch {batch} of {n_batches}",
        **at,
        batch=run.step,
        n_batches=run.total,
    )
    if run.eta_s is None:
        return said
    said += " &ensp;·&ensp; " + tr("{time} left", time=words.clock(run.eta_s))
    if (longer := times_expected(run, time.time())) is not None:
        said += " &ensp;·&ensp; " + tr(
            "about {n} times as long as expected: other work may keep this machine busy", n=words.number(longer, 0)
        )
    return said


def times_expected(run: Run, now: float) -> float | None:
    """How many times as long a run will take, by its present pace, as was expected at its start; None below twice."""
    if not run.estimate_s or run.started_at is None or run.eta_s is None:
        return None
    longer = (now - run.started_at + run.eta_s) / run.estimate_s
    return longer if longer >= 2 else None


def _published(run: Run) -> Experiment | None:
    known = PUBLISHED_IDS.get(run.recipe.preset)
    return experiments()[known] if known and st.session_state.get("published") else None


def _figures(run: Run, series: Series, published: Experiment | None, is_recorded: bool) -> None:
    recipe = run.recipe
    loss, accuracy = curves.legend(has_tta=recipe.tta_n > 0, published=published)
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(tr("**Loss** &emsp; {legend}", legend=loss))
        charts.show(
            curves.loss_curve(series, total_steps=run.total, is_recorded=is_recorded),
            key="figure.loss",
            is_live=not run.is_terminal,
        )
    with right:
        if not (is_recorded or run.is_terminal or series.epochs):
            waiting.until_the_first_epoch(run, series)
            return
        st.markdown(tr("**Accuracy** &emsp; {legend}", legend=accuracy))
        figure = curves.accuracy_curve(
            series, n_epochs=recipe.total_epochs, n_views=recipe.tta_n, published=published, is_recorded=is_recorded
        )
        charts.show(figure, key="figure.accuracy", is_live=not run.is_terminal)


def _schedule(run: Run, series: Series) -> None:
    st.markdown(tr("**Schedule** &emsp; :gray[rate solid, momentum dashed]"))
    lr_max = max(phase.lr for phase in run.recipe.phases)
    charts.show(
        curves.schedule_curve(series, total_steps=run.total, lr_max=lr_max),
        key="figure.schedule",
        is_live=not run.is_terminal,
    )


def _machine(run: Run, series: Series) -> None:
    st.markdown("  \n".join(f":gray[{name}] &ensp; {text}" for name, text in machine_lines(run.summary, series)))


def machine_lines(summary: Summary, series: Series) -> list[tuple[str, str]]:
    """What a run trained on: (name, words) pairs."""
    speed = tr("{n} a second", n=words.number(series.images_per_s, 0)) if series.images_per_s else "–"
    pictures = tr(
        "{n_train} to train, {n_valid} to validate",
        n_train=words.count(series.n_train),
        n_valid=words.count(series.n_valid),
    )
    precision = f", {series.precision}" if series.precision else ""
    lines = [
        (tr("Pictures"), pictures if series.n_train else "–"),
        (tr("Speed"), speed),
        (tr("Device"), f"{words.markdown_safe(series.device)}{precision}" if series.device else "–"),
    ]
    if peak := summary.get("peak_gpu_bytes"):
        lines.append((tr("GPU memory"), tr("{size} GiB at most", size=words.number(peak / 2**30, 1))))
    if held := gpu_seconds(summary):
        lines.append(
            (
                tr("GPU time"),
                tr(
                    "{seconds} s, reading the pictures, the last validation and TTA included",
                    seconds=words.number(held, 0),
                ),
            )
        )
    return lines
