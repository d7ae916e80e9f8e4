"""fastai's learning rate finder on the recipe of the lab: a curve, two suggestions, and a press that takes one."""

import dataclasses

import streamlit as st

from pages.shared.components import charts
from pages.shared.runs import stepping
from pages.shared.session import address, trouble
from pages.shared.session.buttons import reason
from sota_core import words
from sota_core.errors import RecipeError
from sota_core.figures import palette
from sota_core.recipes import PHASE_FIELDS, Recipe
from sota_core.runs.steppers.stepper import Progress
from sota_core.train.stepper.messages import FIND_WITHIN_S, FIRST_LR, LAST_LR, N_RATES

KIND, RATE = "lr_find", "phases.0.lr"
TICK_S = 1.0
_REFUSED = "lab.find.refused"
SAYS = {
    "valley": "in the longest stretch over which the loss falls, half way along it",
    "steep": "where the loss falls fastest",
}


def section(recipe: Recipe | None, why: str) -> None:
    """`why` the recipe cannot be trained now; empty where it can."""
    why = stepping.why_not() or why
    with st.expander("Find a learning rate", icon=":material/query_stats:", key="lab.find"):
        st.markdown(
            f"fastai's `lr_find` trains the recipe's first phase for {N_RATES} batches, each with a higher rate, from "
            f"{FIRST_LR:g} to {LAST_LR:g}; it ends early when the loss is four times its lowest. Afterwards "
            "the weights are what they were. The curve shows from where on a rate helps, and from where on it harms. "
            f"It takes {words.about(FIND_WITHIN_S)} at most, and the time to read the pictures."
        )
        stepper = stepping.mine(KIND)
        tick = _tick(None if stepper is None else stepper.look())
        st.fragment(_body, run_every=tick)(recipe, why, tick)


def _tick(progress: Progress | None) -> float | None:
    return None if progress is None or progress.state == "over" else TICK_S


@trouble.told()
def _body(recipe: Recipe | None, why: str, tick: float | None) -> None:
    stepper = stepping.mine(KIND)
    progress = None if stepper is None else stepper.look()
    if _tick(progress) != tick:
        st.rerun()
    is_live = tick is not None
    with st.container(horizontal=True, vertical_alignment="center"):
        refused = st.session_state.get(_REFUSED, "")
        st.button(
            "Search again" if progress else "Search",
            key="lab.find.start",
            icon=":material/query_stats:",
            on_click=_start,
            args=(recipe,),
            disabled=bool(why) or is_live,
        )
        if is_live:
            st.button("Stop", key="lab.find.stop", icon=":material/stop_circle:", on_click=stepping.forget)
        reason(why or ("It searches already." if is_live else words.markdown_safe(refused)))
    if stepper is None or progress is None:
        return
    if progress.error:
        st.error(words.sentence(progress.error), icon=":material/error:")
        return
    if recipe is None or not _is_of(stepper.job["recipe"], recipe):
        st.markdown(":gray[:small[This curve is of the recipe before your last change.]]")
    _curve(progress)


def _start(recipe: Recipe) -> None:
    st.session_state[_REFUSED] = stepping.start({"kind": KIND, "recipe": recipe.to_dict()})


def _is_of(job: dict, recipe: Recipe) -> bool:
    """Is this what the job searched for, whatever the rate since?"""
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
        told = words.progress(said["message"], said.get("done"), said.get("total")) if said else "Starting a process"
        st.markdown(f":gray[{words.markdown_safe(told)}.]" if progress.state != "over" else "It was ended too early.")
        return
    suggested = {name: found[name] if found else None for name in ROLES}
    if progress.state != "over":
        st.markdown(f":gray[Batch {len(points)} of {N_RATES} at most, at a rate of {points[-1]['lr']:.1g}.]")
    keys = " &emsp; ".join(palette.key(role, name) for name, role in ROLES.items())
    st.markdown(f"**Loss by learning rate** &emsp; {keys}")
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
        st.markdown("It was ended before it had a suggestion to make.")


def _suggestions(suggested: dict[str, float | None], *, is_late: bool) -> None:
    if is_late:
        st.markdown(
            f"It was ended after {words.about(FIND_WITHIN_S)}: a batch of this recipe takes long here. Fitted to fewer "
            "minutes it comes further."
        )
    field = PHASE_FIELDS["lr"]
    for name, rate in suggested.items():
        if rate is None:
            continue
        written = f"{rate:.2g}"
        why = "" if field.low <= float(written) <= field.high else f"A recipe takes {field.allowed_text()}."
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                f"Take {written}",
                key=f"lab.find.take.{name}",
                icon=":material/check:",
                on_click=_take,
                args=(written,),
                disabled=bool(why),
            )
            st.markdown(f"**{name}**, {SAYS[name]}")
            reason(why)


def _take(written: str) -> None:
    address.write({RATE: written})
