"""Telemetry reports what fastai's Recorder reports; a stop leaves the Learner as it was."""

import random

import pytest
import torch
from fastai.callback.core import Callback
from torch import nn

from sota_core.recipes import Phase, Recipe
from sota_core.train.callbacks import StopOnRequest, Telemetry
from sota_core.train.learner import build_learner, build_loss, fit_phase, full_precision, stages
from sota_core.train.threads import PickThreads, ThreadMeter

pytestmark = pytest.mark.long  # a Learner, so fastai

BS, N_BATCHES = 8, 6


def make_dls():
    from fastai.data.core import DataLoaders
    from fastai.data.load import DataLoader

    generator = torch.Generator().manual_seed(0)
    items = [(torch.randn(3, 32, 32, generator=generator), torch.tensor(i % 3)) for i in range(BS * N_BATCHES)]
    make = {"bs": BS, "device": torch.device("cpu")}
    return DataLoaders(DataLoader(items, shuffle=True, drop_last=True, **make), DataLoader(items, **make))


def make_learner(recipe: Recipe, emit, should_stop=lambda: False, clock=None):
    torch.manual_seed(0)
    random.seed(0)  # fastai's DataLoader shuffles with it
    total = sum(p.total_epochs for p in recipe.phases) * N_BATCHES
    telemetry = Telemetry(emit, total, **({"clock": clock} if clock else {}))
    cbs = [telemetry, StopOnRequest(should_stop)]
    return build_learner(recipe, make_dls(), 3, "fp32", torch.device("cpu"), cbs), telemetry


def tiny(**changes) -> Recipe:
    phase = changes.pop("phase", Phase(size=32, bs=BS, n_epochs=2))
    return Recipe(phases=(phase,), arch="xresnet18", width=0.125, **changes)


def ticking():
    """A clock by which every batch comes late enough to be reported."""
    now = [0.0]

    def clock() -> float:
        now[0] += 1.0
        return now[0]

    return clock


def test_events_carry_fastais_own_numbers():
    seen = []
    recipe = tiny()
    learn, telemetry = make_learner(recipe, seen.append, clock=ticking())
    telemetry.enter_phase(0, stages(recipe.phases[0]))
    fit_phase(learn, recipe.phases[0])
    batches = [e for e in seen if e["kind"] == "batch"]
    epochs = [e for e in seen if e["kind"] == "epoch"]
    assert [e["step"] for e in batches] == list(range(1, 2 * N_BATCHES + 1))
    assert [e["smooth_loss"] for e in batches] == pytest.approx([float(x) for x in learn.recorder.losses])
    assert [e["lr"] for e in batches] == pytest.approx(learn.recorder.lrs)
    assert [e["mom"] for e in batches] == pytest.approx(learn.recorder.hps["mom"])
    for event, values in zip(epochs, learn.recorder.values, strict=True):
        said = [event[k] for k in ("train_loss", "valid_loss", "accuracy", "valid_ce")]
        assert said == pytest.approx(list(values))
    assert [e["epoch"] for e in epochs] == [0, 1]


def test_batch_events_are_at_most_ten_a_second_but_an_epochs_last_is_always_there():
    seen = []
    recipe = tiny()
    learn, telemetry = make_learner(recipe, seen.append, clock=lambda: 0.0)
    telemetry.enter_phase(0, stages(recipe.phases[0]))
    fit_phase(learn, recipe.phases[0])
    assert [e["step"] for e in seen if e["kind"] == "batch"] == [1, N_BATCHES, 2 * N_BATCHES]


def test_fine_tune_names_its_warm_up_epoch():
    seen = []
    recipe = tiny(phase=Phase(size=32, bs=BS, n_epochs=1, method="fine_tune"))
    learn, telemetry = make_learner(recipe, seen.append)
    telemetry.enter_phase(0, stages(recipe.phases[0]))
    fit_phase(learn, recipe.phases[0])
    assert [(e["stage"], e["epoch"]) for e in seen if e["kind"] == "epoch"] == [("frozen", 0), ("main", 0)]


def test_fine_tune_freezes_nothing_in_a_net_with_one_parameter_group():
    learn, _ = make_learner(tiny(), lambda _: None)
    learn.freeze()
    assert all(p.requires_grad for p in learn.model.parameters())


@pytest.mark.parametrize("changes", [{"mixup_alpha": 0.4}, {"cutmix_alpha": 1.0}, {"label_smoothing": 0.1}])
def test_a_stop_in_the_middle_restores_the_loss_and_prints_no_half_epoch(changes: dict):
    seen = []
    recipe = tiny(**changes)
    learn, telemetry = make_learner(recipe, seen.append, should_stop=lambda: telemetry.step >= N_BATCHES + 2)
    loss = learn.loss_func
    telemetry.enter_phase(0, stages(recipe.phases[0]))
    fit_phase(learn, recipe.phases[0])
    assert telemetry.step == N_BATCHES + 2
    assert [e["kind"] for e in seen].count("epoch") == 1
    assert learn.loss_func is loss


