"""A recipe refuses values that cannot be trained, and survives JSON unchanged."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sota_core.errors import RecipeError
from sota_core.recipes import (
    FIELDS,
    PHASE_FIELDS,
    PRESETS,
    TECHNIQUES,
    Phase,
    Recipe,
    apply_settings,
    differences,
    preset,
)
from sota_core.recipes.fields import Field


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_survives_the_round_trip(name: str):
    recipe = PRESETS[name]
    assert Recipe.from_json(recipe.to_json()) == recipe
    assert Recipe.from_dict(json.loads(recipe.to_json())).identity() == recipe.identity()


def _values(field: Field) -> st.SearchStrategy:
    if field.kind == "choice":
        return st.sampled_from(field.choices)
    if field.kind == "bool":
        return st.booleans()
    if field.kind == "int":
        return st.integers(int(field.low), int(field.high))
    if field.kind == "float":
        return st.floats(field.low, field.high)
    return st.text(min_size=1).filter(str.strip)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whatever_the_registry_allows_survives_json_and_the_command_line(data: st.DataObject):
    for fields, make in ((FIELDS, Recipe), (PHASE_FIELDS, Phase)):
        name = data.draw(st.sampled_from(sorted(fields)))
        value = data.draw(_values(fields[name]))
        assert fields[name].check(value) == value
        if fields[name].kind != "text":
            assert fields[name].parse(str(value)) == value
        if name not in ("resplit", "n_epochs", "pretrained") and value != "pretrained":  # these depend on other fields
            thing = make(**{name: value})
            recipe = thing if isinstance(thing, Recipe) else Recipe(phases=(thing,))
            assert Recipe.from_json(recipe.to_json()) == recipe


def test_a_recipe_that_starts_at_random_is_found_under_the_name_earlier_versions_gave_it():
    assert Recipe().identity() == "0343c838d5256ce4"  # as in version 0.5.0, which had no field `pretrained`
    start = Recipe(arch="xresnet18", width=0.1875)
    assert start.identity() != start.replace(pretrained="sample").identity()


def test_presets_are_the_printed_experiments():
    everything = PRESETS["all"]
    assert everything.phases == (
        Phase(128, 128, 15, 3e-3, "fit_one_cycle"),
        Phase(224, 64, 10, 1e-3, "fine_tune"),
    )
    assert everything.total_epochs == 26
    assert (everything.normalize, everything.mixup_alpha, everything.label_smoothing) == ("imagenet", 0.4, 0.1)
    assert {r.split for r in PRESETS.values()} == {"random20"}
    assert {r.presize for r in PRESETS.values()} == {460}


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ("bss=3", "unknown recipe field 'bss'; did you mean 'bs'?"),
        ("bs=0", "bs: must be a whole number from 2 to 1024, got '0'"),
        ("bs=3.5", "bs: must be a whole number"),
        ("lr=nan", "lr: must be a number from 0.000001 to 1, got 'nan'"),
        ("lr=fast", "got 'fast'"),
        ("arch=vgg16", "xresnet50, xresnet101, resnet18, resnet34, resnet50, got 'vgg16'"),
        ("resize=stretch", "one of crop, squish, pad"),
        ("tta_use_max=maybe", "true or false"),
        ("phases.7.bs=4", "this recipe has phases 0 to 0, got '7'"),
        ("phases.0.foo=4", "unknown phase field 'foo'"),
        ("seed", "must be field=value"),
        ("n_epochs=100000", "n_epochs: must be a whole number from 1 to 100"),
    ],
)
def test_a_bad_change_says_what_is_allowed(change: str, text: str):
    with pytest.raises(RecipeError) as caught:
        apply_settings(PRESETS["baseline"], [change])
    assert text in str(caught.value)


def test_a_number_beyond_what_a_float_can_hold_is_out_of_bounds():
    with pytest.raises(RecipeError, match="from 0 to"):
        Recipe(seed=10**400)
    for index in ("9" * 5_000, "²", "٣", "-1", ""):
        with pytest.raises(RecipeError, match="phases 0 to 0"):
            apply_settings(Recipe(), [f"phases.{index}.bs=8"])


def test_an_unknown_preset_is_named_with_the_known_ones():
    with pytest.raises(RecipeError) as caught:
        preset("mix-up")
    assert "unknown recipe 'mix-up'; did you mean 'mixup'?" in str(caught.value)
    assert set(caught.value.allowed) == set(PRESETS)


def test_a_phase_field_reaches_all_phases_or_one():
    recipe = apply_settings(PRESETS["progressive"], ["bs=32", "phases.1.size=160", "mixup_alpha=.2"])
    assert [(p.bs, p.size) for p in recipe.phases] == [(32, 128), (32, 160)]
    assert recipe.mixup_alpha == 0.2


def test_changes_that_are_only_valid_together_may_come_in_any_order():
    both = ["cutmix_alpha=1", "mixup_alpha=0"]
    assert apply_settings(PRESETS["mixup"], both) == apply_settings(PRESETS["mixup"], both[::-1])


@pytest.mark.parametrize("name", ["baseline", "mixup"])
def test_batch_normalization_and_mixing_need_two_pictures_in_a_batch(name: str):
    with pytest.raises(RecipeError, match="bs: must be a whole number from 2 to 1024, got '1'"):
        apply_settings(PRESETS[name], ["bs=1"])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"mixup_alpha": 0.4, "cutmix_alpha": 1.0}, "cutmix_alpha"),
        ({"resplit": True}, "resplit"),
        ({"phases": ()}, "phases"),
        ({"phases": (Phase(n_epochs=100),) * 3}, "n_epochs"),
    ],
)
def test_contradictions_name_their_field(changes: dict, field: str):
    with pytest.raises(RecipeError) as caught:
        Recipe(**changes)
    assert caught.value.field == field


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"sauce": 1}', '{"phases": 3}', '{"phases": [3]}', '{"phases": [{"siz": 3}]}']
)
def test_a_broken_json_recipe_is_a_recipe_error(text: str):
    with pytest.raises(RecipeError):
        Recipe.from_json(text)


def test_the_identity_ignores_the_label_and_nothing_else():
    recipe = PRESETS["baseline"]
    assert recipe.replace(preset="custom").identity() == recipe.identity()
    assert recipe.replace(seed=43).identity() != recipe.identity()


@pytest.mark.parametrize("name", TECHNIQUES)
def test_a_technique_is_off_by_default(name: str):
    assert getattr(Recipe(), name) in (0, "none")


def test_differences_name_fields_and_phases():
    changed = apply_settings(PRESETS["baseline"], ["bs=32", "normalize=imagenet"])
    assert differences(changed, PRESETS["baseline"]) == {"normalize": ("none", "imagenet"), "phases.0.bs": (64, 32)}
    assert differences(PRESETS["progressive"], PRESETS["baseline"])["phases.1.method"] == (None, "fine_tune")


def test_fine_tune_trains_one_epoch_more():
    assert Phase(n_epochs=5, method="fine_tune").total_epochs == 6
