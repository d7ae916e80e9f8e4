"""The code of a recipe to take away: fastai's script and notebook, to read, copy and download."""

import streamlit as st

from pages.shared.components import code_block
from pages.shared.session import buttons
from sota_core.language import N_, tr
from sota_core.recipes import Recipe
from sota_core.script import notebook, python_script

FILES = {
    "py": (N_("Script"), "text/x-python", python_script),
    "ipynb": (N_("Notebook"), "application/x-ipynb+json", notebook),
}
TITLE = N_("This recipe with fastai alone")


def button(recipe: Recipe) -> None:
    """Opens the code of exactly this recipe."""
    buttons.button(tr("Code"), recipe, key="code", icon=":material/code:", help=tr("This recipe with fastai alone."))
    with buttons.pressed("code") as pressed:
        if pressed is not None:
            st.dialog(tr(TITLE), width="large")(_dialog)(pressed)


def _dialog(recipe: Recipe) -> None:
    with st.container(horizontal=True):
        for suffix, (label, mime, write) in FILES.items():
            st.download_button(
                f"{tr(label)}, .{suffix}",
                data=write(recipe),
                file_name=f"{recipe.preset}-{recipe.seed}.{suffix}",
                mime=mime,
                key=f"code.{suffix}",
                on_click="ignore",
                icon=":material/download:",
            )
    code_block.show(python_script(recipe), key="code.script", label=tr("Script"), height=520)
