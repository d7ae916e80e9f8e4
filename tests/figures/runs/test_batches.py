"""Smoothed losses: the moving average at every weight, on axes that do not change."""

import dataclasses
import re

import numpy as np
import pytest

from pages.parts.compare.batches import WEIGHT
from sota_core.analysis.comparison import from_published, groups
from sota_core.analysis.noise import moving_average
from sota_core.analysis.series import Batches
from sota_core.figures.frames import along, now
from sota_core.figures.runs import batches
from sota_core.figures.runs.batches import WEIGHTS, Losses, losses_of
from sota_core.published import experiments
from tests.analysis.compared_items import BASE, item
from tests.figures.templates import slots_of


def noisy(seed: int, n: int) -> Batches:
    losses = 2 / np.sqrt(np.arange(1, n + 1)) + np.random.default_rng(seed).random(n) / 2
    kept: list[float | None] = losses.tolist()
    kept[5] = None  # None: the loss was infinite
    return Batches(tuple(range(1, n + 1)), tuple(kept), tuple(kept), (0.1,) * n, (0.9,) * n, (0,) * n)


@pytest.fixture(scope="module")
def of() -> Losses:
    a = dataclasses.replace(item("a"), batches=noisy(0, 90))
    b = dataclasses.replace(item("b", BASE.replace(width=1.0)), batches=noisy(1, 60))
    found = groups([a, from_published(experiments()["notes/mixup"]), b])
    return losses_of(found, ["valid", "published", "train"])


def test_only_what_has_batches_has_a_line(of: Losses) -> None:
    assert of.numbers == (1, 3) and of.roles == ("valid", "train")
    assert [len(steps) for steps, _ in of.lines] == [89, 59]  # all losses that are numbers
    assert losses_of(groups([item("c")]), ["valid"]).numbers == ()


def test_a_run_that_diverged_does_not_flatten_the_others() -> None:
    far = tuple([2.3, 50.0, 1e5, 3e6] * 10)
    lost = Batches(tuple(range(1, 41)), far, far, (0.1,) * 40, (0.9,) * 40, (0,) * 40)
    a = dataclasses.replace(item("a"), batches=noisy(0, 90))
    b = dataclasses.replace(item("b", BASE.replace(width=1.0)), batches=lost)
    found = losses_of(groups([a, b]), ["valid", "train"])
    assert found.axes.y == (0.0, 6.0)
    shown = now({"of": found, "weight": 0.9}, batches.VIEWS)
    assert shown["y_tick5"] == "6.0" and float(shown["end1_y"]) == 1
    corners = np.array([int(n) for n in re.findall(r"-?\d+", shown["raw1"])]).reshape(-1, 2).cumsum(axis=0)
    assert corners.min() >= -10_000  # browsers draw no lines that are thousands of figures long


@pytest.mark.parametrize("weight", WEIGHTS)
def test_the_line_is_the_moving_average_at_every_weight(of: Losses, weight: float) -> None:
    shown, (_, right), (_, high) = batches.smooth(of, weight), of.axes.x, of.axes.y
    for k, (steps, losses) in enumerate(of.lines):
        corners = np.array([int(n) for n in re.findall(r"-?\d+", shown[f"smooth{k}"])]).reshape(-1, 2).cumsum(axis=0)
        assert corners[:, 0] / 1000 * right == pytest.approx(steps, abs=right / 900)
        expected = moving_average(losses, weight)
        assert high * (1 - corners[:, 1] / 1000) == pytest.approx(expected, abs=high / 900)
        assert shown[f"last{k}"] == f"{expected[-1]:.3f}"


def test_the_raw_losses_stay_behind_while_the_knob_moves(of: Losses) -> None:
    at = {"of": of, "weight": 0.98}
    moved = along(WEIGHT, at, batches.VIEWS)
    assert {"smooth0", "smooth1", "weight", "last0"} <= set(moved) and not any(slot.startswith("raw") for slot in moved)
    assert batches.raw(of)["raw0"] == batches.smooth(of, 0.0)["smooth0"]


def test_every_slot_is_filled(of: Losses) -> None:
    assert slots_of(batches.template(of)) <= set(now({"of": of, "weight": 0.9}, (*batches.VIEWS, batches.told)))


@pytest.mark.parametrize("n", [2, 5, 30, 735, 20_000])
def test_the_numbers_below_stand_at_the_batches_they_name(n: int) -> None:
    steps = np.arange(1, n + 1, dtype=float)
    of = batches.Losses((1,), ("valid",), ((steps, np.ones(n)),))
    ticks = re.findall(r'class="tick" style="--x:([\d.e-]+)">([\d,]+)<', batches.template(of))
    shown = [int(text.replace(",", "")) for _, text in ticks]
    assert len(set(shown)) == len(shown) >= 2 and shown[-1] <= 1.04 * n
    assert [float(x) for x, _ in ticks] == pytest.approx([k / (1.04 * n) for k in shown], abs=1e-3)
