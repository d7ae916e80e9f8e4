"""What the page shows of one picture's views at every step of n, β, strength and rule: words, widths and places.

plain = orange diamond, augmented views and their combination = green triangles, as on a run's own curve.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from sota_core import words
from sota_core.figures.frames import Slots, span
from sota_core.functional.smoothing import log_probs
from sota_core.functional.tta import view_weights
from sota_core.inference import predictions
from sota_core.inference.predictions import LOG_ODDS, MAXIMUM, MEAN, rule_of
from sota_core.inference.views import STRENGTHS, Draw
from sota_core.language import cached, tr, tr_in, tr_n, written

N_VIEWS = 8  # the most that can be combined
N_SHOWN = 5  # classes, the likeliest ones
NS = tuple(range(1, N_VIEWS + 1))
BETAS = span(0.0, 1.0, 0.05)
N_WIDE = 6  # more tiles than these have smaller words
_TERM = 3  # digits of what is added up: one more than of the sum, so that a reader who adds finds it


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What a net says of one picture. `label` is None where the true class is not known.

    stretched  strength → what it says of the same views, drawn weaker or stronger than training's

    Shapes
        plain      (N,)
        augmented  (V, N)  V = N_VIEWS, and each of `stretched`
    """

    names: Sequence[str]
    plain: np.ndarray
    augmented: np.ndarray
    label: int | None
    stretched: Mapping[float, np.ndarray] = field(default_factory=dict)

    def views(self, strength: float) -> np.ndarray:
        """What it says of the views of this strength. (V, N)"""
        return self.stretched.get(strength, self.augmented)

    def verdict(self, k: int) -> str:
        """Whether class k is the true one: right or wrong; '' if the true class is not known."""
        return "" if self.label is None else "right" if k == self.label else "wrong"


def number(weight: float) -> str:
    """A weight as it stands in a sum: as many decimals as it has, four at most.

    >>> number(.1875), number(.25), number(1.0)
    ('.1875', '.25', '1')
    """
    text = written(f"{weight:.4f}".rstrip("0").rstrip("."))
    return text.removeprefix("0") if text.startswith("0.") else text


def _ln(log_p: float) -> str:
    """A logarithm of a probability; rounding errors above 0 are cut off."""
    return words.signed(min(log_p, 0.0), _TERM)


@lru_cache(maxsize=128)
def shown_classes(said: Said) -> tuple[int, ...]:
    """The classes with a row of their own: the likeliest in any view, and the true one among them.

    They are chosen from all views of all strengths, not from the combination: they stay while a knob is moved.
    """
    seen = np.max([said.plain, *(said.views(strength).max(axis=0) for strength in STRENGTHS)], axis=0)
    ranked = [int(i) for i in np.argsort(-seen, kind="stable")[:N_SHOWN]]
    if said.label is not None and said.label not in ranked:
        ranked[-1] = said.label
    return tuple(ranked)


@cached(128)
def rows(said: Said) -> Slots:
    """The classes' names, and where the plain view's mark stands in their rows: the same wherever the knobs stand."""
    found: dict[str, str] = {}
    shown = shown_classes(said)
    for row in range(N_SHOWN):
        i = shown[row] if row < len(shown) else None
        found[f"row{row}"] = "row" if i is not None else "none"
        found[f"name{row}"] = "" if i is None else f"✓ {said.names[i]}" if i == said.label else said.names[i]
        found[f"plain{row}_x"] = "0" if i is None else f"{said.plain[i]:.4g}"
    found["truth"] = "" if said.label is None else tr("✓ true class: {name}", name=said.names[said.label])
    return found


@cached(256)
def seen(said: Said, strength: float) -> Slots:
    """What the net says of each view, where its mark stands in the classes' rows, and which of its pictures is seen."""
    found = {"step": f"{STRENGTHS.index(strength)}", "strength": words.number(strength, 1)}
    shown, every = shown_classes(said), said.views(strength)
    for row in range(N_SHOWN):
        for k in NS:
            found[f"view{row}_{k}_x"] = f"{every[k - 1, shown[row]]:.4g}" if row < len(shown) else "0"
    for k, probs in enumerate([said.plain, *every]):
        top = int(probs.argmax())
        says, judged = f"{said.names[top]} {words.percent(float(probs[top]), 0)}", said.verdict(top)
        found |= {f"says{k}": says, f"judged{k}": f"line {judged}".strip()}
        found[f"alt{k}"] = _judged(f"{name_of(k)}: {says}", judged)
    return found


def name_of(k: int) -> str:
    """What the view is called above its tile; 0 is the plain one."""
    return tr("view {k}", k=k) if k else tr_in("view", "plain")


def _judged(said: str, verdict: str) -> str:
    return {"": said, "right": tr("{said}, right", said=said), "wrong": tr("{said}, wrong", said=said)}[verdict]


@cached(32)
def views(n: int) -> Slots:
    """Which of the views are combined."""
    found = {"columns": f"{n + 1}", "tiles": "views is-narrow" if n >= N_WIDE else "views", "passes": f"{n + 1}"}
    for k in NS:
        is_in = k <= n
        found |= {f"tile{k}": "tile" if is_in else "none", f"seen{k}": "visible" if is_in else "hidden"}
        found[f"weight{k}"] = "row" if is_in else "row out"
    return found


