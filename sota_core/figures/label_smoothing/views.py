"""What the page shows of a smoothed label at every step of its knobs: words, widths and curves, by slot.

Numbers come from functional, for all steps of a knob at once; here they become the words on the screen.
"""

import math
from functools import lru_cache

import numpy as np

from sota_core import words
from sota_core.figures.frames import Columns, Slots, quicker, span
from sota_core.figures.plot import Axes
from sota_core.functional.smoothing import (
    cross_entropy_grad,
    log_softmax,
    loss_floor,
    one_hot,
    optimal_logit_gap,
    smooth_targets,
    soft_cross_entropy,
    softmax,
)
from sota_core.language import cached, tr, tr_n, written
from sota_core.words import number, short, signed

MAX_ROWS = 10  # with more classes, the first ones and the label's stand for all
LOGITS = (-2.0, 16.0)
LOGIT_STEPS = span(*LOGITS, 0.1)
_STEP_OF = {logit: i for i, logit in enumerate(LOGIT_STEPS)}
N_TICKS = 6  # of the loss
EDGE = 0.92  # of the loss's axis: where the prediction's mark stays, with an arrow, while its loss is above the axis
_EPS_STEPS = span(0.0, 1.0, 0.01)
_EPS_STEP_OF = {eps: i for i, eps in enumerate(_EPS_STEPS)}


def shown_classes(n_classes: int, *labels: int) -> list[int]:
    """The classes with a row of their own: all of them, or the first with the labels' own among them.

    >>> shown_classes(3, 1), shown_classes(1000, 500), shown_classes(1000, 3, 3)[-1]
    ([0, 1, 2], [0, 1, 2, 3, 4, 5, 6, 7, 8, 500], 9)
    """
    if n_classes <= MAX_ROWS:
        return list(range(n_classes))
    first = [k for k in range(MAX_ROWS) if k not in labels]
    return sorted([*first[: MAX_ROWS - len(set(labels))], *set(labels)])


def rows(n: int, label: int) -> Slots:
    """Which classes have a row, and which row is the label's."""
    label = min(label, n - 1)
    shown = shown_classes(n, label)
    found: dict[str, str] = {}
    for i in range(MAX_ROWS):
        has_one = i < len(shown)
        is_own = has_one and shown[i] == label
        found[f"row{i}"] = "own" if is_own else "other" if has_one else "none"
        found[f"name{i}"] = (f"✓ {shown[i]}" if is_own else f"{shown[i]}") if has_one else ""
    return found | {"more": more(n), "label": tr("class {k}", k=label)}


def more(n: int) -> str:
    """How many classes have no row; '' if all have one."""
    return tr("… and {n} classes more", n=words.count(n - MAX_ROWS)) if n > MAX_ROWS else ""


@lru_cache(maxsize=128)
def _goals(epses: tuple[float, ...], n: int) -> list[tuple[float, float, float, float]]:
    """For each ε: the smoothed target of the label and of each other class, the loss's floor, the logit that has it."""
    at = np.concatenate([smooth_targets(np.array([0]), n, eps) for eps in epses])  # (ε, N)
    gaps = [optimal_logit_gap(n, eps) for eps in epses]
    return list(zip(at[:, 0].tolist(), at[:, 1].tolist(), loss_floor(at).tolist(), gaps, strict=True))


def _goal(eps: float, n: int) -> tuple[float, float, float, float]:
    """The same for one ε; the first call works out all steps of the slider."""
    step = _EPS_STEP_OF.get(eps)
    return _goals((eps,), n)[0] if step is None else _goals(_EPS_STEPS, n)[step]


def target(eps: float, n: int) -> Slots:
    """The smoothed target: what the label gets, what every other class."""
    on, off, floor, best = _goal(eps, n)
    return {
        "on": number(on, 4),
        "on_w": f"{on:.4g}",
        "off": number(off, 5),
        "off_w": f"{off:.4g}",
        "eps": number(eps),
        "keep": number(1 - eps),
        "n": words.count(n),
        "others": words.count(n - 1),
        "floor": words.loss(floor),
        "best": number(best) if math.isfinite(best) else "∞",
        "best_words": tr("where the gradient is 0") if eps else tr("with ε = 0 no logit is ever large enough"),
    }


@lru_cache(maxsize=64)
def _logits(n: int) -> np.ndarray:
    """(steps, N): which class is the label's does not matter, so it is the first."""
    return np.array(LOGIT_STEPS)[:, None] * one_hot(np.array([0]), n)


