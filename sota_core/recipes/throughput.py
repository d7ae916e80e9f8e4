"""How fast a machine trains, from which estimates of a recipe's time are made. Pure; sota_core/train measures it."""

import dataclasses
from dataclasses import dataclass

from sota_core.language import N_
from sota_core.recipes.recipe import Recipe

# fastai's own loader opens, decodes and resizes a picture each time it is needed: 6 ms of one core, shared by its
# workers. That is 3 ms a picture on two cores (docs/performance.md, and the sample by both loaders).
_OPENING_S, _MOST_WORKERS = 6e-3, 16


@dataclass(frozen=True, slots=True)
class Throughput:
    """How fast a machine trains.

    macs_per_s     multiply-adds per second sustained while training a small xresnet in fp32, forward and backward
    image_s        seconds per training picture that do not depend on the net: augmentation, copying, Python
    device         in words, for labels
    mixed_speedup  how many times faster the net trains in the device's mixed precision; 1 where it has none
    cores          how many CPU cores the workers of fastai's own loader may use
    """

    macs_per_s: float
    image_s: float
    device: str = "cpu"
    mixed_speedup: float = 1.0
    cores: int = 2

    @property
    def is_assumed(self) -> bool:
        """Is this speed an assumption, because no training was measured?"""
        return self.device == _ASSUMED

    def is_elsewhere(self, recipe: Recipe) -> bool:
        """Does the recipe name the CPU although this is the speed of a card?"""
        return recipe.device == "cpu" and not self.is_assumed and not self.device.lower().startswith("cpu")

    def of(self, recipe: Recipe) -> "Throughput":
        """The throughput of the device that the recipe trains on. A CPU beside a card is not measured, but assumed."""
        return dataclasses.replace(DEFAULT_THROUGHPUT, cores=self.cores) if self.is_elsewhere(recipe) else self

    def opening_s(self, recipe: Recipe) -> float:
        """Seconds to open a picture each time it is needed; 0 with the cache, which has opened all of them before.

        >>> DEFAULT_THROUGHPUT.opening_s(Recipe(loader="files")), DEFAULT_THROUGHPUT.opening_s(Recipe(loader="cache"))
        (0.003, 0.0)
        """
        return _OPENING_S / min(self.cores, _MOST_WORKERS) if recipe.loader == "files" else 0.0


_ASSUMED = N_("two CPU cores (speed assumed)")
# Measured on two shared cores; assumed for a machine that was not measured, unless train/throughput.py expects less.
DEFAULT_THROUGHPUT = Throughput(macs_per_s=55e9, image_s=1.5e-3, device=_ASSUMED)
