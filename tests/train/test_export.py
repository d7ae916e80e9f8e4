"""A net is exported as ONNX: the file answers as torch does, whatever the quick way of exporting has done."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from torch import nn

from sota_core.train import export

pytestmark = pytest.mark.slow


@pytest.fixture
def net() -> nn.Module:
    """Two convolutions with BatchNorm, then a mean over the picture; statistics as after a few batches."""
    torch.manual_seed(3)
    net = nn.Sequential(
        *(nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU()),
        *(nn.Conv2d(8, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU(), nn.AvgPool2d(2, ceil_mode=True)),
        *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 5)),
    )
    for _ in range(3):
        net(torch.randn(4, 3, 24, 24))
    return net.to(memory_format=torch.channels_last).eval()  # type: ignore[call-overload]


def farthest(path: Path, net: nn.Module) -> float:
    """The largest difference between the answers of the file and of the net, over several batch sizes, heights and
    widths.
    """
    session, found = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"]), []
    for shape in ((1, 3, 24, 24), (5, 3, 37, 31), (2, 3, 16, 64)):
        x = torch.randn(shape)
        with torch.no_grad():
            expected = net(x).numpy()
        found.append(np.abs(session.run(["logits"], {"pictures": x.numpy()})[0] - expected).max())
    return max(found)


def test_any_batch_height_and_width_is_answered_as_torch_does_without_torch_export(
    net: nn.Module, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        export, "_write_captured", lambda *_: pytest.fail("torch.export was used although the traced net was right")
    )
    path = export.write_onnx(tmp_path / "model.onnx", net, 24, {"classes": "a"})
    assert farthest(path, net) < 1e-5
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    assert session.get_inputs()[0].shape == ["batch", 3, "height", "width"]
    assert session.get_outputs()[0].shape == ["batch", 5]
    assert session.get_modelmeta().custom_metadata_map == {"classes": "a"}
    assert b".py" not in path.read_bytes()


def test_a_traced_net_that_took_a_size_for_a_constant_is_written_anew_by_torch_export(
    net: nn.Module, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    traced = []

    def of_one_size(path: Path, model: nn.Module, example: torch.Tensor) -> None:
        torch.onnx.export(model, (example,), path, input_names=["pictures"], output_names=["logits"], dynamo=False)
        traced.append(path.stat().st_size)

    monkeypatch.setattr(export, "_write_traced", of_one_size)
    with pytest.warns(DeprecationWarning):
        path = export.write_onnx(tmp_path / "model.onnx", net, 24, {})
    assert traced and farthest(path, net) < 1e-5
    assert b".py" not in path.read_bytes()  # torch.export writes the place of the code at each node


def test_a_net_that_neither_way_writes_rightly_is_refused_and_leaves_no_file(
    net: nn.Module, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class OneMore(nn.Module):
        def __init__(self, of: nn.Module) -> None:
            super().__init__()
            self.of = of

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.of(x) + 1

    def of_another_net(path: Path, model: nn.Module, example: torch.Tensor) -> None:
        traced(path, OneMore(model).eval(), example)

    traced = export._write_traced
    for way in ("_write_traced", "_write_captured"):
        monkeypatch.setattr(export, way, of_another_net)
    with pytest.raises(RuntimeError, match=r"torch and onnxruntime differ by 1, more than 0\.001"):
        export.write_onnx(tmp_path / "model.onnx", net, 24, {})
    assert not (tmp_path / "model.onnx").exists()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_logits_of_tens_of_thousands_are_held_against_their_own_size(net: nn.Module, tmp_path: Path) -> None:
    with torch.no_grad():
        net[-1].weight.mul_(1e6)  # type: ignore[operator]
    path = export.write_onnx(tmp_path / "model.onnx", net, 24, {})
    with torch.no_grad():
        largest = float(net(torch.randn(1, 3, 24, 24)).abs().max())
    assert largest > 1e4 and farthest(path, net) < export.ONNX_TOLERANCE * largest


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_diverged_net_is_refused_before_anything_is_written(bad: float, net: nn.Module, tmp_path: Path) -> None:
    with torch.no_grad():
        net[0].weight.fill_(bad)  # type: ignore[operator]
    with pytest.raises(RuntimeError, match=r"finite numbers.* training diverged"):
        export.write_onnx(tmp_path / "model.onnx", net, 24, {})
    assert not list(tmp_path.iterdir())
