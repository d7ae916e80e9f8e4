"""What an address means: every recipe has an address, and every address gives a recipe or a sentence that says what is
wrong.
"""

import dataclasses
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sota_core.recipes import DEFAULT_THROUGHPUT, FIELDS, PHASE_FIELDS, PRESETS, Phase, Recipe
from sota_core.recipes.differing import changes, from_print, is_as_printed
from sota_core.recipes.draft import FITS, Pictures, address, as_text, compose, cost_s, field_of, knobs, shown
from sota_core.recipes.fields import ARCHS

SAMPLE = Pictures("sample", 1500, 500)
IMAGENETTE = Pictures("imagenette2-160", 9469, 3925)


def drafted(params: dict[str, str], pictures: Pictures = IMAGENETTE):
    return compose(params, pictures, DEFAULT_THROUGHPUT)


def test_an_empty_address_is_the_baseline_fitted_to_a_minute() -> None:
    draft = drafted({})
    assert draft.recipe is not None and draft.preset == "baseline"
    assert 20 < cost_s(draft.recipe, IMAGENETTE, DEFAULT_THROUGHPUT) <= 60


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_as_printed_is_the_preset_on_the_chosen_data(name: str) -> None:
    assert drafted({"recipe": name, "fit": "printed"}).recipe == PRESETS[name].replace(source="imagenette2-160")


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("fit", FITS)
def test_every_choice_of_the_lab_gives_a_recipe_that_keeps_its_budget(name: str, fit: str) -> None:
    draft = drafted({"recipe": name, "fit": fit}, SAMPLE)
    assert draft.problem == "" and draft.recipe is not None
    if fit != "printed":
        assert cost_s(draft.recipe, SAMPLE, DEFAULT_THROUGHPUT) <= float(fit)


# field → further values a recipe needs before this field can be changed
NEEDS = {"resplit": {"split": "random20"}, "pretrained": {"arch": "xresnet18", "width": 0.1875}}
other = {
    "choice": lambda f, v: next(c for c in f.choices if c != v),
    "bool": lambda f, v: not v,
    "int": lambda f, v: int(f.low + 8 if v != f.low + 8 else f.low + 16),
    "float": lambda f, v: (f.low + f.high) / 2 if v != (f.low + f.high) / 2 else f.low,
}


@pytest.mark.parametrize("name", [n for n in FIELDS if n != "source"])
def test_each_knob_alone_goes_through_the_address_and_back(name: str) -> None:
    base = drafted({"recipe": "normalize"}).recipe
    assert base is not None
    base = base.replace(**NEEDS.get(name, {}))
    turned = base.replace(**{name: other[FIELDS[name].kind](FIELDS[name], getattr(base, name))})
    assert drafted(address(turned, turned.source)).recipe == turned


@pytest.mark.parametrize("name", PHASE_FIELDS)
def test_each_knob_of_a_phase_goes_through_the_address_and_back(name: str) -> None:
    base = PRESETS["progressive"].replace(source="imagenette2-160")
    value = other[PHASE_FIELDS[name].kind](PHASE_FIELDS[name], getattr(base.phases[1], name))
    turned = base.replace(phases=(base.phases[0], dataclasses.replace(base.phases[1], **{name: value})))
    params = address(turned, turned.source)
    assert f"phases.1.{name}" in params and drafted(params).recipe == turned


def _value(field) -> st.SearchStrategy:
    if field.kind == "choice":
        return st.sampled_from(field.choices)
    if field.kind == "bool":
        return st.booleans()
    if field.kind == "int":
        return st.integers(int(field.low), int(min(field.high, 20)) if field.name == "n_epochs" else int(field.high))
    return st.floats(field.low, field.high).map(lambda x: round(x, 6)).filter(lambda x: field.low <= x <= field.high)


