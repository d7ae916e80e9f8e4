"""The sentences about a run follow from its numbers, and only from them."""

import dataclasses

import numpy as np
import pytest

from sota_core import words
from sota_core.analysis.comparison import from_published
from sota_core.analysis.noise import chance_of
from sota_core.analysis.series import Series, TtaPass
from sota_core.analysis.verdict import last_rise, sentences, trained_on
from sota_core.data.loading.loaders import split_items
from sota_core.published import experiments
from sota_core.recipes import PRESETS, Phase, Recipe

WHOLE = Recipe(phases=(Phase(n_epochs=3),))  # as many epochs as `series` has


def with_accuracies(series: Series, *accuracies: float) -> Series:
    rows = [dataclasses.replace(series.epochs[0], epoch=i, accuracy=a) for i, a in enumerate(accuracies)]
    return dataclasses.replace(series, epochs=tuple(rows))


def test_a_finished_run_gets_three_sentences(series: Series) -> None:
    assert len(sentences(series, Recipe())) == 3


def test_a_run_stopped_before_its_first_epoch_gets_none() -> None:
    assert sentences(Series(), Recipe()) == []


def test_the_best_epoch_is_named_with_its_count_and_chance(series: Series) -> None:
    said = sentences(series, Recipe())[0]
    assert said.startswith("Of 3 epochs the last was best, with 60.0\u00a0% of 200 validation pictures right")
    assert "give or take 6.8 points" in said
    assert sentences(with_accuracies(series, 0.2, 0.6, 0.5), WHOLE)[0].startswith(
        "Of 3 epochs the best was number 2, counted from 1, with 60.0\u00a0%"
    )
    assert sentences(with_accuracies(series, 0.2), WHOLE)[0].startswith("The first epoch ended with 20.0\u00a0%")
    alone = sentences(with_accuracies(series, 0.2), Recipe(phases=(Phase(n_epochs=1),)))[0]
    assert alone.startswith("The only epoch ended with 20.0\u00a0%")
    both = sentences(with_accuracies(series, 0.6, 0.2, 0.6, 0.5), Recipe(phases=(Phase(n_epochs=4),)))[0]
    assert both.startswith("Of 4 epochs numbers 1 and 3, counted from 1, were the best, with 60.0\u00a0%")
    back = sentences(with_accuracies(series, 0.9, 0.3, 0.9), WHOLE)[0]  # up by 60 points, to where it had been
    assert back.endswith("; number 1, counted from 1, was as good.") and "chance alone" not in back
    level = sentences(with_accuracies(series, 0.5, 0.6, 0.6), WHOLE)[0]
    assert level.startswith("Of 3 epochs the last was best") and level.endswith("as good as the one before.")


def test_a_picture_of_thousands_is_not_a_difference_of_nothing(series: Series) -> None:
    fell = sentences(with_accuracies(series, 0.2, 0.6, 0.6 - 1 / 3925), WHOLE)[0]
    rose = sentences(with_accuracies(series, 0.2, 0.6, 0.6 + 1 / 3925), WHOLE)[0]
    assert "the last one lies 0.03 points lower" in fell and "accuracy rose by 0.03 points" in rose


def test_the_last_mistake_of_a_few_pictures_may_go_by_chance(series: Series) -> None:
    few = dataclasses.replace(with_accuracies(series, 0.5, 0.975, 1.0), n_valid=40)
    few = dataclasses.replace(few, epochs=tuple(dataclasses.replace(row, n_valid=40) for row in few.epochs))
    said = sentences(few, WHOLE)[0]
    assert "give or take 7.5 points" in said and "chance alone could explain" in said
    assert last_rise(few) == 0


def test_the_two_losses_lie_as_far_apart_as_they_are_written(series: Series) -> None:
    row = dataclasses.replace(series.epochs[-1], train_loss=0.12349, valid_loss=0.45751)
    said = sentences(dataclasses.replace(series, epochs=(*series.epochs[:-1], row)), Recipe())[1]
    assert said.startswith("Training loss 0.123 and validation loss 0.458 lie 0.335 apart")


def test_no_printed_table_is_told_what_is_not_so() -> None:
    for of in experiments().values():
        item = from_published(of)
        run = dataclasses.replace(Series(), epochs=item.epochs, tta=item.tta)
        said = " ".join(sentences(run, item.recipe))
        assert "climbing" not in said and "more epochs should" not in said, of.id
        if len(of.rows) == 5:  # one cycle, whose end is its best
            assert "when the schedule's rate falls" in said and "its schedule is another one" in said, of.id
        if "notes/all" not in of.id:
            assert f"of {len(of.rows)} epochs the last was best, with {words.percent(of.accuracy)}" in said.lower(), (
                of.id
            )
        assert not (of.leaks and "new pictures" in said), of.id
        assert ("Do not compare" in said) == ("mixup" in of.techniques), of.id


