"""The script as a user gets it, run without our package: with this machine's torchvision, with one that loads, and with
one built for another torch.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sota_core.recipes import Phase, Recipe
from sota_core.script import python_script
from tests.drawn_sample import draw_sample

pytestmark = pytest.mark.slow

# What a torchvision whose compiled part loads has registered by the time it is imported.
LOADS = """import torch
for name in ("torchvision::nms", "torchvision::qnms"):
    try:
        torch.library.define(name, "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    except RuntimeError:  # there already
        pass
import torchvision
"""
# A compiled part built for another torch is refused, as a CPU build of torch refuses PyPI's torchvision.
BROKEN = """import torch
load = torch.ops.load_library
def refuse(path):
    if "torchvision" in str(path):
        raise OSError("undefined symbol")
    return load(path)
torch.ops.load_library = refuse
"""
RECIPE = Recipe(
    phases=(Phase(size=16, bs=4, n_epochs=1),), arch="xresnet18", width=0.125, presize=24, device="cpu", tta_n=1
)


def pictures(folder: Path) -> Path:
    parts, classes = (("train", 4), ("val", 2)), ("balloon", "carp")
    return draw_sample(folder, [f"{part}/{name}/{i:03}.jpg" for part, n in parts for name in classes for i in range(n)])


@pytest.mark.parametrize("before", ["", LOADS, BROKEN], ids=["as it is here", "torchvision loads", "another torch's"])
def test_the_script_runs_without_our_package(before: str, tmp_path: Path):
    folder = pictures(tmp_path / "pictures")
    (tmp_path / "script.py").write_text(python_script(RECIPE, folder=str(folder), num_workers=0))
    # -P: Python looks for modules neither in the script's folder nor in this one, so it cannot find sota_core
    start = f"{before}\nimport importlib.util, runpy\nassert importlib.util.find_spec('sota_core') is None\n"
    command = [sys.executable, "-P", "-c", start + "runpy.run_path('script.py', run_name='__main__')"]
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, cwd=tmp_path, env=env)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "with TTA" in done.stdout


@pytest.mark.parametrize("method", ["forkserver", "spawn"])
def test_it_runs_where_python_does_not_fork(method: str, tmp_path: Path):
    """As Python 3.14 on Linux, and as Windows: sitecustomize is imported before the script, in every process."""
    (tmp_path / "sitecustomize.py").write_text(
        "from multiprocessing import context\n"
        f"context._default_context._default_context = context._concrete_contexts['{method}']\n"
    )
    folder = pictures(tmp_path / "pictures")
    (tmp_path / "script.py").write_text(python_script(RECIPE, folder=str(folder), num_workers=1))
    env = os.environ | {"PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "script.py"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, cwd=tmp_path, env=env)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "with TTA" in done.stdout
