"""The first screen: what this is, a mix to play with, one press to the first run, a recorded run that plays beside it,
and the chapter in six steps.
"""

import runpy

import streamlit as st

from pages.parts.overview import printed_results as story
from pages.parts.overview.latest_runs import latest
from pages.parts.overview.recorded_run import recorded_run
from pages.shared.components import blend
from pages.shared.components.stage import Stage
from pages.shared.frame import first_visit, names
from pages.shared.pictures import datasets
from pages.shared.runs import guesses
from pages.shared.runs.start import say_if_slow, say_refusal, start_button, start_if_pressed
from pages.shared.session import address, cached, site, trouble
from sota_core import paths, words
from sota_core.analysis.chapter_steps import baseline, steps
from sota_core.analysis.result import reached
from sota_core.data.sets.sources import source_title
from sota_core.language import tr, tr_n
from sota_core.published import two_runs
from sota_core.recipes.draft import first_experiment
from sota_core.runs.recordings.recording import as_printed
from sota_core.system import engine

PAIR = (("balloon", "train", 3), ("lighthouse", "train", 1))
LAM = 0.6


def first_screen() -> None:
    with st.container(key="home.first"):
        words_, mix = st.columns((1.7, 1), gap="xlarge", vertical_alignment="center")
    with words_:
        st.title(tr("Training a State-of-the-Art Model, live"), anchor=False)
        st.markdown(
            tr(
                "Turn each knob of chapter 7 of fastai's book and see what it does to pixels, targets and statistics, "
                "and to accuracy in real training runs."
            )
        )
        first_run()
    with mix:
        a, b = cached.drawn(PAIR)
        mixed((blend.square(a), blend.square(b)), is_asked=address.given(blend.LAM) is not None)
    with words_:
        st.space("small")
        recorded_run()


@trouble.fragment
def mixed(pictures: tuple[str, str], is_asked: bool) -> None:
    """A mix to play with. It glides in on arrival, unless the address named a λ when the whole page was last run."""
    stage = Stage("home.mix", {"lam": blend.lam_from_url(LAM)}, (blend.knob(LAM),), ())
    (a, *_), (b, *_) = PAIR
    blend.blend(pictures, (a, b), stage=stage.name, invites=not is_asked)
    stage.draw()


def first_run() -> None:
    source = datasets.best_present()
    pictures = datasets.pictures_of(source)
    draft = first_experiment(pictures, cached.throughput())
    refused = start_if_pressed("home.run", draft.recipe, pictures)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        why = engine.why_not(cached.settings()) or words.markdown_safe(draft.problem)
        start_button(tr("Run the first experiment"), key="home.run", why=why)
        site.link("train", label=tr("Compose your own"), icon=":material/tune:")
    say_refusal(refused)
    guesses.go_along()
    if draft.recipe is not None:
        cost = cached.expected(draft.recipe, pictures)
        said = tr(
            "The chapter's baseline, made to fit this machine: {epochs} over {pictures} of {data}, about {time} in "
            "all on {device}.",
            epochs=tr_n("{n} epoch", "{n} epochs", draft.recipe.total_epochs),
            pictures=tr_n("{n} picture", "{n} pictures", round(pictures.n_train * draft.recipe.subset)),
            data=words.markdown_safe(source_title(source)),
            time=words.about(cost.total),
            device=words.markdown_safe(cached.device()),
        )
        if source == "sample":
            said += " " + tr(
                "*Sample* is a set of {n} pictures that this app draws itself.",
                n=words.count(pictures.n_train + pictures.n_valid),
            )
        st.caption(said)
        say_if_slow(cost, draft.recipe, pictures)


def chapter() -> None:
    start_ = baseline()
    st.header(tr("The chapter in six steps"), anchor=False)
    said = tr(
        "Published figures, from C. Mills' notes on the chapter (2022), on one graphics card. Step 1 starts from "
        "{accuracy} after {n} epochs in {time}; for steps 4 to 6 the notes print no equally long run without them. By "
        "chance, {two_runs}.",
        accuracy=words.percent(start_.accuracy, 2),
        n=len(start_.rows),
        time=words.clock(start_.seconds),
        two_runs=two_runs(),
    )
    recorded = as_printed()
    if recorded:
        said += " " + tr(
            "*Watch it* plays our own run with these settings on {device}; it validates on no picture it has trained "
            "on.",
            device=words.markdown_safe(next(iter(recorded.values())).device),
        )
        if side := next(iter(recorded.values())).side:
            said += " " + tr("It trains on copies already reduced to {side} px, so it may end lower.", side=side)
    st.markdown(f":gray[{said}]")
    site.link("baseline", label=tr("Where the steps start: the baseline, line by line"), icon=":material/flag:")
    run_it = tr("Run it")
    named = [names.Named(_step(i), run_it, step.title) for i, step in enumerate(steps(), 1)]
    names.tell_apart(named, key="steps.names")
    with st.container(key="steps"):
        for i, (cell, step) in enumerate(zip(st.columns(6, gap="small"), steps(), strict=True), 1):
            with cell, st.container(gap="small", key=_step(i)):
                site.link(
                    step.page or "train",
                    label=f"{i} · {step.title}",
                    query=None if step.page else {"recipe": step.recipe},
                )
                st.markdown(step.idea)
                st.markdown(f"**{step.effect}**  \n:gray[:small[{step.cost}]]")
                st.markdown(f":gray[:small[{step.note}]]")
                site.link("train", label=run_it, icon=":material/arrow_forward:", query={"recipe": step.recipe})
                if (found := recorded.get(step.recipe)) is not None:
                    got = reached(found.summary)
                    share = words.percent(got.tta_accuracy if step.page == "tta" else got.accuracy)
                    label = tr("Watch it: {accuracy}", accuracy=share)
                    site.link("train", label=label, icon=":material/play_circle:", query={"recording": found.id})


def _step(number: int) -> str:
    return f"chapter.step.{number}"


def page() -> None:
    first_screen()
    first_visit.figure_first()
    first_visit.get_ready()
    st.space("medium")
    chapter()
    st.space("medium")
    story.draw()
    st.space("medium")
    latest(6)


if __name__ == "__main__":  # Streamlit has run this file instead of app.py: shared/session/site.py
    runpy.run_path(str(paths.APP))
