"""Our single sampling step does what fastai's chain of transforms does: the same map for the same numbers, and numbers
of the same distribution.

Reference: the transforms that fastai's own `aug_transforms(size=…, min_scale=.75)` returns.
"""

import math
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from sota_core.data.loading import augment
from sota_core.data.loading.torchvision_ops import ensure_torchvision_ops

ensure_torchvision_ops()

# ruff: noqa: E402
from fastai.torch_core import TensorImage
from fastai.vision.augment import (
    Brightness,
    Contrast,
    Flip,
    RandomResizedCropGPU,
    Rotate,
    Warp,
    Zoom,
    aug_transforms,
    setup_aug_tfms,
)

pytestmark = pytest.mark.long  # imports fastai

N = 40_000
# The two-sample Kolmogorov-Smirnov distance, both of size N, that chance exceeds once in a million.
KS_LIMIT = math.sqrt(-math.log(1e-6 / 2) / 2) * math.sqrt(2 / N)


def fixed(**values: float) -> torch.Tensor:
    """One row of uniforms: every transform off and the crop whole, except for what is given."""
    off = {"flip": 0.9, "area": 1.0} | {name: 0.99 for name in augment.COLUMNS if name.endswith("_on")}
    off |= {"crop_x": 0.5, "crop_y": 0.5, "zoom_x": 0.5, "zoom_y": 0.5, "place": 0.5}
    row = off | values
    return torch.tensor([[row.get(name, 0.5) for name in augment.COLUMNS]])


def uniform_for(value: float, low: float, high: float) -> float:
    return (value - low) / (high - low)


def ramps(side: int) -> torch.Tensor:
    """A picture whose first two channels are its own x and y, so that a sampled pixel tells where it came from."""
    at = torch.linspace(-1, 1, side)
    return torch.stack([at.expand(side, side), at[:, None].expand(side, side), torch.zeros(side, side)])[None]


def points_by_fastai(tfms: list[Any], side: int) -> torch.Tensor:
    (combined,) = setup_aug_tfms(tfms)
    return combined(TensorImage(ramps(side)), split_idx=0)[0, :2]


def points_by_us(u: torch.Tensor, side: int) -> torch.Tensor:
    at = torch.linspace(-1, 1, side)  # fastai's target points, with corners aligned
    target = torch.stack([at.expand(side, side), at[:, None].expand(side, side), torch.ones(side, side)])
    x, y, z = torch.einsum("ij,jhw->ihw", augment.homographies(u)[0], target)
    return torch.stack([x / z, y / z])


CASES = {
    "nothing": ([], {}),
    "flip": ([Flip(p=1.0, draw=1.0)], {"flip": 0.1}),
    "rotate": ([Rotate(p=1.0, draw=7.0)], {"rotate_on": 0.0, "rotate": uniform_for(7, -10, 10)}),
    "zoom": (
        [Zoom(p=1.0, draw=1.08, draw_x=0.2, draw_y=0.9)],
        {"zoom_on": 0.0, "zoom": uniform_for(1.08, 1, 1.1), "zoom_x": 0.2, "zoom_y": 0.9},
    ),
    "warp": (
        [Warp(p=1.0, draw_x=0.15, draw_y=-0.1)],
        {
            "warp_x_on": 0.0,
            "warp_y_on": 0.0,
            "warp_x": uniform_for(0.15, -0.2, 0.2),
            "warp_y": uniform_for(-0.1, -0.2, 0.2),
        },
    ),
}


@pytest.mark.parametrize("names", [[name] for name in CASES if name != "nothing"] + [[*CASES][1:]], ids="+".join)
def test_the_same_numbers_give_fastais_map(names):
    values: dict[str, float] = {}
    tfms = []
    for name in ("flip", "warp", "rotate", "zoom"):  # the order in aug_transforms
        if name in names:
            tfms += CASES[name][0]
            values |= CASES[name][1]
    side = 65
    theirs, ours = points_by_fastai(tfms, side), points_by_us(fixed(**values), side)
    inside = (ours.abs() < 1).all(dim=0)  # beyond the edge fastai gives the mirrored point
    assert inside.float().mean() > 0.5
    torch.testing.assert_close(theirs[:, inside], ours[:, inside].to(theirs.dtype), atol=2e-5, rtol=0)


def test_with_everything_off_the_map_is_the_identity():
    torch.testing.assert_close(augment.homographies(fixed()), torch.eye(3)[None], atol=1e-6, rtol=0)


def test_the_crop_lies_inside_and_comes_first():
    matrix = augment.homographies(fixed(area=uniform_for(0.81, 0.75, 1.0), crop_x=1.0, crop_y=0.0))
    corners = torch.tensor([[-1.0, -1.0, 1.0], [1.0, 1.0, 1.0]])
    torch.testing.assert_close((corners @ matrix[0].T)[:, :2], torch.tensor([[-0.8, -1.0], [1.0, 0.8]]))


def test_sampling_the_identity_at_the_same_size_returns_the_picture():
    x = torch.rand(2, 3, 12, 12)
    matrices = torch.eye(3).repeat(2, 1, 1)
    torch.testing.assert_close(augment.sampled(x, matrices, 12), x, atol=1e-5, rtol=0)


def test_the_grid_is_torchs_affine_grid_where_the_map_is_affine():
    matrices = augment.homographies(fixed(rotate_on=0.0, rotate=0.9, flip=0.0))
    wanted = F.affine_grid(matrices[:, :2] / matrices[:, 2:, 2:], [1, 3, 9, 9], align_corners=False)
    torch.testing.assert_close(augment.grid(matrices, 9), wanted)


