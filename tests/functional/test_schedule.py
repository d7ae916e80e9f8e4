"""The one-cycle schedule is fastai's, step by step."""

import importlib

import numpy as np
import pytest

from sota_core.errors import RangeError
from sota_core.functional.schedule import MOMS, one_cycle


@pytest.mark.parametrize("n_steps", [1, 7, 835])
@pytest.mark.parametrize("lr_max", [1e-4, 3e-3, 0.1])
def test_rate_and_momentum_are_those_fastai_computes(fastai, n_steps: int, lr_max: float):
    schedule = importlib.import_module("fastai.callback.schedule")
    rate = schedule.combined_cos(0.25, lr_max / 25.0, lr_max, lr_max / 1e5)
    momentum = schedule.combined_cos(0.25, *MOMS)
    rates, momenta = one_cycle(n_steps, lr_max)
    at = [k / n_steps for k in range(n_steps)]
    # fastai computes the position in a tensor of 32 bits
    assert np.allclose(rates, [rate(k) for k in at], rtol=2e-6, atol=1e-9)
    assert np.allclose(momenta, [momentum(k) for k in at], rtol=2e-6)


def test_the_defaults_are_those_of_fit_one_cycle_and_of_the_learner(fastai):
    import inspect

    schedule = importlib.import_module("fastai.callback.schedule")
    given = inspect.signature(schedule.Learner.fit_one_cycle).parameters
    own = inspect.signature(one_cycle).parameters
    assert all(own[name].default == given[name].default for name in ("div", "div_final", "pct_start"))
    assert inspect.signature(schedule.Learner.__init__).parameters["moms"].default == MOMS


def test_a_recorded_run_took_these_rates():
    from sota_core.analysis.series import Series, fold
    from sota_core.runs.recordings.recording import shipped

    name = next(name for name in shipped() if name.startswith("baseline"))
    recording = shipped()[name]
    batches = fold(Series(), recording.events).batches
    n_steps = batches.step[-1]
    rates, momenta = one_cycle(n_steps, recording.recipe.phases[0].lr)
    at = np.array(batches.step) - 1
    assert np.allclose(batches.lr, rates[at], rtol=1e-4) and np.allclose(batches.mom, momenta[at], rtol=1e-4)


def test_the_peak_stands_at_a_quarter_and_momentum_is_lowest_there():
    rates, momenta = one_cycle(1000, 3e-3)
    assert rates.argmax() == momenta.argmin() == 250 and rates.max() == 3e-3
    assert rates[0] == pytest.approx(3e-3 / 25) and rates[-1] < 3e-3 / 1000


@pytest.mark.parametrize(
    "bad", [{"n_steps": 0}, {"lr_max": 0.0}, {"lr_max": float("nan")}, {"div": 0}, {"pct_start": 1.0}]
)
def test_what_cannot_be_a_schedule_is_refused(bad: dict):
    with pytest.raises(RangeError):
        one_cycle(**({"n_steps": 10, "lr_max": 0.1} | bad))
