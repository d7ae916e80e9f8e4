"""Every RecipeError carries the name of the field it is about, wherever it is raised, so that a page can point at the
control.
"""

import ast
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from sota_core import paths
from sota_core.errors import RecipeError
from sota_core.recipes import DEFAULT_THROUGHPUT, FIELDS, PHASE_FIELDS, Phase, Recipe, apply_settings, preset, scaled
from sota_core.recipes.draft import seconds_of
from sota_core.recipes.ladder import ladder
from sota_core.recipes.scaling import require_fit
from sota_core.runs.run import Run

PLAIN = Recipe()


def fitted_to(budget_s: float) -> Recipe:
    return scaled(PLAIN, budget_s, DEFAULT_THROUGHPUT)


CASES: list[tuple[str, Callable[[], object]]] = [
    # a value out of its bounds, as a value and as text
    ("tta_n", lambda: Recipe(tta_n=99)),
    ("arch", lambda: Recipe(arch="vgg")),
    ("size", lambda: Phase(size=9)),
    ("seed", lambda: FIELDS["seed"].parse("soon")),
    ("seed", lambda: FIELDS["seed"].parse("-1")),
    ("lr", lambda: PHASE_FIELDS["lr"].check(math.nan)),
    ("seed", lambda: FIELDS["seed"].check(10**400)),
    # fields that contradict each other
    ("phases", lambda: Recipe(phases=())),
    ("n_epochs", lambda: Recipe(phases=(Phase(n_epochs=100),) * 3)),
    ("cutmix_alpha", lambda: Recipe(mixup_alpha=0.4, cutmix_alpha=1.0)),
    ("bs", lambda: Recipe(phases=(Phase(bs=1),), mixup_alpha=0.4)),
    ("resplit", lambda: Recipe(resplit=True)),
    ("pretrained", lambda: Recipe(pretrained="sample")),
    ("normalize", lambda: Recipe(normalize="pretrained")),
    ("width", lambda: Recipe(arch="resnet34", width=0.5)),
    ("pretrained", lambda: Recipe(arch="xresnet50", pretrained="imagenet")),
    # JSON
    ("recipe", lambda: Recipe.from_json("{")),
    ("recipe", lambda: Recipe.from_json('{"seed": ' + "9" * 5000 + "}")),
    ("recipe", lambda: Recipe.from_json("[]")),
    ("sauce", lambda: Recipe.from_json('{"sauce": 1}')),
    ("phases", lambda: Recipe.from_json('{"phases": 3}')),
    ("phases.1", lambda: Recipe.from_json('{"phases": [{}, 3]}')),
    ("phases.1.siz", lambda: Recipe.from_json('{"phases": [{}, {"siz": 3}]}')),
    # --set
    ("bss", lambda: apply_settings(PLAIN, ["bss=3"])),
    ("bs", lambda: apply_settings(PLAIN, ["bs"])),
    ("phases.7.bs", lambda: apply_settings(PLAIN, ["phases.7.bs=4"])),
    ("phases.²." + "bs", lambda: apply_settings(PLAIN, ["phases.².bs=4"])),
    (f"phases.{'9' * 5000}.bs", lambda: apply_settings(PLAIN, [f"phases.{'9' * 5000}.bs=4"])),
    ("phases.0.foo", lambda: apply_settings(PLAIN, ["phases.0.foo=4"])),
    # a stored row of another version
    ("recipe", lambda: Run.recipe.fget(SimpleNamespace(id="x", recipe_json='{"knob": 1}'))),  # type: ignore[attr-defined]
    # presets, budgets, ladders
    ("recipe", lambda: preset("mix-up")),
    ("fit", lambda: seconds_of("soon")),
    ("budget", lambda: fitted_to(-1)),
    ("budget", lambda: fitted_to(0.5)),
    ("subset", lambda: require_fit(PLAIN, n_train=40, n_valid=0)),
    ("bs", lambda: require_fit(PLAIN, n_train=40, n_valid=10)),
    ("label_noise", lambda: require_fit(PLAIN.replace(label_noise=0.004), n_train=90, n_valid=10)),
    ("seed", lambda: ladder(PLAIN, [1, 1])),
    ("equal", lambda: ladder(PLAIN, [1], equal="pictures")),
    ("n_epochs", lambda: ladder(PLAIN.replace(phases=(Phase(n_epochs=2),)), [1])),
    ("n_epochs", lambda: ladder(PLAIN.replace(phases=(Phase(n_epochs=50), Phase(n_epochs=51))), [1])),
    ("size", lambda: ladder(PLAIN.replace(phases=(Phase(size=32),)), [1])),
]


@pytest.mark.parametrize(("field", "do"), CASES, ids=[f"{i}-{field[:20]}" for i, (field, _) in enumerate(CASES)])
def test_the_error_names_its_field(field: str, do: Callable[[], object]):
    with pytest.raises(RecipeError) as caught:
        do()
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("allowed", "do"),
    [
        (FIELDS["arch"].choices, lambda: Recipe(arch="vgg")),
        ((*FIELDS, *PHASE_FIELDS), lambda: apply_settings(PLAIN, ["bss=3"])),
        (tuple(PHASE_FIELDS), lambda: apply_settings(PLAIN, ["phases.0.foo=4"])),
    ],
)
def test_an_unknown_name_carries_what_could_have_stood_there(allowed: tuple[str, ...], do: Callable[[], object]):
    with pytest.raises(RecipeError) as caught:
        do()
    assert caught.value.allowed == allowed


def sites(path: Path) -> Iterator[tuple[Path, range]]:
    """The file and the lines of each `raise RecipeError(…)` and `raise unknown_name(…)` in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and isinstance(node.exc.func, ast.Name):
            if node.exc.func.id in ("RecipeError", "unknown_name"):
                yield path, range(node.lineno, (node.end_lineno or node.lineno) + 1)


@pytest.mark.long
def test_every_place_that_raises_one_is_tried_above():
    places = {site for path in paths.CORE.rglob("*.py") for site in sites(path)}
    tried = set()
    for _, do in CASES:
        with pytest.raises(RecipeError) as caught:
            do()
        last = caught.traceback[-1]
        tried |= {(path, lines) for path, lines in places if path == last.path and last.lineno + 1 in lines}
    assert not {f"{path.name}:{lines[0]}" for path, lines in places - tried}
    assert len(places) >= 15
