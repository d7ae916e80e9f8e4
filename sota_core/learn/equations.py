"""The papers' equations in pieces: every piece with its meaning and, below it, the number that stands there now.

Numbers are the functional's own. arXiv:1710.09412 (mixup), arXiv:1512.00567 section 7 (label smoothing).
"""

from dataclasses import dataclass

import numpy as np

from sota_core.functional.beta import folded_mean
from sota_core.functional.mixup import mix_images, mix_losses, mix_targets
from sota_core.functional.smoothing import one_hot, smooth_targets, soft_cross_entropy

# Two pixels of the same place, and a net's logits for a church and a gas pump: small numbers one can follow.
PIXELS = (200.0, 100.0)
LOGITS = (1.0, 0.0)
LOGIT = 3.0  # of the label; the other classes' stand at 0, as on the page of label smoothing


@dataclass(frozen=True, slots=True)
class Piece:
    """text as it is written; `part` names its explanation, '' for signs that need none; a number for each row."""

    text: str
    part: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Equation:
    """rows: what each row of numbers is, where there is more than one."""

    name: str
    pieces: tuple[Piece, ...]
    rows: tuple[str, ...] = ("",)

    @property
    def spoken(self) -> str:
        """The equation and its first row of numbers, as one line of text."""
        symbols = " ".join(piece.text for piece in self.pieces)
        numbers = " ".join(piece.values[0] if piece.values else piece.text for piece in self.pieces)
        return f"{self.name}: {symbols}; with numbers: {numbers}"


# part → (title, how to say it, what it is)
PARTS: dict[str, tuple[str, str, str]] = {
    "x_mix": ("x̃", "x tilde", "The mixed picture, the only one the net is shown. The tilde says: changed."),
    "lam": ("λ", "lambda", "The first picture's weight, from 0 to 1: of pictures, targets and losses alike."),
    "rest": ("1 − λ", "one minus lambda", "What is left for the partner, so that the weights sum to 1."),
    "x_i": ("xᵢ", "x i", "A picture of the batch: all its numbers at once. Below stands the value of one pixel."),
    "x_j": ("xⱼ", "x j", "Its partner from the same batch, found by shuffling. Same place, same channel."),
    "y_mix": ("ỹ", "y tilde", "The mixed target, (share of church, share of gas pump). It still sums to 1."),
    "y_i": ("yᵢ", "y i", "The first picture's target, one-hot: all of it on its own class."),
    "y_j": ("yⱼ", "y j", "The partner's target, one-hot."),
    "loss": (
        "L",
        "the loss",
        "What training lowers. The weighted mean of two losses is the same number as one loss against ỹ.",
    ),
    "loss_i": ("ℓᵢ", "loss i", "Cross-entropy of the prediction for x̃ against the first label alone."),
    "loss_j": ("ℓⱼ", "loss j", "The same prediction's cross-entropy against the partner's label."),
    "drawn": (
        "∼",
        "is drawn from",
        "λ is not chosen: it comes from this distribution, in fastai anew for each picture.",
    ),
    "beta": (
        "Beta(α, α)",
        "the beta distribution",
        "Numbers between 0 and 1, alike on both sides of ½. fastai keeps the larger of λ and 1 − λ; below stands the "
        "mean of that.",
    ),
    "alpha": (
        "α",
        "alpha",
        "Its shape. Below 1 draws gather at 0 and 1; at 1 every value is equally likely; above, they gather around ½.",
    ),
    "q_new": ("q′(k)", "q prime of k", "The smoothed target of class k. Prime says: changed."),
    "keep": ("1 − ε", "one minus epsilon", "The share that the old target keeps."),
    "delta": ("δ(k, y)", "delta k y", "1 where class k is the label y, else 0: the one-hot target."),
    "eps": ("ε", "epsilon", "The share taken away and spread over all classes."),
    "u": ("u(k)", "u of k", "How ε is spread: evenly, 1/N for each of N classes, the label among them."),
    "h_new": ("H(q′, p)", "H of q prime and p", "Cross-entropy of the prediction p against the new target: the loss."),
    "h_old": ("H(q, p)", "H of q and p", "Cross-entropy against the one-hot target: −log of the label's share."),
    "h_u": ("H(u, p)", "H of u and p", "Cross-entropy against the uniform target. It grows with certainty: the brake."),
}

_EQUALS, _PLUS, _TIMES, _OPEN, _CLOSE = Piece("="), Piece("+"), Piece("·"), Piece("("), Piece(")")