@lru_cache(maxsize=64)
def _predictions(n: int) -> tuple[np.ndarray, np.ndarray]:
    """(steps, 2) twice: softmax, and what −log softmax is, of the label's class and of another."""
    return softmax(_logits(n))[:, :2].copy(), -log_softmax(_logits(n))[:, :2]


@lru_cache(maxsize=64)
def _ends(n: int) -> tuple[np.ndarray, np.ndarray]:
    """(2, steps), (2, steps, 2): losses, and gradients by the label's logit and another's, for ε = 0 and for ε = 1."""
    logits = _logits(n)
    goals = [np.broadcast_to(smooth_targets(np.array([0]), n, eps), logits.shape) for eps in (0.0, 1.0)]
    losses = np.stack([soft_cross_entropy(logits, goal) for goal in goals])
    return losses, np.stack([cross_entropy_grad(logits, goal)[:, :2] for goal in goals])


@lru_cache(maxsize=1024)
def _along_logit(eps: float, n: int) -> tuple[np.ndarray, np.ndarray]:
    """(steps,), (steps, 2): loss, and gradients by the label's logit and another's, at every step of the logit.

    A smoothed target is a mean of the one-hot and the uniform one, and loss and gradient are linear in the target: so
    a new ε costs no softmax over a thousand classes. The tests hold every step against functional.
    """
    losses, grads = _ends(n)
    return (1 - eps) * losses[0] + eps * losses[1], (1 - eps) * grads[0] + eps * grads[1]


def prediction(n: int, logit: float) -> Slots:
    """Softmax of a net that puts the label's logit here and all others at 0."""
    at = _STEP_OF[logit]
    probs, bits = _predictions(n)
    (own, other), (own_bits, other_bits) = probs[at].tolist(), bits[at].tolist()
    return {
        "p_on": number(own, 3),
        "p_on_w": f"{own:.4g}",
        "p_off": number(other, 5),
        "p_off_w": f"{other:.4g}",
        "own_bits": number(own_bits, 3),
        "other_bits": number(other_bits, 3),
        "plain_loss": words.loss(float(_ends(n)[0][0, at])),
        "now_x": loss_axes(n).left(logit),
    }


def _losses_along(eps: float, n: int) -> Columns:
    """Loss and gradient at every step of the logit, each slot written in one go."""
    losses, grads = _along_logit(eps, n)
    own, other = grads.T
    heights, said = loss_axes(n).share_up(losses), written(_together("%.3f", losses)).split(" ")
    return {
        "loss": said,
        "g_on": _signed("%+.3f", own),
        "g_on_x": _written("%.4g", 0.5 + np.minimum(own, 0.0) / 2),
        "g_on_w": _written("%.4g", np.abs(own) / 2),
        "g_off": _signed("%+.5f", other),
        "g_off_x": _written("%.4g", 0.5 + np.minimum(other, 0.0) / 2),
        "g_off_w": _written("%.4g", np.abs(other) / 2),
        "now_y": _written("%.4g", np.where(heights > 1, EDGE, heights)),
        "now_words": [f"↑ {loss}" if height > 1 else loss for loss, height in zip(said, heights, strict=True)],
    }


def _written(form: str, values: np.ndarray) -> list[str]:
    """Numbers for the browser, not for people: with a decimal point in every language."""
    return _together(form, values).split(" ")


def _signed(form: str, values: np.ndarray) -> list[str]:
    """As `signed`, for many values at once."""
    nothing = form % 0.0
    text = _together(form, values).replace("-", "−")
    text = text.replace(nothing, nothing[1:]).replace(nothing.replace("+", "−"), nothing[1:])
    return written(text).split(" ")


def _together(form: str, values: np.ndarray) -> str:
    return " ".join([form] * len(values)) % tuple(values.tolist())


@quicker(logit=_losses_along)
def loss(eps: float, n: int, logit: float) -> Slots:
    """Loss and gradient of the prediction against the smoothed target; where it stands on the curve."""
    losses, grads = _along_logit(eps, n)
    at = _STEP_OF[logit]
    value, own, other = float(losses[at]), *grads[at].tolist()
    height, said = float(loss_axes(n).share_up(losses[at])), words.loss(value)
    return {
        "loss": said,
        "g_on": signed(own),
        "g_on_x": _half(min(own, 0.0)),
        "g_on_w": f"{abs(own) / 2:.4g}",
        "g_off": signed(other, 5),
        "g_off_x": _half(min(other, 0.0)),
        "g_off_w": f"{abs(other) / 2:.4g}",
        "now_y": f"{EDGE if height > 1 else height:.4g}",
        "now_words": f"↑ {said}" if height > 1 else said,
    }


