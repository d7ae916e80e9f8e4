"""The ladder in the queue: how many of its runs have ended, the way to stop it or to go on, and the waterfall."""

import math

import streamlit as st

from pages.parts.compare.ladder_words import OTHERS, how, rung_words, table
from pages.parts.compare.picker import read
from pages.shared.components import charts
from pages.shared.people.owner import is_mine, origin, owner
from pages.shared.pictures import datasets
from pages.shared.runs import queue
from pages.shared.runs.start import made_elsewhere, state_words
from pages.shared.session import buttons, cached, site, trouble
from pages.shared.session.whole import draw_anew
from sota_core import words
from sota_core.analysis.ladder import climb
from sota_core.errors import SotaError, UnknownRunError
from sota_core.figures.runs.ladder import waterfall
from sota_core.language import tr, tr_n
from sota_core.recipes import Recipe
from sota_core.runs import ladder_plan, ladders
from sota_core.runs.ladder_plan import Plan
from sota_core.runs.ladders import Queued
from sota_core.runs.run import Run
from sota_core.runs.states import LIVE, State
from sota_core.system import engine

TICK_S = 2.0


def there() -> list[Queued]:
    """All ladders in the store, the one with the newest run first."""
    return _there(cached.settings().db_url)


@st.cache_data(ttl=1.0, max_entries=4, show_spinner=False)
def _there(url: str) -> list[Queued]:
    return ladders.ladders(cached.store())


def forget() -> None:
    """Read them again: somebody has changed something and wants to see it."""
    _there.clear()
    queue.forget()


def plan_of(shown: Queued) -> Plan:
    """What a ladder was to train that the controls do not mean: as far as its runs say."""
    known = _known(shown)
    return ladder_plan.plan_of(shown, None if known is None else cached.pictures_now(known.source))


def _known(shown: Queued) -> Recipe | None:
    """A recipe of the ladder; None where another version wrote them all."""
    return next((recipe for run in shown.runs if (recipe := run.known_recipe) is not None), None)


def show(shown: Queued, plan: Plan) -> None:
    """The ladder as it stands, drawn anew every other second while its runs wait or train."""
    ids = tuple(run.id for run in shown.runs)
    trouble.fragment(_body, run_every=TICK_S if shown.is_live else None)(shown.name, ids, shown.is_live, plan)


def _body(name: str, ids: tuple[str, ...], was_live: bool, plan: Plan) -> None:
    try:
        shown = Queued(name, tuple(cached.watch(run_id).run for run_id in ids))
    except UnknownRunError:  # deleted since the page was drawn, and missed from its next drawing on
        forget()
        draw_anew()
    if shown.is_live != was_live:
        st.rerun()
    if was_live:
        queue.have_dispatcher()
    of = climb(read(ids))
    _progress(shown, plan)
    _links_to_broken(shown)
    charts.show(waterfall(of), key="ladder.waterfall", is_live=was_live)
    st.markdown(table(of))
    st.caption(how(of, shown))
    site.link(
        "compare",
        label=tr("The curves of these runs"),
        icon=":material/stacked_line_chart:",
        query={"runs": ",".join(ids)},
    )


def _progress(shown: Queued, plan: Plan) -> None:
    done = sum(run.state is State.FINISHED for run in shown.runs)
    gone, missing = plan.n_gone(shown), plan.missing(shown)
    n = len(shown.runs) + gone
    running = next((run for run in shown.runs if run.state in (State.RUNNING, State.STARTING)), None)
    said = [tr("**{done} of {n}** runs have finished", done=done, n=n)]
    if running is not None and (recipe := running.known_recipe) is not None:
        said.append(tr("seed {seed} of {rung} is training", seed=recipe.seed, rung=rung_words(recipe)))
    if shown.broken:
        said.append(tr_n("{n} run ended early", "{n} runs ended early", len(shown.broken)))
    if gone:
        said.append(tr_n("{n} run was deleted", "{n} runs were deleted", gone))
    text = "; ".join(said) + "."
    if running is None and (waiting := _next(shown)) is not None:
        text += " " + tr("Next run: {waits}", waits=queue.sentence(waiting))
    bar, way = st.columns((4, 1), vertical_alignment="center")
    with bar:
        st.progress(done / n, text=text)
    with way:
        if shown.is_live:
            own = any(is_mine(run.owner) and run.state in LIVE for run in shown.runs)
            why = "" if own else tr("Only the browser that started a ladder can stop it.")
            look = {"icon": ":material/stop_circle:", "help": tr("Keeps what has finished.")}
            buttons.button(tr("Stop"), shown, key="ladder.stop", why=why, **look)
        elif shown.broken or gone:
            why = words.sentence(_why_not_again(shown, is_lost=not (shown.broken or missing)))
            look = {"icon": ":material/play_arrow:", "why": why}
            buttons.button(tr("Continue"), (shown, missing), key="ladder.again", **look)
        with buttons.pressed("ladder.stop") as pressed:
            if pressed is not None:
                ladders.stop(cached.store(), owner(), pressed)
                forget()
                draw_anew()
        with buttons.pressed("ladder.again") as pressed:
            if pressed is not None:
                try:
                    engine.require(cached.settings())
                    _again(*pressed)
                    queue.have_dispatcher()
                    forget()
                except SotaError as refused:
                    st.warning(words.sentence(refused))
                    return
                draw_anew()


def _links_to_broken(shown: Queued) -> None:
    """Ways to the runs that broke: their pages say why. What was stopped while it waited has nothing to say."""
    broken = [run for run in shown.broken if run.state is not State.CANCELLED or run.started_at is not None]
    if not broken:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="ladder_broken"):
        st.markdown(f":gray[:small[{tr('Why they ended:')}]]", width="content")
        for run in broken:
            recipe, state = run.known_recipe, state_words(run)
            label = words.markdown_safe(made_elsewhere(run))
            if recipe is not None:
                label = tr("{rung}, seed {seed}: {state}", rung=rung_words(recipe), seed=recipe.seed, state=state)
            site.link("train", label=label, query={"run": run.id})


def _next(shown: Queued) -> Run | None:
    """The run that is to start next of those that wait."""
    waiting = [run for run in shown.runs if run.state is State.QUEUED]
    places = {run.id: place.position for run in waiting if (place := queue.place(run)) is not None}
    return min(waiting, key=lambda run: places.get(run.id, math.inf), default=None)


def _why_not_again(shown: Queued, *, is_lost: bool) -> str:
    """Why *Continue* can train nothing; "" where it can.

    is_lost  all that is left to train are runs that were deleted, and whose recipes are not known
    """
    if (known := _known(shown)) is None:
        return tr(OTHERS)
    if why := shown.why_not_again(cached.pictures_now(known.source)):
        return why
    if not is_lost:
        return ""
    return tr(
        "The runs that are left do not say what the deleted ones trained. Set the controls as they stood when this "
        "ladder was begun, and climb it again."
    )


def _again(shown: Queued, missing: list[Recipe]) -> None:
    source = shown.runs[0].recipe.source
    on, data = datasets.pictures_of(source), cached.pictures_now(source)
    store, throughput = cached.store(), cached.throughput()
    ladders.again(store, owner(), shown, on, throughput, data, origin=origin(), missing=missing)
