"""Wrong labels as a smoothed target, at every step of their share."""

from sota_core import words
from sota_core.figures.frames import Slots
from sota_core.figures.label_smoothing.smoothed import noise_as_smoothing
from sota_core.figures.plot import slot
from sota_core.language import cached, tr
from sota_core.words import number


def as_target(share: float, n: int) -> Slots:
    """How likely the class on the label is the true one, and each other; the ε whose target says the same."""
    return {
        "share": words.percent(share, 0),
        "right": number(1 - share),
        "each": number(share / (n - 1), 3),
        "honest": number(noise_as_smoothing(share, n)),
    }


def told(share: float, n: int) -> Slots:
    """Where a control was left, in words."""
    at = as_target(share, n)
    return {
        "said": tr(
            "{share} of the labels wrong: the class on the label is true with probability {right}, a smoothed target "
            "with ε = {honest}.",
            **at,
        )
    }


VIEWS, STILL = (as_target,), (told,)


@cached(None)
def sentence() -> str:
    """What a share of wrong labels means, its numbers in slots."""
    said = tr(
        "If {share} of ten classes' labels are wrong, the class on the label is true with probability {right} and each "
        "other class with {each}. That is a smoothed target with <b>ε = {honest}</b>: smoothing says how far a label "
        "can be trusted.",
        **{name: slot(name) for name in ("share", "right", "each", "honest")},
    )
    return f"<p>{said}</p>"
