"""A small real training, one batch for every press: what goes in, what comes out, what the step changes."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.parts.baseline.batch_step import batch_step
from pages.shared.components import charts
from pages.shared.runs import stepping
from pages.shared.session import trouble
from pages.shared.session.buttons import reason
from sota_core import words
from sota_core.figures import palette
from sota_core.runs.steppers.stepper import Progress
from sota_core.train import events
from sota_core.train.stepper.messages import N_STEPS, N_TRAIN, N_VALID, PHASE, TECHNIQUES

TECHNIQUE, PLAYING, _REFUSED = "baseline.technique", "baseline.playing", "baseline.refused"
KIND = "steps"
TICK_S = {"starting": 0.6, "playing": 1.0, "waiting": stepping.LOOK_S, "working": 0.6}
STEP_WITHIN_S = 2.0  # a press waits so long for its step; a busy machine's comes with a later look

ENDED = {
    "done": "The training is over: all its batches are done.",
    "idle": "It was ended, because no step was asked for in three minutes.",
    "time": "It was ended after ten minutes: others may want its place.",
    "left": "It was ended when nobody looked at it any more.",
    "stopped": "It was stopped.",
}


def section(seed: int) -> None:
    """`seed` of the weights, the order and the augmentation."""
    st.subheader("One batch at a time")
    st.markdown(
        f"A small real training waits for you before every batch. `xresnet18` of half the width learns {N_TRAIN} "
        f"pictures of the sample set from scratch, {PHASE.bs} a batch at {PHASE.size} px, for {PHASE.n_epochs} epochs; "
        f"fastai's own `fit_one_cycle({PHASE.n_epochs}, {PHASE.lr:g})` runs, on a processor of this machine."
    )
    tick = _tick(_look())
    st.fragment(_body, run_every=tick)(seed, tick)


def _look() -> Progress | None:
    stepper = stepping.mine(KIND)
    return None if stepper is None else stepper.look()


def _tick(progress: Progress | None) -> float | None:
    """How often the section is drawn again; None: not by itself."""
    if progress is None or progress.state == "over":
        return None
    is_playing = progress.state != "starting" and st.session_state.get(PLAYING)
    return TICK_S["playing" if is_playing else progress.state]


@trouble.told()
def _body(seed: int, tick: float | None) -> None:
    stepper = stepping.mine(KIND)
    if stepper is not None and st.session_state.get(PLAYING):
        stepper.ask()
    progress = None if stepper is None else stepper.look(STEP_WITHIN_S)
    if _tick(progress) != tick:
        st.rerun()  # only the whole page can set another clock
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
            st.markdown("The first batch is made and waits. *Step* sends it through the net.")
        return
    assert ready is not None
    _numbers(step)
    batch_step(step, ready["classes"], key="baseline.batch", is_playing=bool(st.session_state.get(PLAYING)))
    _figures(progress, step)


def _buttons(progress: Progress | None, seed: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="baseline.stepper"):
        st.segmented_control(
            "Train",
            list(TECHNIQUES),
            default=next(iter(TECHNIQUES)),
            required=True,
            key=TECHNIQUE,
            bind="query-params",
            label_visibility="collapsed",
            help="How the next training that you start is made.",
        )
        is_live = progress is not None and progress.state != "over"
        why = stepping.why_not()
        st.button(
            "Start again" if progress else "Start",
            key="baseline.start",
            icon=":material/restart_alt:" if progress else ":material/memory:",
            type="secondary" if is_live else "primary",
            on_click=_start,
            args=(seed,),
            disabled=bool(why),
            help="Begins the training in a process of its own, with this page's seed.",
        )
        if progress is None or not is_live:
            reason(why or words.markdown_safe(st.session_state.get(_REFUSED, "")))
            return
        waits = "" if progress.state != "starting" else "It waits until the training is there."
        playing = bool(st.session_state.get(PLAYING))
        st.button(
            "Step",
            key="baseline.step",
            icon=":material/skip_next:",
            type="primary",
            on_click=_step,
            disabled=bool(waits) or playing,
            help="One batch: forward, loss, backward, optimizer.",
        )
        st.button(
            "Pause" if playing else "Play",
            key="baseline.play",
            icon=":material/pause:" if playing else ":material/play_arrow:",
            on_click=_play,
            args=(not playing,),
            disabled=bool(waits),
            help="A batch a second, for as long as you watch.",
        )
        st.button("Stop", key="baseline.stop", icon=":material/stop_circle:", on_click=_stop, help="Ends its process.")
        reason(waits or ("It steps by itself until you pause it." if playing else ""))


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
    """What it does before the first batch is there."""
    said = progress.last("log")
    if said is None:
        return "Starting a process."
    told = words.progress(said["message"], said.get("done"), said.get("total"))
    return f"Starting: {words.markdown_safe(told)}. It takes some seconds."


def _over(progress: Progress) -> None:
    if progress.error:
        st.error(words.sentence(progress.error), icon=":material/error:")
        return
    epoch = progress.last("epoch")
    right = "" if epoch is None else f" Of {N_VALID} validation pictures {words.percent(epoch['accuracy'], 0)} right."
    st.info(ENDED[progress.ended] + right, icon=":material/flag:")


def _numbers(step: Mapping[str, Any]) -> None:
    st.markdown(
        f"**Batch {step['step']} of {step['n_steps']}**, epoch {step['epoch'] + 1} of {PHASE.n_epochs} &ensp;·&ensp; "
        f"loss **{step['loss']:.3f}**, after the step {step['loss_after']:.3f} on these same pictures &ensp;·&ensp; "
        f"gradient norm **{step['grad_norm']:.2f}** &ensp;·&ensp; rate **{step['lr']:.2g}** &ensp;·&ensp; "
        f"momentum **{step['mom']:.3f}**"
    )
    st.markdown(
        f":small[{palette.key('published', 'probability before the step')} &ensp; "
        f"{palette.key('train', 'after it')} &ensp; **▏** its target, what the net is trained towards]"
    )


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
        st.markdown(f"**Loss** &emsp; {curves.legend(has_tta=False)[0]}")
        charts.show(curves.loss_curve(series, total_steps=N_STEPS), key="baseline.stepped", is_live=True)
    with cycle:
        st.markdown(
            f"**Schedule** &emsp; {palette.key('train', 'rate')} · {palette.key('published', 'momentum, dashed')}"
        )
        charts.show(
            one_cycle_curve(PHASE.n_epochs, N_STEPS // PHASE.n_epochs, PHASE.lr, lr_top=PHASE.lr, now=step["step"] - 1),
            key="baseline.at",
            is_live=True,
        )
    if series.epochs:
        st.markdown(epoch_table.markdown(epoch_table.epoch_table(series.epochs, PHASE.n_epochs)))
