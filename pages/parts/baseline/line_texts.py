"""What each line of the baseline's code says."""

from collections.abc import Mapping

from sota_core import words
from sota_core.language import N_, tr
from sota_core.script.baseline import MIN_SCALE, PHASE

SAYS: Mapping[str, str] = {
    "set": N_(
        "`path` is a folder that holds a folder for each class, in Imagenette below `train` and `val`. The chapter "
        "gets it by `untar_data(URLs.IMAGENETTE)`, which fetches and unpacks an archive the first time and afterwards "
        "finds it under `~/.fastai/data`."
    ),
    "blocks": N_(
        "What goes in, and what is to come out. `ImageBlock` opens a file as a picture in RGB; in a batch its bytes "
        "become numbers from 0 to 1. `CategoryBlock` gathers the class names, sorts them by the alphabet and gives "
        "each a number: that list is `dls.vocab`, its length `dls.c`."
    ),
    "files": N_(
        "Called with `path`, `get_image_files` walks through every folder below it and lists what has a picture's "
        "ending; hidden folders are passed over. `train` and `val` end up in one list."
    ),
    "labels": N_(
        "Called with a file, `parent_label` gives the name of the folder it lies in: its class. A picture in the "
        "wrong folder has the wrong label, and nothing will say so."
    ),
    "split": N_(
        "No `splitter` is given, so fastai takes `RandomSplitter`: a fifth is held out by chance, another each time, "
        "as there is no seed. The folders `train` and `val` play no part in it. The leaderboard's figures are on "
        "`val`; for that write `splitter=GrandparentSplitter(valid_name='val')`."
    ),
    "resize": N_(
        "Presizing, first half, picture by picture on the processor. `Resize` takes the largest square, in training "
        "at a random place, in validation the middle one, and brings it to 460 px: all pictures of a batch must be "
        "equally large, and what is turned and cropped next should hold more pixels than the 224 px it ends at."
    ),
    "augment": N_(
        "Presizing, second half, the whole batch at once, on the graphics card if there is one: a flip, a lean, a "
        "turn of up to 10°, a zoom, composed into one sampling in place of four; then light and contrast; then a "
        "random crop of at least {min_scale} of the area, brought to 224 px. Validation pictures are only brought to "
        "size."
    ),
    "loaders": N_(
        "Two loaders in one object, `dls.train` and `dls.valid`. Training shuffles, and leaves out a last batch that "
        "is not full; validation keeps the order and everything."
    ),
    "net": N_(
        "A residual net, `xresnet50`, with random weights: `pretrained` is off unless one asks. It takes pictures of "
        "any size: before its last layer all places are averaged. That layer has `n_out` outputs, one per class. Left "
        "out, that is 1000."
    ),
    "loss": N_(
        "Cross-entropy: minus the logarithm of the probability given to the right class. fastai's version also knows "
        "that softmax turns outputs into probabilities, and says `y_int`, which mixup asks for. `accuracy` is "
        "reported only: nothing is trained on it. Learner would choose this loss by itself for a `CategoryBlock`."
    ),
    "fit": N_(
        "{n_epochs} times through the training pictures, with Adam. The learning rate climbs to the number given and "
        "falls to nearly 0 over the whole run, so a longer run is another schedule, not the same one continued. After "
        "each epoch a line is printed."
    ),
}
"""Per line of the code: what it does. `said` translates the sentence and fills in its numbers."""


def said(line: str) -> str:
    """What the line is, in the visitor's language."""
    return tr(SAYS[line], min_scale=words.percent(MIN_SCALE, 0), n_epochs=PHASE.n_epochs)
