"""The lab's three steps, side by side: which pictures, which recipe, and the run, its seed, cost and Start."""

import time

import streamlit as st

from pages.parts.train import questions
from pages.parts.train.knobs import fitted_anew, forgotten, groups, knob, phase_rows, set_phases
from pages.shared.components.data_uri import encoded
from pages.shared.pictures import datasets
from pages.shared.runs import guesses
from pages.shared.runs.start import in_parts, start_button, start_if_pressed
from pages.shared.session import address, buttons, cached, cards, site
from pages.shared.session.controls import draw_again, kept
from sota_core import words
from sota_core.analysis.result import reached
from sota_core.data.sets.sources import address_of, source_title
from sota_core.figures.pictures import contact_sheet
from sota_core.recipes import PRESETS, TITLES, Recipe
from sota_core.recipes.draft import FITS, PRINTED, Draft, Pictures, changes
from sota_core.recipes.pretrained import missing
from sota_core.recipes.recipe import MAX_PHASES
from sota_core.runs.run import Run
from sota_core.runs.store.reuse import earlier_run, pictures_now
from sota_core.settings import Settings
from sota_core.system import engine


def data_step() -> Pictures:
    source = datasets.chosen(address.given("source"))
    st.markdown("##### 1 · Data")
    st.selectbox(
        "Data set",
        datasets.options(),
        format_func=lambda s: source_title(s) + ("" if datasets.is_here(s) else "  (not here yet)"),
        label_visibility="collapsed",
        **kept("source", source, key="lab.source", written=address_of),
    )
    datasets.tell_swapped(source)
    there = datasets.presence(source)
    if there.problem:
        st.error(words.sentence(there.problem), icon=":material/folder_off:")
    elif not datasets.is_here(source):
        size = words.size_of(there.download_bytes)
        st.markdown(f":gray[{words.markdown_safe(there.about)} A download of {size}.]")
        site.link("data", label="Fetch it on the data page", icon=":material/download:")
    else:
        shown = datasets.thumbs(source, 8, seed=0)
        if shown:
            st.image(
                encoded(contact_sheet([s.picture for s in shown], columns=4, side=96)),
                width="stretch",
                alt="Eight pictures: " + ", ".join(s.name for s in shown),
            )
        pictures = datasets.pictures_of(source)
        counted = f"{words.count(pictures.n_train)} to train, {words.count(pictures.n_valid)} to validate"
        st.markdown(f":gray[:small[{counted}]]")
        datasets.tell_notes(there)
    return datasets.pictures_of(source)


BY_HAND = "by hand"  # as printed but for the knobs: what a run's own recipe is in an address
FIT_WORDS = {"60": "1", "120": "2", "300": "5", "900": "15", PRINTED: "as printed"}


def recipe_step(draft: Draft) -> None:
    st.markdown("##### 2 · Recipe")
    st.pills(
        "Experiment",
        list(PRESETS),
        required=True,
        wrap=True,
        format_func=TITLES.__getitem__,
        label_visibility="collapsed",
        **kept("recipe", draft.preset, key="lab.recipe", also=forgotten),
    )
    different = list(changes(draft))
    shown = BY_HAND if draft.fit == PRINTED and different else draft.fit
    fits = FITS if shown in FITS else (*FITS, shown)
    st.segmented_control(
        "Fit its training to this machine, in minutes",
        fits,
        required=True,
        format_func=lambda f: FIT_WORDS.get(f, f if f == BY_HAND else f"{f} s"),
        help="Scales the experiment down until its training fits this time on this machine: a narrower net, "
        "smaller pictures, fewer epochs, if need be fewer pictures. Techniques and seeds stay.",
        **kept("fit", shown, key="lab.fit", also=lambda chosen: fitted_anew(chosen) if shown == BY_HAND else {}),
    )
    if different:
        lines = (
            f":small[:gray[{label}] {words.markdown_safe(before)} → **{words.markdown_safe(after)}**]"
            for label, before, after in different
        )
        st.markdown("  \n".join(lines))
    elif draft.recipe is not None:
        st.markdown(":gray[:small[Exactly as printed.]]")


