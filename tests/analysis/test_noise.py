"""The moving average is TensorBoard's and fastai's, and starts where its values start."""

import numpy as np
import pytest

from sota_core.analysis.noise import moving_average
from sota_core.errors import RangeError

LOSSES = np.random.default_rng(0).random(60) + 1


@pytest.mark.parametrize("weight", [0.0, 0.5, 0.98])
def test_it_is_the_weighted_mean_of_all_values_so_far(weight: float) -> None:
    for n, found in enumerate(moving_average(LOSSES, weight), 1):
        assert found == pytest.approx(np.average(LOSSES[:n], weights=weight ** np.arange(n - 1, -1, -1.0)))


def test_a_constant_stays_what_it_is_and_no_weight_changes_nothing() -> None:
    np.testing.assert_allclose(moving_average([2.0] * 9, 0.9), 2.0)
    np.testing.assert_array_equal(moving_average(LOSSES, 0.0), LOSSES)


@pytest.mark.parametrize("weight", [-0.1, 1.0, float("nan")])
def test_a_weight_that_forgets_every_value_is_refused(weight: float) -> None:
    with pytest.raises(RangeError, match=r"weight must lie in \[0, 1\)"):
        moving_average(LOSSES, weight)


@pytest.mark.slow
def test_fastai_s_smoothed_loss_is_the_one_of_98_hundredths() -> None:
    from sota_core.data.loading.torchvision_ops import ensure_torchvision_ops

    ensure_torchvision_ops()
    import torch
    from fastai.learner import AvgSmoothLoss

    class Learn:
        def __init__(self, loss: float) -> None:
            self.loss = torch.tensor(loss)
            self.yb = ()

    theirs = AvgSmoothLoss()
    theirs.reset()
    for loss, ours in zip(LOSSES, moving_average(LOSSES, 0.98), strict=True):
        theirs.accumulate(Learn(float(loss)))
        assert float(theirs.value) == pytest.approx(ours, rel=1e-4)  # TensorBoard stores float32
