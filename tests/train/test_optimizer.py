import pytest
import torch
from fastai.optimizer import Adam

from sota_core.train.optimizer import FusedAdam

SHAPES = ((8, 3, 3, 3), (8,), (10, 8))


def parameters(seed: int) -> list[torch.Tensor]:
    rng = torch.Generator().manual_seed(seed)
    return [torch.randn(shape, generator=rng).requires_grad_() for shape in SHAPES]


@pytest.mark.parametrize("wd", [0.0, 0.01, 0.3])
def test_it_makes_the_steps_of_fastais_adam(wd):
    ours, theirs = parameters(0), parameters(0)
    a, b = FusedAdam([ours], lr=1e-3, wd=wd), Adam([theirs], lr=1e-3, wd=wd)
    for optimizer, params in ((a, ours), (b, theirs)):
        optimizer.state[params[1]]["do_wd"] = False  # as Learner does for norm layers and biases
    rng = torch.Generator().manual_seed(1)
    for i in range(30):
        for optimizer in (a, b):  # the one-cycle schedule changes both at every step
            optimizer.set_hypers(lr=1e-3 * (1 + i), mom=0.95 - 0.003 * i)
        for p, q in zip(ours, theirs, strict=True):
            p.grad = torch.randn(p.shape, generator=rng)
            q.grad = p.grad.clone()
        a.step()
        b.step()
    for p, q, start in zip(ours, theirs, parameters(0), strict=True):
        assert (p - start).abs().mean() > 1e-3
        torch.testing.assert_close(p, q, rtol=2e-5, atol=2e-6)


def test_a_parameter_without_a_gradient_stays():
    params = parameters(0)
    optimizer = FusedAdam([params], lr=1e-2)
    params[0].grad = torch.ones(SHAPES[0])
    before = [p.detach().clone() for p in params]
    optimizer.step()
    assert not torch.equal(params[0], before[0])
    assert torch.equal(params[1], before[1])
    assert torch.equal(params[2], before[2])


def test_gradients_are_forgotten_and_not_filled_with_zeros():
    params = parameters(0)
    optimizer = FusedAdam([params], lr=1e-2)
    for p in params:
        p.grad = torch.ones_like(p)
    optimizer.zero_grad()
    assert [p.grad for p in params] == [None] * len(params)


def test_its_state_is_saved_and_loaded():
    params = parameters(0)
    optimizer = FusedAdam([params], lr=1e-2)
    for p in params:
        p.grad = torch.ones_like(p)
    optimizer.step()
    again = FusedAdam([params], lr=1e-2)
    again.load_state_dict(optimizer.state_dict())
    assert again.state[params[0]]["step"] == 1
    assert torch.equal(again.state[params[0]]["sqr_avg"], optimizer.state[params[0]]["sqr_avg"])
