"""The smoothed loss over the label's logit and ε at once, as a surface one can turn.

Drawn by Plotly, the only chart library here with three dimensions. It is imported when a figure is first asked for, so
that no page waits for it.
"""

from functools import lru_cache
from typing import Any

import numpy as np

from sota_core import words
from sota_core.figures import palette
from sota_core.figures.frames import span
from sota_core.functional.smoothing import (
    loss_floor,
    one_hot,
    optimal_logit_gap,
    smooth_targets,
    soft_cross_entropy,
)
from sota_core.language import N_, tr, tr_n, written

LOGITS = span(-2.0, 16.0, 0.25)
N_EPS = 31  # rows of the surface, from 0 to the most; closer together near 0, where the valley bends
HEIGHT = 420
# Placeholders that Streamlit replaces with the theme's sequential colours in the browser: #000011 stands for the first.
SHADES = [[i / 9, f"#{11 + i:06d}"] for i in range(10)]
# Where the eye stands, in Plotly's scene: for whoever cannot turn the figure by hand.
VIEWS = {
    N_("a corner"): {"x": 1.25, "y": -1.5, "z": 0.8},
    N_("the end of ε"): {"x": 0.0, "y": -1.9, "z": 0.2},
    N_("above"): {"x": 0.0, "y": -0.01, "z": 1.8},
}


def loss_surface(n: int, eps: float, logit: float, *, most: float, view: str) -> Any:
    """A plotly.graph_objects.Figure: the surface, its valley, the curve of this ε and where the logit stands on it.

    n     classes; of the label's class alone the logit is not 0
    most  the largest ε shown
    view  a name of VIEWS
    """
    import plotly.graph_objects as go

    across, depth, losses = surface(n, most)
    logits, at, floors = valley(n, most)
    curve, here = losses_of(n, eps, LOGITS), losses_of(n, eps, (logit,))
    told = (
        tr("logit {logit}, ε {eps}: loss {loss}", logit="%{x:.2f}", eps="%{y:.2f}", loss="%{z:.3f}") + "<extra></extra>"
    )
    this, point = f"ε = {words.number(eps, 2)}", tr("logit {logit}", logit=words.number(logit, 1))
    return go.Figure(
        [
            go.Surface(x=across, y=depth, z=losses, colorscale=SHADES, showscale=False, hovertemplate=told),
            _line(tr("valley: the lowest loss for each ε"), "right", logits, at, floors, told, width=7),
            _line(this, "picture_a", LOGITS, [eps] * len(LOGITS), curve, told, width=9, dash="longdash"),
            go.Scatter3d(
                x=[logit], y=[eps], z=here, mode="markers", name=point, hovertemplate=told,
                marker={"color": _themed("picture_a"), "size": 6, "symbol": "diamond"},
            ),
        ],
        {
            "scene": {
                "xaxis": {"title": {"text": tr("logit")}},
                "yaxis": {"title": {"text": "ε"}},
                "zaxis": {"title": {"text": tr("loss")}},
                "camera": {"eye": VIEWS[view], "center": {"x": 0, "y": 0, "z": -0.18}},
                "aspectmode": "manual",
                "aspectratio": {"x": 1.3, "y": 1.0, "z": 0.7},
            },
            "height": HEIGHT,
            "separators": written(".,"),  # of decimals and of thousands
            "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
            "legend": {"orientation": "h", "y": 0, "yanchor": "top"},
            "uirevision": view,  # turned by a hand, it stays so while ε moves
        },
    )  # fmt: skip


@lru_cache(maxsize=8)
def surface(n: int, most: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(logits,), (N_EPS,), (N_EPS, logits): the two axes, and the loss."""
    depth = most * np.linspace(0.0, 1.0, N_EPS) ** 2
    return np.array(LOGITS), depth, np.stack([losses_of(n, float(eps), LOGITS) for eps in depth])


@lru_cache(maxsize=8)
def valley(n: int, most: float) -> tuple[list[float], list[float], list[float]]:
    """For each ε whose lowest point the axis reaches: its logit, the ε, the loss there. ε = 0 has no lowest point."""
    found = []
    for eps in (most * np.linspace(0.0, 1.0, 5 * N_EPS)[1:] ** 2).tolist():
        gap = optimal_logit_gap(n, eps)
        if gap <= LOGITS[-1]:
            found.append((gap, eps, float(loss_floor(smooth_targets(np.array([0]), n, eps))[0])))
    logits, at, floors = map(list, zip(*found, strict=True))
    return logits, at, floors


def losses_of(n: int, eps: float, logits: tuple[float, ...]) -> np.ndarray:
    """
    Shapes
        returns  (len(logits),)
    """
    label = np.zeros(len(logits), int)
    return soft_cross_entropy(np.array(logits)[:, None] * one_hot(label, n), smooth_targets(label, n, eps))


def in_words(n: int, eps: float) -> str:
    """The figure in words."""
    floor = float(loss_floor(smooth_targets(np.array([0]), n, eps))[0])
    here = (
        tr(
            "At ε = {eps} the lowest loss is {floor}, at a logit of {logit}.",
            eps=words.number(eps, 2),
            floor=words.loss(floor),
            logit=words.number(optimal_logit_gap(n, eps), 2),
        )
        if eps
        else tr("Your ε is 0: its curve has no lowest point.")
    )
    return tr(
        "Each ε is a curve along the logit, for {n_classes}; the solid line lies in the valley, at the lowest loss of "
        "each. At ε = 0 there is no valley: the loss falls for ever towards 0. With a larger ε the valley lies at a "
        "smaller logit and higher, and beyond it the loss rises again. {here}",
        n_classes=tr_n("{n} class", "{n} classes", n),
        here=here,
    )


def _line(name: str, role: str, x: Any, y: Any, z: Any, told: str, **line: Any) -> Any:
    import plotly.graph_objects as go

    look = {"color": _themed(role), **line}
    return go.Scatter3d(x=x, y=y, z=z, mode="lines", name=name, line=look, hovertemplate=told)


def _themed(role: str) -> str:
    """A role's colour as a placeholder that Streamlit replaces in the browser: #000001 is the theme's first."""
    return f"#{palette.DOMAIN.index(role) + 1:06d}"
