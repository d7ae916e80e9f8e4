"""fastai's learning rate finder on the recipe of the lab: a curve, two suggestions, and a press that takes one."""

import dataclasses

import streamlit as st

from pages.shared.components import charts
from pages.shared.runs import stepping
from pages.shared.session import address, trouble
from pages.shared.session.buttons import reason
from pages.shared.session.whole import draw_anew
from sota_core import words
from sota_core.errors import RecipeError
from sota_core.figures import palette
from sota_core.language import N_, tr
from sota_core.recipes import PHASE_FIELDS, Recipe
from sota_core.runs.steppers.stepper import Progress
from sota_core.train.stepper.messages import FIND_WITHIN_S, FIRST_LR, LAST_LR, N_RATES

KIND, RATE = "lr_find", "phases.0.lr"
TICK_S = 1.0
_REFUSED = "lab.find.refused"
SAYS = {
    "valley": N_("half-way along the longest stretch over which the loss falls"),
    "steep": N_("where the loss falls fastest"),
}


def section(recipe: Recipe | None, why: str) -> None:
    """`why`: the reason that the recipe cannot be trained now; empty where it can."""
    why = stepping.why_not() or why
    with st.expander(tr("Find a learning rate"), icon=":material/query_stats:", key="lab.find"):
        st.markdown(
            tr(
                "fastai's `lr_find` trains the recipe's first phase for {n} batches, each with a higher rate, "
                "from {first} to {last}; it ends early when the loss exceeds four times its lowest value. "
                "Afterwards the weights are what they were. The curve shows from which rate on the loss falls, "
                "and from which on it rises. It takes {time} at most, plus the time to read the pictures.",
                n=N_RATES,
                first=words.short(FIRST_LR),
                last=words.short(LAST_LR),
                time=words.about(FIND_WITHIN_S),
            )
        )
        stepper = stepping.mine(KIND)
        tick = _tick(None if stepper is None else stepper.look())
        trouble.fragment(_body, run_every=tick)(recipe, why, tick)


def _tick(progress: Progress | None) -> float | None:
    return None if progress is None or progress.state == "over" else TICK_S


def _body(recipe: Recipe | None, why: str, tick: float | None) -> None:
    stepper = stepping.mine(KIND)
    progress = None if stepper is None else stepper.look()
    if _tick(progress) != tick:
        st.rerun()
    is_live = tick is not None
    with st.container(horizontal=True, vertical_alignment="center"):
        refused = st.session_state.get(_REFUSED, "")
        st.button(
            tr("Search again") if progress and not is_live else tr("Search"),
            key="lab.find.start",
            icon=":material/query_stats:",
            on_click=_start,
            args=(recipe,),
            disabled=bool(why) or is_live,
        )
        if is_live:
            st.button(tr("Stop"), key="lab.find.stop", icon=":material/stop_circle:", on_click=stepping.forget)
        reason(why or (tr("The search is running.") if is_live else words.markdown_safe(refused)))
    if stepper is None or progress is None:
        return
    if progress.error:
        st.error(words.sentence(progress.error), icon=":material/error:")
        return
    if recipe is None or not _is_of(stepper.job["recipe"], recipe):
        st.markdown(tr(":gray[:small[This curve is of the recipe before your last change.]]"))
    _curve(progress)


def _start(recipe: Recipe) -> None:
    st.session_state[_REFUSED] = stepping.start({"kind": KIND, "recipe": recipe.to_dict()})


def _is_of(job: dict, recipe: Recipe) -> bool:
    """Is this the recipe the job searched for, whatever its learning rates?"""
    try:
        searched = Recipe.from_dict(job)
    except RecipeError:
        return False
    return _without_rates(searched).identity() == _without_rates(recipe).identity()


def _without_rates(recipe: Recipe) -> Recipe:
    return recipe.replace(phases=tuple(dataclasses.replace(phase, lr=1e-3) for phase in recipe.phases))


def _curve(progress: Progress) -> None:
    from sota_core.figures.runs.lr_finder import ROLES, lr_finder_curve

    points, found = progress.all("rate"), progress.last("found")
    if not points:
        said = progress.last("log")
        told = tr("Starting a process")
        if said:
            told = words.progress(said["message"], said.get("done"), said.get("total"))
        is_over = progress.state == "over"
        st.markdown(
            tr("The search ended before its first point.") if is_over else f":gray[{words.markdown_safe(told)}.]"
        )
        return
    suggested = {name: found[name] if found else None for name in ROLES}
    if progress.state != "over":
        rate = words.short(points[-1]["lr"], 1)
        st.markdown(
            tr(":gray[Batch {n} of {most} at most, at a rate of {rate}.]", n=len(points), most=N_RATES, rate=rate)
        )
    keys = " &emsp; ".join(palette.key(role, name) for name, role in ROLES.items())
    st.markdown(tr("**Loss by learning rate** &emsp; {legend}", legend=keys))
    charts.show(
        lr_finder_curve(
            [p["lr"] for p in points], [p["loss"] for p in points], suggested, first=FIRST_LR, last=LAST_LR
        ),
        key="lab.find.curve",
        is_live=progress.state != "over",
    )
    if found is not None:
        _suggestions(suggested, is_late=found["is_late"])
    elif progress.state == "over":
        st.markdown(tr("The search ended before it could suggest a rate."))


def _suggestions(suggested: dict[str, float | None], *, is_late: bool) -> None:
    if is_late:
        st.markdown(
            tr(
                "The search was ended after {time}: a batch of this recipe takes long here. Fit the recipe to "
                "fewer minutes, and the search gets further.",
                time=words.about(FIND_WITHIN_S),
            )
        )
    field = PHASE_FIELDS["lr"]
    for name, rate in suggested.items():
        if rate is None:
            continue
        written = f"{rate:.2g}"
        is_allowed = field.low <= float(written) <= field.high
        why = "" if is_allowed else tr("A recipe's learning rate must be {allowed}.", allowed=field.allowed_text())
        with st.container(horizontal=True, vertical_alignment="center"):
            is_taken = st.button(
                tr("Take {rate}", rate=words.short(rate, 2)),
                key=f"lab.find.take.{name}",
                icon=":material/check:",
                on_click=_take,
                args=(written,),
                disabled=bool(why),
            )
            if is_taken:  # the knob and the recipe stand outside this fragment, and it alone would be drawn
                draw_anew()
            st.markdown(f"**{name}**, {tr(SAYS[name])}")
            reason(why)


def _take(written: str) -> None:
    address.write({RATE: written})