def in_phase(series: Series, phase: int, train: float = 1.0, valid: float = 1.0) -> Series:
    row = dataclasses.replace(series.epochs[-1], phase=phase, train_loss=train, valid_loss=valid)
    return dataclasses.replace(series, epochs=(row,))


def test_a_run_that_leaks_is_not_said_to_do_well_on_new_pictures(series: Series) -> None:
    leaking = PRESETS["progressive"].replace(resplit=True)
    second = in_phase(series, 1)
    assert "about 80\u00a0% of these validation pictures had been trained on" in sentences(second, leaking)[1]
    assert "new pictures" in sentences(second, PRESETS["progressive"])[1]
    # far below the training loss: a leak's clearest sign
    low = in_phase(series, 1, 0.9, 0.7)
    assert "had been trained on" in sentences(low, leaking)[1] and "this is normal" not in sentences(low, leaking)[1]
    # stopped in the first phase, before any new split
    assert "trained on" not in sentences(in_phase(series, 0), leaking)[1]
    assert "about 8\u00a0%" in sentences(second, leaking.replace(subset=0.1))[1]


def test_neither_is_a_run_whose_start_had_been_trained_on_them(series: Series) -> None:
    start = Recipe(arch="xresnet18", width=0.1875, pretrained="sample", normalize="pretrained", split="random20")
    first = in_phase(series, 0)
    said = sentences(first, start)[1]
    assert "had already been trained on about 75\u00a0% of these validation pictures" in said
    assert "new pictures" not in said
    assert "new pictures" in sentences(first, start.replace(split="official"))[1]


@pytest.mark.parametrize("subset", [1.0, 0.5, 0.1])
@pytest.mark.parametrize("phase", [0, 1, 2])
def test_the_share_that_had_been_trained_on_is_that_of_the_splits(subset: float, phase: int) -> None:
    class Pictures:
        is_valid = None

        def __len__(self) -> int:
            return 20_000

    recipe = PRESETS["progressive"].replace(resplit=True, subset=subset, phases=(Phase(),) * 3)
    splits = [split_items(Pictures(), recipe, i) for i in range(phase + 1)]  # type: ignore[arg-type]
    before = np.concatenate([np.empty(0, int), *(split.train for split in splits[:-1])])
    assert trained_on(recipe, phase) == pytest.approx(np.isin(splits[-1].valid, before).mean(), abs=0.02)


@pytest.mark.parametrize(("train", "valid", "is_so"), [(0.004, 0.005, False), (0.01, 0.05, False), (0.01, 0.2, True)])
def test_losses_of_next_to_nothing_do_not_tell_what_a_net_knows(
    series: Series, train: float, valid: float, is_so: bool
) -> None:
    said = sentences(in_phase(series, 0, train, valid), WHOLE)[1]
    assert ("knows its training pictures better" in said) == is_so


def test_a_run_stopped_on_its_way_is_not_judged_by_its_last_epoch(series: Series) -> None:
    said = sentences(with_accuracies(series, 0.2, 0.3, 0.6), Recipe())[0]  # three of five epochs
    assert "the schedule had not ended" in said and "At the end accuracy rose" not in said


def test_a_small_fall_at_the_end_is_called_chance_and_a_large_one_is_not(series: Series) -> None:
    assert "chance alone could explain" in sentences(with_accuracies(series, 0.5, 0.6, 0.59), Recipe())[0]
    assert "more than chance explains" in sentences(with_accuracies(series, 0.5, 0.6, 0.4), Recipe())[0]


def test_a_rise_within_chance_is_not_called_a_climb(series: Series) -> None:
    usual = "points, as usual when the schedule's rate falls"  # one explanation for both
    small, large = (sentences(with_accuracies(series, *of), WHOLE)[0] for of in ((0.5, 0.6, 0.61), (0.2, 0.3, 0.6)))
    assert f"rose by 1.0 {usual}, but chance alone could explain that" in small
    assert f"rose by 30.0 {usual}: whether more epochs" in large


def test_a_validation_loss_below_the_training_loss_is_explained_without_dropout(series: Series) -> None:
    row = dataclasses.replace(series.epochs[-1], train_loss=0.9, valid_loss=0.7)
    said = sentences(dataclasses.replace(series, epochs=(row,)), Recipe())[1]
    assert "lie 0.200 apart: this is normal" in said and "augmented, harder pictures" in said and "dropout" in said


def test_losses_of_a_mixup_run_are_never_compared(series: Series) -> None:
    said = sentences(series, PRESETS["mixup"])[1]
    assert said.startswith("Do not compare") and "mixup" in said and "0.950" in said


def test_smoothed_losses_are_comparable_because_both_are_smoothed(series: Series) -> None:
    assert not sentences(series, PRESETS["label_smoothing"])[1].startswith("Do not compare")


