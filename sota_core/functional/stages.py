"""fastai's xresnet50 in outline: a picture's side after each stage, and how many weights body and last layer have."""

from sota_core.functional._arrays import require_count
from sota_core.language import N_

STAGES = (
    (N_("three convolutions"), 64),
    (N_("largest of 3 × 3"), 64),
    (N_("blocks 1"), 256),
    (N_("blocks 2"), 512),
    (N_("blocks 3"), 1024),
    (N_("blocks 4"), 2048),
)
"""The stages in order, each with the number of channels it puts out. After the last, each channel is averaged over all
positions."""

BODY_WEIGHTS = 23_527_264  # of all layers but the last; the same for every size of picture
HEAD_INPUTS = STAGES[-1][1]
_HALVES = (True, True, False, True, True, True)


def stage_sides(size: int) -> tuple[int, ...]:
    """Side of the square after each of STAGES, for a picture of this side: five of the six halve it, rounded up.

    Shapes
        returns  (6,)  ints

    Raises
        RangeError  size is below 1.

    Source
        fastai 2.8, vision/models/xresnet.py.

    >>> stage_sides(224), stage_sides(128)
    ((112, 56, 56, 28, 14, 7), (64, 32, 32, 16, 8, 4))
    """
    side = require_count("stage_sides", "size", size, 1)
    found = []
    for halves in _HALVES:
        side = (side + 1) // 2 if halves else side
        found.append(side)
    return tuple(found)


def head_weights(n_out: int) -> int:
    """Weights of the last layer: for each output one weight per input, and a bias.

    Shapes
        returns  ()  a Python int

    Raises
        RangeError  n_out is below 1.

    Source
        the definition of a linear layer.

    >>> head_weights(10), head_weights(1000)
    (20490, 2049000)
    """
    return require_count("head_weights", "n_out", n_out, 1) * (HEAD_INPUTS + 1)
