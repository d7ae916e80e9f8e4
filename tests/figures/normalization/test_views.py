"""What the page shows of a channel at every value of its statistics: functional's numbers, to the digits shown."""

import re

import numpy as np
import pytest

from sota_core.figures.normalization import templates, views
from sota_core.figures.normalization.statistics import (
    CHANNELS,
    SPAN,
    Batch,
    measure,
    number,
)
from sota_core.functional.normalize import IMAGENET_MEAN, IMAGENET_STD, channel_stats, normalize
from tests.figures.normalization.pixels import shown_after
from tests.figures.templates import slots_of


@pytest.fixture
def pixels() -> np.ndarray:
    return np.random.default_rng(3).integers(0, 200, (2, 3, 16, 16), dtype=np.uint8)


@pytest.fixture
def batch(pixels: np.ndarray) -> Batch:
    return measure(pixels)


def corners(path: str) -> np.ndarray:
    """(n, 2): the corners of an outline that `Axes.path` has written."""
    return np.array([int(text) for text in re.findall(r"-?\d+", path)]).reshape(-1, 2).cumsum(axis=0)


@pytest.mark.parametrize("mean", [0.0, 0.3, 0.485, 1.0])
@pytest.mark.parametrize("std", [0.01, 0.22, 1.0])
def test_mean_and_deviation_after_are_those_of_the_normalized_batch(pixels, batch: Batch, mean: float, std: float):
    after = normalize(pixels / 255, (mean,) * 3, (std,) * 3)
    means, stds = channel_stats(after)
    for c, name in enumerate(CHANNELS):
        shown = views.channel_after(batch, c, (mean, std), "scale")
        assert float(shown[f"mean_after_{name}"].replace("−", "-")) == pytest.approx(means[c], abs=6e-4)
        assert float(shown[f"std_after_{name}"]) == pytest.approx(stds[c], abs=6e-4)
        assert shown[f"used_mean_{name}"] == number(mean) and shown[f"used_std_{name}"] == number(std)


def test_a_batchs_own_statistics_bring_it_to_0_and_1(batch: Batch):
    for c, name in enumerate(CHANNELS):
        shown = views.channel_after(batch, c, (batch.mean[c], batch.std[c]), "scale")
        assert (shown[f"mean_after_{name}"], shown[f"std_after_{name}"]) == ("0.000", "1.000")


def test_without_statistics_nothing_changes(batch: Batch):
    shown = views.channel_after(batch, 1, None, "clip")
    assert (shown["mean_after_G"], shown["std_after_G"]) == (number(batch.mean[1]), number(batch.std[1]))
    assert (shown["slope_G"], shown["shift_G"], shown["used_G"], shown["used_mean_G"]) == (
        "1.00000",
        "0.00000",
        "",
        "–",
    )
    assert views.in_words(batch, None)["axis_after"] == "pixel value, unchanged"
    used = (IMAGENET_MEAN, IMAGENET_STD)
    assert views.in_words(batch, used)["axis_after"] == "normalized value (x − m) / s"


@pytest.mark.parametrize("how", ["scale", "clip", "undo"])
@pytest.mark.parametrize("stats", [None, (IMAGENET_MEAN, IMAGENET_STD), ((0.2,) * 3, (0.05,) * 3)])
def test_the_browser_s_straight_line_gives_the_pixels_that_are_shown(pixels, batch: Batch, stats, how: str):
    right = shown_after(pixels, stats, how)
    for c, name in enumerate(CHANNELS):
        shown = views.channel_after(batch, c, stats and (stats[0][c], stats[1][c]), how)
        line = np.clip(float(shown[f"slope_{name}"]) * pixels[:, c] / 255 + float(shown[f"shift_{name}"]), 0, 1)
        assert np.abs(np.rint(255 * line) - right[:, c]).max() <= 1


def test_a_hill_after_is_the_hill_before_moved_to_where_its_values_went(batch: Batch):
    x = corners(views.hill(batch, 0)["hill_R"])[:, 0] / 1000
    shown = views.channel_after(batch, 0, (0.5, 0.25), "scale")
    found = re.fullmatch(r"translate\((-?[\d.]+) 0\) scale\((-?[\d.]+) 1\)", shown["after_R"])
    assert found is not None
    start, scale = float(found[1]), float(found[2])
    at = (start + scale * 1000 * x) / 1000 * 2 * SPAN - SPAN
    np.testing.assert_allclose(at, (x - 0.5) / 0.25, atol=2e-2)


def test_a_hill_stands_on_its_row_and_is_as_high_as_its_fullest_bin(batch: Batch):
    for c in range(3):
        y = 3.0 - corners(views.hill(batch, c)[f"hill_{CHANNELS[c]}"])[:, 1] / 1000 * 3.2
        assert y.min() == pytest.approx(views.base(c), abs=2e-3)
        assert y.max() == pytest.approx(views.base(c) + views.TALL, abs=2e-3)


