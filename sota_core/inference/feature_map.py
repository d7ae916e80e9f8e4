"""Where a run puts the pictures of a few classes before its last layer: their features, flattened onto a plane."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sota_core.functional.projection import principal_components, within_share
from sota_core.inference.predictions import Stored


@dataclass(frozen=True, slots=True, eq=False)
class FeatureMap:
    """M pictures of a few classes on the two directions along which these vary most.

    Shapes
        index     (M,)    which of the run's pictures
        xy        (M, 2)  the root mean square distance of all the run's featured pictures from their mean is 1
        labels    (M,)    class of the run's
        is_right  (M,)    does the plain answer say so?
        share     (2,)    of these pictures' variance
        within    which share of their variance lies within the classes, in all stored directions
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
    """Of the featured pictures of these classes; None where there are fewer than three of them, or no features."""
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
