"""An estimate consists of parts, learns from this machine's runs, and is not misled by one run on a busy machine."""

import dataclasses
import random
import statistics

import pytest

from sota_core.recipes import DEFAULT_THROUGHPUT, PRESETS, Phase, Recipe, Throughput, estimate_s
from sota_core.recipes.duration import Past, expect, more_passes

N = {"n_train": 1500, "n_valid": 500}
SMALL = PRESETS["baseline"].replace(
    source="sample", arch="xresnet18", width=0.5, precision="auto", presize=160, split="official"
)


def of(size: int, epochs: int, **changes) -> Recipe:
    return SMALL.replace(phases=(Phase(size=size, bs=32, n_epochs=epochs),), **changes)


def ran(recipe: Recipe, machine: Throughput, noise: float = 1.0, reading: float = 0.3) -> Past:
    """A past run on a machine of this throughput. Its validation and TTA passes at the end take 1.5 times as long as
    those during training.
    """
    n_train = round(N["n_train"] * recipe.subset)
    fit = noise * estimate_s(recipe, machine, **N)
    one = estimate_s(recipe.replace(phases=(recipe.phases[-1],)), machine, n_train=0, n_valid=N["n_valid"])
    answers = 1.5 * noise * (1 + more_passes(recipe, N["n_valid"])) * one / recipe.phases[-1].total_epochs
    return Past(recipe, n_train, N["n_valid"], reading, fit, answers, 5.0)


def test_without_a_run_the_throughput_speaks() -> None:
    found = expect(of(64, 4), DEFAULT_THROUGHPUT, [], **N)
    assert found.training + found.validation > found.training > 0
    assert found.total == pytest.approx(sum(dataclasses.astuple(found)))
    epochs = estimate_s(of(64, 4), DEFAULT_THROUGHPUT, **N)
    assert epochs < found.fit < 1.1 * epochs  # includes the last validation


def test_one_run_scales_every_part_of_the_net_s_time() -> None:
    twice = Throughput(2 * DEFAULT_THROUGHPUT.macs_per_s, DEFAULT_THROUGHPUT.image_s / 2)
    before = expect(of(64, 4), DEFAULT_THROUGHPUT, [], **N)
    after = expect(of(64, 4), DEFAULT_THROUGHPUT, [ran(of(64, 4), twice)], **N)
    assert after.training == pytest.approx(before.training / 2, rel=0.02)
    assert after.tta == pytest.approx(before.tta * 1.5 / 2, rel=0.02) and after.export == 5.0


def test_a_random_fifth_is_counted_and_not_the_set_s_own_part() -> None:
    """Of 13,394 pictures Imagenette's random split holds out 2,678, the set's own split 3,925."""
    recipe = of(64, 4, split="random20", valid_limit=0)
    there = {"n_train": 10_716, "n_valid": 2_678}
    found = expect(recipe, DEFAULT_THROUGHPUT, [], n_train=9_469, n_valid=3_925)
    assert found == expect(recipe.replace(split="official"), DEFAULT_THROUGHPUT, [], **there)
    assert found == expect(recipe, DEFAULT_THROUGHPUT, [], **there), (
        "a set without a split of its own already comes with these counts"
    )


def test_a_run_by_one_loader_says_nothing_of_the_other_s_time() -> None:
    cached, files = of(64, 4), of(64, 4, loader="files")
    fast = ran(cached, DEFAULT_THROUGHPUT)
    slow = dataclasses.replace(fast, recipe=files, fit=5 * fast.fit, answers=6 * fast.answers, reading=8.0)
    alone = expect(cached, DEFAULT_THROUGHPUT, [fast, fast], **N)
    assert expect(cached, DEFAULT_THROUGHPUT, [slow, slow, slow, fast, fast], **N) == alone
    by_files = expect(files, DEFAULT_THROUGHPUT, [fast, slow], **N)
    assert by_files.tta == pytest.approx(6 * alone.tta, rel=0.02) and by_files.reading == 8.0
    assert by_files.training == pytest.approx(5 * alone.training, rel=0.05)
    first = expect(cached, DEFAULT_THROUGHPUT, [slow], **N)
    assert first.tta / first.training == pytest.approx(alone.tta / alone.training / 1.5, rel=0.02)


