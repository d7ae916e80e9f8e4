"""Names of class folders, data sets and devices keep to their own table cell and are shown as they are."""

import dataclasses
import re
from collections.abc import Callable

import numpy as np
import pytest

from sota_core.analysis.comparison import from_published, groups
from sota_core.figures.runs.comparison_table import differences, footnote, named, results
from sota_core.figures.runs.confusion import pairs_table
from sota_core.published import experiments
from tests.analysis.compared_items import BASE, item

OTHER = BASE.replace(normalize="imagenet")
AWKWARD = "a|b\n| *c* | [d](e) :red[f]\r\n\r\n# g"
AS_SHOWN = "a|b | *c* | [d](e) :red[f]  # g"


def cells(line: str) -> list[str]:
    """A row's cells as GitHub's markdown reads them: a bar after a backslash is text."""
    inner = line.strip().removeprefix("|").removesuffix("|")
    return [re.sub(r"\\(\W)", r"\1", cell).strip() for cell in re.split(r"(?<!\\)\|", inner)]


def mistakes() -> str:
    return pairs_table(np.array([[3, 2], [1, 4]]), (AWKWARD, "plain"))


def compared() -> str:
    return results(groups([item("x", label=AWKWARD, device=AWKWARD)]), groups([item("x")])[0], "x")


def differing() -> str:
    return differences(groups([item("x"), item("y", BASE.replace(source=AWKWARD))]), "x")


@pytest.mark.parametrize("table", [mistakes, compared, differing])
def test_a_name_breaks_no_table(table: Callable[[], str]) -> None:
    head, rule, *rows = table().splitlines()
    assert rows and {len(cells(line)) for line in (head, rule, *rows)} == {len(cells(head))}
    assert any(AS_SHOWN in cell for row in rows for cell in cells(row))


def test_a_net_without_mistakes_has_no_table() -> None:
    assert pairs_table(np.diag([3, 4]), ("a", "b")) == ""


def test_another_task_is_not_subtracted_and_another_split_not_judged() -> None:
    items = [
        item("base"),
        item("mine", BASE.replace(source="own:1/my pictures"), (0.99,), tta=0.95),
        item("split", BASE.replace(split="random20"), (0.7,)),
    ]
    here = groups(items)
    _, mine, split = results(here, here[0], "base").splitlines()[2:]
    assert cells(mine)[2] == ":gray[other task]" and "+" not in mine and "green" not in mine
    assert cells(split)[2] == ":gray[+10.0]"
    said = footnote(here, here[0])
    assert "nothing to subtract" in said and "so no verdict" in said and "≈" not in said


def test_a_printed_run_of_other_epochs_and_size_is_not_judged() -> None:
    base = from_published(experiments()["notes/baseline-fp16"])
    here = groups([base, *(from_published(experiments()[f"notes/{id}"]) for id in ("mixup", "normalize"))])
    _, mixup, normal = results(here, here[0], base.id).splitlines()[2:]
    assert cells(mixup)[2] == ":gray[+5.2 · other epochs, other size]"
    assert cells(normal)[2] == ":red[▼ −0.1] :gray[≈]"  # also five epochs at 224 px
    said = footnote(here, here[0])
    assert "no verdict on it" in said and "▲ above the base, ▼ below it." in said
    alone = footnote(here[:2], here[0])
    assert "▲" not in alone


def test_nor_is_one_from_random_weights_beside_a_pretrained_net() -> None:
    base = from_published(experiments()["notes/baseline-fp16"])
    pretrained = dataclasses.replace(
        base, kind="run", recipe=base.recipe.replace(arch="resnet34", width=1.0, pretrained="imagenet")
    )
    here = groups([pretrained, from_published(experiments()["notes/normalize"])])
    (printed,) = results(here, here[0], pretrained.id).splitlines()[3:]
    assert cells(printed)[2].endswith(" · other net, other initial weights]")
    assert "initial weights" in footnote(here, here[0])


