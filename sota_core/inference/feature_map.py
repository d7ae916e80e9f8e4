"""The features that a run's last layer is given, for the pictures of a few classes, projected onto a plane."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sota_core.functional.projection import principal_components, within_share
from sota_core.inference.predictions import Stored


@dataclass(frozen=True, slots=True, eq=False)
class FeatureMap:
    """M pictures of a few classes along the two directions in which these vary most.

    Shapes
        index     (M,)    which of the run's pictures
        xy        (M, 2)  in units of the root mean square distance of all the run's featured pictures from their mean
        labels    (M,)    the true class, as the run numbers it
        is_right  (M,)    is the plain answer right?
        share     (2,)    each direction's share of these pictures' variance
        within    the share of their variance that lies within the classes, over all stored directions
    """

    index: np.ndarray
    xy: np.ndarray
    labels: np.ndarray
    is_right: np.ndarray
    share: np.ndarray
    within: float

    def __len__(self) -> int:
        return len(self.index)


def feature_map(stored: Stored, classes: Sequence[int]) -> FeatureMap | None:
    """The map of the featured pictures of these classes; None if there are fewer than three, or no features."""
    of = stored.features
    if of is None:
        return None
    chosen = np.isin(stored.labels[of.index], list(classes))
    index, x = of.index[chosen], of.components[chosen].astype(np.float64)
    if len(index) < 3 or x.shape[1] < 2:
        return None
    labels = stored.labels[index]
    xy, share = principal_components(x, 2)
    is_right = stored.plain[index].argmax(1) == labels
    return FeatureMap(index, xy, labels, is_right, share, float(within_share(x, labels, len(stored.classes))))