def _half(value: float) -> str:
    """−1 … 1 as a share of a width whose middle is 0."""
    return f"{0.5 + value / 2:.4g}"


@lru_cache(maxsize=64)
def loss_axes(n: int) -> Axes:
    """High enough for the plain loss at the slider's low end: it depends on N alone, so that ε does not move it."""
    return Axes(LOGITS, (0.0, float(math.ceil(_ends(n)[0][0, 0]))))


@cached(1024)
def curve(eps: float, n: int) -> Slots:
    """The smoothed loss along the label's logit, its lowest point and its floor."""
    axes, (_, _, floor, best) = loss_axes(n), _goal(eps, n)
    is_seen = math.isfinite(best) and best <= LOGITS[1]
    return {
        "smoothed_d": _path(eps, n),
        "best_x": axes.left(best) if is_seen else axes.left(LOGITS[1]),
        "best_y": axes.up(floor),
        "best_seen": "visible" if is_seen else "hidden",
        "floor_seen": "visible" if eps else "hidden",
        "floor_words": tr("floor {loss}", loss=words.loss(floor)),
        "best_at": tr("lowest at {logit}: {loss}", logit=number(best), loss=words.loss(floor)) if is_seen else "",
    }


@cached(64)
def plain_curve(n: int) -> Slots:
    """The plain loss along the label's logit, and the numbers at the axis."""
    top = loss_axes(n).y[1]
    ticks = {f"y_tick{i}": number(top * i / (N_TICKS - 1), 1) for i in range(N_TICKS)}
    return {"plain_d": _path(0.0, n)} | ticks


def _path(eps: float, n: int) -> str:
    return loss_axes(n).path(np.array(LOGIT_STEPS[::2]), _along_logit(eps, n)[0][::2])


def said(eps: float, n: int, label: int, logit: float) -> Slots:
    """The figures in words, for whoever does not see them."""
    on, off, floor, best = _goal(eps, n)
    losses, grads = _along_logit(eps, n)
    at = _STEP_OF[logit]
    own_grad, other_grad = grads[at].tolist()
    smooth, plain = (words.loss(float(value)) for value in (losses[at], _ends(n)[0][0, at]))
    label = min(label, n - 1)
    gradient = signed(own_grad)
    where = {"eps": number(eps), "logit": number(logit, 1), "label": label}
    target = {"on": short(on), "off": short(off, 2)}
    lowest = (
        tr(
            "lowest at a logit of {best}, where it is {floor}, and rising beyond",
            best=number(best),
            floor=words.loss(floor),
        )
        if math.isfinite(best)
        else tr("falling for ever towards 0")
    )
    return {
        "said": tr_n(
            "ε = {eps}, {n} class, logit {logit}: class {label}'s target is {on}, every other {off}; loss {loss}, "
            "gradient {gradient}.",
            "ε = {eps}, {n} classes, logit {logit}: class {label}'s target is {on}, every other {off}; loss {loss}, "
            "gradient {gradient}.",
            n,
            **where,
            **target,
            loss=smooth,
            gradient=gradient,
        ),
        "said_bars": tr(
            "Class {label} of {n}: the one-hot vector gives it 1 and all others 0; smoothed with ε = {eps} it gets "
            "{on} and each other class {off}. Softmax gives it {p}; the gradient by its logit is {gradient}, by each "
            "other one {other}.",
            **where,
            **target,
            n=words.count(n),
            p=number(float(_predictions(n)[0][at, 0]), 3),
            gradient=gradient,
            other=signed(other_grad, 5),
        ),
        "said_loss": tr(
            "Loss against the label's logit for {n} classes and ε = {eps}: {lowest}. At a logit of {logit} the loss is "
            "{loss}, plain cross-entropy {plain}.",
            **where,
            n=words.count(n),
            lowest=lowest,
            loss=smooth,
            plain=plain,
        ),
    }


VIEWS = (rows, target, prediction, loss, curve, plain_curve)
