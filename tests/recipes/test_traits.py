"""The settings by which a list tells runs apart: all that a visitor can change, and none that the machine chooses."""

import dataclasses
import json
import tarfile
from pathlib import PurePath

import pytest

from sota_core import paths
from sota_core.data.sets.catalog import SOURCES, family
from sota_core.language import use
from sota_core.recipes import DEFAULT_THROUGHPUT, FIELDS, PRESETS, TECHNIQUES, Recipe
from sota_core.recipes.differing import differing
from sota_core.recipes.draft import DEFAULT_FIT, Pictures, compose
from sota_core.recipes.pretrained import IMAGENET, NETS, SAMPLE_NET
from sota_core.recipes.traits import known_before, named, traits
from tests.recipes.test_draft import NEEDS, other

SHARED = paths.ROOT.parent / "shared" / "data" / "imagenette2-224.tar"
SAMPLE = Pictures("sample", 1500, 500)
IMAGENETTE = Pictures("imagenette2-160", 9469, 3925)


@pytest.mark.parametrize("name", PRESETS)
def test_as_printed_only_the_seed_is_told(name: str) -> None:
    assert traits(PRESETS[name].replace(seed=7)) == ("seed 7",)


@pytest.mark.parametrize("name", PRESETS)
def test_a_recipe_fitted_to_a_machine_tells_its_size_epochs_and_share(name: str) -> None:
    draft = compose({"recipe": name, "fit": DEFAULT_FIT}, IMAGENETTE, DEFAULT_THROUGHPUT)
    assert draft.recipe is not None
    told = traits(draft.recipe)
    sizes = " → ".join(str(phase.size) for phase in draft.recipe.phases)
    share = [f"{100 * draft.recipe.subset:g}\u00a0% of the pictures"] if draft.recipe.subset < 1 else []
    assert told == (f"{sizes} px", f"{draft.recipe.total_epochs} epochs", *share, "seed 42")


@pytest.mark.parametrize("name", [n for n in FIELDS if n not in ("source", "split", "valid_limit")])
def test_two_runs_that_differ_in_one_knob_are_told_apart(name: str) -> None:
    recipe = compose({"recipe": "normalize"}, SAMPLE, DEFAULT_THROUGHPUT).recipe
    assert recipe is not None
    recipe = recipe.replace(**NEEDS.get(name, {}))
    turned = recipe.replace(**{name: other[FIELDS[name].kind](FIELDS[name], getattr(recipe, name))})
    assert traits(turned) != traits(recipe)


@pytest.mark.parametrize(("name", "value"), [("size", 40), ("bs", 7), ("n_epochs", 9), ("lr", 0.5)])
def test_and_so_are_two_that_differ_in_a_knob_of_a_phase(name: str, value: float) -> None:
    recipe = compose({"recipe": "normalize"}, SAMPLE, DEFAULT_THROUGHPUT).recipe
    assert recipe is not None
    turned = recipe.replace(phases=(dataclasses.replace(recipe.phases[0], **{name: value}),))
    assert traits(turned) != traits(recipe)


def test_numbers_of_ten_digits_are_told_apart() -> None:
    one, other = (PRESETS["baseline"].replace(split_seed=n) for n in (2_000_000_001, 2_000_000_002))
    assert traits(one)[0] == "split seed 2000000001"
    assert [(a, b) for _, a, b in differing(one, other)] == [("2000000002", "2000000001")]


def test_a_noun_stays_large_where_the_language_has_it_so() -> None:
    recipe = PRESETS["mixup"].replace(mixup_alpha=0.2)
    assert traits(recipe)[0] == "mixup α 0.2"
    with use("de"):
        assert traits(recipe)[0] == "Mixup α 0,2"


@pytest.mark.parametrize("technique", TECHNIQUES)
def test_every_technique_has_a_name_for_a_sentence(technique: str) -> None:
    assert FIELDS[technique].label.lower().startswith(named(technique).lower())


def test_an_abbreviation_stays_large_within_a_sentence() -> None:
    recipe = PRESETS["mixup"].replace(tta_n=2, cutmix_alpha=0.3, mixup_alpha=0.0)
    assert {"TTA views 2", "CutMix α 0.3", "mixup α off"} <= set(traits(recipe))
    with use("de"):
        assert "TTA-Ansichten 2" in traits(recipe)


def test_the_small_net_knows_the_sample_s_training_part_which_a_random_fifth_draws_from() -> None:
    """Its card says what it was trained on; of 400 pictures that a run drew it knew 307."""
    trained = Recipe.from_dict(json.loads((SAMPLE_NET / "model.json").read_text(encoding="utf-8"))["recipe"])
    assert (trained.source, trained.split, trained.subset) == ("sample", "official", 1)
    of, start = SOURCES["sample"], Recipe(arch="xresnet18", width=0.1875, pretrained="sample")
    assert known_before(start) == 0
    assert known_before(start.replace(split="random20")) == of.n_train / (of.n_train + of.n_valid)
    assert known_before(start.replace(split="random20", source="prints")) == 0
    assert known_before(Recipe(split="random20")) == 0


@pytest.mark.skipif(not SHARED.exists(), reason="the shared copy of Imagenette is not beside this checkout")
def test_an_imagenet_net_knows_the_pictures_whose_names_are_those_of_imagenet_s_training_part() -> None:
    """There a training picture is called n01440764_10026.JPEG, a validation picture ILSVRC2012_val_00000293.JPEG."""
    with tarfile.open(SHARED) as tar:
        found = [PurePath(member.name) for member in tar if member.isfile()]
    names = {part: [p.name for p in found if p.parts[-3] == part] for part in ("train", "val")}
    n_known = {part: sum(name.startswith("n0") for name in of) for part, of in names.items()}
    assert all(name.startswith(("n0", "ILSVRC2012_val_")) for of in names.values() for name in of)
    n_all = sum(map(len, names.values()))
    for source in NETS[IMAGENET].saw:
        assert family(source) == "imagenette2"
        start = Recipe(arch="resnet34", pretrained="imagenet", source=source)
        assert known_before(start) == pytest.approx(n_known["val"] / len(names["val"]), abs=5e-4)
        assert known_before(start.replace(split="random20")) == pytest.approx(sum(n_known.values()) / n_all, abs=5e-4)
