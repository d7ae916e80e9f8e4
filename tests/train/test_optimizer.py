import pytest
import torch
from fastai.optimizer import Adam

from sota_core.train.optimizer import FusedAdam

pytestmark = pytest.mark.long  # a Learner, so fastai

SHAPES = ((8, 3, 3, 3), (8,), (10, 8))


def parameters(seed: int) -> list[torch.Tensor]:
    rng = torch.Generator().manual_seed(seed)
    return [torch.randn(shape, generator=rng).requires_grad_() for shape in SHAPES]


@pytest.mark.parametrize("wd", [0.0, 0.01, 0.3])
def test_it_makes_the_steps_of_fastais_adam(wd):
    ours, theirs = parameters(0), parameters(0)
    a, b = FusedAdam([ours], lr=1e-3, wd=wd), Adam([theirs], lr=1e-3, wd=wd)
    for optimizer, params in ((a, ours), (b, theirs)):
        optimizer.state[params[1]]["do_wd"] = False  # as Learner sets for norm layers and biases
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


def test_a_parameter_that_is_frozen_after_it_was_trained_stays_where_fastais_is_decayed_on():
    moved = []
    for make in (FusedAdam, Adam):
        body, head = parameters(0), parameters(1)
        optimizer = make([body, head], lr=1e-2, wd=0.01)
        for _ in range(2):
            for p in (*body, *head):
                if p.requires_grad:
                    p.grad = torch.ones_like(p)
            optimizer.step()
            optimizer.zero_grad()
            optimizer.freeze()
            optimizer.clear_state()  # as Learner.freeze does
            before = [p.detach().clone() for p in body]
        optimizer.step()
        moved.append(max(float((p / q - 1).abs().max()) for p, q in zip(body, before, strict=True)))
    assert moved == [0, pytest.approx(1e-2 * 0.01, rel=1e-2)]


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


def test_what_a_step_works_with_is_looked_up_once_and_again_after_loading():
    class Counting(dict):
        n = 0

        def __getitem__(self, p):
            Counting.n += 1
            return super().__getitem__(p)

    params = parameters(0)
    optimizer = FusedAdam([params], lr=1e-2)
    optimizer.state = Counting({p: {} for p in params})
    counts = []
    for _ in range(3):
        for p in params:
            p.grad = torch.ones_like(p)
        optimizer.step()
        counts.append(Counting.n)
    assert counts[0] > 0 and counts == [counts[0]] * 3
    weights = [p.detach().clone() for p in params]
    saved = {
        "hypers": optimizer.hypers,
        "state": [{k: v.clone() for k, v in optimizer.state[p].items()} for p in params],
    }
    after = []
    for _ in range(2):  # the same weights and state give the same step
        optimizer.load_state_dict(saved | {"state": [{k: v.clone() for k, v in s.items()} for s in saved["state"]]})
        with torch.no_grad():
            for p, w in zip(params, weights, strict=True):
                p.copy_(w)
        optimizer.step()
        after.append([p.detach().clone() for p in params])
    assert all(torch.equal(a, b) for a, b in zip(*after, strict=True))


def test_a_parameter_that_had_no_gradient_is_trained_when_it_has_one():
    params = parameters(0)
    optimizer = FusedAdam([params], lr=1e-2)
    before = params[1].detach().clone()
    for with_gradient in ((0, 2), (0, 1, 2)):
        for at in with_gradient:
            params[at].grad = torch.ones_like(params[at])
        optimizer.step()
        assert torch.equal(params[1], before) is (1 not in with_gradient)
        optimizer.zero_grad()


def test_what_overflowed_leaves_parameters_and_state_alone():
    params = parameters(0)
    optimizer = FusedAdam([params], lr=1e-2)
    before = [p.detach().clone() for p in params]
    for found, moved in ((1.0, False), (0.0, True)):
        for p in params:
            p.grad = torch.full_like(p, 8.0)
        optimizer.grad_scale, optimizer.found_inf = torch.tensor(4.0), torch.tensor(found)
        optimizer.step()
        assert [torch.equal(p, q) for p, q in zip(params, before, strict=True)] == [not moved] * 3
        assert optimizer.state[params[0]]["step"] == float(moved)
    torch.testing.assert_close(optimizer.state[params[0]]["grad_avg"], torch.full(SHAPES[0], 0.2))  # (1 - .9) · 8 / 4
