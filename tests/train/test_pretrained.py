"""A run that starts from pretrained weights: its weights, parameter groups and statistics, and what it says of them."""

import json
import shlex
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from fastai.callback.core import Callback
from safetensors.torch import load_file, save_file
from torch.nn.modules.batchnorm import _BatchNorm

from sota_core import paths
from sota_core.errors import InputError
from sota_core.inference import load_model
from sota_core.inference.model import logits
from sota_core.recipes import Phase, Recipe
from sota_core.recipes.fields import RESNETS
from sota_core.recipes.pretrained import SAMPLE_NET, missing, stats_of
from sota_core.recipes.torch_cache import WEIGHTS, checkpoints, fetch_command
from sota_core.script import python_script
from sota_core.train import fit
from sota_core.train.events import Event
from sota_core.train.fit import run_recipe, seed_everything
from sota_core.train.learner import body_and_head, build_model, load_body

pytestmark = pytest.mark.long  # a Learner, so fastai

NET = {"arch": "xresnet18", "width": 0.1875}
START = Recipe(pretrained="sample", normalize="pretrained", **NET)


def test_the_weights_are_those_of_the_net_that_ships() -> None:
    model = build_model(Recipe(**NET), 10).eval()
    model.load_state_dict({k: v.float() for k, v in load_file(SAMPLE_NET / "model.safetensors").items()}, strict=False)
    exported = load_model(SAMPLE_NET)
    x = torch.from_numpy(np.random.default_rng(0).random((4, 3, 80, 80), np.float32))
    mean, std = (torch.tensor(v).view(1, 3, 1, 1) for v in (exported.mean, exported.std))
    with torch.no_grad():
        ours = model((x - mean) / std).numpy()
    np.testing.assert_allclose(ours, logits(exported, x.numpy()), atol=0.05)  # the weights are stored in 16 bits
    assert np.ptp(ours) > 3


def test_the_body_is_the_nets_and_the_head_is_the_seeds() -> None:
    seed_everything(3)
    plain = build_model(START.replace(pretrained="none", normalize="none"), 6).state_dict()
    seed_everything(3)
    started = build_model(START, 6).state_dict()
    stored = load_file(SAMPLE_NET / "model.safetensors")
    assert torch.equal(started["11.weight"], plain["11.weight"]) and started["11.weight"].shape == (6, 96)
    for name in ("0.0.weight", "7.1.convpath.1.1.running_var"):
        assert torch.equal(started[name].contiguous(), stored[name].float()) and not torch.equal(
            started[name], plain[name]
        )


def test_weights_of_another_net_are_refused_with_both_shapes(tmp_path: Path) -> None:
    other = build_model(Recipe(arch="xresnet18", width=0.25), 10)
    file = tmp_path / "other.safetensors"
    save_file({k: v.contiguous() for k, v in other.state_dict().items()}, file)
    with pytest.raises(InputError, match=r"other\.safetensors holds .* is \(16, 64, 3, 3\) there and \(12, 64, 3, 3\)"):
        load_body(build_model(Recipe(**NET), 10), file)


def test_the_groups_are_those_of_fastais_vision_learner_for_an_xresnet() -> None:
    from fastai.vision.learner import create_vision_model, model_meta
    from fastai.vision.models import xresnet

    theirs = model_meta[xresnet.xresnet18]["split"](create_vision_model(xresnet.xresnet18, 6, pretrained=False))
    ours = body_and_head(build_model(Recipe(arch="xresnet18"), 6))
    assert [[p.shape for p in group] for group in ours[:2]] == [[p.shape for p in group] for group in theirs[:2]]
    assert [tuple(p.shape) for p in ours[2]] == [(6, 512), (6,)] and len(ours) == len(theirs) == 3


@pytest.fixture
def cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, torch.Tensor]:
    """Tensors of a resnet18 that lies in torch's cache as torchvision's download leaves it."""
    from torchvision.models import resnet18

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    checkpoints().mkdir(parents=True)
    torch.manual_seed(5)
    weights = resnet18().state_dict()
    torch.save(weights, checkpoints() / "resnet18-f37072fd.pth")
    return weights


