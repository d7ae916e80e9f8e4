"""The pictures of one batch, each with its target and what the net says before and after the step, in the browser.

Only constants enter html, css and js: names and numbers travel as data and are set as text.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pages.shared.components import files
from sota_core import words
from sota_core.language import tr

_component = files.component("sota_batch_step", __file__)
N_ROWS = 3  # classes shown of each picture: those of its target, then those most probable before the step


def batch_step(step: Mapping[str, Any], classes: Sequence[str], *, key: str, is_playing: bool) -> None:
    """Show a stepper's `step` (train/stepper/messages.py) with its pictures."""
    said = ""
    if not is_playing:
        said = tr(
            "Batch {n} of {total}: loss {loss}.", n=step["step"], total=step["n_steps"], loss=words.loss(step["loss"])
        )
    _component(key=key, data={"cards": [card(seen, classes) for seen in step["pictures"]], "said": said})


def card(seen: Mapping[str, Any], classes: Sequence[str]) -> dict[str, Any]:
    """One picture's data for the browser.

    >>> seen = {"png": "", "label": 1, "partner": None, "target": [0, 1], "before": [0.75, 0.25], "after": [0.5, 0.5]}
    >>> shown = card(seen | {"loss": 1.386, "loss_after": 0.693}, "ab")
    >>> [(row["name"], row["own"], row["target"]) for row in shown["rows"]]
    [('b', True, 1), ('a', False, 0)]
    """
    own = [seen["label"], *([] if seen["partner"] in (None, seen["label"]) else [seen["partner"]])]
    others = sorted((k for k in range(len(classes)) if k not in own), key=lambda k: -seen["before"][k])
    rows = [
        {"name": classes[k], "own": k in own, **{part: seen[part][k] for part in ("target", "before", "after")}}
        for k in (*own, *others)[:N_ROWS]
    ]
    for row in rows:
        row["change"] = f"{words.number(row['before'])} → {words.number(row['after'])}"
    of = ", ".join(
        tr(
            "{name}, target {target}: {before}, then {after}",
            name=row["name"],
            **{part: words.number(row[part]) for part in ("target", "before", "after")},
        )
        for row in rows
    )
    loss = tr("loss {before} → {after}", before=words.number(seen["loss"]), after=words.number(seen["loss_after"]))
    return {"picture": f"data:image/png;base64,{seen['png']}", "alt": f"{of}; {loss}", "rows": rows, "loss": loss}
