"""The ladder's view: what to climb, one press, and the waterfall that grows as its runs end."""

from collections.abc import Callable, Sequence

import streamlit as st

from pages.parts.compare import ladder_runs
from pages.parts.compare.ladder_words import split_words
from pages.shared.people.owner import origin, owner
from pages.shared.pictures import datasets
from pages.shared.runs import queue
from pages.shared.runs.start import fit_words, is_fit
from pages.shared.session import address, buttons, cached, site
from pages.shared.session.controls import choice, number
from pages.shared.session.whole import draw_anew
from sota_core import words
from sota_core.data.sets.sources import address_of, source_title
from sota_core.errors import RecipeError, SotaError
from sota_core.language import tr, tr_in, tr_n, written
from sota_core.recipes import Recipe
from sota_core.recipes.draft import DEFAULT_FIT, Draft, Pictures, compose
from sota_core.recipes.ladder import EPOCHS, MAX_SEEDS, RUNGS, SECONDS, TRAINED, planned
from sota_core.runs import ladders
from sota_core.runs.ladder_plan import Plan
from sota_core.runs.ladders import Queued
from sota_core.system import engine

LADDER = "ladder"  # in the address: the name of the one that is shown
FITS = ("30", "60", "120", "300", "900")
SEEDS = [str(n) for n in range(2, MAX_SEEDS + 1)]


def ladder_view() -> None:
    st.markdown(
        tr(
            "Techniques added one by one, everything else equal, each rung with several seeds: what does each "
            "rung buy, and what is noise?"
        )
    )
    left, right = st.columns((1, 2), gap="large")
    with left:
        recipes, pictures = _controls()
    there = ladder_runs.there()
    name = ladders.name_in(there, recipes, cached.pictures_now(pictures.source)) if recipes else ""
    shown = _shown(name)
    plan = Plan(tuple(recipes)) if shown is None or shown.name == name else ladder_runs.plan_of(shown)
    with left:
        _start(recipes, pictures, _left(recipes, shown if shown is not None and shown.name == name else None))
    with right:
        if shown is None:
            _plan(recipes)
        else:
            ladder_runs.show(shown, plan)


def _shown(plan: str) -> Queued | None:
    """The ladder the address names; else the one the controls mean; else, until one is moved, the visitor's latest."""
    asked = address.given(LADDER)
    if asked:
        return _find(asked)
    latest = next((ladder for ladder in ladder_runs.there() if ladder.is_of(owner())), None)
    return _find(plan) or (None if st.session_state.get("ladder.turned") else latest)


def _left(recipes: list[Recipe], there: Queued | None) -> list[Recipe]:
    """What *Climb the ladder* trains. Where no run was deleted, that is nothing: what broke, *Continue* tries anew."""
    if there is None:
        return recipes
    if not Plan(tuple(recipes)).missing(there):
        return []
    have = {run.identity for run in there.runs} - {run.identity for run in there.broken}
    return [recipe for recipe in recipes if recipe.identity() not in have]


def _turned(_: object) -> dict[str, None]:
    """Once a control is moved, neither the address's ladder nor the visitor's latest is shown any more."""
    st.session_state["ladder.turned"] = True
    return {LADDER: None}


def _find(name: str) -> Queued | None:
    """The ladder of this name, or None where none of its runs is there any more."""
    return next((ladder for ladder in ladder_runs.there() if ladder.name == name), None)


def _controls() -> tuple[list[Recipe], Pictures]:
    """The recipes of the ladder the controls mean, none where they contradict each other (a warning says so)."""
    here = datasets.best_present()
    sets = datasets.options()
    source = choice(tr("Data"), sets, here, name="source", words=source_title, written=address_of, also=_turned)
    asked = address.everything()
    fits = tuple(dict.fromkeys([*FITS, *filter(is_fit, [asked.get("fit", DEFAULT_FIT)])]))
    fit = _segment(tr("Minutes of training a run"), fits, DEFAULT_FIT, "fit", fit_words)
    said = {EPOCHS: tr("epochs"), SECONDS: tr("seconds")}
    equal = _segment(tr("At equal"), list(said), EPOCHS, "equal", said.__getitem__)
    n_seeds, first = st.columns((2, 1), vertical_alignment="bottom")
    with n_seeds:
        n = int(_segment(tr("Seeds"), SEEDS, SEEDS[0], "seeds"))
    with first:
        note = tr("The first seed; the others count up from it.")
        seed = number(
            tr_in("a number", "from"), 0, 9_999, 1, name="seed", key="ladder.seed", clamps=True, also=_turned, help=note
        )
    pictures = datasets.pictures_of(source)
    # any other knob of the lab may stand in the address too: it applies to the ladder's baseline
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