def test_valid_ce_is_plain_cross_entropy_under_label_smoothing():
    seen = []
    # A rate high enough for the net to become sure of some answers; for an unsure net both losses are the same.
    recipe = tiny(label_smoothing=0.1, phase=Phase(size=32, bs=BS, n_epochs=1, lr=0.02))
    learn, telemetry = make_learner(recipe, seen.append)
    telemetry.enter_phase(0, ["main"])
    fit_phase(learn, recipe.phases[0])
    event = next(e for e in seen if e["kind"] == "epoch")
    xs, ys = zip(*[(b[0], b[1]) for b in learn.dls.valid], strict=True)
    learn.model.eval()
    with torch.no_grad():
        logits = torch.cat([learn.model(x) for x in xs])
    assert event["valid_ce"] == pytest.approx(float(nn.functional.cross_entropy(logits, torch.cat(ys))), abs=1e-5)
    assert event["valid_loss"] == pytest.approx(float(build_loss(recipe)(logits, torch.cat(ys))), abs=1e-5)
    assert event["valid_loss"] != pytest.approx(event["valid_ce"], abs=1e-4)


def test_the_net_has_as_many_outputs_as_classes():
    learn, _ = make_learner(tiny(), lambda _: None)
    assert learn.model(torch.zeros(2, 3, 32, 32)).shape == (2, 3)


class SeeDtypes(Callback):
    """Notes the dtypes of the net's output and of the loss, and whether autocast is on between batches."""

    order = 5  # before CPUMixedPrecision converts predictions to fp32

    def __init__(self):
        self.seen = []

    def before_fit(self):
        self.hook = self.model[0][0].register_forward_hook(lambda module, args, out: self.seen.append(out.dtype))

    def after_batch(self):
        self.seen.append(torch.is_autocast_enabled("cpu"))
        self.loss_dtype = self.learn.loss.dtype

    def after_fit(self):
        self.hook.remove()


def bf16_learner(should_stop=lambda: False):
    torch.manual_seed(0)
    cbs = [StopOnRequest(should_stop), SeeDtypes()]
    return build_learner(tiny(), make_dls(), 3, "bf16", torch.device("cpu"), cbs)


def test_on_a_cpu_the_net_computes_in_bf16_and_everything_kept_is_fp32():
    learn = bf16_learner()
    learn.fit_one_cycle(1)
    assert set(learn.see_dtypes.seen) == {torch.bfloat16, False}
    assert {p.dtype for p in learn.model.parameters()} == {torch.float32}
    assert learn.see_dtypes.loss_dtype == torch.float32


def test_what_is_predicted_for_keeps_is_computed_in_fp32():
    learn = bf16_learner()
    learn.fit_one_cycle(1)
    learn.see_dtypes.seen.clear()
    with full_precision(learn):
        learn.get_preds()
    assert set(learn.see_dtypes.seen) == {torch.float32, False}
    learn.get_preds()
    assert torch.bfloat16 in learn.see_dtypes.seen


def test_what_is_predicted_for_keeps_is_computed_in_fp32_whoever_has_entered_autocast():
    learn = bf16_learner()
    with torch.autocast("cpu", dtype=torch.bfloat16), full_precision(learn):
        learn.get_preds()
    assert set(learn.see_dtypes.seen) == {torch.float32, False}


def test_what_is_predicted_for_keeps_is_ieee_fp32_on_a_gpu_too():
    """TF32, cuDNN's default for fp32, keeps 10 bits of the mantissa: the exported model's answers would differ."""
    kinds = (torch.backends.cudnn.conv, torch.backends.cudnn.rnn, torch.backends.cuda.matmul)
    before = [kind.fp32_precision for kind in kinds]
    assert "tf32" in before
    learn = bf16_learner()
    with pytest.raises(ZeroDivisionError), full_precision(learn):
        assert [kind.fp32_precision for kind in kinds] == ["ieee"] * 3
        raise ZeroDivisionError
    assert [kind.fp32_precision for kind in kinds] == before


def test_a_stop_leaves_autocast_off():
    answers = iter([False, False, True])
    learn = bf16_learner(lambda: next(answers, True))
    learn.fit_one_cycle(1)
    assert not torch.is_autocast_enabled("cpu")


def test_the_picked_number_of_threads_is_really_used():
    before, used = torch.get_num_threads(), []

    class See(Callback):
        def after_pred(self):
            if self.training:
                used.append(torch.get_num_threads())

    slow_with_two = iter([0.0, 9.0, 0.0, 9.0] + [0.0, 1.0] * 100)
    meter = ThreadMeter((before + 1, before))
    meter.left = 2
    try:
        torch.set_num_threads(before + 1)
        cbs = [PickThreads(meter, lambda: next(slow_with_two)), See()]
        build_learner(tiny(), make_dls(), 3, "fp32", torch.device("cpu"), cbs).fit_one_cycle(1)
        assert used == [before + 1] * 2 + [before] * (N_BATCHES - 2)
        assert torch.get_num_threads() == before
    finally:
        torch.set_num_threads(before)
