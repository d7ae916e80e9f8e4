"""The parts every technique's page is made of, in the order of the page: one idea, one figure, what to notice; in folds
what goes deeper, such as arithmetic and code; the proof and its cost, the sources. A page brings numbers and words; the
form is here.
"""

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.shared.components import code_block
from pages.shared.frame import share_link
from pages.shared.frame.fold import fold, lead_into
from pages.shared.frame.reveal import reveal
from pages.shared.pictures import datasets
from pages.shared.session import address, cached, site
from pages.shared.session.caches import cache_data
from sota_core import words
from sota_core.analysis.result import reached
from sota_core.data.sets.sources import address_of, source_title
from sota_core.language import N_, tr, tr_n
from sota_core.recipes import Recipe, Throughput
from sota_core.recipes.draft import Pictures, compose
from sota_core.runs.recordings.recording import Recording, as_printed


@dataclass(frozen=True, slots=True)
class Notice:
    """One observation. `state` is where it can be seen: a control by its name in the address → its value.

    `shown`: the key of the container it can be seen in, which a press brings into view. `fails`: it tells where the
    technique does not help.
    """

    text: str
    link: str
    state: Mapping[str, Any] = field(default_factory=dict)
    shown: str = field(kw_only=True)
    fails: bool = False


def opening(idea: str) -> None:
    """The page's title and its idea in one sentence of at most 25 words."""
    here = site.current()
    address.note(here.address)
    st.title(tr(here.title), anchor=False)
    st.markdown(idea)


def pictured(widths: tuple[float, float], *, key: str) -> tuple[DeltaGenerator, DeltaGenerator]:
    """Two columns: controls, and what they move. On a phone the picture comes first (frame.css)."""
    return st.container(key=f"pictured.{key}").columns(widths, gap="large")


def notices(items: Sequence[Notice]) -> None:
    """Three observations side by side; each link sets the controls, and with them the address, to its state."""
    st.header(tr("Notice"), anchor=False)
    for i, (column, item) in enumerate(zip(st.columns(len(items)), items, strict=True)):
        with column:
            st.markdown((tr("**Where it does not help.**") + " " if item.fails else "") + item.text)
            st.button(
                item.link, type="tertiary", icon=":material/visibility:", key=f"notice.{i}", on_click=_set, args=(item,)
            )
    reveal({f"notice.{i}": item.shown for i, item in enumerate(items)}, key="notice.reveal")


def _set(item: Notice) -> None:
    address.move(item.state)
    lead_into(item.state)


CPU_BUILD = N_(
    "If the import stops with `operator torchvision::nms does not exist`, torch is a CPU build and torchvision "
    "the one from PyPI: `pip install --upgrade torch torchvision --index-url "
    "https://download.pytorch.org/whl/cpu` takes both from one index."
)


def in_fastai(code: str, ours: Sequence[Callable] = ()) -> None:
    """The fastai code of exactly this state, folded, and `ours`, our own functions, in further tabs."""
    own = {tr("ours: {name}", name=function.__name__): _source(function) for function in ours}
    with fold(tr("In fastai"), tr("the code for exactly these settings, to copy")):
        code_block.tabs({"fastai": code.strip(), **own}, key="code.fastai")
        st.caption(tr(CPU_BUILD))


@functools.cache
def _source(function: Callable) -> str:
    return inspect.getsource(function)


def proof() -> DeltaGenerator:
    """The container of *Prove it*, with its heading drawn: a page may put knobs of its own there, above `prove_it`."""
    place = st.container(key="proof")
    place.header(tr("Prove it"), anchor=False)
    return place


def prove_it(
    claim: str, cost: str, *, recipe: str, knobs: Mapping[str, object] | None = None, recorded: str | None
) -> None:
    """What a run should show, what it costs, and one press that opens the lab ready to start.

    recorded  the experiment to be watched beside it as printed, where this copy of the app has it
    """
    st.markdown(claim)
    st.caption(cost)
    with st.container(horizontal=True, vertical_alignment="center"):
        site.link(
            "train",
            label=tr("Open the lab with this recipe"),
            icon=":material/science:",
            query=lab_query(recipe, knobs or {}),
        )
        if recorded is not None and (found := as_printed().get(recorded)) is not None:
            _recorded(found, is_of_tta="tta_n" in (knobs or {}))


def _recorded(found: Recording, *, is_of_tta: bool) -> None:
    """A link to the recording, with the accuracy it reached."""
    got = reached(found.summary)
    said = {"accuracy": words.percent(got.accuracy), "device": words.markdown_safe(found.device)}
    if is_of_tta:
        said["tta"] = words.percent(got.tta_accuracy)
        label = tr("Watch it as printed: {accuracy}, with TTA {tta}, recorded on {device}", **said)
    else:
        label = tr("Watch it as printed: {accuracy}, recorded on {device}", **said)
    site.link("train", label=label, icon=":material/play_circle:", query={"recording": found.id})


def lab_query(recipe: str, knobs: Mapping[str, object]) -> dict[str, str]:
    """The lab's parameters for a recipe. Its pictures are those of `knobs`, else those that this page's address names:
    the cost is told for these, and a page without a choice of pictures passes on what it was given.
    """
    given = address.given("source")
    these = {} if given is None else {"source": address_of(datasets.chosen(given))}
    return {"recipe": recipe, **these, **{name: str(value) for name, value in knobs.items()}}


def sources(text: str) -> None:
    """One line; and the link to share, which can only be made once all controls have been drawn."""
    share_link.share()
    st.caption(tr("Sources: {text}", text=text))


def cost_of(recipe: str, knobs: Mapping[str, object]) -> str:
    """What a run takes, by the draft the lab would make of this recipe and these knobs; if it cannot be run, why."""
    pictures = datasets.pictures_of(datasets.chosen(address.given("source")))
    asked = tuple((name, str(value)) for name, value in knobs.items())
    draft = _drafted(recipe, asked, pictures, cached.throughput())
    if isinstance(draft, str):
        return words.markdown_safe(draft)
    return tr_n(
        "About {time} in all on {device}, fitted to this machine: {n} epoch at {size} px on {pictures}.",
        "About {time} in all on {device}, fitted to this machine: {n} epochs at {size} px on {pictures}.",
        draft.total_epochs,
        time=words.about(cached.expected(draft, pictures).total),
        device=words.markdown_safe(cached.device()),
        size=draft.phases[0].size,
        pictures=words.markdown_safe(source_title(pictures.source)),
    )


@cache_data(max_entries=256, hash_funcs={Pictures: repr, Throughput: repr})
def _drafted(
    recipe: str, knobs: tuple[tuple[str, str], ...], pictures: Pictures, throughput: Throughput
) -> Recipe | str:
    """The recipe, or why there is none."""
    draft = compose({"recipe": recipe, **dict(knobs)}, pictures, throughput)
    return draft.problem if draft.recipe is None else draft.recipe
