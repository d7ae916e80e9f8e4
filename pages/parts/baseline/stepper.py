"""A small real training, one batch for every press: what goes in, what comes out, what the step changes."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.parts.baseline.batch_step import batch_step
from pages.shared.components import charts
from pages.shared.runs import stepping
from pages.shared.session import address, trouble
from pages.shared.session.buttons import reason
from pages.shared.session.controls import kept
from sota_core import words
from sota_core.figures import palette
from sota_core.language import N_, tr
from sota_core.runs.steppers.stepper import Progress
from sota_core.train import events
from sota_core.train.stepper.messages import N_STEPS, N_TRAIN, N_VALID, PHASE, TECHNIQUES

TECHNIQUE, PLAYING, _REFUSED = "baseline.technique", "baseline.playing", "baseline.refused"
KIND = "steps"
TICK_S = {"starting": 0.6, "playing": 1.0, "waiting": stepping.LOOK_S, "working": 0.6}
STEP_WITHIN_S = 2.0  # how long a press waits for its step; on a busy machine a later look shows it

ENDED = {
    "done": N_("The training is over: all its batches are done."),
    "idle": N_("The training was ended because no step was asked for in three minutes."),
    "time": N_("The training was ended after ten minutes, to make room for others."),
    "left": N_("The training was ended because nobody was looking at it any more."),
    "stopped": N_("The training was stopped."),
}


def section(seed: int) -> None:
    """`seed`: of the weights, the order of the pictures and the augmentation."""
    st.header(tr("One batch at a time"), anchor=False)
    st.markdown(
        tr(
            "A small real training that waits for you before every batch. An `xresnet18` of half the width learns "
            "{n_train} pictures of the sample set from scratch, {bs} a batch at {size} px, for {n_epochs} epochs. It "
            "runs fastai's own `fit_one_cycle({n_epochs}, {lr})` on this machine's processor.",
            n_train=N_TRAIN,
            bs=PHASE.bs,
            size=PHASE.size,
            n_epochs=PHASE.n_epochs,
            lr=f"{PHASE.lr:g}",
        )
    )
    tick = _tick(_look())
    trouble.fragment(_body, run_every=tick)(seed, tick)


def _look() -> Progress | None:
    stepper = stepping.mine(KIND)
    return None if stepper is None else stepper.look()


def _tick(progress: Progress | None) -> float | None:
    """Seconds after which the section redraws itself; None: it does not."""
    if progress is None or progress.state == "over":
        return None
    is_playing = progress.state != "starting" and st.session_state.get(PLAYING)
    return TICK_S["playing" if is_playing else progress.state]


def _body(seed: int, tick: float | None) -> None:
    stepper = stepping.mine(KIND)
    if stepper is not None and st.session_state.get(PLAYING):
        stepper.ask()
    progress = None if stepper is None else stepper.look(STEP_WITHIN_S)
    if _tick(progress) != tick:
        st.rerun()  # only a run of the whole page can change the timer
    _buttons(progress, seed)
    if progress is None:
        return
    if progress.state == "starting":
        st.markdown(f":gray[{_starting(progress)}]")
        return
    if progress.state == "over":
        _over(progress)
    step, ready = progress.last("step"), progress.last("ready")
    if step is None:
        if progress.state != "over":
            st.markdown(tr("The first batch is ready. *Step* sends it through the net."))
        return
    assert ready is not None
    _numbers(step)
    batch_step(step, ready["classes"], key="baseline.batch", is_playing=bool(st.session_state.get(PLAYING)))
    _figures(progress, step)


def _buttons(progress: Progress | None, seed: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="baseline.stepper"):
        plain, asked = next(iter(TECHNIQUES)), address.given(TECHNIQUE)
        st.segmented_control(
            tr("Train"),
            list(TECHNIQUES),
            required=True,
            format_func=tr,
            label_visibility="collapsed",
            help=tr("The technique of the next training you start."),
            **kept(TECHNIQUE, asked if asked in TECHNIQUES else plain, default=plain),
        )
        is_live = progress is not None and progress.state != "over"
        why = stepping.why_not()
        st.button(
            tr("Start again") if progress else tr("Start"),
            key="baseline.start",
            icon=":material/restart_alt:" if progress else ":material/memory:",
            type="secondary" if is_live else "primary",
            on_click=_start,
            args=(seed,),
            disabled=bool(why),
            help=tr("Begins the training in a process of its own, with this page's seed."),
        )
        if progress is None or not is_live:
            reason(why or words.markdown_safe(st.session_state.get(_REFUSED, "")))
            return
        waits = "" if progress.state != "starting" else tr("You can step as soon as the training is ready.")
        playing = bool(st.session_state.get(PLAYING))
        st.button(
            tr("Step"),
            key="baseline.step",
            icon=":material/skip_next:",
            type="primary",
            on_click=_step,
            disabled=bool(waits) or playing,
            help=tr("One batch: forward, loss, backward, optimizer."),
        )
        st.button(
            tr("Pause") if playing else tr("Play"),
            key="baseline.play",
            icon=":material/pause:" if playing else ":material/play_arrow:",
            on_click=_play,
            args=(not playing,),
            disabled=bool(waits),
            help=tr("A batch a second, for as long as you watch."),
        )
        st.button(
            tr("Stop"),
            key="baseline.stop",
            icon=":material/stop_circle:",
            on_click=_stop,
            help=tr("Ends the training and its process."),
        )
        reason(waits or (tr("It steps by itself until you pause it.") if playing else ""))


def _start(seed: int) -> None:
    st.session_state[PLAYING] = False
    technique = st.session_state.get(TECHNIQUE) or next(iter(TECHNIQUES))
    st.session_state[_REFUSED] = stepping.start({"kind": KIND, "technique": technique, "seed": seed})


def _step() -> None:
    stepper = stepping.mine(KIND)
    if stepper is not None:
        stepper.ask()


def _play(playing: bool) -> None:
    st.session_state[PLAYING] = playing


def _stop() -> None:
    st.session_state[PLAYING] = False
    stepping.forget()


def _starting(progress: Progress) -> str:
    """What the training does before its first batch is there, in words."""
    said = progress.last("log")
    if said is None:
        return tr("Starting a process.")
    told = words.progress(said["message"], said.get("done"), said.get("total"))
    return tr("Starting: {what}. It takes some seconds.", what=words.markdown_safe(told))


def _over(progress: Progress) -> None:
    if progress.error:
        st.error(words.sentence(progress.error), icon=":material/error:")
        return
    epoch = progress.last("epoch")
    said = tr(ENDED[progress.ended])
    if epoch is not None:
        accuracy = words.percent(epoch["accuracy"], 0)
        said += " " + tr(
            "The net gets {accuracy} of {n_valid} validation pictures right.", n_valid=N_VALID, accuracy=accuracy
        )
    st.info(said, icon=":material/flag:")


def _numbers(step: Mapping[str, Any]) -> None:
    st.markdown(
        tr(
            "**Batch {n} of {total}**, epoch {epoch} of {n_epochs} &ensp;·&ensp; loss **{loss}**, after the step "
            "{loss_after} on these same pictures &ensp;·&ensp; gradient norm **{norm}** &ensp;·&ensp; rate **{rate}** "
            "&ensp;·&ensp; momentum **{momentum}**",
            n=step["step"],
            total=step["n_steps"],
            epoch=step["epoch"] + 1,
            n_epochs=PHASE.n_epochs,
            loss=words.loss(step["loss"]),
            loss_after=words.loss(step["loss_after"]),
            norm=words.number(step["grad_norm"]),
            rate=words.short(step["lr"], 2),
            momentum=words.number(step["mom"], 3),
        )
    )
    before, after = palette.key("published", tr("probability before the step")), palette.key("train", tr("after it"))
    target = tr("**▏** its target, what the net is trained towards")
    st.markdown(f":small[{before} &ensp; {after} &ensp; {target}]")


def _figures(progress: Progress, step: Mapping[str, Any]) -> None:
    from sota_core.analysis.series import Series, fold
    from sota_core.figures.chapter.one_cycle import one_cycle_curve
    from sota_core.figures.runs import curves, epoch_table

    batches = [
        events.batch(
            step=s["step"],
            total_steps=s["n_steps"],
            phase=0,
            loss=s["loss"],
            smooth_loss=s["smooth_loss"],
            lr=s["lr"],
            mom=s["mom"],
        )
        for s in progress.all("step")
    ]
    series = fold(Series(), [*batches, *progress.all("epoch")])
    loss, cycle = st.columns(2, gap="large")
    with loss:
        st.markdown(f"**{tr('Loss')}** &emsp; {curves.legend(has_tta=False)[0]}")
        charts.show(curves.loss_curve(series, total_steps=N_STEPS), key="baseline.stepped", is_live=True)
    with cycle:
        keys = palette.key("train", tr("rate")), palette.key("published", tr("momentum, dashed"))
        st.markdown(f"**{tr('Schedule')}** &emsp; {' · '.join(keys)}")
        charts.show(
            one_cycle_curve(PHASE.n_epochs, N_STEPS // PHASE.n_epochs, PHASE.lr, now=step["step"] - 1),
            key="baseline.at",
            is_live=True,
        )
    if series.epochs:
        st.markdown(epoch_table.markdown(epoch_table.epoch_table(series.epochs, PHASE.n_epochs)))