phase = st.builds(Phase, **{name: _value(field) for name, field in PHASE_FIELDS.items()})
TOGETHER = ("resplit", "mixup_alpha", "cutmix_alpha", "pretrained", "normalize")  # may contradict other fields
free = {n: _value(f) for n, f in FIELDS.items() if n not in ("source", *TOGETHER)} | {"arch": st.sampled_from(ARCHS)}
recipe = st.builds(
    Recipe,
    phases=st.lists(phase, min_size=1, max_size=4).map(tuple),
    source=st.just("imagenette2-160"),
    preset=st.sampled_from(list(PRESETS)),
    **free,
)


@settings(max_examples=60, deadline=None)
@given(recipe)
def test_any_recipe_goes_through_the_address_and_back(turned: Recipe) -> None:
    assert_comes_back(turned)


def test_a_recipe_that_starts_from_a_net_goes_through_the_address_and_back() -> None:
    start = Recipe(
        source="imagenette2-160",
        pretrained="sample",
        normalize="pretrained",
        arch="xresnet18",
        width=0.1875,
        preset="baseline",
    )
    assert address(start, start.source)["pretrained"] == "sample"
    assert_comes_back(start)


def assert_comes_back(turned: Recipe) -> None:
    many = dataclasses.replace(IMAGENETTE, n_train=2_000_000)  # a thousandth of them fills the largest batch
    draft = drafted(address(turned, turned.source), many)
    assert draft.problem == "" and draft.recipe == turned


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"recipe": "magic"}, "baseline"),
        ({"fit": "soon"}, "seconds"),
        ({"fit": "0.5"}, "too short"),
        ({"arch": "vgg"}, "xresnet18"),
        ({"pretrained": "sample"}, "xresnet18 with width 0.1875, this recipe trains xresnet18 with width 0.5"),
        ({"normalize": "pretrained"}, "starts from none"),
        ({"phases.0.size": "9"}, "16 to 512"),
        ({"phases": "99"}, "1 to 8"),
        ({"mixup_alpha": "0.4", "cutmix_alpha": "1"}, "one of them must be 0"),
        ({"recipe": "mixup", "phases.0.bs": "1"}, "from 2 to 1024"),
    ],
)
def test_an_address_that_cannot_be_meant_says_what_is_allowed(params: dict[str, str], said: str) -> None:
    draft = drafted(params)
    assert said in draft.problem and draft.recipe is None
    assert draft.values  # controls still have values to show


JUNK = ("9" * 5_000, "1e999", "nan", "inf", "²", "٣", " ", "-1", "1_0")


@pytest.mark.parametrize("text", JUNK, ids=lambda text: text[:5])
@pytest.mark.parametrize(
    "name",
    [
        "fit",
        "phases",
        *(name for name, field in FIELDS.items() if field.kind in ("int", "float")),
        *(f"phases.0.{name}" for name, field in PHASE_FIELDS.items() if field.kind in ("int", "float")),
    ],
)
def test_what_is_no_number_is_told_in_few_words_and_the_screen_keeps_the_recipe_s_own(name: str, text: str) -> None:
    draft = drafted({name: text})
    assert draft.recipe is None and 10 < len(draft.problem) < 200
    assert draft.values == drafted({"fit": "printed"} if name == "fit" else {}).values


@pytest.mark.parametrize(
    "name", ["phases.x", "phases.", "phases", "phases.²", "phases.x.bs", "phases." + "9" * 5_000 + ".bs"]
)
def test_a_phase_that_has_no_number_is_no_knob(name: str) -> None:
    assert drafted({name: "1"}).values == drafted({"phases": "1"} if name == "phases" else {}).values


def test_knobs_that_contradict_each_other_keep_their_values_on_the_screen() -> None:
    draft = drafted({"mixup_alpha": "0.4", "cutmix_alpha": "1"})
    assert (draft.values["mixup_alpha"], draft.values["cutmix_alpha"]) == (0.4, 1.0)


def test_a_phase_can_be_added_and_dropped() -> None:
    more = drafted({"recipe": "progressive", "fit": "printed", "phases": "3", "phases.2.size": "160"}).recipe
    assert more is not None and [p.size for p in more.phases] == [128, 224, 160]
    less = drafted({"recipe": "progressive", "fit": "printed", "phases": "1"}).recipe
    assert less is not None and [p.size for p in less.phases] == [128]


