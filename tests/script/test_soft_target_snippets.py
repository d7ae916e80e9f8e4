"""The code to copy for soft targets does what the page shows, and fastai runs it as it stands."""

import pytest

from sota_core.script.snippets import mixup_code, smoothing_code

CODES = {
    "mixup": (mixup_code(0.4, 1, 3e-3), "MixUp(0.4)"),
    "mixup, α a whole number": (mixup_code(1, 1, 3e-3), "MixUp(1.0)"),
    "cutmix": (mixup_code(0.4, 1, 3e-3, cut_alpha=1), "CutMix(1.0)"),
    "smoothing": (smoothing_code(0.1, 2, 1, 3e-3), "LabelSmoothingCrossEntropy(eps=0.1)"),
    "smoothing, N by accident": (smoothing_code(0.25, 1000, 1, 3e-3), "xresnet50(),"),
}


@pytest.mark.parametrize("name", CODES)
def test_the_state_of_the_page_stands_in_the_code(name: str) -> None:
    code, part = CODES[name]
    assert part in code and "fit_one_cycle(1, 0.003)" in code
    compile(code, name, "exec")


@pytest.mark.slow
@pytest.mark.parametrize(("mixes", "message"), [(False, ""), (True, "dtype")])
def test_torchs_own_loss_takes_class_numbers_but_not_mixed_ones(mixes: bool, message: str) -> None:
    """torch's loss has no y_int, so MixUp mixes the class numbers themselves, and the loss fails. Without MixUp it
    trains.
    """
    import torch

    from sota_core.data.loading.torchvision_ops import ensure_torchvision_ops

    ensure_torchvision_ops()
    import fastai.callback.progress  # noqa: F401  adds no_bar to Learner
    from fastai.callback.mixup import MixUp
    from fastai.data.core import DataLoaders
    from fastai.learner import Learner
    from fastai.losses import CrossEntropyLossFlat, LabelSmoothingCrossEntropy
    from fastai.vision.models.xresnet import xresnet18

    assert CrossEntropyLossFlat.y_int and LabelSmoothingCrossEntropy.y_int
    items = [(torch.randn(3, 32, 32), torch.tensor(i % 2)) for i in range(12)]
    dls = DataLoaders.from_dsets(items[:8], items[8:], bs=4, device="cpu", num_workers=0)
    learn = Learner(dls, xresnet18(n_out=2, widen=0.125), torch.nn.CrossEntropyLoss(), cbs=[MixUp(0.4)] * mixes)
    with learn.no_bar(), learn.no_logging():
        if mixes:
            with pytest.raises(RuntimeError, match=message):
                learn.fit(1)
        else:
            learn.fit(1)


def test_the_number_of_classes_stands_at_the_net() -> None:
    assert "xresnet50(n_out=5)" in smoothing_code(0.1, 5, 15, 3e-3)


@pytest.mark.slow
@pytest.mark.parametrize("name", CODES)
def test_fastai_runs_the_code_and_gives_a_loss(name: str) -> None:
    import torch

    from sota_core.data.loading.torchvision_ops import ensure_torchvision_ops

    ensure_torchvision_ops()
    from fastai.data.core import DataLoaders

    # Two classes of six pictures of 32 px: enough for one epoch of the net that the code names.
    torch.manual_seed(0)
    items = [(torch.randn(3, 32, 32), torch.tensor(i % 2)) for i in range(12)]
    dls = DataLoaders.from_dsets(items[:8], items[8:], bs=4, device="cpu", num_workers=0)
    dls.c = 2
    scope = {"dls": dls}
    code, _ = CODES[name]
    exec(code, scope)
    learn = scope["learn"]
    assert len(learn.recorder.losses) == 2 and all(torch.isfinite(loss) for loss in learn.recorder.losses)
    if "accident" in name:
        assert learn.model[-1].out_features == 1000
