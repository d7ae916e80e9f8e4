"""The ladder's view: what to climb, one press, and the waterfall that grows as its runs end."""

from collections.abc import Callable, Sequence

import streamlit as st

from pages.parts.compare.picker import read
from pages.shared.components import charts
from pages.shared.people.owner import origin, owner
from pages.shared.pictures import datasets
from pages.shared.session import address, buttons, cached, site, trouble
from pages.shared.session.controls import choice, number
from sota_core import words
from sota_core.analysis.delta import Delta
from sota_core.analysis.ladder import SAID, Climb, climb
from sota_core.data.sets.sources import address_of, source_title
from sota_core.errors import RecipeError, SotaError
from sota_core.figures.runs.comparison_table import signed
from sota_core.figures.runs.ladder import waterfall
from sota_core.recipes import Recipe
from sota_core.recipes.draft import DEFAULT_FIT, Draft, Pictures, compose
from sota_core.recipes.ladder import EPOCHS, MAX_SEEDS, RUNGS, SECONDS, TRAINED, planned, rung_of
from sota_core.runs import ladders
from sota_core.runs.dispatch import dispatcher
from sota_core.runs.ladders import Queued
from sota_core.runs.states import LIVE, State
from sota_core.system import engine

TICK_S = 2.0
LADDER = "ladder"  # in the address: the name of the one that is shown
FITS = {"30": "½", "60": "1", "120": "2", "300": "5", "900": "15"}
SEEDS = [str(n) for n in range(2, MAX_SEEDS + 1)]


def ladder_view() -> None:
    st.markdown(
        "One technique after the other, everything else equal, each with several seeds: what does each rung buy, and "
        "what is noise?"
    )
    left, right = st.columns((1, 2), gap="large")
    with left:
        recipes, pictures = _controls()
    shown = _shown(ladders.name_of(recipes) if recipes else "")
    with left:
        _start(recipes, pictures, shown)
    with right:
        if shown is None:
            _plan(recipes)
        else:
            ids = tuple(run.id for run in shown.runs)
            st.fragment(_body, run_every=TICK_S if shown.is_live else None)(shown.name, ids, shown.is_live)


def _shown(plan: str) -> Queued | None:
    """The ladder the address names; else the one the controls mean; on a first visit the visitor's latest."""
    asked = address.given(LADDER)
    if asked:
        return _find(asked)
    latest = next((ladder for ladder in _ladders(cached.settings().db_url) if ladder.is_of(owner())), None)
    return _find(plan) or (None if st.session_state.get("ladder.turned") else latest)


def _turned(_: object) -> dict[str, None]:
    """A control is moved: the address's ladder is not what is asked for any more, nor is the visitor's latest."""
    st.session_state["ladder.turned"] = True
    return {LADDER: None}


def _find(name: str) -> Queued | None:
    """The ladder of this name, or None where none of its runs is there any more."""
    return next((ladder for ladder in _ladders(cached.settings().db_url) if ladder.name == name), None)


@st.cache_data(ttl=1.0, max_entries=4, show_spinner=False)
def _ladders(url: str) -> list[Queued]:
    return ladders.ladders(cached.store())


def _controls() -> tuple[list[Recipe], Pictures]:
    """The ladder the controls mean; no recipes where they contradict each other, which is said."""
    here = datasets.best_present()
    sets = datasets.options()
    source = choice("Data", sets, here, name="source", words=source_title, written=address_of, also=_turned)
    asked = address.everything()
    fits = tuple(dict.fromkeys([*FITS, asked.get("fit", DEFAULT_FIT)]))
    fit = _segment("Minutes a run", fits, DEFAULT_FIT, "fit", lambda f: FITS.get(f, f))
    equal = _segment("At equal", (EPOCHS, SECONDS), EPOCHS, "equal")
    n_seeds, first = st.columns((1.6, 1), vertical_alignment="bottom")
    with n_seeds:
        n = int(_segment("Seeds", SEEDS, SEEDS[0], "seeds"))
    with first:
        note = "The first seed; the next follow."
        seed = number("from", 0, 9_999, 1, name="seed", key="ladder.seed", clamps=True, also=_turned, help=note)
    pictures = datasets.pictures_of(source)
    # every other knob of the lab may stand in the address too: the baseline takes it
    asked = {"precision": "auto"} | asked | {"recipe": "baseline", "source": source, "fit": fit, "seed": str(seed)}
    draft = compose(asked, pictures, cached.throughput())
    return _recipes(draft, pictures, equal, range(seed, seed + n)), pictures


