"""The code to copy for TTA does what the page shows: run with a small Learner, it gives our own combination."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sota_core.functional.tta import combine, combine_logits
from sota_core.script.snippets import tta_code


def test_fastais_defaults_are_written_out_and_the_passes_counted() -> None:
    code = tta_code(4, 0.25)
    assert "learn.tta(n=4, beta=0.25)" in code and "5 passes" in code
    assert "learn.tta(n=2, use_max=True)" in tta_code(2, 0.25, True)


def test_what_fastai_does_not_do_by_itself_is_said() -> None:
    assert "learn.tta" not in tta_code(4, 0.25, log_odds=True) and "learn.tta" in tta_code(4, 0.25, True, log_odds=True)
    stretched = tta_code(4, 0.25, mult=2, max_zoom=1.2, min_scale=0.5)
    assert "aug_transforms(size=…, mult=2, max_zoom=1.2, min_scale=0.5)" in stretched
    assert "aug_transforms" not in tta_code(4, 0.25)
    assert "mirrors half" in tta_code(4, 0.25, mult=0.5) and "mirrors" not in stretched


def test_at_no_strength_fastais_transforms_leave_a_view_as_it_is() -> None:
    from sota_core.data.loading.torchvision_ops import ensure_torchvision_ops

    ensure_torchvision_ops()
    from fastai.vision.augment import aug_transforms

    code = tta_code(4, 0.25, mult=0, max_zoom=1, min_scale=1)
    (given,) = re.findall(r"aug_transforms\(size=…, (.*)\)", code)
    made = eval(f"aug_transforms(size=32, {given})", {"aug_transforms": aug_transforms})
    assert made == []


@pytest.fixture
def learn(tmp_path: Path):
    """An untrained net with twelve pictures and the chapter's augmentation."""
    from sota_core.data.loading.torchvision_ops import ensure_torchvision_ops

    ensure_torchvision_ops()
    from fastai.vision.all import ImageDataLoaders, Learner, Resize, aug_transforms, xresnet18

    rng = np.random.default_rng(0)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for i in range(6):
            pixels = rng.integers(0, 255, (40, 48, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / name / f"{i}.png")
    dls = ImageDataLoaders.from_folder(
        tmp_path,
        valid_pct=0.5,
        seed=0,
        item_tfms=Resize(40),
        batch_tfms=aug_transforms(size=32, min_scale=0.75),
        bs=4,
        num_workers=0,
    )
    learn = Learner(dls, xresnet18(n_out=2, widen=0.25))
    with learn.no_bar():
        yield learn


@pytest.mark.slow
def test_the_code_runs_and_weighs_as_the_page_does(learn) -> None:
    import torch

    def seeded(run):
        import random

        random.seed(3)
        np.random.seed(3)
        torch.manual_seed(3)
        return run()

    names = {"learn": learn}
    seeded(lambda: exec(tta_code(2, 0.4), names))
    augmented, plain = (part.numpy() for part in seeded(lambda: learn.tta(n=2, beta=None))[0])
    np.testing.assert_allclose(names["probs"].numpy(), combine(plain, augmented[None], 0.4), atol=1e-6)


@pytest.mark.slow
def test_the_code_for_the_maximum_runs_and_its_rows_exceed_one(learn) -> None:
    names = {"learn": learn}
    exec(tta_code(2, 0.25, use_max=True), names)
    assert (names["probs"].sum(1) > 1).all()


@pytest.mark.slow
def test_the_code_for_log_odds_runs_and_averages_logits_of_different_views(learn) -> None:
    names = {"learn": learn}
    exec(tta_code(3, 0.4, log_odds=True), names)
    views, plain = names["views"].numpy(), names["plain"].numpy()
    # new augmentations, as in training
    assert views.shape == (3, *plain.shape) and np.abs(views[0] - views[1]).max() > 1e-4
    np.testing.assert_allclose(names["probs"].numpy(), combine_logits(plain, views, 0.4), atol=1e-6)
