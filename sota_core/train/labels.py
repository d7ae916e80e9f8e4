"""Label noise: a seeded share of the training labels is made wrong. Validation labels are never touched."""

import numpy as np

from sota_core.errors import RangeError


def add_label_noise(
    labels: np.ndarray, train: np.ndarray, n_classes: int, share: float, rng: np.random.Generator
) -> np.ndarray:
    """Give `share` of the training pictures another class, drawn evenly from the wrong ones.

    Shapes
        labels   (n,)  int64, 0 … n_classes-1; not modified
        train    (m,)  int64, indices into labels
        returns  (n,)  int64

    Raises
        RangeError  share outside [0, 1], or one class only.

    >>> labels = np.zeros(10, dtype=np.int64)
    >>> noisy = add_label_noise(labels, np.arange(8), 3, 0.5, np.random.default_rng(0))
    >>> int((noisy[:8] != 0).sum()), int((noisy[8:] != 0).sum())
    (4, 0)
    """
    if not 0 <= share <= 1:
        raise RangeError(f"add_label_noise: share must lie in [0, 1], got {share}")
    if n_classes < 2:
        raise RangeError(f"add_label_noise: a wrong label needs at least 2 classes, got {n_classes}")
    noisy = labels.copy()
    chosen = rng.permutation(train)[: round(share * len(train))]
    # 1 … n_classes-1 steps around the circle of classes: never the right one, every wrong one equally often
    noisy[chosen] = (noisy[chosen] + rng.integers(1, n_classes, len(chosen))) % n_classes
    return noisy