IMAGENET = Recipe(arch="resnet18", pretrained="imagenet", normalize="pretrained")


def test_torchvisions_weights_are_taken_from_torchs_cache(cached: dict[str, torch.Tensor]) -> None:
    net = build_model(IMAGENET, 3).state_dict()
    assert torch.equal(net["layer4.1.conv2.weight"].contiguous(), cached["layer4.1.conv2.weight"])
    assert net["fc.weight"].shape == (3, 512)
    assert missing("imagenet", "resnet18") == ""


def test_weights_that_are_not_there_are_refused_with_what_to_do(cached: dict[str, torch.Tensor]) -> None:
    with pytest.raises(
        InputError,
        match=r"weights of resnet34 are not in torch's cache .*from_url\('https://.*/resnet34-b627a593\.pth'\)",
    ):
        build_model(IMAGENET.replace(arch="resnet34"), 3)


def test_the_command_that_is_named_puts_them_where_they_are_looked_for(cached, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def download(url: str, to: str, *_: object, **__: object) -> None:
        asked.append(url)
        torch.save(cached, to)  # no download: only the file's place matters here

    monkeypatch.setattr(torch.hub, "download_url_to_file", download)
    python, flag, code = shlex.split(fetch_command("resnet34"))
    assert (python, flag) == ("python", "-c") and "torchvision" not in code
    exec(code, {})
    assert len(asked) == 1 and missing("imagenet", "resnet34") == ""


def test_a_file_that_is_cut_off_is_refused(cached: dict[str, torch.Tensor]) -> None:
    file = checkpoints() / "resnet18-f37072fd.pth"
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(InputError, match=r"resnet18-f37072fd\.pth in torch's cache cannot be read; delete it"):
        build_model(IMAGENET, 3)


def test_the_script_of_a_torchvision_net_makes_the_same_net(cached: dict[str, torch.Tensor]) -> None:
    code = python_script(IMAGENET.replace(phases=(Phase(method="fine_tune"),)))
    made = code.partition("def body_and_head")[2].partition("learn = Learner")
    assert "splitter=body_and_head," in made[2]
    found: dict = {"dls": SimpleNamespace(c=3)}
    exec("from fastai.vision.all import *", found)
    seed_everything(4)
    exec("def body_and_head" + made[0], found)
    seed_everything(4)
    ours = build_model(IMAGENET, 3)
    assert all(
        torch.equal(a.contiguous(), b) for a, b in zip(ours.parameters(), found["net"].parameters(), strict=True)
    )
    assert [[p.shape for p in group] for group in found["body_and_head"](found["net"])] == [
        [p.shape for p in group] for group in body_and_head(ours)
    ]


def test_the_script_of_a_torchvision_net_at_random_makes_the_same_net() -> None:
    from fastai.vision.all import models

    recipe = Recipe(arch="resnet18")
    assert "    models.resnet18(num_classes=dls.c)," in python_script(recipe)
    seed_everything(4)
    theirs = models.resnet18(num_classes=3)
    seed_everything(4)
    ours = build_model(recipe, 3)
    assert all(torch.equal(a.contiguous(), b) for a, b in zip(ours.parameters(), theirs.parameters(), strict=True))


def test_the_groups_of_a_resnet_are_fastais(cached: dict[str, torch.Tensor]) -> None:
    from fastai.vision.learner import create_vision_model, model_meta
    from torchvision.models import resnet18

    theirs = model_meta[resnet18]["split"](create_vision_model(resnet18, 6, pretrained=False))
    ours = body_and_head(build_model(IMAGENET, 6))
    assert [[p.shape for p in group] for group in ours[:2]] == [[p.shape for p in group] for group in theirs[:2]]


def test_the_files_are_those_torchvision_takes_by_default() -> None:
    from torchvision import models

    for arch, file in WEIGHTS.items():
        url = models.get_model_weights(arch).DEFAULT.url
        assert url.endswith(f"/{file}") and f"'{url}'" in fetch_command(arch)
    from fastai.vision.core import imagenet_stats

    assert stats_of("imagenet") == imagenet_stats and tuple(WEIGHTS) == RESNETS


class Watch(Callback):
    """Adds to `moved`, after each fit, the names of the weights that it has changed."""

    def __init__(self, weights: dict[str, torch.Tensor], moved: list[set[str]]) -> None:
        self.weights, self.moved = weights, moved

    def before_fit(self) -> None:
        self.before = {name: p.detach().clone() for name, p in self.weights.items()}

    def after_fit(self) -> None:
        self.moved.append({name for name, p in self.weights.items() if not torch.equal(self.before[name], p)})


@pytest.fixture
def moved(monkeypatch: pytest.MonkeyPatch) -> list[set[str]]:
    """For each fit of a run, the parameters that it has changed; empty before the run.

    What belongs to a BatchNorm is left out: fastai trains it in frozen groups too (`train_bn`).
    """
    found: list[set[str]] = []
    built = fit.build_learner

    def watched(*given, **more):
        learn = built(*given, **more)
        norms = {id(p) for m in learn.model.modules() if isinstance(m, _BatchNorm) for p in m.parameters()}
        weights = {name: p for name, p in learn.model.named_parameters() if id(p) not in norms}
        learn.add_cb(Watch(weights, found))
        return learn

    monkeypatch.setattr(fit, "build_learner", watched)
    return found


@pytest.mark.slow
def test_a_run_trains_on_from_a_file_in_torchs_cache(cached, moved, tiny_folder, settings, tmp_path: Path) -> None:
    phase = Phase(size=32, bs=16, n_epochs=1, lr=1e-4, method="fine_tune")
    recipe = IMAGENET.replace(phases=(phase,), source=str(tiny_folder), presize=48, tta_n=0, device="cpu")
    seen: list[Event] = []
    (out := tmp_path / "out").mkdir()
    outcome = run_recipe(recipe, settings, emit=seen.append, should_stop=lambda: False, out_dir=out)
    assert [e["stage"] for e in seen if e["kind"] == "epoch"] == ["frozen", "main"]
    assert moved[0] == {"fc.weight", "fc.bias"} and {"conv1.weight", "layer4.1.conv2.weight"} < moved[1]
    ended = load_file(outcome.artifacts["model.safetensors"])
    assert 0 < float((ended["layer1.0.conv1.weight"] - cached["layer1.0.conv1.weight"]).abs().max()) < 0.01
    assert json.loads((out / "model.json").read_text())["mean"] == pytest.approx(stats_of("imagenet")[0])
    assert "started from the weights of torchvision's net of the same architecture" in (out / "README.md").read_text()


@pytest.mark.slow
def test_a_run_freezes_the_body_for_one_epoch_and_keeps_its_statistics(
    moved, tiny_folder, settings, tmp_path: Path
) -> None:
    """The whole chain once: events, card and README, and weights that have moved a little, the body's not at first."""
    phase = Phase(size=32, bs=16, n_epochs=1, lr=1e-2, method="fine_tune")
    recipe = START.replace(phases=(phase,), source=str(tiny_folder), presize=48, tta_n=0, device="cpu")
    seen: list[Event] = []
    outcome = run_recipe(recipe, settings, emit=seen.append, should_stop=lambda: False, out_dir=tmp_path)
    assert [e["stage"] for e in seen if e["kind"] == "epoch"] == ["frozen", "main"]
    assert moved[0] == {"11.weight", "11.bias"} and {"0.0.weight", "7.1.convpath.0.0.weight"} < moved[1]
    assert outcome.summary.get("accuracy") is not None
    started, ended = load_file(SAMPLE_NET / "model.safetensors"), load_file(outcome.artifacts["model.safetensors"])
    body = ("0.0.weight", "7.1.convpath.0.0.weight")
    steps = {name: float((ended[name] - started[name].float()).abs().max()) for name in body}
    assert all(0 < step < 0.05 for step in steps.values()), steps
    card = (tmp_path / "README.md").read_text()
    assert "started from the weights of the small net that comes with the app, all but the last layer" in card
    mean = json.loads((tmp_path / "model.json").read_text())["mean"]
    assert mean == pytest.approx(json.loads((paths.ASSETS / "sample_model" / "model.json").read_text())["mean"])