def test_plain_cross_entropy_is_told_of_a_smoothed_run_and_of_no_other(series: Series) -> None:
    """Label smoothing's page promises this figure. In other runs it equals the validation loss, which is shown
    anyway.
    """
    row = dataclasses.replace(series.epochs[-1], train_loss=1.119, valid_loss=1.162, valid_ce=0.858)
    run = dataclasses.replace(series, epochs=(row,))
    plain = "Plain cross-entropy on the validation pictures, the loss to compare with other runs, is 0.858."
    assert sentences(run, PRESETS["label_smoothing"])[1].endswith(plain)
    assert "plain cross-entropy on the validation pictures is 0.858" in sentences(run, PRESETS["all"])[1]
    for recipe in (Recipe(), PRESETS["mixup"], Recipe(label_noise=0.2)):
        assert "cross-entropy" not in sentences(run, recipe)[1]


def test_two_accuracies_of_one_net_are_told_apart_where_epochs_are_counted_on_a_part(series: Series) -> None:
    part = [dataclasses.replace(row, n_valid=1000) for row in series.epochs]
    whole = dataclasses.replace(series, epochs=tuple(part), tta=(TtaPass(0, 3925, 0.735), TtaPass(4, 3925, 0.751)))
    apart = "Epochs are counted on 1,000 of the 3,925 validation pictures; on all of them the finished net gets 73.5"
    assert apart in sentences(whole, Recipe())[0]
    assert "Epochs are counted" not in sentences(series, Recipe())[0]


@pytest.mark.parametrize(
    ("precision", "after", "is_told"), [("bf16", 0.605, True), ("bf16", 0.6, False), ("fp32", 0.605, False)]
)
def test_two_accuracies_of_the_same_pictures_are_told_apart_where_rounding_makes_them(
    series: Series, precision: str, after: float, is_told: bool
) -> None:
    n = series.epochs[-1].n_valid
    assert n is not None and series.epochs[-1].accuracy == pytest.approx(0.6)
    run = dataclasses.replace(series, precision=precision, tta=(TtaPass(0, n, after), TtaPass(4, n, 0.62)))
    said = sentences(run, Recipe())[0]
    assert ("validated once more, in fp32 instead of bf16: 60.5\u00a0%" in said) is is_told
    assert "rounding" in said or not is_told


def test_wrong_labels_make_losses_incomparable(series: Series) -> None:
    assert "12.5\u00a0% of the training labels are wrong on purpose" in sentences(series, Recipe(label_noise=0.125))[1]


def test_a_diverged_run_is_told_its_rate_was_too_high(series: Series) -> None:
    row = dataclasses.replace(series.epochs[-1], train_loss=None)
    assert "learning rate" in sentences(dataclasses.replace(series, epochs=(row,)), Recipe())[1]


def test_tta_is_told_in_pictures_and_passes_whether_it_helps_or_harms(series: Series) -> None:
    better = dataclasses.replace(series, tta=(TtaPass(0, 1000, 0.6), TtaPass(4, 1000, 0.7)))
    assert (
        "raised accuracy from 60.0\u00a0% to 70.0\u00a0%, 100 more pictures of 1,000 right, at the cost of 5 passes"
        in sentences(better, Recipe())[2]
    )
    worse = dataclasses.replace(series, tta=(TtaPass(0, 200, 0.6), TtaPass(1, 200, 0.55)))
    assert "lowered" in sentences(worse, Recipe())[2] and "10 fewer pictures" in sentences(worse, Recipe())[2]
    little = dataclasses.replace(series, tta=(TtaPass(0, 3925, 3501 / 3925), TtaPass(4, 3925, 3502 / 3925)))
    assert "raised accuracy from 89.20\u00a0% to 89.22\u00a0%, 1 more picture" in sentences(little, Recipe())[2]
    same = dataclasses.replace(series, tta=(TtaPass(0, 200, 0.6), TtaPass(1, 200, 0.6)))
    assert "changed nothing" in sentences(same, Recipe())[2]


@pytest.mark.parametrize("sign", [1, -1])
def test_up_to_five_pictures_are_never_told_from_chance(series: Series, sign: int) -> None:
    """If all of n pictures change the same way, the two-sided probability is 2/2ⁿ: 2 in 32 for five, above 5 %; 2 in 64
    for six, below.
    """
    for pictures, doubt in (
        (1, ", too few to tell from chance"),
        (5, ", too few to tell from chance"),
        (6, ", which may be no more than chance"),
        (29, ", which may be no more than chance"),
        (32, ""),  # counted on other pictures chance makes 6.1 points
    ):
        passes = (TtaPass(0, 500, 0.6), TtaPass(4, 500, 0.6 + sign * pictures / 500))
        said = sentences(dataclasses.replace(series, tta=passes), Recipe())[2]
        assert f"of 500 right{doubt}, at the cost of 5 passes" in said, said


def test_chance_shrinks_with_the_root_of_the_count() -> None:
    assert abs(chance_of(0.5, 400) / chance_of(0.5, 100) - 0.5) < 1e-12
    assert chance_of(1.0, 40) == chance_of(0.0, 40) == 0.075  # rule of three: 3 / 40
    assert all(1 - chance_of(1.0, n) == pytest.approx(0.05 ** (1 / n), abs=0.05) for n in (10, 40, 500))
