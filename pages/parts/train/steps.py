"""The lab's three steps, side by side: which pictures, which recipe, and the run, its seed, cost and Start."""

import time
from datetime import UTC, datetime

import streamlit as st

from pages.parts.train import questions
from pages.parts.train.knobs import fitted_anew, forgotten, groups, knob, phase_rows, set_phases, sliders
from pages.shared.components.data_uri import encoded
from pages.shared.components.exact import exact
from pages.shared.pictures import datasets
from pages.shared.runs import guesses
from pages.shared.runs.start import fit_words, in_parts, say_if_slow, say_refusal, start_button, start_if_pressed
from pages.shared.session import buttons, cached, cards, site
from pages.shared.session.controls import draw_again, kept
from sota_core import words
from sota_core.analysis.result import reached
from sota_core.data.sets.sources import address_of, source_title
from sota_core.figures.pictures import contact_sheet
from sota_core.language import N_, tr, tr_n
from sota_core.recipes import PRESETS, TITLES, Recipe
from sota_core.recipes.differing import changes
from sota_core.recipes.draft import FITS, PRINTED, Draft, Pictures
from sota_core.recipes.pretrained import missing
from sota_core.recipes.recipe import MAX_PHASES
from sota_core.runs.run import Run
from sota_core.runs.store.reuse import earlier_run
from sota_core.system import engine


def data_step(source: str) -> None:
    st.header("1 · " + tr("Data"), anchor=False)
    st.selectbox(
        tr("Data set"),
        datasets.options(),
        format_func=lambda s: source_title(s) + ("" if datasets.is_here(s) else "  " + tr("(not here yet)")),
        label_visibility="collapsed",
        **kept("source", source, key="lab.source", written=address_of),
    )
    datasets.tell_swapped(source)
    there = datasets.presence(source)
    if there.problem:
        st.error(words.sentence(there.problem), icon=":material/folder_off:")
    elif not datasets.is_here(source):
        about, size = words.markdown_safe(there.about), words.size_of(there.download_bytes)
        st.markdown(tr(":gray[{about} A download of {size}.]", about=about, size=size))
        site.link("data", label=tr("Fetch it on the data page"), icon=":material/download:")
    else:
        shown = datasets.thumbs(source, 8, seed=0)
        if shown:
            st.image(
                encoded(contact_sheet([s.picture for s in shown], columns=4, side=96), is_exact=False),
                width="stretch",
                alt=tr("Eight pictures: {names}", names=", ".join(s.name for s in shown)),
            )
        pictures = datasets.pictures_of(source)
        counted = tr(
            "{n_train} to train, {n_valid} to validate",
            n_train=words.count(pictures.n_train),
            n_valid=words.count(pictures.n_valid),
        )
        st.markdown(f":gray[:small[{counted}]]")
        datasets.tell_notes(there)


BY_HAND = N_("by hand")  # as printed, apart from knobs: how an address holds a run's own recipe


def recipe_step(draft: Draft, pictures: Pictures) -> None:
    st.header("2 · " + tr("Recipe"), anchor=False)
    st.pills(
        tr("Experiment"),
        list(PRESETS),
        required=True,
        wrap=True,
        format_func=lambda preset: tr(TITLES[preset]),
        label_visibility="collapsed",
        **kept("recipe", draft.preset, key="lab.recipe", also=forgotten),
    )
    different = list(changes(draft, pictures.n_valid))
    shown = BY_HAND if draft.fit == PRINTED and different else draft.fit
    fits = FITS if shown in FITS else (*FITS, shown)
    st.segmented_control(
        tr("Fit its training to this machine, in minutes"),
        fits,
        required=True,
        wrap=True,
        format_func=lambda f: tr(BY_HAND) if f == BY_HAND else fit_words(f),
        help=tr(
            "Scales the experiment down until its training fits this time on this machine: a narrower net, smaller "
            "pictures, fewer epochs, if need be fewer pictures. Techniques and seeds stay."
        ),
        **kept("fit", shown, key="lab.fit", also=lambda chosen: fitted_anew(chosen) if shown == BY_HAND else {}),
    )
    if different:
        lines = (
            f":small[:gray[{label}] {words.markdown_safe(before)} → **{words.markdown_safe(after)}**]"
            for label, before, after in different
        )
        st.markdown("  \n".join(lines))
    elif draft.recipe is not None:
        st.markdown(tr(":gray[:small[Exactly as printed.]]"))


