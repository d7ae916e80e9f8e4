"""The cure for torchvision beside a CPU-only torch: still needed, and it works."""

import subprocess
import sys

import pytest
import torch

from sota_core import paths

cpu_only = pytest.mark.skipif(
    torch.version.cuda is not None or torch.version.hip is not None,
    reason="torch is not a CPU-only build: torchvision loads its compiled part by itself",
)


def python(code: str) -> subprocess.CompletedProcess[str]:
    root = paths.ROOT
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, cwd=root)


@cpu_only
@pytest.mark.skipif(sys.platform != "linux", reason="the mismatched wheels are Linux's")
def test_the_cure_is_still_needed():
    """When this fails, torchvision has been mended: delete torchvision_ops.py and its callers."""
    done = python("import torchvision")
    assert done.returncode != 0
    assert "operator torchvision::nms does not exist" in done.stderr


def test_with_it_fastai_imports():
    done = python(
        "from sota_core.data.loading.torchvision_ops import ensure_torchvision_ops as cure\n"
        "first = cure()\n"
        "import fastai.vision.all, torchvision\n"
        "assert cure() == first\n"
        "print('imported', first)"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("imported")


def test_it_leaves_a_torchvision_alone_that_is_imported_already():
    done = python(
        "import sys, types\n"
        "sys.modules['torchvision'] = types.ModuleType('torchvision')\n"
        "import torch\n"
        "from sota_core.data.loading.torchvision_ops import ensure_torchvision_ops as cure\n"
        "print(cure(), hasattr(torch.ops.torchvision, 'nms'))"
    )
    assert done.stdout.strip() == "False False", done.stderr


def test_the_declared_operators_still_refuse_to_compute():
    done = python(
        "from sota_core.data.loading.torchvision_ops import ensure_torchvision_ops as cure\n"
        "import torch\n"
        "if cure():\n"
        "    torch.ops.torchvision.nms(torch.zeros(1, 4), torch.zeros(1), .5)\n"
        "else:\n"
        "    raise NotImplementedError"
    )
    assert "NotImplementedError" in done.stderr
