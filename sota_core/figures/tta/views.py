"""What the page shows of one picture's views at every step of n, β and use_max: words, widths and places, by slot.

plain = orange diamond, augmented views and their combination = green triangles, as on a run's own curve.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from sota_core import words
from sota_core.figures.frames import Slots, span
from sota_core.functional.tta import combine, view_weights

N_VIEWS = 8  # the most that can be combined
N_SHOWN = 5  # classes, the likeliest ones
NS = tuple(range(1, N_VIEWS + 1))
BETAS = span(0.0, 1.0, 0.05)
N_WIDE = 6  # more tiles than these have smaller words


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What a net says of one picture. `label` is None where the true class is not known.

    Shapes
        plain      (N,)
        augmented  (V, N)  V = N_VIEWS
    """

    names: Sequence[str]
    plain: np.ndarray
    augmented: np.ndarray
    label: int | None

    def verdict(self, k: int) -> str:
        """Of a class: right, wrong, or nothing where nobody knows."""
        return "" if self.label is None else "right" if k == self.label else "wrong"


def number(weight: float) -> str:
    """A weight as it stands in a sum: as many decimals as it has, four at most.

    >>> number(.1875), number(.25), number(1.0)
    ('.1875', '.25', '1')
    """
    text = f"{weight:.4f}".rstrip("0").rstrip(".")
    return text.removeprefix("0") if text.startswith("0.") else text


@lru_cache(maxsize=128)
def shown_classes(said: Said) -> tuple[int, ...]:
    """The classes with a row of their own: the likeliest in any view, and the true one among them.

    They are chosen from all views, not from the combination: they stay while its weights are moved.
    """
    seen = np.maximum(said.plain, said.augmented.max(axis=0))
    ranked = [int(i) for i in np.argsort(-seen, kind="stable")[:N_SHOWN]]
    if said.label is not None and said.label not in ranked:
        ranked[-1] = said.label
    return tuple(ranked)


@lru_cache(maxsize=128)
def rows(said: Said) -> Slots:
    """The classes' names, and where each view's mark stands in their rows: the same wherever the knobs stand."""
    found: dict[str, str] = {}
    shown = shown_classes(said)
    for row in range(N_SHOWN):
        i = shown[row] if row < len(shown) else None
        found[f"row{row}"] = "row" if i is not None else "none"
        found[f"name{row}"] = "" if i is None else f"✓ {said.names[i]}" if i == said.label else said.names[i]
        found[f"plain{row}_x"] = "0" if i is None else f"{said.plain[i]:.4g}"
        for k in NS:
            found[f"view{row}_{k}_x"] = "0" if i is None else f"{said.augmented[k - 1, i]:.4g}"
    found["truth"] = "" if said.label is None else f"✓ true class: {said.names[said.label]}"
    return found


@lru_cache(maxsize=32)
def views(n: int) -> Slots:
    """Which of the views are combined."""
    found = {"columns": f"{n + 1}", "tiles": "views is-narrow" if n >= N_WIDE else "views", "passes": f"{n + 1}"}
    for k in NS:
        is_in = k <= n
        found |= {f"tile{k}": "tile" if is_in else "none", f"seen{k}": "visible" if is_in else "hidden"}
        found[f"weight{k}"] = "row" if is_in else "row out"
    return found


@lru_cache(maxsize=1024)
def weights(n: int, beta: float) -> Slots:
    """The weight of each view in the sum, and the equal share that a plain average would give it."""
    plain, each = (float(w) for w in view_weights(n, beta)[:2])
    return {
        "beta": f"{beta:.2f}",
        "w_plain": number(plain),
        "w_plain_w": f"{plain:.4g}",
        "w_each": number(each),
        "w_each_w": f"{each:.4g}",
        "equal": number(1 / (n + 1)),
        "equal_x": f"{1 / (n + 1):.4g}",
    }


def rule(use_max: bool) -> Slots:
    """Which of the two is spoken of: the weighted mean or the maximum, which has no weights."""
    return {"if_mean": "none" if use_max else "", "if_max": "" if use_max else "none"}


@lru_cache(maxsize=1024)
def combined(said: Said, n: int, beta: float, use_max: bool) -> np.ndarray:
    """What the plain view and the first n say together. (N,)"""
    return combine(said.plain[None], said.augmented[:n, None], beta, use_max)[0]


@lru_cache(maxsize=2048)
def together(said: Said, n: int, beta: float, use_max: bool) -> Slots:
    """What the views say together: its bar in each class's row, the class that wins, and that class's sum."""
    probs = combined(said, n, beta, use_max)
    top = int(probs.argmax())
    found: dict[str, str] = {}
    for row, i in enumerate(shown_classes(said)):
        found |= {f"all{row}": words.percent(float(probs[i]), 0), f"all{row}_w": f"{min(float(probs[i]), 1):.4g}"}
    each = [f"{p:.2f}" for p in said.augmented[:n, top]]
    return found | {
        "top": said.names[top],
        "top_p": words.percent(float(probs[top]), 0),
        "verdict": said.verdict(top),
        "p_plain": f"{said.plain[top]:.2f}",
        "p_each": " + ".join(each),
        "p_every": ", ".join(each),
        "p": f"{probs[top]:.2f}",
        "total": f"{probs.sum():.2f}",
        "n_classes": words.plural(len(said.names), "class", "classes"),
    }


def told(said: Said, n: int, beta: float, use_max: bool) -> Slots:
    """The figures in words, for whoever does not see them."""
    probs, first = combined(said, n, beta, use_max), int(said.plain.argmax())
    second = int(probs.argmax())
    with_views = f"with {words.plural(n, 'augmented view')}"
    how = "the maximum" if use_max else f"β = {beta:.2f}"
    truth = "" if said.label is None else f" The true class is {said.names[said.label]}."
    now = f"{said.names[second]}, {words.percent(float(probs[second]), 0)}"
    plain = f"The plain view says {said.names[first]}, {words.percent(float(said.plain[first]), 0)}"
    w = weights(n, beta)
    return {
        "said": f"{with_views.capitalize()} and {how} the combination says {now}.",
        "said_votes": f"{plain}; {with_views} the combination says {now}.{truth}",
        "said_weights": f"Weights: plain {w['w_plain']}, each of {words.plural(n, 'augmented view')} {w['w_each']}; "
        f"equal shares would be {w['equal']}.",
    }


VIEWS = (rows, views, weights, rule, together)


def tiles(said: Said, pictures: Sequence[str], how: Sequence[str]) -> Slots:
    """The views themselves with what the net says of each: no knob moves them.

    pictures  addresses, the plain view first
    how       what happened in each augmented view, in words
    """
    found: dict[str, str] = {}
    for k, (probs, picture) in enumerate(zip([said.plain, *said.augmented], pictures, strict=True)):
        top = int(probs.argmax())
        says = f"{said.names[top]} {words.percent(float(probs[top]), 0)}"
        judged = said.verdict(top)
        head = f"view {k}" if k else "plain"
        found |= {f"src{k}": picture, f"says{k}": says, f"judged{k}": f"line {judged}".strip()}
        found |= {f"alt{k}": f"{head}: {says}{', ' + judged if judged else ''}", f"how{k}": how[k - 1] if k else ""}
    return found