def test_what_differs_from_the_print_is_told_with_units_and_once_for_all_phases() -> None:
    told = {label: (before, after) for label, before, after in changes(drafted({"recipe": "progressive"}))}
    before, after = told["Size"]
    assert before == "128, 224 px" and after.endswith(" px") and after.count(",") == 1
    assert told["Architecture"] == ("xresnet50", "xresnet18")
    assert list(changes(drafted({"recipe": "normalize", "fit": "printed", "seed": "7"}))) == []


@pytest.mark.parametrize("name", [n for n, f in FIELDS.items() if f.zero or re.search(r"\b0: ", f.help)])
def test_what_0_means_is_shown_in_the_word_of_the_help(name: str) -> None:
    field = FIELDS[name]
    assert field.zero, f"{name}: its help says what 0 means; give the Field that word as `zero` too"
    assert shown(name, field.check(0)) == field.zero
    assert re.findall(r"\b0: (\w+)", field.help) in ([], [field.zero])


def test_pictures_without_an_official_split_are_split_at_random() -> None:
    folder = Pictures("birds", 900, 100, has_official_split=False)
    assert drafted({}, folder).recipe.split == "random20"  # type: ignore[union-attr]


@given(st.sampled_from([n for n in knobs(PRESETS["progressive"])]))
def test_a_value_in_the_address_is_read_back_as_it_was(name: str) -> None:
    value = knobs(PRESETS["progressive"])[name]
    assert field_of(name).parse(as_text(value)) == value


def test_on_a_small_set_the_batch_follows_and_a_larger_one_is_a_problem():
    few = Pictures("/my/pets", 12, 3, has_official_split=False)
    for fit in ("printed", "300"):
        draft = compose({"fit": fit}, few, DEFAULT_THROUGHPUT)
        assert draft.recipe is not None and [p.bs for p in draft.recipe.phases] == [3]
        assert ("Batch size", "64", "3") in list(changes(draft))
    turned = compose({"fit": "printed", "phases.0.bs": "13"}, few, DEFAULT_THROUGHPUT)
    assert turned.recipe is None and "choose a batch size of at most 12" in turned.problem


def test_a_change_is_told_in_plain_words_and_only_where_it_changes_something() -> None:
    draft = drafted({"recipe": "progressive", "valid_limit": "500"})
    told = {label: (before, after) for label, before, after in changes(draft)}
    assert told["Validation split"] == ("a random fifth", "the set's own")
    assert "Pictures validated per epoch" in told
    for n_valid, is_told in ((501, True), (500, False), (499, False)):
        assert ("Pictures validated per epoch" in {label for label, *_ in changes(draft, n_valid)}) is is_told


@pytest.mark.parametrize(
    ("preset", "wanted", "used", "told"),
    [
        ("baseline", "auto", "fp32", None),  # as printed
        ("mixup", "auto", "bf16", ("fp16", "bf16")),
        ("mixup", "auto", "", ("fp16", "auto")),  # the run has not begun
        ("mixup", "fp32", "bf16", ("fp16", "fp32")),  # fp32 was not available; the log says why
    ],
)
def test_a_run_is_told_by_the_precision_it_was_trained_in(preset: str, wanted: str, used: str, told) -> None:
    printed = PRESETS[preset]
    apart = from_print(printed.replace(precision=wanted), printed, precision=used)
    assert {label: (before, after) for label, before, after in apart}.get("Precision") == told


def test_where_the_pictures_lie_the_seed_and_the_device_make_no_other_experiment():
    printed = PRESETS["mixup"]
    assert is_as_printed(printed.replace(source="elsewhere", seed=7, device="cuda"))
    assert not is_as_printed(printed.replace(mixup_alpha=0.2)) and not is_as_printed(Recipe(preset="of mine"))
