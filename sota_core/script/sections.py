"""The sections of a recipe's fastai code, in order: pictures and split, loaders, learner, training, last validation.

Only what the recipe needs is written. The order of random draws is our run's: the split before the seed, the loaders
before the net; so with `loader=files` the first losses are those of our run, up to rounding.
"""

from sota_core import paths, words
from sota_core.data.loading.torchvision_ops import AS_CODE
from sota_core.published import WIDE_OUTPUTS, experiments
from sota_core.recipes import PUBLISHED_IDS, TITLES, Phase, Recipe
from sota_core.recipes.fields import RESNETS
from sota_core.recipes.pretrained import NETS, NONE, SAMPLE, SAMPLE_NET, stats_of
from sota_core.script.own_pictures import layout_of
from sota_core.script.pictures import OWN, PLAIN, Names, Section, indented, is_random, is_reduced, noise, pictures
from sota_core.script.workers import forked

# How near the losses of this code come to those of our run with loader=files, in fp32 on a CPU: in the first N_CLOSE
# batches, and in later ones. tests/script/test_against_a_run.py compares them.
N_CLOSE, CLOSE, LATER = 4, 1e-5, 2e-3
# As in our runs. Which worker cuts which picture decides the random crops, so another number gives other losses.
NUM_WORKERS = 2


def sections(recipe: Recipe, *, folder: str | None = None, num_workers: int = NUM_WORKERS) -> list[Section]:
    """The code of a recipe.

    folder  where the pictures lie, for a data set that fastai does not know; else a name to be replaced

    Raises
        SourceError  there is such a folder, and it is no data set.
    """
    layout = layout_of(recipe, folder)
    names = PLAIN if layout is None else OWN
    found = [_about(recipe, num_workers), pictures(recipe, folder, layout)]
    if recipe.label_noise:
        found.append(noise(recipe, names))
    loaders = _loaders(recipe, names, num_workers, is_random(recipe, layout))
    return [*found, loaders, _learner(recipe), _training(recipe), _validation(recipe)]


def _about(recipe: Recipe, num_workers: int) -> Section:
    packages = "fastai and safetensors" if recipe.pretrained == SAMPLE else "no package but fastai"
    said = [f"Written by sota-lab for fastai 2.8; needs {packages}.", TEXTS, CPU_BUILD]
    if recipe.loader == "cache":
        said.append(
            "With this recipe's loader=cache, sota-lab decodes every picture once and augments it in one resampling; "
            "fastai decodes it in every epoch and resamples it several times, so accuracies agree only within chance."
        )
        if recipe.normalize != "dataset":  # dataset: statistics, and so losses, differ a little
            said.append(
                "With loader=files, sota-lab reads pictures as fastai does. Its tests, in fp32 on a CPU, then find the "
                f"losses of the first {N_CLOSE} batches within {CLOSE:.5f} of this code's, later ones within {LATER}."
            )
    code = "\n\n".join(["import torch", AS_CODE, *([forked(num_workers)] if num_workers else []), _FASTAI])
    return Section(TITLES.get(recipe.preset, "A recipe of your own"), " ".join(said), code)


TEXTS = 'Here "the book" is fastbook chapter 7, and "the notes" are C. Mills, Notes on fastai Book Ch. 7 (2022).'
CPU_BUILD = (
    "A CPU build of torch needs torchvision from the same index (pip install --upgrade torch torchvision --index-url "
    "https://download.pytorch.org/whl/cpu); with torchvision from PyPI, importing fastai fails with `operator "
    "torchvision::nms does not exist`. The first lines below prevent this error: they declare the two missing "
    "operators, which nothing here calls. Where torchvision loads without an error, they do nothing."
)
_FASTAI = "from fastai.vision.all import *"


# --- loaders -----------------------------------------------------------------------------------------


