"""The training lab: data, recipe, run; and below, the run itself."""

import secrets

import streamlit as st

from pages._shared import cached, datasets, live, outcome
from pages._shared.compose import DEFAULT_FIT, FITS, PRINTED, Draft, Pictures, changes, compose, cost_s
from pages._shared.controls import forget_knobs, groups, key_of, phase_rows, remember, set_phases
from pages._shared.latest import latest
from pages._shared.owner import remember_owner
from pages._shared.recap import recap
from pages._shared.starting import start
from sota_core.errors import SotaError, UnknownRunError
from sota_core.figures import words
from sota_core.figures.pictures import contact_sheet
from sota_core.recipes import FIELDS, PRESETS, TITLES
from sota_core.recipes.recipe import MAX_PHASES

FIT_WORDS = {"60": "1", "120": "2", "300": "5", "900": "15", PRINTED: "as printed"}


def choose(name: str, *, clears: bool = False) -> None:
    """A step's own choice goes into the address; another experiment takes the turned knobs with it."""
    if clears:
        forget_knobs()
    value = st.session_state[f"lab.{name}"]
    if value is not None:
        st.query_params[name] = value


def data_step() -> Pictures:
    source = datasets.chosen(st.query_params.get("source"))
    st.session_state["lab.source"] = source
    st.markdown("##### 1 · Data")
    st.selectbox(
        "Data set",
        datasets.options(),
        key="lab.source",
        format_func=lambda s: datasets.title(s) + ("" if datasets.is_here(s) else "  (not here yet)"),
        on_change=choose,
        args=("source",),
        label_visibility="collapsed",
    )
    there = datasets.presence(source)
    if there.problem:
        st.error(words.markdown_safe(there.problem), icon=":material/folder_off:")
    elif not datasets.is_here(source):
        size = words.size_of(there.download_bytes)
        st.markdown(f":gray[{words.markdown_safe(there.about)} A download of {size}.]")
        st.page_link("pages/lab/data.py", label="Fetch it on the data page", icon=":material/download:")
    else:
        shown = datasets.thumbs(source, 8, seed=0)
        if shown:
            st.image(
                contact_sheet([s.picture for s in shown], columns=4, side=96),
                width="stretch",
                output_format="PNG",
                alt="Eight pictures: " + ", ".join(s.name for s in shown),
            )
        pictures = datasets.pictures_of(source)
        counted = f"{words.count(pictures.n_train)} to train, {words.count(pictures.n_valid)} to validate"
        st.markdown(f":gray[:small[{counted}]]")
    return datasets.pictures_of(source)


def recipe_step(draft: Draft) -> None:
    st.markdown("##### 2 · Recipe")
    st.session_state["lab.recipe"], st.session_state["lab.fit"] = draft.preset, draft.fit
    st.pills(
        "Experiment",
        list(PRESETS),
        key="lab.recipe",
        required=True,
        wrap=True,
        format_func=TITLES.__getitem__,
        on_change=choose,
        args=("recipe",),
        kwargs={"clears": True},
        label_visibility="collapsed",
    )
    fits = FITS if draft.fit in FITS else (*FITS, draft.fit)
    st.segmented_control(
        "Fit its training to this machine, in minutes",
        fits,
        key="lab.fit",
        required=True,
        format_func=lambda f: FIT_WORDS.get(f, f"{f} s"),
        on_change=choose,
        args=("fit",),
        help="Scales the experiment down until its training fits this time on this machine: a narrower net, "
        "smaller pictures, fewer epochs, if need be fewer pictures. Techniques and seeds stay.",
    )
    different = list(changes(draft))
    if different:
        lines = (
            f":small[:gray[{label}] {words.markdown_safe(before)} → **{words.markdown_safe(after)}**]"
            for label, before, after in different
        )
        st.markdown("  \n".join(lines))
    elif draft.recipe is not None:
        st.markdown(":gray[:small[Exactly as printed.]]")


def run_step(draft: Draft, pictures: Pictures) -> None:
    st.markdown("##### 3 · Run")
    seed, again = st.columns((3, 1), vertical_alignment="bottom")
    st.session_state[key_of("seed")] = draft.values["seed"]
    with seed:
        field = FIELDS["seed"]
        st.number_input(
            field.label,
            min_value=int(field.low),
            max_value=int(field.high),
            step=1,
            key=key_of("seed"),
            help=field.help,
            on_change=remember,
            args=("seed", draft.base_value("seed")),
        )
    with again:
        st.button(":material/casino:", key="lab.draw", help="Draw another seed", on_click=draw_seed, width="stretch")
    if draft.recipe is None:
        st.warning(words.markdown_safe(draft.problem), icon=":material/rule:")
    else:
        cost = cost_s(draft.recipe, pictures, cached.throughput())
        n = words.plural(round(pictures.n_train * draft.recipe.subset), "picture")
        st.markdown(
            f"About **{words.about(cost)}** of training  \n"
            f":gray[:small[{draft.recipe.total_epochs} epochs over {n}, on {cached.throughput().device}]]"
        )
    source = pictures.source
    can = draft.recipe is not None and datasets.is_here(source) and not datasets.presence(source).problem
    pressed = st.button(
        "Start", type="primary", icon=":material/play_arrow:", key="lab.start", width="stretch", disabled=not can
    )
    waiting = cached.store().count(["queued"])
    if waiting:
        st.caption(f"{words.plural(waiting, 'run')} waiting before it.")
    if draft.recipe is not None and (earlier := cached.store().find_finished(draft.recipe)):
        st.page_link(
            "pages/lab/train.py",
            label="An identical run has finished: see it",
            icon=":material/history:",
            query_params={"run": earlier.id},
        )
    if pressed and draft.recipe is not None:
        start(draft.recipe, pictures)


def draw_seed() -> None:
    st.query_params["seed"] = str(secrets.randbelow(10_000))


def knobs(draft: Draft) -> None:
    with st.expander("Turn the knobs", icon=":material/tune:", key="lab.knobs"):
        st.markdown("**Phases**")
        phase_rows(draft)
        with st.container(horizontal=True):
            n = draft.n_phases
            st.button("Add a phase", key="lab.more", on_click=set_phases, args=(n + 1,), disabled=n >= MAX_PHASES)
            st.button("Drop the last", key="lab.less", on_click=set_phases, args=(n - 1,), disabled=n <= 1)
        groups(draft, st.columns(4, gap="large"))


def composer() -> None:
    with st.container(key="lab_steps"):
        data, recipe, run = st.columns(3, gap="large")
    with data:
        pictures = data_step()
    draft = compose(st.query_params.to_dict() | {"source": pictures.source}, pictures, cached.throughput())
    for name, value in (("recipe", draft.preset), ("source", pictures.source), ("fit", draft.fit or DEFAULT_FIT)):
        if st.query_params.get(name) != value:
            st.query_params[name] = value  # the address says what is on the screen, from the first visit on
    if "seed" not in st.query_params:
        st.query_params["seed"] = str(draft.values["seed"])
    with recipe:
        recipe_step(draft)
    with run:
        run_step(draft, pictures)
    knobs(draft)


def page() -> None:
    run_id = st.query_params.get("run")
    if run_id:
        try:
            watched = cached.watch(run_id)
        except UnknownRunError:
            outcome.unknown(run_id)
            return
        recap(watched.run)
        live.panel(watched)
        return
    st.title("Train", anchor=False)
    composer()
    st.space("small")
    latest(4)


try:
    page()
except SotaError as error:
    st.error(words.markdown_safe(str(error)), icon=":material/error:")
remember_owner()
