"""The sets that are drawn here, by their ids."""

from sota_core.data.sample.drawn_set import DrawnSet
from sota_core.data.sample.prints import PRINTS
from sota_core.data.sample.sample import SAMPLE

DRAWN: dict[str, DrawnSet] = {of.id: of for of in (SAMPLE, PRINTS)}
