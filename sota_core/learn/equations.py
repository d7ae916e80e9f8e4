"""The papers' equations in pieces: every piece with its meaning and, below it, the number that stands there now.

Numbers are the functional's own. arXiv:1710.09412 (mixup), arXiv:1512.00567 section 7 (label smoothing).
"""

from dataclasses import dataclass

import numpy as np

from sota_core import words
from sota_core.functional.beta import folded_mean
from sota_core.functional.mixup import mix_images, mix_losses, mix_targets
from sota_core.functional.smoothing import one_hot, smooth_targets, soft_cross_entropy
from sota_core.language import N_, tr, written

# Two pixels of the same place, and a net's logits for a church and a gas pump: small numbers one can follow.
PIXELS = (200.0, 100.0)
LOGITS = (1.0, 0.0)
LOGIT = 3.0  # of the label; the other classes' stand at 0, as on the page of label smoothing


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an equation.

    text    as it is written
    part    the name of its explanation in PARTS; '' for signs that need none
    values  its number in each row
    """

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
        return tr("{name}: {symbols}; with numbers: {numbers}", name=self.name, symbols=symbols, numbers=numbers)


# part → (title, how to say it, what it is), the last two marked with N_
PARTS: dict[str, tuple[str, str, str]] = {
    "x_mix": ("x̃", N_("x tilde"), N_("The mixed picture, the only one the net is shown. The tilde says: changed.")),
    "lam": ("λ", N_("lambda"), N_("The first picture's weight, from 0 to 1, in pictures, targets and losses alike.")),
    "rest": ("1 − λ", N_("one minus lambda"), N_("What is left for the partner, so that the weights sum to 1.")),
    "x_i": (
        "xᵢ",
        N_("x i"),
        N_("A picture of the batch: all its numbers at once. Below stands the value of one pixel."),
    ),
    "x_j": (
        "xⱼ",
        N_("x j"),
        N_(
            "Its partner from the same batch, found by shuffling. Below stands its value at the same place and channel."
        ),
    ),
    "y_mix": ("ỹ", N_("y tilde"), N_("The mixed target, (share of church, share of gas pump). It still sums to 1.")),
    "y_i": ("yᵢ", N_("y i"), N_("The first picture's target, one-hot: all of it on its own class.")),
    "y_j": ("yⱼ", N_("y j"), N_("The partner's target, one-hot.")),
    "loss": (
        "L",
        N_("the loss"),
        N_("What training lowers. The weighted mean of two losses is the same number as one loss against ỹ."),
    ),
    "loss_i": ("ℓᵢ", N_("loss i"), N_("Cross-entropy of the prediction for x̃ against the first label alone.")),
    "loss_j": ("ℓⱼ", N_("loss j"), N_("The same prediction's cross-entropy against the partner's label.")),
    "drawn": (
        "∼",
        N_("is drawn from"),
        N_("λ is not chosen: it comes from this distribution, in fastai anew for each picture."),
    ),
    "beta": (
        "Beta(α, α)",
        N_("the beta distribution"),
        N_(
            "It gives numbers between 0 and 1, symmetric about ½, so their mean is ½ at every α. fastai keeps the "
            "larger of λ and 1 − λ: the second row."
        ),
    ),
    "alpha": (
        "α",
        N_("alpha"),
        N_(
            "Its shape. Below 1 draws gather at 0 and 1; at 1 every value is equally likely; above, they gather "
            "around ½."
        ),
    ),
    "q_new": ("q′(k)", N_("q prime of k"), N_("The smoothed target of class k. The prime says: changed.")),
    "keep": ("1 − ε", N_("one minus epsilon"), N_("The share that the old target keeps.")),
    "delta": ("δ(k, y)", N_("delta k y"), N_("1 where class k is the label y, else 0: the one-hot target.")),
    "eps": ("ε", N_("epsilon"), N_("The share taken away and spread over all classes.")),
    "u": ("u(k)", N_("u of k"), N_("How ε is spread: evenly, 1/N for each of N classes, the label among them.")),
    "h_new": (
        "H(q′, p)",
        N_("H of q prime and p"),
        N_("Cross-entropy of the prediction p against the new target: the loss."),
    ),
    "h_old": (
        "H(q, p)",
        N_("H of q and p"),
        N_("Cross-entropy against the one-hot target: −log of the label's probability."),
    ),
    "h_u": (
        "H(u, p)",
        N_("H of u and p"),
        N_("Cross-entropy against the uniform target. It grows as the net becomes surer, and so acts as a brake."),
    ),
}


def explained(part: str) -> tuple[str, str, str]:
    """A part's title, how to say it and what it is, in the visitor's language."""
    title, say, text = PARTS[part]
    return title, tr("say: {sound}", sound=tr(say)), tr(text)


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
    weight = Piece("λ", "lam", (words.number(lam),))
    rest = Piece("(1 − λ)", "rest", (words.number(1 - lam),))
    shape = Piece("α", "alpha", (words.number(alpha),) * 2)
    means = (0.5, folded_mean(alpha))  # Beta(α, α) is symmetric

    def mix(name: str, left: tuple[str, str, str], i: tuple[str, str, str], j: tuple[str, str, str]) -> Equation:
        (lt, lp, lv), (it, ip, iv), (jt, jp, jv) = left, i, j
        sides = (weight, _TIMES, Piece(it, ip, (iv,)), _PLUS, rest, _TIMES, Piece(jt, jp, (jv,)))
        return Equation(name, (Piece(lt, lp, (lv,)), _EQUALS, *sides))

    return (
        mix(
            tr("The picture"),
            ("x̃", "x_mix", words.number(x, 0)),
            ("xᵢ", "x_i", words.number(PIXELS[0], 0)),
            ("xⱼ", "x_j", words.number(PIXELS[1], 0)),
        ),
        mix(
            tr("The target"),
            ("ỹ", "y_mix", _pair(words.number(y[0]), words.number(y[1]))),
            ("yᵢ", "y_i", _pair("1", "0")),
            ("yⱼ", "y_j", _pair("0", "1")),
        ),
        mix(
            tr("The loss"),
            ("L", "loss", words.loss(loss)),
            ("ℓᵢ", "loss_i", words.loss(own[0])),
            ("ℓⱼ", "loss_j", words.loss(other[0])),
        ),
        Equation(
            tr("The draw"),
            (
                Piece("λ", "lam", (words.number(lam), words.number(max(lam, 1 - lam)))),
                Piece("∼", "drawn"),
                Piece("Beta", "beta", tuple(tr("mean {mean}", mean=words.number(mean)) for mean in means)),
                _OPEN,
                shape,
                Piece(","),
                shape,
                _CLOSE,
            ),
            (tr("paper"), "fastai"),
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

    def term(value: float) -> str:
        """A factor with enough digits for a reader who recomputes the result."""
        return words.number(value) if round(value, 2) == value else words.short(value, 6)

    keep, share = term(round(1 - eps, 10)), term(eps)
    each = term(1 / n_classes)
    return (
        Equation(
            tr("The target"),
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
            (tr("the label"), tr("the others")),
        ),
        Equation(
            tr("The loss"),
            (
                Piece("H(q′, p)", "h_new", (words.loss(smoothed),)),
                _EQUALS,
                Piece("(1 − ε)", "keep", (keep,)),
                _TIMES,
                Piece("H(q, p)", "h_old", (words.number(plain, 5),)),
                _PLUS,
                Piece("ε", "eps", (share,)),
                _TIMES,
                Piece("H(u, p)", "h_u", (words.number(uniform, 5),)),
            ),
        ),
    )


def _pair(first: str, second: str) -> str:
    """A target of two classes. Translated, since languages with a decimal comma put another mark between the two."""
    return tr("({first}, {second})", first=first, second=second)


def _exact(value: float) -> str:
    return written(f"{value:.4f}".rstrip("0").rstrip(".")) if value >= 0.001 else words.short(value, 2)