@pytest.mark.parametrize(
    ("changes", "how"),
    [
        ({"arch": "xresnet18"}, "other net"),
        ({"width": 0.25}, "other net"),
        ({"subset": 0.1}, "other share of the pictures"),
        ({"arch": "xresnet18", "width": 0.25, "subset": 0.1}, "other net, other share of the pictures"),
    ],
)
def test_nor_is_one_of_another_net_or_of_fewer_pictures(changes: dict, how: str) -> None:
    base = from_published(experiments()["notes/normalize"])
    own = dataclasses.replace(base, kind="run", id="own", accuracy=0.75, recipe=base.recipe.replace(**changes))
    here = groups([own, base])
    (row,) = results(here, here[1], base.id).splitlines()[2:3]
    assert cells(row)[2].endswith(f" · {how}]") and "▼" not in row
    assert "Other epochs, size, net, share of the pictures or initial weights" in footnote(here, here[1])


def test_how_many_pictures_each_row_was_validated_on_is_a_sentence() -> None:
    few = [dataclasses.replace(item("a"), n=16), dataclasses.replace(item("b", BASE.replace(width=1.0)), n=None)]
    here = groups(few)
    assert footnote(here, here[0]).startswith("Validated: row 1 on 16 pictures, row 2 on none yet. ")


def test_why_a_curve_ends_elsewhere_than_its_row_is_told_only_where_it_does() -> None:
    apart = "Where a recipe validates its epochs on fewer pictures, the curves end at other values than the table."
    whole = groups([item("a"), item("b", BASE.replace(width=1.0))])
    assert apart not in footnote(whole, whole[0])
    # epochs are counted on 500
    part = groups([item("a"), dataclasses.replace(item("b", BASE.replace(width=1.0)), n=3925)])
    assert footnote(part, part[0]).endswith(apart)


@pytest.mark.parametrize(("precision", "accuracy", "is_told"), [("bf16", 0.604, True), ("bf16", 0.6, False),
                                                                ("fp32", 0.604, False)])  # fmt: skip
def test_why_a_result_in_fewer_bits_lies_elsewhere_is_told_where_it_does(
    precision: str, accuracy: float, is_told: bool
) -> None:
    one = dataclasses.replace(item("a", accuracies=(0.6,)), accuracy=accuracy, precision=precision)
    here = groups([one])
    assert ("validated once more, in fp32" in footnote(here, here[0])) is is_told


def test_the_training_time_is_told_for_each_device() -> None:
    runs = [item("a", seconds=200.0, device="CPU"), item("b", BASE.replace(seed=1), seconds=3.0, device="H200")]
    here = groups(runs)
    (row,) = results(here, here[0], "a").splitlines()[2:]
    assert cells(row)[5:] == ["10:00 / 0:09", "CPU / H200"]


def test_lines_of_one_recipe_say_what_sets_them_apart() -> None:
    one, changed = (
        dataclasses.replace(item(id, label="x"), data=data) for id, data in (("a", "d1d1d1"), ("b", "e2e2e2"))
    )
    assert named(groups([one, changed])) == {1: "x · pictures d1d1", 2: "x · pictures e2e2"}
    newer = dataclasses.replace(one, id="c", code="beef0123")
    older = dataclasses.replace(one, id="d", code="f00d9999")
    assert named(groups([newer, older])) == {1: "x · code beef", 2: "x · code f00d"}
    again = [dataclasses.replace(one, id=id) for id in ("abcdef", "123456")]
    assert named(groups(again, together=False)) == {1: "x · seed 42 · abcd", 2: "x · seed 42 · 1234"}


