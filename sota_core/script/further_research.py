"""fastai code for what the chapter leaves to its readers: other loaders for TTA, corner crops, mixup inside the net."""

from sota_core.script.snippets import HEAD, HEAD_OF_LOADERS

CORNER_SHARE = 0.866  # of the shorter side: √0.75, the smallest crop that training with min_scale=0.75 takes


def other_loader_code(n: int, beta: float) -> str:
    """TTA on pictures that were never in the loaders, with labels or without."""
    return f"""{HEAD}

# learn: a trained Learner. tta takes any DataLoader, also learn.dls.train
files = get_image_files("new_pictures")
dl = learn.dls.test_dl(files)  # prepared like validation pictures; with_labels=True if folders are named by class
probs, _ = learn.tta(dl=dl, n={n}, beta={beta:g})
[learn.dls.vocab[i] for i in probs.argmax(1)]
"""


def corner_tta_code() -> str:
    """Centre and four corners in place of random views, for any Learner."""
    return f"""{HEAD}


class CropAt(Transform):
    "Crop a square of side share × shorter side; (x, y) = (0, 0) is the top left corner, (1, 1) the bottom right."

    order = 0  # before Resize, whose order is 1

    def __init__(self, x, y, share={CORNER_SHARE}):  # √0.75: the smallest crop of training with min_scale=0.75
        self.x, self.y, self.share = x, y, share

    def encodes(self, img: PILImage):
        side = round(self.share * min(img.size))
        left, top = round(self.x * (img.width - side)), round(self.y * (img.height - side))
        return img.crop((left, top, left + side, top + side))


def corner_tta(learn, dl=None):
    "Probabilities averaged over the centre and the four corners of every picture, and the targets."
    dl = dl or learn.dls.valid
    views = []
    for x, y in ((0.5, 0.5), (0, 0), (1, 0), (0, 1), (1, 1)):
        probs, targets = learn.get_preds(dl=dl.new(after_item=[CropAt(x, y), *dl.after_item.fs]))
        views.append(probs)
    return torch.stack(views).mean(0), targets


# learn: a trained Learner. Three accuracies on the same pictures
plain, targets = learn.get_preds()
corners, _ = corner_tta(learn)
random_views, _ = learn.tta()
accuracy(plain, targets), accuracy(corners, targets), accuracy(random_views, targets)
"""


def activation_mixup_code(alpha: float, n_epochs: int, lr: float) -> str:
    """Mixup on what one layer puts out, in place of the pictures: for any data a net turns into numbers."""
    return f"""{HEAD}


class ActivationMixUp(MixUp):
    "Mix the outputs of one layer within a batch, in place of the pictures. The loss and its weights are MixUp's."

    def __init__(self, layer, alpha=0.4):
        super().__init__(alpha)
        self.layer = layer

    def before_batch(self):
        n = self.y.size(0)
        lam = self.distrib.sample((n,)).to(self.x.device)
        self.lam = torch.max(lam, 1 - lam)  # the larger of lam and 1 - lam, as in MixUp
        self.partner = torch.randperm(n).to(self.x.device)
        self.yb1 = tuple(L(self.yb).itemgot(self.partner))
        self.hook = self.layer.register_forward_hook(self.mixed)

    def mixed(self, layer, inputs, out):
        return torch.lerp(out[self.partner], out, unsqueeze(self.lam, n=out.dim() - 1))

    def after_pred(self):
        self.hook.remove()  # so validation is not mixed


net = xresnet50(n_out=dls.c)
learn = Learner(
    dls,
    net,
    loss_func=CrossEntropyLossFlat(),
    metrics=accuracy,
    cbs=ActivationMixUp(net[5], {float(alpha)}),  # net[4] to net[7] are its four groups of blocks
)
learn.fit_one_cycle({n_epochs}, {lr:g})
"""


def pretrained_code() -> str:
    """Which Learner adds a pretrained net's statistics by itself, and which does not."""
    return f"""{HEAD}

learn = vision_learner(dls, resnet34, metrics=accuracy)
print(learn.dls.after_batch)  # now has Normalize, with the statistics resnet34 was trained with

learn = Learner(dls, xresnet50(n_out=dls.c), metrics=accuracy)  # adds no Normalize: put it into batch_tfms
"""


TORCHVISION_NET = "resnet34"


def fine_tune_code() -> str:
    """Fine-tune an ImageNet net on other pictures: small sizes first, one size, and one size without statistics."""
    return f"""{HEAD_OF_LOADERS}
path = Path("my_pictures")  # a folder with one folder of pictures per class
n = len(get_image_files(path))
bs = max(2, min(64, n // 5))  # a quarter of the training pictures at most: a batch that is not full is dropped


def get_dls(size):
    return ImageDataLoaders.from_folder(
        path,
        valid_pct=0.2,
        seed=42,  # the same pictures held out at every size
        bs=bs,
        item_tfms=Resize(460),
        batch_tfms=aug_transforms(size=size, min_scale=0.75),
    )


def accuracy_of(sizes, normalize=True):
    "Fine-tune at each size in turn; normalize with the pretrained net's statistics at every size, or not at all."
    set_seed(42)
    learn = vision_learner(get_dls(sizes[0]), {TORCHVISION_NET}, metrics=accuracy, normalize=normalize)
    norm = [t for t in learn.dls.after_batch.fs if isinstance(t, Normalize)]
    learn.fine_tune(3)
    for size in sizes[1:]:
        dls = get_dls(size)
        dls.add_tfms(norm, "after_batch")  # vision_learner added it to the first DataLoaders only
        learn.dls = dls
        learn.fine_tune(3)
    return learn.validate()[1]


print("128, then 224 px", accuracy_of([128, 224]))
print("224 px, as many epochs", accuracy_of([224, 224]))
print("224 px, no statistics", accuracy_of([224, 224], normalize=False))
"""


IMAGENETTE_SCRIPT = """python train_imagenette.py --epochs 80 --size 128 --mixup 0.4 --runs 3
python train_imagenette.py --epochs 80 --size 128 --mixup 0 --runs 3
"""
