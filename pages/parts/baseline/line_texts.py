"""What each line of the baseline's code says."""

from collections.abc import Mapping

from sota_core import words
from sota_core.language import N_, tr
from sota_core.script.baseline import MIN_SCALE, PHASE

SAYS: Mapping[str, str] = {
    "set": N_(
        "`path` is a folder with one folder per class; in Imagenette these lie in `train` and in `val`. The chapter "
        "gets it from `untar_data(URLs.IMAGENETTE)`, which downloads and unpacks an archive the first time and later "
        "finds it under `~/.fastai/data`."
    ),
    "blocks": N_(
        "What goes in, and what should come out. `ImageBlock` opens a file as a picture in RGB; in a batch its bytes "
        "become numbers from 0 to 1. `CategoryBlock` collects the class names, sorts them alphabetically and numbers "
        "them: that list is `dls.vocab`, its length `dls.c`."
    ),
    "files": N_(
        "Called with `path`, `get_image_files` walks through every folder below it and lists the files with an image "
        "extension; it skips hidden folders. `train` and `val` end up in one list."
    ),
    "labels": N_(
        "Called with a file, `parent_label` returns the name of the folder it lies in: its class. A picture in the "
        "wrong folder has the wrong label, and nothing warns you."
    ),
    "split": N_(
        "No `splitter` is given, so fastai takes `RandomSplitter`: it holds out a random fifth, a different one each "
        "time, because no seed is set. The folders `train` and `val` play no part in it. The leaderboard's figures "
        "are on `val`; to use it, write `splitter=GrandparentSplitter(valid_name='val')`."
    ),
    "resize": N_(
        "Presizing, first half: picture by picture, on the processor. `Resize` cuts out the largest square, at a "
        "random place in training, from the middle in validation, and resizes it to 460 px. All pictures of a batch "
        "must have the same size, and the turning and cropping that come next should have more pixels to work with "
        "than the final 224 px."
    ),
    "augment": N_(
        "Presizing, second half: the whole batch at once, on the graphics card if there is one. A flip, a warp, a "
        "turn of up to 10° and a zoom are combined, so that pixels are sampled once instead of four times; then "
        "brightness and contrast change; then a random crop of at least {min_scale} of the area is resized to 224 px. "
        "Validation pictures are only resized."
    ),
    "loaders": N_(
        "Two loaders in one object. `dls.train` shuffles the pictures and drops a last batch that is not full; "
        "`dls.valid` keeps their order and every picture."
    ),
    "net": N_(
        "A residual net, `xresnet50`, with random weights: `pretrained` is off by default. It takes pictures of any "
        "size, because it averages over all positions before its last layer. That layer has `n_out` outputs, one per "
        "class; if you leave `n_out` out, it has 1000."
    ),
    "loss": N_(
        "Cross-entropy: minus the logarithm of the probability given to the right class. fastai's version also knows "
        "that softmax turns outputs into probabilities, and has the attribute `y_int`, which mixup looks for. "
        "`accuracy` is only reported: nothing is trained on it. For a `CategoryBlock`, `Learner` would choose this "
        "loss by itself."
    ),
    "fit": N_(
        "{n_epochs} times through the training pictures, with Adam. Over the whole run the learning rate rises to the "
        "number given and falls to nearly 0, so a longer run follows a different schedule; it does not continue this "
        "one. After each epoch a line is printed."
    ),
}
"""Per line of the code: what it does. `said` translates the sentence and fills in its numbers."""


def said(line: str) -> str:
    """What the line is, in the visitor's language."""
    return tr(SAYS[line], min_scale=words.percent(MIN_SCALE, 0), n_epochs=PHASE.n_epochs)