def mixup_equations(lam: float, alpha: float) -> tuple[Equation, ...]:
    """Picture, target, loss and draw of mixup at this λ and α.

    Raises
        RangeError  lam lies outside [0, 1], alpha is not positive.
    """
    weights, partner = np.array([lam, 1.0]), np.array([1, 0])
    x = mix_images(np.array(PIXELS).reshape(2, 1, 1, 1), weights, partner).ravel()[0]
    y = mix_targets(np.eye(2), weights, partner)[0]
    own, other = (soft_cross_entropy(np.array([LOGITS]), np.eye(2)[k : k + 1]) for k in (0, 1))
    loss = mix_losses(own, other, np.array([lam]))[0]
    weight, rest = Piece("λ", "lam", (f"{lam:.2f}",)), Piece("(1 − λ)", "rest", (f"{1 - lam:.2f}",))

    def mix(name: str, left: tuple[str, str, str], i: tuple[str, str, str], j: tuple[str, str, str]) -> Equation:
        (lt, lp, lv), (it, ip, iv), (jt, jp, jv) = left, i, j
        sides = (weight, _TIMES, Piece(it, ip, (iv,)), _PLUS, rest, _TIMES, Piece(jt, jp, (jv,)))
        return Equation(name, (Piece(lt, lp, (lv,)), _EQUALS, *sides))

    return (
        mix(
            "The picture",
            ("x̃", "x_mix", f"{x:.0f}"),
            ("xᵢ", "x_i", f"{PIXELS[0]:.0f}"),
            ("xⱼ", "x_j", f"{PIXELS[1]:.0f}"),
        ),
        mix(
            "The target", ("ỹ", "y_mix", f"({y[0]:.2f}, {y[1]:.2f})"), ("yᵢ", "y_i", "(1, 0)"), ("yⱼ", "y_j", "(0, 1)")
        ),
        mix(
            "The loss",
            ("L", "loss", f"{loss:.3f}"),
            ("ℓᵢ", "loss_i", f"{own[0]:.3f}"),
            ("ℓⱼ", "loss_j", f"{other[0]:.3f}"),
        ),
        Equation(
            "The draw",
            (
                Piece("λ", "lam", (f"{lam:.2f}",)),
                Piece("∼", "drawn"),
                Piece("Beta", "beta", (f"mean {folded_mean(alpha):.2f}",)),
                _OPEN,
                Piece("α", "alpha", (f"{alpha:.2f}",)),
                Piece(","),
                Piece("α", "alpha", (f"{alpha:.2f}",)),
                _CLOSE,
            ),
        ),
    )


def smoothing_equations(eps: float, n_classes: int) -> tuple[Equation, ...]:
    """Target and loss of label smoothing at this ε and N.

    Raises
        RangeError  eps lies outside [0, 1], n_classes is below 2.
    """
    target = smooth_targets(np.array([0]), n_classes, eps)
    logits = np.zeros((1, n_classes))
    logits[0, 0] = LOGIT
    plain = soft_cross_entropy(logits, one_hot(np.array([0]), n_classes))[0]
    uniform = soft_cross_entropy(logits, np.full((1, n_classes), 1 / n_classes))[0]
    smoothed = soft_cross_entropy(logits, target)[0]

    def number(value: float) -> str:
        return f"{value:.2f}" if value == 0 or value >= 0.01 else f"{value:.2g}"

    keep, share = f"{1 - eps:.2f}", f"{eps:.2f}"
    each = number(1 / n_classes)
    return (
        Equation(
            "The target",
            (
                Piece("q′(k)", "q_new", (_exact(target[0, 0]), _exact(target[0, 1]))),
                _EQUALS,
                Piece("(1 − ε)", "keep", (keep, keep)),
                _TIMES,
                Piece("δ(k, y)", "delta", ("1", "0")),
                _PLUS,
                Piece("ε", "eps", (share, share)),
                _TIMES,
                Piece("u(k)", "u", (each, each)),
            ),
            ("the label", "the others"),
        ),
        Equation(
            "The loss",
            (
                Piece("H(q′, p)", "h_new", (f"{smoothed:.3f}",)),
                _EQUALS,
                Piece("(1 − ε)", "keep", (keep,)),
                _TIMES,
                Piece("H(q, p)", "h_old", (f"{plain:.3f}",)),
                _PLUS,
                Piece("ε", "eps", (share,)),
                _TIMES,
                Piece("H(u, p)", "h_u", (f"{uniform:.3f}",)),
            ),
        ),
    )


def _exact(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".") if value >= 0.001 else f"{value:.2g}"
