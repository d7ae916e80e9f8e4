"""This machine's graphics cards, for people: what they do now, and what the estimates know of them."""

import math
import os

import streamlit as st

from pages.shared.session import cached
from sota_core import words
from sota_core.language import tr, tr_n
from sota_core.recipes import Throughput
from sota_core.runs.executors import card_readings
from sota_core.runs.executors.card_readings import Reading, in_words

FRESH_S = 5.0


def here() -> list[Reading]:
    """The cards runs are trained on, if that is this machine; asked once in FRESH_S for all viewers."""
    if cached.settings().executor == "ray":
        return []
    return _read(os.environ.get("CUDA_VISIBLE_DEVICES"))


@st.cache_data(ttl=FRESH_S, max_entries=4, show_spinner=False)
def _read(choice: str | None) -> list[Reading]:
    return card_readings.read({} if choice is None else {"CUDA_VISIBLE_DEVICES": choice})


def draw() -> None:
    """A line a card, and what an estimate leaves open; nothing on a machine without one."""
    cards = here()
    if cards:
        lines = [*map(in_words, cards), *notes(cards, cached.throughput(), cached.settings().slots)]
        st.markdown("  \n".join(f":gray[:small[{words.markdown_safe(line)}]]" for line in lines))


def notes(cards: list[Reading], throughput: Throughput, slots: int | None) -> list[str]:
    """Sentences on the first card's measurement, and on runs that share one."""
    name = cards[0].name
    if throughput.device == name:
        said = [tr("The time is measured on {name}.", name=name)]
    elif throughput.device.startswith("CPU"):
        said = [
            tr(
                "The last measurement ran on the CPU although this machine has {name}. Its driver may be too "
                "old for torch; a run's log says more.",
                name=name,
            )
        ]
    elif throughput.is_assumed:
        said = [
            tr("{name} has not been measured yet: that happens before the first run, and takes seconds.", name=name)
        ]
    else:
        said = [tr("Measured on {device}, not yet on {name}.", device=throughput.device, name=name)]
    a_card = math.ceil((slots or 1) / len(cards))
    if a_card > 1:
        said.append(
            tr_n(
                "Up to {most} runs share a card; beside {n} other it takes longer.",
                "Up to {most} runs share a card; beside {n} others it takes longer.",
                a_card - 1,
                most=a_card,
            )
        )
    return said