def _loaders(recipe: Recipe, names: Names, num_workers: int, is_drawn: bool) -> Section:
    several = len(recipe.phases) > 1
    said = f"Every picture is cropped to {recipe.presize} px square; batches are augmented and resized on the device."
    if recipe.resize != "crop":
        said = f"Every picture is made {recipe.presize} px square by {_resize(recipe)}; the book and the notes crop."
    elif recipe.presize != 460:
        said += " The book and the notes presize to 460 px."
    lines: list[str] = []
    if recipe.normalize == "dataset":
        said += " Normalized with the training pictures' own statistics; sota-lab's agree with these to about 3 digits."
        lines += [_CHANNEL_STATS, "", ""]
    elif recipe.normalize == "batch":
        said += " Normalize() without statistics takes those of one training batch."
    elif recipe.normalize == "pretrained":
        said += " Normalized with the statistics that the pretrained net was trained with."
    split = "split[:2]" if recipe.resplit and is_reduced(recipe) else "split"
    get_y = "noisy_label" if recipe.label_noise else names.label
    held_out: list[str] = []
    if recipe.label_noise and recipe.resplit:
        get_y = f"lambda file: {names.label}(file) if file in held_out else noisy_label(file)"
        held_out = ["held_out = {files[i] for i in split[-1]}"]
    block = [
        *held_out,
        "dblock = DataBlock(",
        f"    blocks=(ImageBlock, {_category_block(recipe, names)}),",
        f"    get_y={get_y},",
        f"    splitter=lambda _: {split},",
        f"    item_tfms={_resize(recipe)},",
        *indented(_batch_tfms(recipe, "size" if several else str(recipe.phases[0].size))),
        ")",
    ]
    device = "" if recipe.device == "auto" else f', device="{recipe.device}"'
    bs = "bs" if several else recipe.phases[0].bs
    workers = "n_workers" if num_workers else 0
    made = f"dblock.dataloaders(files, bs={bs}, num_workers={workers}{device})"
    seeded = f"set_seed({recipe.seed})" + ("  # after the split: RandomSplitter seeds torch too" if is_drawn else "")
    if several:
        arguments = "bs, size, split" if recipe.resplit else "bs, size"
        lines += [f"def get_dls({arguments}):", *indented(block), f"    return {made}", "", ""]
        lines += [seeded, f"dls = {_call(recipe, 0)}"]
    else:
        if recipe.resplit:
            block.insert(0, "split = splits[0]")
        lines += [*block, seeded, f"dls = {made}"]
    return Section("Loaders", said, "\n".join(lines))


def _call(recipe: Recipe, index: int) -> str:
    phase = recipe.phases[index]
    split = f", splits[{index}]" if recipe.resplit else ""
    return f"get_dls({phase.bs}, {phase.size}{split})"


def _category_block(recipe: Recipe, names: Names) -> str:
    if recipe.subset == 1 and names is PLAIN:
        return "CategoryBlock"
    return f"CategoryBlock(vocab={names.classes})"  # also those that no training picture shows


def _resize(recipe: Recipe) -> str:
    how = "" if recipe.resize == "crop" else f", method=ResizeMethod.{recipe.resize.capitalize()}"
    return f"Resize({recipe.presize}{how})"


def _batch_tfms(recipe: Recipe, size: str) -> list[str]:
    augmented = f"aug_transforms(size={size}, min_scale=0.75)"
    normalize = {
        "imagenet": "Normalize.from_stats(*imagenet_stats)",
        "batch": "Normalize()",
        "dataset": "Normalize.from_stats(*channel_stats([files[i] for i in split[0]]))",
    }
    if recipe.normalize == "pretrained":
        mean, std = ([round(value, 6) for value in values] for values in stats_of(recipe.pretrained))
        normalize["pretrained"] = f"Normalize.from_stats({mean}, {std})"
    if recipe.normalize == "none":
        return [f"batch_tfms={augmented},"]
    return ["batch_tfms=[", f"    *{augmented},", f"    {normalize[recipe.normalize]},", "],"]


_CHANNEL_STATS = """def channel_stats(files):
    "Mean and standard deviation per channel of all pixels, in 0 … 1."
    sums, squares, n = np.zeros(3), np.zeros(3), 0
    for file in files:
        image = PILImage.create(file)
        image.thumbnail((256, 256))
        pixels = np.asarray(image).reshape(-1, 3) / 255
        sums, squares, n = sums + pixels.sum(0), squares + (pixels**2).sum(0), n + len(pixels)
    mean = sums / n
    return mean.tolist(), np.sqrt(squares / n - mean**2).tolist()"""


# --- net, training, validation -----------------------------------------------------------------------


def _learner(recipe: Recipe) -> Section:
    width = "" if recipe.width == 1 else f", widen={recipe.width!r}"
    loss = "CrossEntropyLossFlat()"
    said, net, before = "From scratch, with one output per class.", f"{recipe.arch}(n_out=dls.c{width})", []
    table = PUBLISHED_IDS.get(recipe.preset)
    if table and experiments()[table].n_outputs == WIDE_OUTPUTS:
        said = "From scratch, with one output per class; the notes call xresnet50() without n_out: 1000 outputs."
    if (start := NETS.get(recipe.pretrained)) is not None:
        said = (
            f"It starts from the weights of {start.title}, except for the last layer, which starts at random and has "
            "one output per class. Its parameters are in three groups, divided as vision_learner divides them."
        )
        before = _from_the_sample_net(net) if recipe.pretrained == SAMPLE else _from_torchvision(recipe.arch)
        net = "net"
    elif recipe.arch in RESNETS:
        net = f"models.{recipe.arch}(num_classes=dls.c)"
    if recipe.label_smoothing:
        loss = f"LabelSmoothingCrossEntropy(eps={recipe.label_smoothing!r})"
        said += " The smoothed loss has a floor above 0, so compare accuracies, not losses."
    lines = [
        *before,
        "learn = Learner(",
        "    dls,",
        f"    {net},",
        *(["    splitter=body_and_head,"] if start else []),
        f"    loss_func={loss},",
        "    metrics=accuracy,",
    ]
    if recipe.mixup_alpha:
        lines.append(f"    cbs=MixUp({recipe.mixup_alpha!r}),")
        said += " MixUp blends the pictures of a batch, in training only: train_loss and valid_loss are not comparable."
    if recipe.cutmix_alpha:
        lines.append(f"    cbs=CutMix({recipe.cutmix_alpha!r}),")
        said += " CutMix pastes a box of another picture, in training only: do not compare train_loss with valid_loss."
    precision, more = _precision(recipe)
    return Section("The learner", said + more, "\n".join([*lines, ")" + precision[0], *precision[1:]]))


