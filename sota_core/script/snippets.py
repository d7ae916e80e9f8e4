"""fastai code of what a page shows, ready to copy: built from the same values as the picture, run by the tests."""

from collections.abc import Sequence

from sota_core.data.sets.sources import SOURCES
from sota_core.functional.normalize import Stats
from sota_core.published import WIDE_OUTPUTS
from sota_core.recipes.scaling import fitting_bs
from sota_core.script.workers import UNFORKED

URLS = {
    "imagenette2": "IMAGENETTE",
    "imagenette2-320": "IMAGENETTE_320",
    "imagenette2-160": "IMAGENETTE_160",
    "imagewoof2": "IMAGEWOOF",
    "imagewoof2-320": "IMAGEWOOF_320",
    "imagewoof2-160": "IMAGEWOOF_160",
}
HEAD = "from fastai.vision.all import *"
HEAD_OF_LOADERS = f"{HEAD}\n\n{UNFORKED}"
_MY_PICTURES = 'path = Path("my_pictures")  # a folder with one folder of pictures per class'


def path_lines(source: str) -> str:
    """Where fastai finds these pictures. A folder of this machine is not named: the reader has another one."""
    if source in URLS:
        return f"path = untar_data(URLs.{URLS[source]})"
    if source in SOURCES:
        return (
            "# sota-lab draws these pictures: the next lines need its package, sota_core, so run them in its folder.\n"
            f"# With fastai alone, write instead: {_MY_PICTURES}\n"
            "from sota_core import settings\n"
            "from sota_core.data.sets.sources import ensure\n\n"
            f'path = ensure("{source}", settings.load())'
        )
    return _MY_PICTURES


def n_trained(n: int) -> int:
    """How many of n pictures fastai trains on where a random fifth is held out."""
    return n - int(0.2 * n)


def batches(sizes: Sequence[int], n: int | None) -> tuple[list[int], str]:
    """Batch sizes that a set of n pictures can fill, as the lab fits them, and a comment's line if one had to change.

    fastai drops a batch that is not full: without this, a small set would be trained on no batch at all, in silence.
    n  None: more than enough
    """
    if n is None or max(sizes) <= n_trained(n):
        return list(sizes), ""
    return [fitting_bs(bs, n_trained(n)) for bs in sizes], _too_few(max(sizes), n)


def _too_few(bs: int, n: int) -> str:
    return f"# small batches: this set's {n_trained(n)} pictures to train on do not fill one of {bs}\n"


def normalize_code(source: str, kind: str, stats: Stats | None, *, size: int, bs: int, n: int | None = None) -> str:
    """A batch under these statistics, and the check the chapter makes: kind is none, imagenet, batch or any other.

    n  pictures in the set; None: more than enough for a batch
    """
    why = "" if n is None or bs <= n_trained(n) else _too_few(bs, n)
    bs = min(bs, n_trained(n)) if why and n else bs
    lines = {
        "none": "batch_tfms=[],  # pixels stay in 0 … 1",
        "imagenet": "batch_tfms=[Normalize.from_stats(*imagenet_stats)],",
        "batch": "batch_tfms=[],  # normalized below, with the batch's own statistics",
    }
    transforms = lines.get(kind)
    if transforms is None:
        mean, std = stats or ((0.0,) * 3, (1.0,) * 3)
        transforms = f"batch_tfms=[Normalize.from_stats({_numbers(mean)}, {_numbers(std)})],"
    return f"""{HEAD_OF_LOADERS}
{path_lines(source)}
dblock = DataBlock(
    blocks=(ImageBlock, CategoryBlock),
    get_items=get_image_files,
    get_y=parent_label,
    item_tfms=Resize({size}),
    {transforms}
)
{why}dls = dblock.dataloaders(path, bs={bs})
xb, yb = dls.one_batch()
{_OWN_STATISTICS if kind == "batch" else ""}print(xb.mean(dim=[0, 2, 3]), xb.std(dim=[0, 2, 3]))
"""


_OWN_STATISTICS = """own = Normalize(xb.mean(dim=[0, 2, 3], keepdim=True), xb.std(dim=[0, 2, 3], keepdim=True))
xb = own(xb)  # mean 0 and std 1, for this batch only. For training, use batch_tfms=[Normalize()]: fastai then
# takes the statistics of one training batch at the start, so other batches only come near mean 0 and std 1
"""