@cached(1024)
def weights(n: int, beta: float) -> Slots:
    """The weight of each view in the sum, and the equal share that a plain average would give it."""
    plain, each = (float(w) for w in view_weights(n, beta)[:2])
    return {
        "beta": words.number(beta),
        "w_plain": number(plain),
        "w_plain_w": f"{plain:.4g}",
        "w_each": number(each),
        "w_each_w": f"{each:.4g}",
        "equal": number(1 / (n + 1)),
        "equal_x": f"{1 / (n + 1):.4g}",
    }


def rule(use_max: bool, log_odds: bool) -> Slots:
    """Which of the three rules is shown: the weighted mean of probabilities, that of log-odds, or the maximum."""
    now = rule_of(use_max, log_odds)
    return {
        "if_weighted": "none" if now == MAXIMUM else "",
        "if_mean": "" if now == MEAN else "none",
        "if_log_odds": "" if now == LOG_ODDS else "none",
        "if_max": "" if now == MAXIMUM else "none",
    }


@lru_cache(maxsize=2048)
def combined(said: Said, n: int, beta: float, rule: str, strength: float) -> np.ndarray:
    """What the plain view and the first n say together. (N,)"""
    return predictions.combined(said.plain[None], said.views(strength)[:n, None], beta, rule)[0]


@cached(4096)
def together(said: Said, n: int, beta: float, use_max: bool, log_odds: bool, strength: float) -> Slots:
    """What the views say together: its bar in each class's row, the class that wins, and that class's sum."""
    probs = combined(said, n, beta, rule_of(use_max, log_odds), strength)
    top = int(probs.argmax())
    found: dict[str, str] = {}
    for row, i in enumerate(shown_classes(said)):
        found |= {f"all{row}": words.percent(float(probs[i]), 0), f"all{row}_w": f"{min(float(probs[i]), 1):.4g}"}
    every = said.views(strength)[:n]
    each = [words.number(p, _TERM) for p in every[:, top]]
    logs = log_probs(np.stack([said.plain, *every])).astype(np.float64)
    sums = view_weights(n, beta) @ logs
    return found | {
        "top": said.names[top],
        "top_p": words.percent(float(probs[top]), 0),
        "verdict": said.verdict(top),
        "p_plain": words.number(said.plain[top], _TERM),
        "p_each": " + ".join(each),
        "p_every": ", ".join(each),
        "p": words.number(probs[top]),
        "ln_plain": _ln(logs[0, top]),
        "ln_each": " ".join(_ln(ln) for ln in logs[1:, top]),
        "ln_sum": _ln(sums[top]),
        "odds": words.number(np.exp(sums[top]), _TERM),
        "odds_all": words.number(np.exp(sums).sum(), _TERM),
        "total": words.number(probs.sum()),
        "n_classes": tr_n("{n} class", "{n} classes", len(said.names)),
    }


def told(said: Said, n: int, beta: float, use_max: bool, log_odds: bool, strength: float) -> Slots:
    """The figures in words, for whoever does not see them."""
    rule = rule_of(use_max, log_odds)
    probs, first = combined(said, n, beta, rule, strength), int(said.plain.argmax())
    second = int(probs.argmax())
    views = _with_views(n, strength)
    how = {
        MAXIMUM: tr("the maximum"),
        LOG_ODDS: tr("log-odds at β = {beta}", beta=words.number(beta)),
        MEAN: f"β = {words.number(beta)}",
    }[rule]
    now = f"{said.names[second]}, {words.percent(float(probs[second]), 0)}"
    plain = f"{said.names[first]}, {words.percent(float(said.plain[first]), 0)}"
    votes = tr(
        "The plain view says {plain}; {with_views} the combination says {now}.", plain=plain, with_views=views, now=now
    )
    truth = "" if said.label is None else " " + tr("The true class is {name}.", name=said.names[said.label])
    w = weights(n, beta)
    text = tr("{with_views} and {how} the combination says {now}.", with_views=views, how=how, now=now)
    return {
        "said": text[:1].upper() + text[1:],
        "said_votes": votes + truth,
        "said_weights": tr_n(
            "Weights: plain {plain}, each of {n} augmented view {each}; equal shares would be {equal}.",
            "Weights: plain {plain}, each of {n} augmented views {each}; equal shares would be {equal}.",
            n,
            plain=w["w_plain"],
            each=w["w_each"],
            equal=w["equal"],
        ),
    }


def _with_views(n: int, strength: float) -> str:
    """How many views, and how strong unless as in training: words for within a sentence."""
    if strength == 1:
        return tr_n("with {n} augmented view", "with {n} augmented views", n)
    return tr_n(
        "with {n} augmented view of strength {strength}",
        "with {n} augmented views of strength {strength}",
        n,
        strength=words.number(strength, 1),
    )


VIEWS = (rows, seen, views, weights, rule, together)


def tiles(pictures: Sequence[str]) -> Slots:
    """The views' pictures, which no knob changes.

    pictures  addresses, the plain view's first; each other one holds its view at all strengths, side by side
    """
    return {f"src{k}": picture for k, picture in enumerate(pictures)}


@cached(32)
def happened(how: Sequence[Sequence[Draw]], strength: float) -> Slots:
    """What happened in each augmented view.

    how  by strength and view
    """
    return {"how0": ""} | {f"how{k}": draw.words() for k, draw in enumerate(how[STRENGTHS.index(strength)], 1)}
