"""The workaround for torchvision beside a CPU-only torch: it is still needed, and it works."""

import json
import subprocess
import sys

import pytest
import torch

from sota_core import paths

cpu_only = pytest.mark.skipif(
    torch.version.cuda is not None or torch.version.hip is not None,
    reason="torch is no CPU-only build: torchvision loads its compiled part without help",
)

# torch is imported once; each case runs in a process forked from there.
CASES = """
import json, os, sys, traceback, types
import torch
from sota_core.data.loading.torchvision_ops import ensure_torchvision_ops as cure

def without():
    import torchvision

def with_it():
    first = cure()
    import fastai.vision.all, torchvision
    assert cure() == first

def imported_already():
    sys.modules["torchvision"] = types.ModuleType("torchvision")
    assert not cure() and not hasattr(torch.ops.torchvision, "nms")

def used():
    if cure():
        torch.ops.torchvision.nms(torch.zeros(1, 4), torch.zeros(1), .5)
    else:
        raise NotImplementedError

said = {}
for case in (without, with_it, imported_already, used):
    ours, theirs = os.pipe()
    if (pid := os.fork()) == 0:
        try:
            case()
            text = ""
        except BaseException:
            text = traceback.format_exc()
        with os.fdopen(theirs, "w") as pipe:
            pipe.write(text)
        os._exit(0)
    os.close(theirs)
    with os.fdopen(ours) as pipe:
        text = pipe.read()
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    said[case.__name__] = f"ended with {code}" if code else text
print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def said() -> dict[str, str]:
    """case → the traceback it ended with; '' if it ended well."""
    command = [sys.executable, "-c", CASES]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, cwd=paths.ROOT)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.long
@cpu_only
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the mismatched wheels")
def test_the_cure_is_still_needed(said: dict[str, str]):
    """If this fails, torchvision has been fixed: delete torchvision_ops.py and its callers."""
    assert "operator torchvision::nms does not exist" in said["without"]


@pytest.mark.long
def test_with_it_fastai_imports(said: dict[str, str]):
    assert said["with_it"] == ""


def test_it_leaves_a_torchvision_alone_that_is_imported_already(said: dict[str, str]):
    assert said["imported_already"] == ""


def test_the_declared_operators_still_refuse_to_compute(said: dict[str, str]):
    assert "NotImplementedError" in said["used"]