def test_the_marks_stand_at_the_mean_and_span_a_deviation_each_way(batch: Batch):
    found = re.fullmatch(r"M(-?\d+) \d+V\d+M(-?\d+) \d+H(-?\d+)", views.hill(batch, 0)["own_R"])
    assert found is not None
    at, left, right = (int(text) for text in found.groups())
    assert at / 1000 == pytest.approx(batch.mean[0], abs=1e-3)
    assert (right - left) / 1000 == pytest.approx(2 * batch.std[0], abs=2e-3)


def test_the_arithmetic_is_of_the_middle_pixel_and_of_the_batch(pixels, batch: Batch):
    shown = views.arithmetic(batch, (0.5, 0.25))
    x = pixels[0, 0, 8, 8] / 255
    assert float(shown["pixel"]) == pytest.approx(x, abs=6e-6) and shown["z"] == number((x - 0.5) / 0.25)
    assert shown["z_bar"] == number((batch.mean[0] - 0.5) / 0.25) and shown["sigma_z"] == number(batch.std[0] / 0.25)
    assert (shown["is_used"], shown["is_plain"]) == ("", "none")
    assert views.arithmetic(batch, None)["is_used"] == "none"


@pytest.mark.parametrize("used", [(0.485, 0.229), (0.123456, 0.0987654), (0.3, 0.01)])
def test_a_reader_who_computes_with_what_is_shown_finds_what_is_shown(batch: Batch, used: tuple[float, float]):
    texts = {slot: text for slot, text in views.arithmetic(batch, used).items() if text not in ("", "none")}
    shown = {slot: float(text.replace("−", "-").replace(",", "")) for slot, text in texts.items()}
    for x, z in (("pixel", "z"), ("x_bar", "z_bar")):
        assert (shown[x] - shown["m"]) / shown["s"] == pytest.approx(shown[z], abs=0.0011, rel=2e-4), x
    assert shown["sigma"] / shown["s"] == pytest.approx(shown["sigma_z"], abs=0.0006, rel=2e-4)


def test_the_deviation_fastai_takes_is_torchs_sample_deviation_and_1e_7(pixels, batch: Batch):
    import torch

    x = torch.from_numpy(pixels / np.float32(255))
    fastai = float((x.std((0, 2, 3)) + 1e-7)[0])  # fastai.data.transforms.Normalize.setups
    said = re.search(r"adds 10⁻⁷: ([\d.]+)\.", views.std_words(batch)["std_words"])
    assert said is not None and float(said[1]) == pytest.approx(fastai, rel=1e-6)


def test_the_words_say_what_the_pictures_show(batch: Batch):
    said = views.in_words(batch, None)
    assert f"R: mean {batch.mean[0]:.3f}" in said["said_before"] and "after normalization" in said["said_after"]
    said = views.in_words(batch, batch.stats)
    assert "R: mean 0.000 std 1.000" in said["said_after"]


def test_every_slot_of_every_template_is_filled_and_the_printed_pairs_are_there(batch: Batch):
    shown: dict[str, str] = {"said_pictures": "", "caption": "", "sheet": ""}
    for c in range(3):
        shown |= {**views.hill(batch, c), **views.channel_after(batch, c, (0.5, 0.2), "scale")}
    shown |= {**views.arithmetic(batch, None), **views.std_words(batch), **views.in_words(batch, None)}
    shown |= views.hands("typed")
    page = templates.hills() + templates.pictures(10, 10) + templates.arithmetic()
    assert slots_of(page) <= set(shown)
    for number_printed in ("0.484", "0.471", "0.451", "0.287", "0.289", "0.311", "−0.205", "−0.084", "0.019"):
        assert f"<td>{number_printed}</td>" in templates.arithmetic()


def test_a_mark_stands_on_the_line_it_moves(batch: Batch):
    at = views.channel_after(batch, 1, (0.4, 0.25), "scale")
    lines = [int(x) for x in re.findall(r"M(-?\d+)", at["used_G"])]  # at the mean, at mean − std, at mean + std
    assert [1000 * float(at[slot]) for slot in ("mean_x_G", "std_x_G")] == [lines[0], lines[2]] == [400, 650]
    beyond = views.channel_after(batch, 1, (0.9, 0.8), "scale")
    assert float(beyond["std_x_G"]) == 1.7  # beyond the figure's edge, so that a drag can continue
    assert (views.hands("typed"), views.hands("imagenet")) == ({"is_typed": ""}, {"is_typed": "none"})


def test_marks_and_sliders_have_the_same_ends():
    from pages.parts.normalization.figure import MEANS, STDS

    assert {"mean": MEANS[0], "std": STDS[0]} == templates.LEAST and MEANS[-1] == STDS[-1] == 1
    assert templates.hills().count('data-hand="') == 6 == templates.hills().count('aria-valuemax="1"')
