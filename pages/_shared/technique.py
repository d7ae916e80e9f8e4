"""The parts every technique's page is made of, in the order of the page: one idea, one figure, its arithmetic,
what to notice, the code, the proof, the sources. A page brings numbers and words; the form stands here.
"""

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from pages._shared import code_block, seen, teacher_link

LAB = "pages/lab/train.py"


@dataclass(frozen=True, slots=True)
class Notice:
    """One observation. `state` is where it can be seen: session key of a control → its value.

    `fails`: here the technique does not help.
    """

    text: str
    link: str
    state: Mapping[str, Any] = field(default_factory=dict)
    fails: bool = False


def opening(title: str, idea: str) -> None:
    """Title and the idea in one sentence of at most 25 words."""
    seen.note(title)
    st.session_state["technique.title"] = title
    st.title(title)
    st.markdown(idea)


def notices(items: Sequence[Notice]) -> None:
    """Three observations side by side; each link sets the controls, and with them the address, to its state."""
    st.subheader("Notice")
    for i, (column, item) in enumerate(zip(st.columns(len(items)), items, strict=True)):
        with column:
            st.markdown(("**Where it does not help.** " if item.fails else "") + item.text)
            st.button(
                item.link, type="tertiary", icon=":material/visibility:", key=f"notice.{i}", on_click=_set, args=(item,)
            )


def _set(item: Notice) -> None:
    st.session_state.update(item.state)


def in_fastai(code: str, ours: Sequence[Callable] = ()) -> None:
    """The fastai code of exactly this state, and our own function one tab further."""
    st.subheader("In fastai")
    own = {f"ours: {function.__name__}": _source(function) for function in ours}
    code_block.tabs({"fastai": code.strip(), **own}, key="code.fastai")


@functools.cache
def _source(function: Callable) -> str:
    return inspect.getsource(function)


def prove_it(claim: str, cost: str, *, recipe: str, knobs: Mapping[str, object] | None = None) -> None:
    """What a run should show, what it costs, and one press that opens the lab ready to start."""
    st.subheader("Prove it")
    st.markdown(claim)
    st.caption(cost)
    address = {"recipe": recipe, **{name: str(value) for name, value in (knobs or {}).items()}}
    st.page_link(LAB, label="Open the lab with this recipe", icon=":material/science:", query_params=address)


def sources(text: str) -> None:
    """One line; and the link to share, which can only be made once all controls have been drawn."""
    teacher_link.share(st.session_state.get("technique.title", ""))
    st.caption(f"Sources: {text}")
