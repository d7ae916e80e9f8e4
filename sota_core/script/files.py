"""Sections as files: a Python script, and a Jupyter notebook (nbformat 4.5) without outputs."""

import json
import textwrap
from typing import Any

from sota_core.recipes import Recipe
from sota_core.script.sections import NUM_WORKERS, sections

WIDTH = 100


def python_script(recipe: Recipe, *, folder: str | None = None, num_workers: int = NUM_WORKERS) -> str:
    """The sections as a script: the notebook's prose becomes comments, and `# %%` marks the cells for editors."""
    parts = []
    for section in sections(recipe, folder=folder, num_workers=num_workers):
        comment = "\n".join(f"# {line}" for line in textwrap.wrap(section.prose, WIDTH))
        parts.append(f"# %% {section.title}\n{comment}\n{section.code}")
    return "\n\n".join(parts) + "\n"


def notebook(recipe: Recipe, *, folder: str | None = None, num_workers: int = NUM_WORKERS) -> str:
    """Prose and code cells in turn; opens in Jupyter, VS Code and Colab."""
    cells: list[dict[str, Any]] = []
    for section in sections(recipe, folder=folder, num_workers=num_workers):
        heading = f"{'#' if not cells else '##'} {section.title}"
        cells.append(_cell("markdown", f"{heading}\n\n{section.prose}", len(cells)))
        cells.append(_cell("code", section.code, len(cells)) | {"execution_count": None, "outputs": []})
    content = {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            "accelerator": "GPU",  # Colab's word: without it the notebook opens on a machine without a card
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _cell(kind: str, text: str, number: int) -> dict[str, Any]:
    return {"cell_type": kind, "id": f"cell-{number}", "metadata": {}, "source": text.splitlines(keepends=True)}
