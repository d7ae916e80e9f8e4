"""The first screen: what this is, a mix to play with, one press to the first run, and the chapter in six steps."""

import streamlit as st

from pages._shared import arrival, blend, cached, datasets
from pages._shared import chapter as story
from pages._shared.compose import compose, cost_s
from pages._shared.frame import HOME
from pages._shared.latest import latest
from pages._shared.starting import LAB, start_button, start_if_pressed
from sota_core.figures import words
from sota_core.figures.story import baseline, steps

PAIR = (("balloon", "train", 3), ("lighthouse", "train", 1))
FIRST_RUN_S = "60"


def first_screen() -> None:
    words_, mix = st.columns((1.7, 1), gap="xlarge", vertical_alignment="center")
    with words_:
        st.title("Training a State-of-the-Art Model, live", anchor=False)
        st.markdown(
            "Turn each knob of chapter 7 of fastai's book and see what it does to pixels, targets and statistics, "
            "and to accuracy in real training runs."
        )
        first_run()
    with mix:
        a, b = cached.drawn(PAIR)
        names = tuple(name.replace("_", " ") for name, _, _ in PAIR)
        blend.blend(a, b, names, key="home.mix", lam=blend.lam_from_url(0.6), invites="lam" not in st.query_params)


def first_run() -> None:
    source = datasets.best_present()
    pictures = datasets.pictures_of(source)
    draft = compose({"recipe": "baseline", "fit": FIRST_RUN_S}, pictures, cached.throughput())
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        can = draft.recipe is not None
        start_button("Run the first experiment", draft.recipe, pictures, key="home.run", can=can)
        st.page_link(LAB, label="Compose your own", icon=":material/tune:")
    if draft.recipe is not None:
        cost = words.about(cost_s(draft.recipe, pictures, cached.throughput()))
        n = words.plural(round(pictures.n_train * draft.recipe.subset), "picture")
        st.caption(
            f"The chapter's baseline, made to fit this machine: {draft.recipe.total_epochs} epochs over {n} "
            f"of {datasets.title(source)}, about {cost} of training on {cached.throughput().device}."
        )
    else:
        st.caption(words.markdown_safe(draft.problem))
    start_if_pressed("home.run")


def chapter() -> None:
    start_ = baseline()
    st.subheader("The chapter in six steps", anchor=False)
    st.markdown(
        f":gray[Published figures, on one graphics card. They start from {words.percent(start_.accuracy, 2)} after "
        f"{len(start_.rows)} epochs in {words.clock(start_.seconds)}; two runs differ by chance alone by about "
        "2 points.]"
    )
    with st.container(key="steps"):
        for i, (cell, step) in enumerate(zip(st.columns(6, gap="small"), steps(), strict=True), 1):
            with cell, st.container(gap="small"):
                has_page = step.page != HOME and cached.exists(step.page)
                st.page_link(
                    f"pages/{step.page}" if has_page else LAB,
                    label=f"{i} · {step.title}",
                    query_params=None if has_page else {"recipe": step.recipe},
                )
                st.markdown(step.idea)
                st.markdown(f"**{step.effect}**  \n:gray[:small[{step.cost}]]")
                st.markdown(f":gray[:small[{step.note}]]")
                st.page_link(LAB, label="Run it", icon=":material/arrow_forward:", query_params={"recipe": step.recipe})


first_screen()
arrival.figure_first()
st.space("medium")
chapter()
st.space("medium")
story.draw()
st.space("medium")
latest(6)
