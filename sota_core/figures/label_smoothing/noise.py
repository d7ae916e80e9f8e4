"""Wrong labels as a smoothed target, at every step of their share."""

from sota_core import words
from sota_core.figures.frames import Slots
from sota_core.figures.label_smoothing.smoothed import noise_as_smoothing


def as_target(share: float, n: int) -> Slots:
    """How likely the class on the label is the true one, and each other; the ε whose target says the same."""
    return {
        "share": words.percent(share, 0),
        "right": f"{1 - share:.2f}",
        "each": f"{share / (n - 1):.3f}",
        "honest": f"{noise_as_smoothing(share, n):.2f}",
    }


def told(share: float, n: int) -> Slots:
    """What a hand has left, in words."""
    at = as_target(share, n)
    return {
        "said": f"{at['share']} of the labels wrong: the class on the label is true with probability {at['right']}, "
        f"a smoothed target with ε = {at['honest']}."
    }


VIEWS, STILL = (as_target,), (told,)

WORDS = """<p>If <span data-live="text:share"></span> of ten classes' labels are wrong, the class on the label is true
with probability <span data-live="text:right"></span> and each other class with <span data-live="text:each"></span>.
That is a smoothed target with <b>ε = <span data-live="text:honest"></span></b>: smoothing says how far a label can be
trusted.</p>"""