def resizing_code(
    source: str,
    phases: Sequence[tuple[int, int, int]],
    *,
    presize: int,
    method: str,
    min_scale: float,
    n: int | None = None,
) -> str:
    """The plan as the chapter trains it: (size, bs, epochs) a phase, the first by fit_one_cycle, others by fine_tune.

    fine_tune adds a warm-up epoch, so a phase of n epochs asks for n − 1.

    n  pictures in the set; None: more than enough for every batch
    """
    fitting, why = batches([bs for _, bs, _ in phases], n)
    plan = [(size, bs, n_epochs) for (size, _, n_epochs), bs in zip(phases, fitting, strict=True)]
    (size, bs, n_epochs), *later = plan
    steps = f"""{why}dls = get_dls({bs}, {size})
learn = Learner(dls, xresnet50(n_out=dls.c), loss_func=CrossEntropyLossFlat(), metrics=accuracy)
learn.fit_one_cycle({n_epochs}, 3e-3)
"""
    for size, bs, n_epochs in later:
        fit = "learn.fit_one_cycle(1, 1e-3)"
        if n_epochs > 1:
            fit = f"learn.fine_tune({n_epochs - 1}, 1e-3)  # after one warm-up epoch"
        steps += f"learn.dls = get_dls({bs}, {size})\n{fit}\n"
    how = "" if method == "crop" else f", method=ResizeMethod.{method.capitalize()}"
    return f"""{HEAD_OF_LOADERS}
{path_lines(source)}


def get_dls(bs, size):
    dblock = DataBlock(
        blocks=(ImageBlock, CategoryBlock),
        get_items=get_image_files,
        get_y=parent_label,
        splitter=RandomSplitter(0.2, seed=42),  # the same pictures held out at every size
        item_tfms=Resize({presize}{how}),
        batch_tfms=[*aug_transforms(size=size, min_scale={min_scale:g}), Normalize.from_stats(*imagenet_stats)],
    )
    return dblock.dataloaders(path, bs=bs)


{steps}"""


def _numbers(values: Sequence[float]) -> str:
    return "[" + ", ".join(f"{v:.3f}" if v == 0 or abs(v) >= 0.1 else f"{v:.3g}" for v in values) + "]"


IMAGENET_OUTPUTS = WIDE_OUTPUTS


def mixup_code(alpha: float, n_epochs: int, lr: float, *, cut_alpha: float | None = None) -> str:
    """Train with MixUp at this α, or with CutMix at `cut_alpha`.

    α is written with its point: MixUp(1) fails, torch's Beta draws no λ from a whole number.
    """
    callback = f"MixUp({float(alpha)})" if cut_alpha is None else f"CutMix({float(cut_alpha)})"
    return f"""{HEAD}

learn = Learner(
    dls,
    xresnet50(n_out=dls.c),
    # fastai's loss has y_int=True, so the callback mixes two losses; with a loss that lacks it, such as
    # nn.CrossEntropyLoss, it would mix the class numbers themselves, which fails
    loss_func=CrossEntropyLossFlat(),
    metrics=accuracy,
    cbs={callback},
)
learn.fit_one_cycle({n_epochs}, {lr:g})
"""


def smoothing_code(eps: float, n_classes: int, n_epochs: int, lr: float) -> str:
    """Train with label smoothing; N is the net's number of outputs, so it is set at the net and not at the loss."""
    if n_classes == IMAGENET_OUTPUTS:
        net = "xresnet50(),  # without n_out: 1000 outputs, however many classes the data have"
    else:
        net = f"xresnet50(n_out={n_classes}),  # dls.c, the number of classes"
    return f"""{HEAD}

learn = Learner(
    dls,
    {net}
    loss_func=LabelSmoothingCrossEntropy(eps={eps:g}),
    metrics=[accuracy, F.cross_entropy],  # plain cross-entropy too: it can fall to 0
)
learn.fit_one_cycle({n_epochs}, {lr:g})
"""


def tta_code(
    n: int,
    beta: float,
    use_max: bool = False,
    *,
    log_odds: bool = False,
    mult: float = 1.0,
    max_zoom: float = 1.1,
    min_scale: float = 0.75,
) -> str:
    """Predict with n augmented views and the plain one, weighted as on the screen.

    mult, max_zoom, min_scale  of the transforms that draw the views; the chapter's by default
    """
    how = f"{'do_flip=False, ' * (mult == 0)}mult={mult:g}, max_zoom={max_zoom:g}, min_scale={min_scale:g}"
    stretched = "" if mult == 1 else f"\n# The views are those of DataLoaders made with aug_transforms(size=…, {how})"
    if mult == 0:
        stretched += "\n# and whose Resize cuts the middle out: in training, it cuts a square at a random place."
    elif mult < 1:
        stretched += (
            "\n# but fastai mirrors half of them and cuts them at a random place, at any mult: here both are less."
        )
    passes = f"{n + 1} passes over its validation pictures: one plain, {n} augmented as in training"
    head = f"""from fastai.vision.all import *

# learn: a trained Learner. {passes}{stretched}
"""
    if log_odds and not use_max:
        return f"""{head}dl = learn.dls.valid
with dl.dataset.set_split_idx(0):  # 0: training transforms; fastai's tta would average probabilities
    views = torch.stack([learn.get_preds(dl=dl)[0] for _ in range({n})])
plain, targets = learn.get_preds(dl=dl)
tiny = torch.finfo(plain.dtype).tiny  # in place of probabilities that were rounded to 0
logits = torch.lerp(views.clamp(min=tiny).log().mean(0), plain.clamp(min=tiny).log(), {beta:g})
probs = logits.softmax(1)
accuracy(probs, targets)
"""
    how = f"n={n}, use_max=True" if use_max else f"n={n}, beta={beta:g}"
    note = (
        "the largest over all views, per class; rows no longer sum to 1" if use_max else "beta: the plain view's weight"
    )
    return f"""{head}probs, targets = learn.tta({how})  # {note}
accuracy(probs, targets)
"""