def test_the_first_run_by_fastai_s_own_loader_pays_for_each_opening_of_a_picture() -> None:
    """3 ms on two cores, whether it is trained on, validated after an epoch, or one of the last passes and views."""
    cached, files = of(64, 4, tta_n=4), of(64, 4, tta_n=4, loader="files")
    for past in ([], [ran(cached, DEFAULT_THROUGHPUT)] * 3):
        by_cache = expect(cached, DEFAULT_THROUGHPUT, past, **N)
        first = expect(files, DEFAULT_THROUGHPUT, past, **N)
        assert first.training - by_cache.training == pytest.approx(4 * 1500 * 3e-3)
    by_cache, first = (expect(recipe, DEFAULT_THROUGHPUT, [], **N) for recipe in (cached, files))
    assert first.validation - by_cache.validation == pytest.approx((4 + 1) * 500 * 3e-3)
    assert first.tta - by_cache.tta == pytest.approx((4 + 5) * 500 * 3e-3)
    costs = [estimate_s(recipe, DEFAULT_THROUGHPUT, **N) for recipe in (cached, files)]
    assert costs[1] - costs[0] == pytest.approx(4 * (1500 + 500) * 3e-3)
    many = dataclasses.replace(DEFAULT_THROUGHPUT, cores=64)
    assert expect(files, many, [], **N).training - by_cache.training == pytest.approx(4 * 1500 * 6e-3 / 16)


def test_the_cpu_beside_a_card_is_not_taken_for_the_card() -> None:
    card = Throughput(2e13, 3e-5, device="NVIDIA H200", mixed_speedup=3.0)
    on_card, on_cpu = of(64, 4), of(64, 4, device="cpu")
    assumed = expect(on_cpu, DEFAULT_THROUGHPUT, [], **N)
    fast = ran(on_card, card)
    assert expect(on_cpu, card, [], **N) == expect(on_cpu, card, [fast] * 3, **N) == assumed
    assert estimate_s(on_cpu, card, **N) == estimate_s(on_card, DEFAULT_THROUGHPUT, **N)
    slow = ran(on_cpu, Throughput(110e9, 0.5e-3))
    assert expect(on_card, card, [slow, fast, slow], **N) == expect(on_card, card, [fast], **N)
    assert expect(on_cpu, card, [fast, slow, fast], **N) == expect(on_cpu, DEFAULT_THROUGHPUT, [slow], **N)
    here = Throughput(60e9, 1e-3, device="CPU, 2 threads (x86_64)")
    assert expect(on_cpu, here, [], **N) == expect(on_card, here, [], **N), "where no card was measured it is the same"


@pytest.mark.parametrize("seed", range(8))
def test_mixed_recipes_are_within_a_fifth(seed: int) -> None:
    """The machine is unlike the assumed one, and each run is up to a tenth faster or slower by chance."""
    machine, rng = Throughput(190e9, 0.4e-3), random.Random(seed)
    recipes = [of(size, epochs, tta_n=n) for size, epochs, n in [
        (48, 4, 4), (64, 4, 0), (80, 6, 4), (64, 12, 4), (96, 5, 2), (112, 4, 4), (48, 20, 0), (80, 4, 8), (64, 8, 4),
        (128, 4, 4),
    ]]  # fmt: skip
    recipes += [r.replace(subset=0.4, seed=2) for r in recipes]
    past: list[Past] = []
    off = []
    for recipe in recipes:
        took = ran(recipe, machine, rng.uniform(0.9, 1.1))
        if past:
            total = took.reading + took.fit + took.answers + took.export
            off.append(abs(expect(recipe, DEFAULT_THROUGHPUT, past, **N).total / total - 1))
        past.insert(0, took)
    assert statistics.median(off) < 0.06 and max(off) < 0.2


def test_one_run_on_a_busy_machine_does_not_count_for_the_rest() -> None:
    machine = Throughput(110e9, 0.5e-3)
    past = [ran(of(64, 4), machine, 4.0), *(ran(of(size, 4), machine) for size in (48, 64, 80, 96))]
    right = ran(of(80, 5), machine).fit
    epochs = expect(of(80, 5, tta_n=0), DEFAULT_THROUGHPUT, past, **N)
    assert epochs.training == pytest.approx(right, rel=0.25)


def test_pictures_that_have_been_decoded_once_are_not_counted_again() -> None:
    new = expect(of(64, 4), DEFAULT_THROUGHPUT, [], **N)
    again = expect(of(64, 4), DEFAULT_THROUGHPUT, [ran(of(48, 4), DEFAULT_THROUGHPUT)], **N)
    other = expect(of(64, 4, presize=96), DEFAULT_THROUGHPUT, [ran(of(48, 4), DEFAULT_THROUGHPUT)], **N)
    assert again.reading == 0.3 < new.reading == other.reading
    assert expect(of(64, 4, loader="files"), DEFAULT_THROUGHPUT, [], **N).reading < 1


def test_no_part_is_ever_negative() -> None:
    strange = [
        dataclasses.replace(ran(of(48, 4), DEFAULT_THROUGHPUT), fit=1e-3),
        ran(of(128, 4), DEFAULT_THROUGHPUT, 9.0),
    ]
    assert all(part >= 0 for part in dataclasses.astuple(expect(of(64, 4), DEFAULT_THROUGHPUT, strange, **N)))
