"""CutMix of a batch at every α: fastai's box and λ, draws of the right distribution, and pictures that the browser
clips itself.
"""

import numpy as np
import pytest
from scipy import stats

from pages.parts.mixup.batch import CUT_KNOB
from sota_core.figures.frames import along, now
from sota_core.figures.mixup import cut_batch
from sota_core.figures.mixup.cut import SIDE
from sota_core.figures.mixup.cut_batch import draw_cut
from sota_core.functional.boxes import Box
from sota_core.functional.cutmix import box_lam, cutmix_images, place_box
from tests.figures.templates import slots_of

AT = {"cut_alpha": 1.0, "seed": 95, "names": (("church", "gas pump"), ("church", "church"), ("a", "b"), ("b", "a"))}


def box_of(shown: dict[str, str]) -> Box:
    """The box that the page draws, in pixels."""
    left, top, right, bottom = (SIDE * float(shown[side][:-1]) / 100 for side in ("left", "top", "right", "bottom"))
    return Box(left, top, SIDE - right, SIDE - bottom)


@pytest.mark.parametrize("seed", [95, 0, 7])
def test_every_step_of_alpha_shows_its_draw_and_what_its_box_leaves(seed: int) -> None:
    at = {**AT, "seed": seed}
    columns = along(CUT_KNOB, at, cut_batch.VIEWS)
    for i, alpha in enumerate(CUT_KNOB.values):
        shown = now(at, cut_batch.VIEWS) | {slot: column[i] for slot, column in columns.items()}
        it = draw_cut(alpha, seed)
        left = box_lam(it.box, SIDE, SIDE)
        assert box_of(shown) == pytest.approx(it.box, abs=0.01)
        assert shown["drawn"] == f"{it.drawn_lam:.2f}" and shown["asked"] == f"{SIDE * (1 - it.drawn_lam) ** 0.5:.0f}"
        assert float(shown["own"]) == pytest.approx(left, abs=5e-4)
        assert float(shown["partners"]) == pytest.approx(1 - left, abs=5e-4)
        assert (shown["own_words"], shown["partners_words"]) == (f"{left:.2f}", f"{1 - left:.2f}")
        assert (shown["width"], shown["height"]) == (str(it.box.width), str(it.box.height))
        assert shown["alt0"] == f"{100 * left:.0f}\u00a0% church, {100 * (1 - left):.0f}\u00a0% gas pump"


def test_one_centre_explains_the_boxes_of_every_alpha() -> None:
    for seed in range(10):
        across, down = set(range(SIDE)), set(range(SIDE))
        for alpha in (0.5, 1.0, 3.0):
            it = draw_cut(alpha, seed)
            boxes = [place_box(it.drawn_lam, SIDE, SIDE, at, at) for at in range(SIDE)]
            across &= {at for at, box in enumerate(boxes) if (box.x1, box.x2) == (it.box.x1, it.box.x2)}
            down &= {at for at, box in enumerate(boxes) if (box.y1, box.y2) == (it.box.y1, it.box.y2)}
        assert across and down


@pytest.mark.long
@pytest.mark.parametrize("alpha", [0.2, 1.0, 3.0])
def test_draws_over_seeds_follow_beta_and_are_not_folded(alpha: float) -> None:
    drawn = [draw_cut(alpha, seed).drawn_lam for seed in range(1500)]
    assert stats.kstest(drawn, stats.beta(alpha, alpha).cdf).pvalue > 1e-3
    assert 0.4 < np.mean(np.array(drawn) < 0.5) < 0.6


def test_a_step_of_alpha_moves_the_box_a_little_and_not_its_centre() -> None:
    for seed in range(20):
        sides = [SIDE * (1 - draw_cut(alpha, seed).drawn_lam) ** 0.5 for alpha in CUT_KNOB.values if alpha >= 0.5]
        assert np.abs(np.diff(sides)).max() < 8  # of 128 pixels; with a new draw for each α it would jump by dozens


def test_the_page_s_own_seed_shows_a_box_that_sticks_out() -> None:
    it = draw_cut(cut_batch.ALPHA, 95)
    assert it.box.area < 0.9 * it.asked_px**2 and 0.1 < it.lam < 0.9


def test_a_picture_clipped_to_the_box_over_the_own_one_is_what_functional_cuts() -> None:
    shown = now(AT, cut_batch.VIEWS)
    box = Box(*(round(edge) for edge in box_of(shown)))
    x = np.stack([np.zeros((1, SIDE, SIDE)), np.ones((1, SIDE, SIDE))])
    assert f"{1 - cutmix_images(x, box, [1, 0])[0].mean():.3f}" == shown["own"]
    sent = cut_batch.pictures([f"picture {i}" for i in range(8)], [3, 0, 2, 1, 7, 6, 5, 4])
    assert [(sent[f"a{i}"], sent[f"b{i}"]) for i in range(4)] == [
        ("picture 0", "picture 3"),
        ("picture 1", "picture 0"),
        ("picture 2", "picture 2"),
        ("picture 3", "picture 1"),
    ]


def test_pictures_of_one_class_keep_its_whole_target() -> None:
    shown = now(AT, cut_batch.VIEWS)
    assert [shown[f"target{i}"] for i in range(4)] == ["target", "target is-one", "target", "target"]


def test_every_slot_of_the_templates_is_filled() -> None:
    filled = set(now(AT, cut_batch.VIEWS)) | set(cut_batch.pictures("abcdefgh", range(8)))
    assert slots_of(cut_batch.in_words()) | slots_of(cut_batch.strip()) <= filled


def test_a_smaller_box_is_told_with_both_causes() -> None:
    """Rounding shortens a side by less than two pixels; whatever else is missing lay outside the picture."""
    cuts = [cut_batch.draw_cut(1.0, seed) for seed in range(40)]
    missing = [cut.asked_px - min(cut.box.x2 - cut.box.x1, cut.box.y2 - cut.box.y1) for cut in cuts]
    assert any(0 < px < 2 for px in missing) and any(px > 2 for px in missing)
    assert "Half sides are rounded down, and what sticks out is cut off: a box of" in cut_batch.in_words()
