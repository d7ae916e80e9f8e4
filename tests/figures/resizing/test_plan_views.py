"""What the page shows of a plan at every value of its controls: functional's numbers, to the digits shown."""

import pytest

from sota_core import words
from sota_core.figures.frames import along, now
from sota_core.figures.resizing import plan_views
from sota_core.figures.resizing.plan import LARGE, SMALL
from sota_core.functional.resize import epoch_cost, plan_pixels, plan_seconds, relative_cost
from tests.figures.templates import slots_of

LINE = epoch_cost(SMALL, LARGE)
AT = {
    "phases": 2, "size1": 128, "bs1": 128, "epochs1": 4,
    "size2": 224, "bs2": 64, "epochs2": 6, "size3": 256, "bs3": 32, "epochs3": 2,
}  # fmt: skip
PLANS = (
    AT,
    AT | {"phases": 1},
    AT | {"phases": 3, "size1": 32},
    AT | {"size1": 256, "epochs2": 60},
    AT | {"size1": 224, "epochs1": 1},
)


def pairs_of(at: dict[str, int]) -> list[tuple[int, int]]:
    return [(at[f"size{i}"], at[f"epochs{i}"]) for i in range(1, at["phases"] + 1)]


@pytest.mark.parametrize("at", PLANS)
def test_every_number_is_the_maths(at: dict[str, int]) -> None:
    pairs = pairs_of(at)
    fixed = [(max(size for size, _ in pairs), sum(n for _, n in pairs))]
    shown = now(at, plan_views.VIEWS)
    assert shown["total"] == words.clock(plan_seconds(pairs, *LINE))
    assert shown["fixed_total"] == words.clock(plan_seconds(fixed, *LINE))
    assert shown["seconds"] == f"{plan_seconds(pairs, *LINE):.0f}" and shown["pixels"] == f"{plan_pixels(pairs):,}"
    assert shown["pixel_share"] == f"{100 * relative_cost(pairs):.0f}\u00a0%"
    share = plan_seconds(pairs, *LINE) / plan_seconds(fixed, *LINE)
    assert shown["second_share"] == f"{100 * share:.0f}\u00a0%"
    made = [n * (10_716 // at[f"bs{i}"]) for i, (_, n) in enumerate(pairs, start=1)]
    assert shown["updates"].split(" at ")[0] == f"{made[0]:,}" and shown["n_updates"] == f"{sum(made):,}"


@pytest.mark.parametrize("at", PLANS)
def test_the_sums_add_up_to_what_they_say(at: dict[str, int]) -> None:
    shown = now(at, plan_views.VIEWS)
    by_hand = eval(shown["pixel_terms"].replace("·", "*").replace("²", "**2"))  # a formula of our own
    assert f"{by_hand:,}" == shown["pixels"]
    n_epochs = sum(n for _, n in pairs_of(at))
    seconds = eval(shown["second_terms"].replace(" (", "*("))  # a formula of our own
    assert seconds == pytest.approx(float(shown["seconds"]), abs=0.5 + 0.05 * n_epochs)  # the terms are rounded


@pytest.mark.parametrize("at", PLANS)
def test_blocks_lie_end_to_end_and_are_as_long_as_their_seconds(at: dict[str, int]) -> None:
    pairs, shown = pairs_of(at), now(at, plan_views.VIEWS)
    whole = plan_seconds([(max(size for size, _ in pairs), sum(n for _, n in pairs))], *LINE)
    end = 0.0
    for i in range(3):
        size, n = pairs[i] if i < len(pairs) else (0, 0)
        pale, full = float(shown[f"pale{i}_w"]), float(shown[f"full{i}_w"])
        assert float(shown[f"pale{i}_x"]) == pytest.approx(end, abs=1e-3)
        assert float(shown[f"full{i}_x"]) == pytest.approx(end + pale, abs=1e-3)
        assert pale == pytest.approx(n * LINE[0] / whole, abs=1e-3)
        assert full == pytest.approx(n * LINE[1] * size**2 / whole, abs=1e-3)
        assert float(shown[f"middle{i}_x"]) == pytest.approx(end + (pale + full) / 2, abs=1e-3)
        assert shown[f"phase{i}"] == (f"{n} × {size} px" if n else "")
        end += pale + full
    assert end == pytest.approx(plan_seconds(pairs, *LINE) / whole, abs=2e-3)
    assert float(shown["fixed_pale_w"]) + float(shown["fixed_full_w"]) == pytest.approx(1, abs=1e-3)


def test_the_chapters_plan_in_words() -> None:
    shown = now(AT, (*plan_views.VIEWS, plan_views.told))
    assert shown["said_plan"] == "your plan: 8:18; largest size only: 10:30 by the estimate."
    assert shown["said"] == (
        "Estimated training 8:18, against 10:30 at the largest size only: 73\u00a0% of its pixels, 79\u00a0% of its "
        "seconds. Updates: 332 at 128 px, 1,002 at 224 px."
    )
    assert shown["second_terms"] == "4 (14 + 16.0) + 6 (14 + 49.0)" and shown["fixed_phase"] == "10 × 224 px"


def test_a_knob_brings_only_what_hangs_on_it() -> None:
    from pages.parts.resizing.plan import knobs

    moved = {knob.name: set(along(knob, AT, plan_views.VIEWS)) for knob in knobs(2)}
    assert set(moved) == {"size1", "bs1", "epochs1", "size2", "bs2", "epochs2"}
    assert moved["bs1"] == moved["bs2"] == {"updates", "n_updates"}  # in the plan the batch size costs no time
    assert {"total", "pale1_x", "phase0", "second_terms", "updates"} <= moved["epochs1"]
    assert "phase1" not in moved["epochs1"] and "phase2" not in moved["epochs2"]


def test_a_batch_s_size_moves_a_number_beside_the_plan() -> None:
    assert {"n_updates", "updates"} <= slots_of(plan_views.metrics())


def test_every_slot_of_every_template_is_filled() -> None:
    filled = set(now(AT, (*plan_views.VIEWS, plan_views.told)))
    for template in (plan_views.bars(), plan_views.metrics(), plan_views.sums(), plan_views.updates_note()):
        assert slots_of(template) <= filled
