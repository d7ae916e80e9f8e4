"""The letters and signs of the chapter's papers: name, sound, meaning, where this app has them, and their value now.

A value is what the visitor's own controls say, else the control's default; bounds come from the registry.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sota_core import words
from sota_core.language import N_, tr, written
from sota_core.learn.question import Link
from sota_core.numbers import decimal
from sota_core.recipes import FIELDS, PRESETS

MOST_CLASSES = 1000


@dataclass(frozen=True, slots=True)
class Knob:
    """A control by its names in addresses, of which the first that is set counts.

    digits  after the decimal point; 0 for a whole number
    """

    names: tuple[str, ...]
    default: float
    low: float
    high: float
    digits: int = 2

    def value(self, seen: Mapping[str, str]) -> tuple[float, bool]:
        """The value that the visitor's controls have, and True; the default, and False, if none has one in bounds."""
        for name in self.names:
            value = decimal(seen.get(name, ""), self.low, self.high)
            if value is not None:
                return value, True
        return self.default, False

    def text(self, seen: Mapping[str, str]) -> str:
        value, _ = self.value(seen)
        text = f"{value:.{self.digits}f}"
        # a value from an address may have more digits than the control's steps: then it is not rounded
        return written(text) if float(text) == value else words.short(value)


@dataclass(frozen=True, slots=True)
class Symbol:
    """One sign; its name, its sound and its meaning are marked with N_.

    fixed  its value where no control moves it; '' where it has none, like a sum or a gradient
    """

    sign: str
    name: str
    say: str
    meaning: str
    link: Link
    knob: Knob | None = None
    fixed: str = ""
    is_greek: bool = True

    def value(self, seen: Mapping[str, str]) -> tuple[str, bool]:
        """The value as text, and whether it is the visitor's own."""
        if self.knob is None:
            return tr(self.fixed), False
        return self.knob.text(seen), self.knob.value(seen)[1]


def _of_field(name: str, *names: str, default: float | None = None, digits: int = 2) -> Knob:
    field = FIELDS[name]
    start = field.default if default is None else default
    assert isinstance(start, int | float)
    return Knob((*names, name), float(start), field.low, field.high, digits)


LAM = Knob(("lam",), 0.7, 0.0, 1.0)
ALPHA = _of_field("mixup_alpha", "mixup.alpha", default=PRESETS["mixup"].mixup_alpha)
EPS = _of_field("label_smoothing", "label_smoothing.eps", default=PRESETS["label_smoothing"].label_smoothing)
CLASSES = Knob(("label_smoothing.n",), 10, 2, MOST_CLASSES, 0)
BETA = _of_field("tta_beta", "tta.beta")
VIEWS = _of_field("tta_n", "tta.n", digits=0)
RATE = Knob(("phases.0.lr",), PRESETS["baseline"].phases[0].lr, 1e-6, 1.0, 4)

_MIXUP, _SMOOTHING = "mixup", "label_smoothing"
_NORMALIZE, _TTA, _LAB = "normalization", "tta", "train"

SYMBOLS: tuple[Symbol, ...] = (
    Symbol(
        "λ",
        N_("lambda"),
        N_("LAM-duh"),
        N_("Weight of the first picture in a mix. Code writes lam, because lambda is a keyword of Python."),
        Link(_MIXUP, N_("Mixup, its slider")),
        LAM,
    ),
    Symbol(
        "α",
        N_("alpha"),
        N_("AL-fuh"),
        N_("Shape of the distribution λ is drawn from: the smaller, the more mixes are nearly one picture."),
        Link(_MIXUP, N_("Mixup, where λ comes from")),
        ALPHA,
    ),
    Symbol(
        "β",
        N_("beta"),
        N_("BAY-tuh"),
        N_("Weight of the plain view in test-time augmentation. With a capital B: the distribution of λ."),
        Link(_TTA, N_("TTA, the weights")),
        BETA,
    ),
    Symbol(
        "ε",
        N_("epsilon"),
        N_("EP-sih-lon"),
        N_(
            "A small amount; in label smoothing the share taken from the label. Elsewhere often a guard against "
            "dividing by 0."
        ),
        Link(_SMOOTHING, N_("Label smoothing, its slider")),
        EPS,
    ),
    Symbol(
        "δ",
        N_("delta"),
        N_("DEL-tuh"),
        N_("With two indices: 1 where they are equal, else 0. A one-hot target, written as a formula."),
        Link(_SMOOTHING, N_("Label smoothing, ε = 0"), {"label_smoothing.eps": "0.0"}),
        fixed=N_("0 or 1"),
    ),
    Symbol(
        "μ",
        N_("mu"),
        N_("MYOO"),
        N_("Mean: of a channel, over all its pixels. Shown are ImageNet's, red, green, blue."),
        Link(_NORMALIZE, N_("Normalization, the statistics")),
        fixed=N_(".485 · .456 · .406"),
    ),
    Symbol(
        "σ",
        N_("sigma"),
        N_("SIG-muh"),
        N_("Standard deviation: how far values stray from the mean. Elsewhere also the sigmoid function."),
        Link(_NORMALIZE, N_("Normalization, the statistics")),
        fixed=N_(".229 · .224 · .225"),
    ),
    Symbol(
        "Σ",
        N_("capital sigma"),
        N_("SIG-muh, or: the sum of"),
        N_("Add up what follows, once for each index written below it. The cross-entropy adds over N classes."),
        Link(_SMOOTHING, N_("Label smoothing, the loss")),
        CLASSES,
    ),
    Symbol(
        "η",
        N_("eta"),
        N_("AY-tuh"),
        N_("Learning rate: how far one step goes. One-cycle training raises it to this value and lowers it again."),
        Link(_LAB, N_("The lab, learning rate")),
        RATE,
    ),
    Symbol(
        "θ",
        N_("theta"),
        N_("THAY-tuh"),
        N_("All weights of the net together: what training changes."),
        Link(_LAB, N_("The lab, which trains them")),
    ),
    Symbol(
        "∇",
        N_("nabla"),
        N_("NAB-luh, or: the gradient of"),
        N_("The slopes of the loss, one for each weight or logit. For the logits it is prediction minus target."),
        Link(_SMOOTHING, N_("Label smoothing, the gradient")),
        is_greek=False,
    ),
    Symbol(
        "∼",
        N_("tilde"),
        N_("is drawn from"),
        N_("Between a letter and a distribution. Over a letter, as in x̃, it marks what has been changed: the mix."),
        Link(_MIXUP, N_("Mixup, its draws")),
        is_greek=False,
    ),
    Symbol(
        "ŷ",
        N_("y hat"),
        N_("WHY hat"),
        N_("A hat marks what is predicted, beside y, what is true."),
        Link(_TTA, N_("TTA, the votes")),
        is_greek=False,
    ),
    Symbol(
        "N",
        N_("N; the smoothing paper writes K"),
        N_("EN"),
        N_("Number of classes: the width of the net's last layer, which may differ from the number in the data."),
        Link(_SMOOTHING, N_("Label smoothing, N by accident")),
        CLASSES,
        is_greek=False,
    ),
    Symbol(
        "n",
        "n",
        N_("EN"),
        N_("Number of augmented views in test-time augmentation. Elsewhere: how many pictures were counted."),
        Link(_TTA, N_("TTA, the views")),
        VIEWS,
        is_greek=False,
    ),
)
