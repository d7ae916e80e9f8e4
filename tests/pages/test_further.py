"""The chapter's further topics, folded on the techniques' pages: they are there, follow the controls, and are true."""

import pytest

from sota_core.functional.smoothing import log_softmax, smooth_targets, soft_cross_entropy
from sota_core.functional.stages import STAGES, stage_sides
from sota_core.published import experiments
from tests.pages.conftest import codes, texts  # type: ignore[import-not-found]
from tests.pictures import class_folders

FOLDED = {
    "baseline": ["What makes a run repeatable, and what does not"],
    "normalization": ["Pretrained nets bring their statistics", "Fine-tuned, with right and wrong statistics"],
    "resizing": ["Why the weights survive a change of size", "A new size is almost a new task: transfer learning"],
    "tta": ["On other pictures: any loader", "Further research: centre and four corners, for your own net"],
    "mixup": [
        "What sets it apart from other augmentations",
        "What a fastai callback is",
        "Further research: mixup inside the net",
        "Further research: the script behind the leaderboard",
    ],
    "label_smoothing": [
        "Why certainty does harm: the paper's argument",
        "How it is computed: labels stay numbers",
        "What mixup does by accident",
    ],
    "papers": ["How to look up a symbol that is not here"],
}


@pytest.mark.parametrize("page", FOLDED)
def test_it_stands_folded_on_its_page(visit, page: str) -> None:
    shown = [expander.label for expander in visit(page).expander]
    assert [label for label in shown if label in FOLDED[page]] == FOLDED[page]


def test_the_stages_are_those_of_the_plan_s_sizes(visit) -> None:
    app = visit("resizing", resizing__size1="96", resizing__phases="2")
    table = next(m.value for m in app.markdown if m.value.startswith("| after | channels |"))
    assert "| after | channels | 96 px | 224 px |" in table
    for i, (name, channels) in enumerate(STAGES):
        small, large = stage_sides(96)[i], stage_sides(224)[i]
        assert f"| {name} | {channels:,} | {small} × {small} | {large} × {large} |" in table


def test_the_book_s_fall_after_the_change_of_size_is_the_printed_one(visit) -> None:
    small, first, last = (phase.rows[-1].accuracy for phase in experiments()["book/progressive"].phases)
    assert (round(small, 3), round(first, 3), round(last, 3)) == (0.798, 0.566, 0.863)
    said = texts(visit("resizing"))
    assert (
        "79.8\u00a0% at 128 px and 56.6\u00a0% after the first epoch at 224 px" in said
        and "it ends at 86.3\u00a0%" in said
    )


def test_code_that_is_folded_follows_the_controls(visit) -> None:
    assert any("ActivationMixUp(net[5], 1.2)" in code for code in codes(visit("mixup", mixup__alpha="1.2")))
    tta = codes(visit("tta", tta__n="6", tta__beta="0.7"))
    assert any("learn.tta(dl=dl, n=6, beta=0.7)" in code for code in tta)
    assert any("def corner_tta(" in code for code in tta)


def test_the_book_s_pair_or_what_stands_in_for_it_is_named(visit, tmp_path, monkeypatch) -> None:
    assert "This set does not have both; balloon and lighthouse stand in for them" in texts(visit("mixup"))
    from sota_core.data.sets.sources import address_of

    for part in ("train", "val"):
        class_folders(tmp_path / "roots/set" / part, ("n03028079", "n03425413"), 3)  # church and gas pump
    monkeypatch.setenv("SOTA_LOCAL_ROOTS", str(tmp_path / "roots"))
    said = texts(visit("mixup", source=address_of(str(tmp_path / "roots/set"))))
    assert "The book mixes a church, 0.3, and a gas pump, 0.7: λ = 0.30 with the two pictures you see first" in said


def test_the_two_ways_to_spread_epsilon_stand_beside_one_another_as_the_maths_has_them(visit) -> None:
    (said,) = (m.value for m in visit("label_smoothing").markdown if "Nobody stores vectors" in m.value)
    on, off = smooth_targets([0], 10, 0.1)[0, :2]
    assert f"ε/N = {on:.2f} | ε/N = {off:.4f} |" in said and f"1 − ε = {0.9:.2f} | ε/(N − 1) = {0.1 / 9:.4f} |" in said
    same_on, same_off = smooth_targets([0], 10, 0.1 * 10 / 9)[0, :2]  # the second way is the first with another ε
    assert (same_on, same_off) == pytest.approx((0.9, 0.1 / 9)) and f"here {0.1 * 10 / 9:.3f}" in said


def test_the_loss_in_two_parts_is_the_cross_entropy_against_the_smoothed_target() -> None:
    logits = [[2.0, -1.0, 0.5]]
    bits = -log_softmax(logits)[0]
    whole = soft_cross_entropy(logits, smooth_targets([0], 3, 0.1))[0]
    assert whole == pytest.approx(0.9 * bits[0] + 0.1 * bits.mean())