_GROUPS = """def body_and_head(net):
    "Two parts of the body, and the head: fine_tune freezes the body for an epoch, then trains it at lower rates."
    layers = list(net.children())
    return L(nn.Sequential(*part) for part in (layers[:{first}], layers[{first}:8], layers[8:])).map(params)


"""


def _from_the_sample_net(net: str) -> list[str]:
    file = (SAMPLE_NET / "model.safetensors").relative_to(paths.ROOT).as_posix()
    code = f"""from safetensors.torch import load_file


{_GROUPS.format(first=3)}net = {net}
last = f"{{len(net) - 1}}."
weights = load_file("{file}")  # in sota-lab's folder
net.load_state_dict({{k: w.float() for k, w in weights.items() if not k.startswith(last)}}, strict=False)
"""
    return code.splitlines()


def _from_torchvision(arch: str) -> list[str]:
    code = f"""

{_GROUPS.format(first=6)}net = models.{arch}(weights="DEFAULT")  # downloaded once, then read from torch's cache
net.fc = nn.Linear(net.fc.in_features, dls.c)
"""
    return code.splitlines()


def _precision(recipe: Recipe) -> tuple[list[str], str]:
    """The code for the precision, which follows the Learner's closing bracket, and a sentence about it."""
    if recipe.precision in ("fp16", "bf16"):
        return [f".to_{recipe.precision}()"], " Mixed precision is for CUDA GPUs."
    if recipe.precision == "fp32" or recipe.device in ("cpu", "mps"):
        return [""], ""
    return [
        "",
        "if torch.cuda.is_available():  # mixed precision, on CUDA GPUs only",
        "    learn = learn.to_bf16() if torch.cuda.is_bf16_supported() else learn.to_fp16()",
    ], " fastai's mixed precision is for CUDA GPUs; sota-lab also uses bf16 on CPUs that can multiply in it."


def _training(recipe: Recipe) -> Section:
    lines = [_fit(recipe.phases[0])]
    for index, phase in enumerate(recipe.phases[1:], 1):
        lines += ["", f"learn.dls = {_call(recipe, index)}", _fit(phase)]
    said = "The second number is the peak learning rate of the one-cycle schedule."
    if any(phase.method == "fine_tune" for phase in recipe.phases):
        if recipe.pretrained == NONE:
            said += " fine_tune first adds one warm-up epoch, then trains the given epochs at half that rate. This net "
            said += "has a single parameter group, so nothing is frozen."
        else:
            said += " fine_tune first adds one epoch, in which of the body only the batch norms learn. Then it trains "
            said += "the head at half the rate, the body's first part at a hundredth of that, its second at a tenth."
    return Section("Training", said, "\n".join(lines))


def _fit(phase: Phase) -> str:
    return f"learn.{phase.method}({phase.n_epochs}, {_rate(phase.lr)})"


def _rate(lr: float) -> str:
    """
    >>> _rate(0.003), _rate(0.0015), _rate(0.25)
    ('3e-3', '1.5e-3', '0.25')
    """
    mantissa, _, power = f"{lr:e}".partition("e")
    short = f"{float(mantissa):g}e{int(power)}"
    return short if lr < 0.1 and float(short) == lr else repr(lr)


def _validation(recipe: Recipe) -> Section:
    lines: list[str] = []
    said = "On the validation pictures without augmentation"
    if recipe.precision != "fp32" and not (recipe.precision == "auto" and recipe.device in ("cpu", "mps")):
        lines.append("learn.to_fp32()")
    dl = ""
    if recipe.valid_limit:
        valid = "splits[-1][2]" if recipe.resplit else "valid"
        lines.append(f"dl = learn.dls.test_dl([files[i] for i in {valid}], with_labels=True)")
        dl = "dl=dl"
        said = "On all validation pictures without augmentation"
    lines += [f'print(f"accuracy {{learn.validate({dl})[1]:.4f}}")']
    if recipe.tta_n:
        weight = "use_max=True" if recipe.tta_use_max else f"beta={recipe.tta_beta!r}"
        lines += [
            f"probs, labels = learn.tta({dl + ', ' if dl else ''}n={recipe.tta_n}, {weight})",
            'print(f"with TTA {accuracy(probs, labels).item():.4f}")',
        ]
        views = words.plural(recipe.tta_n, "augmented view")
        said += f", then with {views} of each: learn.tta makes {recipe.tta_n + 1} passes, one of them plain"
    return Section("The last validation", said + ".", "\n".join(lines))