def _start(recipes: list[Recipe], pictures: Pictures, left: list[Recipe]) -> None:
    why = (
        tr("What is wrong is said above.")
        if not recipes
        else tr("This ladder exists already: it is shown beside this.")
        if not left
        else said
        if (said := engine.why_not(cached.settings()))
        else ""
        if datasets.is_here(pictures.source)
        else tr("The pictures are not here yet: fetch them first.")
    )
    if recipes:
        each = [cached.expected(r, pictures).total for r in left or recipes]
        in_all = tr_n(
            "**{n} run**, about **{time}** in all",
            "**{n} runs**, about **{time}** in all",
            len(each),
            time=words.about(sum(each)),
        )
        where = tr("on {device}", device=words.markdown_safe(cached.device()))
        st.markdown(f"{in_all}  \n:gray[:small[{where}]]")
    look = {"type": "primary", "icon": ":material/stairs:", "width": "stretch"}
    buttons.button(tr("Climb the ladder"), (recipes, pictures), key="ladder.start", why=why, **look)
    if not datasets.is_here(pictures.source):
        site.link("data", label=tr("Fetch these pictures first"), icon=":material/download:")
    st.caption(
        tr(
            "All runs are queued at once and train one at a time; other people's runs go in between. You can "
            "close the browser: the runs go on, and this page finds them again. Whoever starts the same ladder "
            "sees this one. The TTA rung needs no runs of its own: it reads those of the rung before it "
            "again, now with the TTA accuracy that each has measured."
        )
    )
    with buttons.pressed("ladder.start") as pressed:
        if pressed is not None:
            try:
                engine.require(cached.settings())
                runs, on = pressed
                data = cached.pictures_now(on.source)
                name = ladders.start(cached.store(), owner(), runs, on, cached.throughput(), data, origin=origin())
                queue.have_dispatcher()
                ladder_runs.forget()
            except SotaError as refused:
                st.warning(words.sentence(refused), icon=":material/front_hand:")
                return
            address.write({LADDER: name})
            draw_anew()


def _plan(recipes: list[Recipe]) -> None:
    """Before the first run: which rung trains what."""
    if address.given(LADDER):
        gone = tr("That ladder is not here any more; its runs may have been removed. This one can be started:")
        st.markdown(f":gray[{gone}]")
    by_rung = dict(zip(TRAINED, recipes, strict=False))
    rows = [tr("| rung | trains | epochs |"), "|:--|:--|--:|"]
    for rung in RUNGS:
        recipe = by_rung.get(rung.trains)
        if recipe is not None:
            same = rung.name == "tta"
            trains = " → ".join(tr("{n} at {size} px", n=p.total_epochs, size=p.size) for p in recipe.phases)
            if same:
                nothing = tr_n(
                    "nothing: {n} more view of the runs above",
                    "nothing: {n} more views of the runs above",
                    recipe.tta_n,
                )
                trains = f":gray[{nothing}]"
            rows.append(f"| {tr(rung.title)} | {trains} | {'' if same else recipe.total_epochs} |")
    st.markdown("\n".join(rows))
    if recipes:
        plain = recipes[0]
        st.caption(
            tr(
                "{arch}, width {width}, batches of {bs}; accuracy on {split}. Each rung keeps what the rungs above it "
                "in this list have.",
                arch=plain.arch,
                width=written(f"{plain.width:g}"),
                bs=plain.phases[0].bs,
                split=split_words(plain),
            )
        )