def knobs(draft: Draft, pictures: Pictures) -> None:
    """Folded; opened, the cost and a second *Start* stay in sight below whatever knob is turned."""
    with st.expander("Turn the knobs", icon=":material/tune:", key="lab.knobs"):
        st.markdown("**Phases**")
        phase_rows(draft)
        with st.container(horizontal=True):
            n = draft.n_phases
            st.button("Add a phase", key="lab.more", on_click=set_phases, args=(n + 1,), disabled=n >= MAX_PHASES)
            buttons.reason(f"{MAX_PHASES} phases are the most." if n >= MAX_PHASES else "")
            if n > 1:
                st.button("Drop the last", key="lab.less", on_click=set_phases, args=(n - 1,))
        groups(draft, st.columns(4, gap="large"))
        with st.container(horizontal=True, vertical_alignment="center", key="lab.bar"):
            st.markdown(_in_short(draft, pictures), width="stretch")
            why = why_not(draft, pictures.source)
            buttons.button("Start", True, key="lab.start_below", icon=":material/play_arrow:", why=why)
    start_if_pressed("lab.start_below", None if why else draft.recipe, pictures, then=guesses.commit_with)


def _in_short(draft: Draft, pictures: Pictures) -> str:
    """What the run would cost, or what is wrong with its recipe."""
    if draft.recipe is None:
        return f":red[{words.markdown_safe(draft.problem)}]"
    return f"About **{words.about(cached.expected(draft.recipe, pictures).total)}** in all"


@st.cache_data(ttl=30.0, max_entries=32, show_spinner=False, hash_funcs={Settings: repr})
def _pictures_now(source: str, of: Settings) -> str | None:
    return pictures_now(source, of)


def offer_earlier(recipe: Recipe | None) -> None:
    """An earlier run of this recipe on these pictures, with its date and result; nothing where there is none."""
    if recipe is None:
        return
    run = earlier_run(cached.store(), recipe, _pictures_now(recipe.source, cached.settings()))
    if run is not None:
        site.link("train", label=told(run), icon=":material/history:", query={"run": run.id})


def told(run: Run, now: float | None = None) -> str:
    """`Trained already, 22 Nov 2026: 87.1 % of 500. See it` – same recipe, pictures, seed and code."""
    got = reached(run.summary)
    result = ""
    if got.accuracy is not None:
        result = f": **{words.percent(got.accuracy)}**" + (f" of {words.count(got.n)}" if got.n else "")
    ended = run.ended_at or run.created_at
    ago = words.about(max(0.0, (time.time() if now is None else now) - ended))
    date = time.strftime("%d %b %Y", time.gmtime(ended)).lstrip("0")
    same = ":gray[Same recipe, pictures, seed and code.]"
    return f"Trained already, {date} ({ago} ago){result}. See that run. {same}"


def why_not(draft: Draft, source: str) -> str:
    """Why this cannot be started; empty where it can."""
    if said := engine.why_not(cached.settings()):
        return said
    if draft.recipe is None:
        return "It waits until the recipe is possible: what is wrong stands above."
    if datasets.presence(source).problem:
        return "It waits for pictures that can be read: what is wrong stands under Data."
    if not datasets.is_here(source):
        return "It waits for the pictures: they have to be fetched first."
    return missing(draft.recipe.pretrained, draft.recipe.arch)


def run_step(draft: Draft, pictures: Pictures) -> None:
    st.markdown("##### 3 · Run")
    seed, again = st.columns((1, 1.2), vertical_alignment="bottom", gap="small")
    with seed:
        knob("seed", draft)
    with again:
        draw_again("seed", int(draft.values["seed"] or 0), key="lab.draw")
    if draft.recipe is None:
        st.warning(words.sentence(draft.problem), icon=":material/rule:")
    else:
        cost = cached.expected(draft.recipe, pictures)
        n = words.plural(round(pictures.n_train * draft.recipe.subset), "picture")
        st.markdown(
            f"About **{words.about(cost.total)}** in all  \n"
            f":gray[:small[{in_parts(cost, draft.recipe)}, on {words.markdown_safe(cached.device())}; "
            f"{words.plural(draft.recipe.total_epochs, 'epoch')} over {n}; {questions.memory_words(draft.recipe)}]]"
        )
        cards.draw()
    source = pictures.source
    why = why_not(draft, source)
    guesses.before_start()
    offer_earlier(None if why else draft.recipe)
    start_button("Start", key="lab.start", why=why, width="stretch")
    waiting = cached.store().history.count(["queued"])
    if waiting:
        st.caption(f"{words.plural(waiting, 'run')} waiting before it.")
    start_if_pressed("lab.start", None if why else draft.recipe, pictures, then=guesses.commit_with)