@pytest.mark.parametrize(("brightness", "contrast"), [(0.42, 1.0), (0.5, 1.2), (0.58, 0.81)])
def test_lighting_is_fastais(brightness, contrast):
    reach = -math.log(0.8)
    u = fixed(
        brightness_on=0.0,
        brightness=uniform_for(brightness, 0.4, 0.6),
        contrast_on=0.0,
        contrast=uniform_for(math.log(contrast), -reach, reach),
    )
    x = torch.rand(1, 3, 8, 8)
    (tfm,) = setup_aug_tfms([Brightness(p=1.0, draw=brightness), Contrast(p=1.0, draw=contrast)])
    wanted = tfm(TensorImage(x.clone()), split_idx=0)
    torch.testing.assert_close(augment.lit(x.clone(), *augment.lighting(u)), torch.Tensor(wanted), atol=1e-5, rtol=0)


def test_lighting_keeps_black_black_and_white_white():
    x = torch.tensor([0.0, 1.0]).view(1, 1, 1, 2)
    out = augment.lit(x, torch.tensor([1.2]), torch.tensor([0.4]))
    assert out.flatten().tolist() == pytest.approx([0, 1], abs=1e-5)


def numbers_by_fastai() -> dict[str, np.ndarray]:
    """The numbers that the chapter's transforms draw for N pictures, read from their own state after a call."""
    affine, light, crop = aug_transforms(size=64, min_scale=0.75)
    x = torch.zeros(N, 3, 1, 1)
    flip, turn, zoom = (f(x) for f in affine.aff_fs)
    (warp,) = affine.coord_fs
    warp.before_call(x)
    for f in light.fs:
        f.before_call(x)
    brightness, contrast = (f.change for f in light.fs)
    # a picture so large that rounding to whole pixels does not show; fastai draws one crop a batch: a call for each
    side = 10**6
    assert isinstance(crop, RandomResizedCropGPU)
    drawn = []
    for _ in range(N):
        crop.before_call(torch.empty(1, 3, side, side, device="meta"), 0)
        drawn.append((crop.cp_size[0] / side, *crop.tl))
    share, top, left = np.array(drawn).T
    slack = np.maximum(side * (1 - share), 1e-9)
    return {
        "flip": flip[:, 0, 0].numpy(),
        "angle": torch.rad2deg(torch.atan2(turn[:, 0, 1], turn[:, 0, 0])).numpy(),
        "zoom": (1 / zoom[:, 0, 0]).numpy(),
        "zoom_x": (zoom[:, 0, 2]).numpy(),
        "warp_y": -1 - warp.targ_pts[:, 0, 0].numpy(),
        "warp_x": -1 - warp.targ_pts[:, 0, 1].numpy(),
        "brightness": brightness.numpy(),
        "contrast": contrast.numpy(),
        "crop area": share**2,
        "crop top": top / slack,
        "crop left": left / slack,
    }


def numbers_by_us() -> dict[str, np.ndarray]:
    u = augment.draw(N)
    zoom, zoom_x, _ = augment.zooms(u)
    warp_x, warp_y = augment.warps(u)
    factor, shift = augment.lighting(u)
    side, crop_x, crop_y = augment.crops(u)
    slack = (1 - side).clamp_min(1e-9)
    found = {
        "flip": augment.flips(u),
        "angle": augment.angles(u),
        "zoom": zoom,
        "zoom_x": (1 - 1 / zoom) * zoom_x,
        "warp_x": warp_x,
        "warp_y": warp_y,
        "brightness": torch.sigmoid(shift / factor),
        "contrast": factor,
        "crop area": side**2,
        "crop top": (crop_y / slack + 1) / 2,
        "crop left": (crop_x / slack + 1) / 2,
    }
    return {name: value.numpy() for name, value in found.items()}


def largest_gap(a: np.ndarray, b: np.ndarray) -> float:
    """The Kolmogorov-Smirnov distance. Values are rounded, because the last bit of a float must not split the quarter
    of all values that are equal (transform off).
    """
    a, b = np.sort(a.round(4)), np.sort(b.round(4))
    at = np.concatenate([a, b])
    return float(np.abs(np.searchsorted(a, at, "right") / len(a) - np.searchsorted(b, at, "right") / len(b)).max())


def test_every_number_has_the_distribution_of_the_chapters_transforms():
    torch.manual_seed(1)
    theirs, ours = numbers_by_fastai(), numbers_by_us()
    gaps = {name: largest_gap(theirs[name], ours[name]) for name in theirs}
    assert ours.keys() == theirs.keys()
    assert max(gaps.values()) < KS_LIMIT, gaps


def test_the_test_would_notice_a_wrong_range():
    """The limit is sharp enough to tell ±10° from ±11°, and p = .75 from .8."""
    rng = np.random.default_rng(0)
    angle, on = rng.uniform(-10, 10, N), rng.random(N)
    assert largest_gap(np.where(on < 0.75, angle, 0), np.where(on < 0.8, angle, 0)) > KS_LIMIT
    assert largest_gap(np.where(on < 0.75, angle, 0), np.where(on < 0.75, 1.1 * angle, 0)) > KS_LIMIT


def test_the_numbers_follow_the_global_seed():
    torch.manual_seed(3)
    first = augment.draw(5)
    torch.manual_seed(3)
    assert torch.equal(first, augment.draw(5)) and not torch.equal(first, augment.draw(5))
