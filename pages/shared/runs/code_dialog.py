"""The code of a recipe to take away: fastai's script and notebook, to read, copy and download."""

import streamlit as st

from pages.shared.components import code_block
from pages.shared.session import buttons
from sota_core.recipes import Recipe
from sota_core.script import notebook, python_script

FILES = {"py": ("Script", "text/x-python", python_script), "ipynb": ("Notebook", "application/x-ipynb+json", notebook)}


def button(recipe: Recipe) -> None:
    """Opens the code of exactly this recipe."""
    buttons.button("Code", recipe, key="code", icon=":material/code:", help="This recipe with fastai alone.")
    if (pressed := buttons.taken("code")) is not None:
        _dialog(pressed)


@st.dialog("This recipe with fastai alone", width="large")
def _dialog(recipe: Recipe) -> None:
    with st.container(horizontal=True):
        for suffix, (label, mime, write) in FILES.items():
            st.download_button(
                f"{label}, .{suffix}",
                data=write(recipe),
                file_name=f"{recipe.preset}-{recipe.seed}.{suffix}",
                mime=mime,
                key=f"code.{suffix}",
                on_click="ignore",
                icon=":material/download:",
            )
    code_block.show(python_script(recipe), key="code.script", label="Script", height=520)