def _segment(label: str, options: Sequence[str], default: str, name: str, words: Callable[[str], str] = str) -> str:
    return choice(label, options, default, name=name, key=f"compare.{name}", words=words, also=_turned, in_a_row=True)


def _recipes(draft: Draft, pictures: Pictures, equal: str, seeds: range) -> list[Recipe]:
    if draft.recipe is None:
        st.warning(words.sentence(draft.problem), icon=":material/rule:")
        return []
    try:
        return planned(draft.recipe, pictures, list(seeds), cached.throughput(), equal=equal)
    except RecipeError as bad:
        st.warning(words.sentence(bad), icon=":material/rule:")
        return []


def _start(recipes: list[Recipe], pictures: Pictures, shown: Queued | None) -> None:
    is_there = bool(recipes) and shown is not None and shown.name == ladders.name_of(recipes)
    why = (
        "What is wrong stands above."
        if not recipes
        else "This ladder is here already: it stands beside this."
        if is_there
        else said
        if (said := engine.why_not(cached.settings()))
        else ""
        if datasets.is_here(pictures.source)
        else "It waits for the pictures."
    )
    if recipes:
        each = [cached.expected(r, pictures).total for r in recipes]
        n = words.plural(len(recipes), "run")
        st.markdown(
            f"**{n}**, about **{words.about(sum(each))}** in all  \n:gray[:small[on "
            f"{words.markdown_safe(cached.device())}]]"
        )
    look = {"type": "primary", "icon": ":material/stairs:", "width": "stretch"}
    buttons.button("Climb the ladder", (recipes, pictures), key="ladder.start", why=why, **look)
    if not datasets.is_here(pictures.source):
        site.link("data", label="Fetch these pictures first", icon=":material/download:")
    st.caption(
        "All runs wait in the queue at once and train one at a time; other people’s runs go between. Close the "
        "browser if you like: they go on, and this page finds them again. Who starts the same ladder sees this one. "
        "TTA’s rung needs no run of its own: it reads the runs of the rung below once more, with their views."
    )
    if (pressed := buttons.taken("ladder.start")) is not None:
        try:
            engine.require(cached.settings())
            runs, on = pressed
            name = ladders.start(cached.store(), owner(), runs, on, cached.throughput(), origin=origin())
            dispatcher.ensure_running(cached.settings())
            _ladders.clear()
        except SotaError as refused:
            st.warning(words.sentence(refused), icon=":material/front_hand:")
            return
        address.write({LADDER: name})
        st.rerun()


def _plan(recipes: list[Recipe]) -> None:
    """Before the first run: which rung trains what."""
    if address.given(LADDER):
        st.markdown(":gray[That ladder is not here any more; its runs may have been removed. This one can be started:]")
    by_rung = dict(zip(TRAINED, recipes, strict=False))
    rows = ["| rung | trains | epochs |", "|:--|:--|--:|"]
    for rung in RUNGS:
        recipe = by_rung.get(rung.trains)
        if recipe is not None:
            same = rung.name == "tta"
            sizes = " → ".join(f"{p.total_epochs} at {p.size} px" for p in recipe.phases)
            trains = f":gray[nothing: {words.plural(recipe.tta_n, 'more view')} of the runs above]" if same else sizes
            rows.append(f"| {rung.title} | {trains} | {'' if same else recipe.total_epochs} |")
    st.markdown("\n".join(rows))
    if recipes:
        plain = recipes[0]
        st.caption(
            f"{plain.arch}, width {plain.width:g}, batches of {plain.phases[0].bs}; accuracy on "
            + ("the official validation split." if plain.split == "official" else "one random fifth, the same for all.")
            + " Each rung keeps what the rungs above it in this list have."
        )