def knobs(draft: Draft, pictures: Pictures, refused: str) -> None:
    """The knobs, folded. While the fold is open, the cost and a second *Start* stay in sight at the bottom.

    refused  why the second Start was refused; empty where it was not
    """
    with st.expander(tr("Turn the knobs"), icon=":material/tune:", key="lab.knobs"):
        st.markdown(tr("**Phases**"))
        phase_rows(draft)
        with st.container(horizontal=True):
            n = draft.n_phases
            st.button(tr("Add a phase"), key="lab.more", on_click=set_phases, args=(n + 1,), disabled=n >= MAX_PHASES)
            buttons.reason(tr("A recipe has at most {n} phases.", n=MAX_PHASES) if n >= MAX_PHASES else "")
            if n > 1:
                st.button(tr("Drop the last"), key="lab.less", on_click=set_phases, args=(n - 1,))
        groups(draft, st.columns(4, gap="large"))
        with_values = sliders(draft)
        exact("lab.knobs", with_values, {knob.name: draft.values[knob.name] for knob in with_values})
        with st.container(horizontal=True, vertical_alignment="center", key="lab.bar"):
            st.markdown(_in_short(draft, pictures), width="stretch")
            why = why_not(draft, pictures.source)
            buttons.button(tr("Start"), True, key="lab.start_below", icon=":material/play_arrow:", why=why)
        say_refusal(refused)


def _in_short(draft: Draft, pictures: Pictures) -> str:
    """What the run would cost, or what is wrong with its recipe."""
    if draft.recipe is None:
        return f":red[{words.markdown_safe(draft.problem)}]"
    return tr("About **{time}** in all", time=words.about(cached.expected(draft.recipe, pictures).total))


def offer_earlier(recipe: Recipe | None) -> None:
    """An earlier run of this recipe on these pictures, with its date and result; nothing where there is none."""
    if recipe is None:
        return
    run = earlier_run(cached.store(), recipe, cached.pictures_now(recipe.source))
    if run is not None:
        site.link("train", label=told(run), icon=":material/history:", query={"run": run.id})


def told(run: Run, now: float | None = None) -> str:
    """`Trained already, 22 Nov 2026: 87.1 % of 500. See it` – same recipe, pictures, seed and code."""
    got = reached(run.summary)
    ended = run.ended_at or run.created_at
    at = {
        "date": words.date(datetime.fromtimestamp(ended, UTC), is_short=True),
        "time": words.about(max(0.0, (time.time() if now is None else now) - ended)),
    }
    same = tr("See that run. :gray[Same recipe, pictures, seed and code.]")
    if got.accuracy is None:
        return tr("Trained already, {date} ({time} ago).", **at) + " " + same
    at["accuracy"] = words.percent(got.accuracy)
    if not got.n:
        return tr("Trained already, {date} ({time} ago): **{accuracy}**.", **at) + " " + same
    n = words.count(got.n)
    return tr("Trained already, {date} ({time} ago): **{accuracy}** of {n}.", **at, n=n) + " " + same


def why_not(draft: Draft, source: str) -> str:
    """Why this cannot be started; empty where it can."""
    if said := engine.why_not(cached.settings()):
        return said
    if draft.recipe is None:
        return tr("The recipe cannot run as it is: what is wrong is said above.")
    if datasets.presence(source).problem:
        return tr("The pictures cannot be read: what is wrong is said under Data.")
    if not datasets.is_here(source):
        return tr("The pictures are not here yet: fetch them first.")
    return missing(draft.recipe.pretrained, draft.recipe.arch)


def started(draft: Draft, pictures: Pictures) -> tuple[str, str]:
    """Act on either Start and go to the run. Returns only where none began: why each of the two was refused."""
    recipe = None if why_not(draft, pictures.source) else draft.recipe
    asked = {"then": guesses.commit_with, "takes_guesses": guesses.takes_the_room_s()}
    step, below = (start_if_pressed(key, recipe, pictures, **asked) for key in ("lab.start", "lab.start_below"))
    return step, below


def run_step(draft: Draft, pictures: Pictures, refused: str) -> None:
    st.header("3 · " + tr("Run"), anchor=False)
    seed, again = st.columns((1, 1.2), vertical_alignment="bottom", gap="small")
    with seed:
        knob("seed", draft)
    with again:
        draw_again("seed", int(draft.values["seed"] or 0), key="lab.draw")
    if draft.recipe is None:
        st.warning(words.sentence(draft.problem), icon=":material/rule:")
    else:
        cost = cached.expected(draft.recipe, pictures)
        n = round(pictures.n_train * draft.recipe.subset)
        over = tr_n(
            "{n} epoch over {pictures}",
            "{n} epochs over {pictures}",
            draft.recipe.total_epochs,
            pictures=tr_n("{n} picture", "{n} pictures", n),
        )
        detail = tr(
            "{parts}, on {device}; {epochs}; {memory}",
            parts=in_parts(cost, draft.recipe),
            device=words.markdown_safe(cached.device(draft.recipe)),
            epochs=over,
            memory=questions.memory_words(draft.recipe),
        )
        in_all = tr("About **{time}** in all", time=words.about(cost.total))
        st.markdown(f"{in_all}  \n:gray[:small[{detail}]]")
        say_if_slow(cost, draft.recipe, pictures)
        cards.draw()
    source = pictures.source
    why = why_not(draft, source)
    guesses.before_start()
    offer_earlier(None if why else draft.recipe)
    start_button(tr("Start"), key="lab.start", why=why, refused=refused, width="stretch")
    waiting = cached.store().history.count(["queued"])
    if waiting:
        st.caption(tr_n("{n} run is waiting in the queue.", "{n} runs are waiting in the queue.", waiting))
