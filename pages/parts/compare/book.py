"""The printed table beside yours: a run of a chapter's experiment over its table, and why the two may differ."""

from collections.abc import Sequence

import streamlit as st

from pages.parts.compare.picker import choose
from pages.shared.session import site
from pages.shared.session.address import recipe_query
from sota_core import words
from sota_core.analysis.comparison import PUBLISHED, Compared
from sota_core.analysis.reasons import reasons, table_of
from sota_core.language import tr
from sota_core.published import SHORT


def beside(run_id: str, preset_table: str) -> dict[str, str]:
    """The parameters with which Compare shows a run beside its experiment's printed table."""
    return {"runs": f"{run_id},{preset_table}", "base": preset_table}


def book(items: Sequence[Compared]) -> None:
    """The reasons for the first chosen run whose table is chosen too; else an invitation to draw the table."""
    ids = [item.id for item in items]
    pairs = [(item, of) for item in items if item.kind != PUBLISHED and (of := table_of(item.recipe))]
    both = [(item, of) for item, of in pairs if of.id in ids]
    if both:
        own, of = both[0]
        st.header(tr("The printed table beside yours"), anchor=False)
        st.markdown(
            tr(
                "{run} and the printed table *{table}* are the same experiment. What can make them differ:",
                run=words.markdown_safe(own.label),
                table=tr(SHORT[of.id]),
            )
        )
        found = reasons(own, of)
        half = (len(found) + 1) // 2
        for column, some in zip(st.columns(2, gap="large"), (found[:half], found[half:]), strict=True):
            with column:
                for reason in some:
                    st.markdown(f"**{reason.title}.** {reason.text}")
                    if reason.resplit:
                        again = own.recipe.replace(split="random20", resplit=True)
                        site.link(
                            "train",
                            label=tr("Train it with the leak"),
                            icon=":material/water_drop:",
                            query=recipe_query(again),
                        )
    elif pairs:
        own, of = pairs[0]
        st.button(
            tr("Draw the printed table beside it: {table}", table=tr(SHORT[of.id])),
            key="compare.book",
            icon=":material/menu_book:",
            type="tertiary",
            on_click=choose,
            args=([*ids, of.id],),
        )
