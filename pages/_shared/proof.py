"""What the run that a technique's page proposes would cost on this machine, in a sentence."""

from collections.abc import Mapping

from pages._shared import cached, datasets
from pages._shared.compose import compose, cost_s
from sota_core.figures import words


def cost_of(recipe: str, knobs: Mapping[str, object]) -> str:
    """The same draft the lab makes of the same address; where it cannot be run, why."""
    pictures = datasets.pictures_of(datasets.best_present())
    draft = compose({"recipe": recipe, **{k: str(v) for k, v in knobs.items()}}, pictures, cached.throughput())
    if draft.recipe is None:
        return words.markdown_safe(draft.problem)
    seconds = words.about(cost_s(draft.recipe, pictures, cached.throughput()))
    return (
        f"About {seconds} of training on {cached.throughput().device}, fitted to this machine: "
        f"{draft.recipe.total_epochs} epochs at {draft.recipe.phases[0].size} px on {datasets.title(pictures.source)}."
    )
