"""How a recipe differs from the experiment as printed, in the words of its knobs."""

from collections.abc import Iterator

from sota_core.language import plain, tr
from sota_core.recipes import FIELDS, PHASE_FIELDS, PRESETS, Field, Recipe, differences
from sota_core.recipes.draft import NOT_KNOBS, Draft, field_of, shown


def is_as_printed(recipe: Recipe) -> bool:
    """Is it an experiment of the texts? Source, seed and device may be any: the texts do not give them."""
    printed = PRESETS.get(recipe.preset)
    if printed is None:
        return False
    said = printed.replace(source=recipe.source, seed=recipe.seed, device=recipe.device)
    return said.identity() == recipe.identity()


def changes(draft: Draft, n_valid: int | None = None) -> Iterator[tuple[str, str, str]]:
    """As `from_print`, for a draft; nothing if the draft has no recipe."""
    if draft.recipe is not None:
        yield from from_print(draft.recipe, PRESETS[draft.preset], n_valid=n_valid)


def from_print(
    recipe: Recipe, printed: Recipe, *, n_valid: int | None = None, precision: str = ""
) -> Iterator[tuple[str, str, str]]:
    """What differs from the experiment as printed, except values that only say the same in another way.

    n_valid    pictures to validate on, where known: a `valid_limit` that is not smaller changes nothing
    precision  the one a run was trained in, where known: what `auto` became
    """
    if n_valid is not None and recipe.valid_limit >= n_valid:
        recipe = recipe.replace(valid_limit=0)
    if recipe.precision == "auto" and precision in (FIELDS["precision"].choices or ()):
        recipe = recipe.replace(precision=precision)
    yield from differing(recipe, printed)


def differing(recipe: Recipe, printed: Recipe) -> Iterator[tuple[str, str, str]]:
    """(label, printed value, value) of each knob that differs, except the data and the seed.

    A phase's knob comes once, with its values in all phases.
    """
    return ((tr(field.label), before, after) for field, before, after in differing_fields(recipe, printed))


def differing_fields(recipe: Recipe, printed: Recipe) -> Iterator[tuple[Field, str, str]]:
    """As `differing`, with the knob's Field in place of its label."""
    told = set()
    for name, (before, after) in differences(recipe, printed).items():
        knob = name.rsplit(".", 1)[-1]
        if name in (*NOT_KNOBS, "seed") or knob in told:
            continue
        told.add(knob)
        if name.startswith("phases."):
            yield field_of(name), _in_phases(printed, knob), _in_phases(recipe, knob)
        else:
            yield field_of(name), shown(name, before), shown(name, after)


def _in_phases(recipe: Recipe, knob: str) -> str:
    values = [getattr(phase, knob) for phase in recipe.phases]
    each = values[:1] if len(set(values)) == 1 else values
    unit = f" {PHASE_FIELDS[knob].unit}".rstrip()
    return ", ".join(plain(v) if isinstance(v, int | float) else v for v in each) + unit