@trouble.told()
def _body(name: str, ids: tuple[str, ...], was_live: bool) -> None:
    shown = Queued(name, tuple(cached.watch(run_id).run for run_id in ids))
    if shown.is_live != was_live:
        st.rerun()
    if was_live:
        dispatcher.ensure_running(cached.settings())
    of = climb(read(ids))
    _progress(shown)
    charts.show(waterfall(of), key="ladder.waterfall", is_live=was_live)
    st.markdown(_table(of))
    st.caption(_how(of, shown))
    site.link(
        "compare",
        label="The curves of these runs",
        icon=":material/stacked_line_chart:",
        query={"runs": ",".join(ids)},
    )


def _progress(shown: Queued) -> None:
    done = sum(run.state is State.FINISHED for run in shown.runs)
    n = len(shown.runs)
    running = next((run for run in shown.runs if run.state in (State.RUNNING, State.STARTING)), None)
    said = f"**{done} of {n}** runs have finished"
    if running is not None:
        said += f"; seed {running.recipe.seed} of {_rung_words(running.recipe)} is training"
    elif shown.is_live:
        said += "; the next one waits for a free place"
    if shown.broken:
        said += f"; {words.plural(len(shown.broken), 'run')} ended early"
    bar, way = st.columns((4, 1), vertical_alignment="center")
    with bar:
        st.progress(done / n, text=said + ".")
    with way:
        if shown.is_live:
            own = any(run.owner == ladders.climber(owner()) and run.state in LIVE for run in shown.runs)
            why = "" if own else "Only the browser that started a ladder can stop it."
            look = {"icon": ":material/stop_circle:", "help": "Keeps what has finished."}
            buttons.button("Stop", shown, key="ladder.stop", why=why, **look)
        elif shown.broken:
            buttons.button("Continue", shown, key="ladder.again", icon=":material/play_arrow:")
        if (pressed := buttons.taken("ladder.stop")) is not None:
            ladders.stop(cached.store(), owner(), pressed)
            _ladders.clear()
            st.rerun()
        if (pressed := buttons.taken("ladder.again")) is not None:
            try:
                engine.require(cached.settings())
                pictures = datasets.pictures_of(pressed.runs[0].recipe.source)
                ladders.again(cached.store(), owner(), pressed, pictures, cached.throughput(), origin=origin())
                dispatcher.ensure_running(cached.settings())
                _ladders.clear()
            except SotaError as refused:
                st.warning(words.sentence(refused))
                return
            st.rerun()


def _rung_words(recipe: Recipe) -> str:
    name = rung_of(recipe)
    return next((rung.title for rung in RUNGS if rung.trains == name), "a rung")


def _table(of: Climb) -> str:
    rows = ["| rung | accuracy | step | noise | verdict | training |", "|:--|:--|--:|--:|:--|--:|"]
    for step in of.steps:
        mean = "–" if step.mean is None else f"**{words.percent(step.mean)}**"
        if step.sd is not None:
            mean += f" ± {100 * step.sd:.1f} ({len(step.values)})"
        elif step.values:
            mean += f" ({len(step.values)})"
        delta = signed(None if step.delta is None else Delta(step.delta))
        band = "" if step.band is None else f"± {100 * step.band:.1f}"
        verdict = "" if step.delta is None else SAID[step.verdict]
        seconds = "none" if step.rung.name == "tta" and step.mean is not None else words.clock(step.seconds)
        rows.append(f"| {step.rung.title} | {mean} | {delta} | {band} | {verdict} | {seconds} |")
    return "\n".join(rows)


def _how(of: Climb, shown: Queued) -> str:
    recipe = shown.runs[0].recipe
    split = "the official validation split" if recipe.split == "official" else "one random fifth, the same for all"
    said = (
        f"Accuracy on {split}"
        + (f", {words.plural(of.n, 'picture')}" if of.n else "")
        + ". Mean ± standard deviation (runs). "
    )
    if of.sd is not None:
        said += (
            f"A run lies {100 * of.sd:.1f} points from its rung’s mean: the standard deviation over seeds, taken "
            f"together over all rungs ({of.freedom} degrees of freedom). The band is Student’s 95\u00a0% interval of "
            "the difference of two such means. TTA asks the same nets again, so its band is that of the change it made "
            "in each run."
        )
    else:
        said += "With one seed a rung so far, the band is what counting so many pictures leaves to chance (95\u00a0%)."
    return said + " From + TTA upwards every accuracy is with TTA."