def test_two_rows_never_read_the_same_whatever_a_third_differs_in() -> None:
    """The first knobs in which any two differ once named two recipes alike: only their rates differed."""
    (phase,) = BASE.phases
    fast = BASE.replace(phases=(dataclasses.replace(phase, lr=0.1),))
    other = BASE.replace(split="random20", width=0.5, presize=128, subset=0.5)
    here = groups([item(id, recipe, label="x") for id, recipe in (("a", BASE), ("b", fast), ("c", other))])
    names = named(here)
    assert len(set(names.values())) == 3
    assert names[2].endswith(r" · learning rate 0\.1") and "learning rate" not in names[3]
    newer = dataclasses.replace(item("d", BASE, label="x"), code="beef0123")
    older = dataclasses.replace(item("a", BASE, label="x"), code="f00d9999")
    names = named(groups([older, newer, item("c", other, label="x")]))
    assert names[1].endswith(" · code f00d") and names[2].endswith(" · code beef") and "code" not in names[3]


def test_a_verdict_by_counting_pictures_alone_says_that_a_seed_may_move_it_as_far() -> None:
    said = "is more than that count leaves to chance; another seed may still move a result as far."
    far, near, seeds = (
        groups([item(f"{i}", recipe.replace(seed=seed), (accuracy,)) for i, (recipe, seed, accuracy) in enumerate(of)])
        for of in (
            [(BASE, 42, 0.3), (OTHER, 42, 0.8)],
            [(BASE, 42, 0.7), (OTHER, 42, 0.71)],
            [(BASE, 1, 0.3), (BASE, 2, 0.31), (OTHER, 1, 0.8), (OTHER, 2, 0.81)],
        )
    )
    assert said in footnote(far, far[0])
    assert said not in footnote(near, near[0])
    assert said not in footnote(seeds, seeds[0]) and "≈" not in results(seeds, seeds[0], "0")


def test_a_run_that_failed_is_not_said_to_have_ended_early() -> None:
    items = [item("a"), *(dataclasses.replace(item(state, BASE.replace(seed=i), ()), state=state)
                          for i, state in enumerate(("cancelled", "failed", "lost")))]  # fmt: skip
    here = groups(items)
    (row,) = results(here, here[0], "a").splitlines()[2:]
    assert cells(row)[0].endswith(":gray[· 1 ended early, 2 failed]")


def test_a_split_is_told_in_words() -> None:
    here = groups([item("a"), item("b", BASE.replace(split="random20"))])
    assert "the set's own | a random fifth" in differences(here, "a")


def test_grey_is_explained_also_where_a_folder_has_changed() -> None:
    here = groups([dataclasses.replace(item(id, recipe, (0.6,)), data=id) for id, recipe in
                   (("a", BASE), ("b", BASE.replace(normalize="imagenet")))])  # fmt: skip
    assert "on files that have changed" in footnote(here, here[0])


def test_runs_of_one_seed_are_said_to_count_as_one() -> None:
    said = "Runs of one seed count as one, by their mean."
    twice, seeds = ([item("a"), item("b", BASE.replace(seed=seed))] for seed in (42, 1))
    here = groups(twice)
    assert said in footnote(here, here[0]) and "±" not in results(here, here[0], "a") + footnote(here, here[0])
    here = groups(seeds)
    assert said not in footnote(here, here[0]) and "(2)" in results(here, here[0], "a")
    assert differences(groups(twice), "a") == ""


def test_the_footnote_explains_the_marks_that_the_table_has_and_no_others() -> None:
    mixup = BASE.replace(mixup_alpha=0.4)
    here = groups([item("a", tta=0.6), item("b", mixup, tta=0.9)])  # the same accuracy, another one with TTA
    table, said = results(here, here[0], "a"), footnote(here, here[0])
    assert "= 0.0" in table and "▲ +30.0" in table and "≈" not in table
    assert "▲ above the base" in said and "≈" not in said
    here = groups([item("a", tta=0.6), item("b", mixup, tta=0.61)])
    assert "≈" in results(here, here[0], "a") and "≈ inside the noise" in footnote(here, here[0])
    here = groups([item("a"), item("b", mixup)])
    assert "▲" not in footnote(here, here[0])


def test_one_set_in_two_sizes_is_told_apart_by_its_name_alone() -> None:
    items = [item(id, BASE.replace(source=f"imagenette2-{id}"), label="x") for id in ("160", "320")]
    assert all("seed" not in name for name in named(groups(items)).values())
