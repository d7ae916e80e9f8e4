"""The fastai code of mixup's and label smoothing's pages, as text to copy: tests run it with a small `dls`."""

HEAD = "from fastai.vision.all import *"
IMAGENET_OUTPUTS = 1000  # what xresnet50() has unless it is told the number of classes


def mixup_code(alpha: float, n_epochs: int, lr: float, *, cut_alpha: float | None = None) -> str:
    """Train with MixUp at this α, or with CutMix at `cut_alpha`.

    α is written with its point: MixUp(1) fails, torch's Beta draws no λ from a whole number.
    """
    callback = f"MixUp({float(alpha)})" if cut_alpha is None else f"CutMix({float(cut_alpha)})"
    return f"""{HEAD}

learn = Learner(
    dls,
    xresnet50(n_out=dls.c),
    loss_func=CrossEntropyLossFlat(),  # it must take class numbers (y_int): nn.CrossEntropyLoss fails
    metrics=accuracy,
    cbs={callback},
)
learn.fit_one_cycle({n_epochs}, {lr:g})
"""


def smoothing_code(eps: float, n_classes: int, n_epochs: int, lr: float) -> str:
    """Train with label smoothing; N is what the net puts out, so it stands at the net and not at the loss."""
    if n_classes == IMAGENET_OUTPUTS:
        net = "xresnet50(),  # n_out is not given: 1000 outputs, whatever the data have"
    else:
        net = f"xresnet50(n_out={n_classes}),  # dls.c, the number of classes"
    return f"""{HEAD}

learn = Learner(
    dls,
    {net}
    loss_func=LabelSmoothingCrossEntropy(eps={eps:g}),
    metrics=[accuracy, F.cross_entropy],  # plain cross-entropy beside it: that one has no floor
)
learn.fit_one_cycle({n_epochs}, {lr:g})
"""
