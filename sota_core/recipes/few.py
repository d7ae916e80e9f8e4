"""A recipe for a few dozen pictures, such as a camera takes in two minutes: a useful net in a minute on two cores."""

from sota_core.recipes.draft import Pictures
from sota_core.recipes.recipe import Phase, Recipe
from sota_core.recipes.scaling import SMALL_ARCH, SMALL_WIDTH, fit_batch

SIZE, BS, LR = 64, 8, 3e-3
SEEN = 2_250  # pictures shown in all epochs together: from fewer, a net learns next to nothing from scratch
EPOCHS = (10, 40)  # at least, at most


def for_few(pictures: Pictures) -> Recipe:
    """A small net with mixup, label smoothing and TTA; as many epochs as show it SEEN pictures, within EPOCHS.

    DECISIONS.md says what else was tried.

    Raises
        RecipeError  fewer than two pictures to train on.
    """
    fewest, most = EPOCHS
    phase = Phase(size=SIZE, bs=BS, n_epochs=min(most, max(fewest, SEEN // max(1, pictures.n_train))), lr=LR)
    recipe = Recipe(
        phases=(phase,),
        source=pictures.source,
        split="official" if pictures.has_official_split else "random20",
        arch=SMALL_ARCH,
        width=SMALL_WIDTH,
        presize=2 * SIZE,
        normalize="imagenet",
        mixup_alpha=0.4,
        label_smoothing=0.1,
        tta_n=4,
    )
    return fit_batch(recipe, **pictures.parts)
