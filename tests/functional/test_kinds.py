"""Every function that takes arrays gives the same numbers for NumPy and torch, and modifies nothing."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import sota_core.functional as functional
from sota_core import paths

FOLDER = Path(functional.__file__).parent
RNG = np.random.default_rng(7)
X = RNG.random((4, 3, 6, 5))
LAM, PARTNER = RNG.random(4), np.array([2, 0, 3, 1])
LABELS = np.array([0, 4, 2, 2])
LOGITS = RNG.normal(size=(4, 5))
VIEWS = RNG.dirichlet(np.ones(5), (3, 4))
PLAIN = RNG.dirichlet(np.ones(5), 4)
STATS = (np.array([0.1, 0.2, 0.3]), np.array([0.5, 1.0, 2.0]))

RIGHT = np.array([1, 0, 1, 1])
FEATURES = RNG.normal(size=(6, 4))

CASES = {
    "projection.principal_components": (FEATURES, 3),
    "projection.within_share": (FEATURES, np.array([0, 0, 1, 1, 2, 2]), 3),
    "forgetting.learning_and_forgetting": (np.array([RIGHT, 1 - RIGHT, RIGHT]),),
    "calibration.bin_of": (LAM, 5),
    "calibration.reliability": (LAM, RIGHT, 5),
    "calibration.expected_calibration_error": (LAM, RIGHT, 5),
    "calibration.logit_gap": (PLAIN,),
    "mixup.fold_lam": (LAM,),
    "mixup.mix_images": (X, LAM, PARTNER),
    "mixup.mix_targets": (PLAIN, LAM, PARTNER),
    "mixup.mix_losses": (LAM, LAM[::-1].copy(), LAM),
    "beta.beta_density": (LAM, 0.4),
    "beta.folded_density": (LAM, 0.4),
    "cutmix.cutmix_images": (X, (1, 2, 4, 5), PARTNER),
    "smoothing.one_hot": (LABELS, 5),
    "smoothing.smooth_targets": (LABELS, 5, 0.1),
    "smoothing.log_softmax": (LOGITS,),
    "smoothing.softmax": (LOGITS,),
    "smoothing.log_probs": (PLAIN,),
    "smoothing.soft_cross_entropy": (LOGITS, PLAIN),
    "smoothing.cross_entropy_grad": (LOGITS, PLAIN),
    "smoothing.loss_floor": (PLAIN,),
    "normalize.channel_stats": (X,),
    "normalize.normalize": (X, *STATS),
    "normalize.denormalize": (X, *STATS),
    "tta.combine": (PLAIN, VIEWS),
    "tta.combine_logits": (PLAIN, VIEWS),
    "tta.corner_crops": (X[0], 3),
    "tta.accuracy": (PLAIN, LABELS),
    "tta.rescued_and_broken": (PLAIN, VIEWS[0], LABELS),
}
NO_ARRAYS_TAKEN = {
    "mixup.sample_lam",
    "mixup.sample_partner",
    "beta.folded_mean",
    "beta.folded_share_above",
    "cutmix.sample_box",
    "cutmix.place_box",
    "cutmix.box_lam",
    "smoothing.optimal_logit_gap",
    "tta.view_weights",
    "schedule.one_cycle",
    "stages.head_weights",
    "stages.stage_sides",
}
GEOMETRY = {"boxes", "resize"}  # numbers in, numbers out
every_case = pytest.mark.parametrize("name", CASES)


def function_of(name):
    module, function = name.split(".")
    return getattr(importlib.import_module(f"sota_core.functional.{module}"), function)


def public_functions():
    for path in sorted(FOLDER.glob("[a-z]*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                yield path.stem, node


def as_tuple(result):
    return result if isinstance(result, tuple) else (result,)


def convert(arguments, kind):
    return tuple(kind(value) if isinstance(value, np.ndarray) else value for value in arguments)


def float32(value):
    return torch.tensor(value, dtype=torch.float32 if value.dtype == np.float64 else torch.int64)


def test_every_function_is_looked_at_here():
    names = {f"{module}.{node.name}" for module, node in public_functions() if module not in GEOMETRY}
    without = names ^ (CASES.keys() | NO_ARRAYS_TAKEN)
    assert not without, f"{without}: give CASES its arguments, or name it in NO_ARRAYS_TAKEN"


@pytest.mark.parametrize(("module", "node"), list(public_functions()), ids=lambda v: getattr(v, "name", v))
def test_every_function_tells_its_shapes_and_source(module, node):
    doc = ast.get_docstring(node) or ""
    assert "\nShapes\n" in doc and "\nSource\n" in doc


@every_case
def test_both_kinds_give_the_same_numbers(name):
    function = function_of(name)
    expected = as_tuple(function(*CASES[name]))
    for result, number in zip(as_tuple(function(*convert(CASES[name], torch.tensor))), expected, strict=True):
        if isinstance(number, float) and not isinstance(number, np.generic):
            assert result == number
            continue
        assert isinstance(number, np.ndarray | np.generic) and isinstance(result, torch.Tensor)
        rtol = 1e-6 if result.dtype == torch.float32 else 1e-12  # one_hot, smooth_targets: torch's default dtype
        np.testing.assert_allclose(result.numpy(), number, rtol=rtol, atol=1e-15)


@every_case
def test_float32_stays_float32(name):
    for result in as_tuple(function_of(name)(*convert(CASES[name], float32))):
        assert isinstance(result, float) or result.dtype in (torch.float32, torch.int64)
    in_numpy = convert(CASES[name], lambda v: v.astype(np.float32) if v.dtype == np.float64 else v)
    if name not in ("smoothing.one_hot", "smoothing.smooth_targets"):  # they make NumPy's float64 from labels
        for result in as_tuple(function_of(name)(*in_numpy)):
            assert isinstance(result, float) or result.dtype in (np.float32, np.int64)


@every_case
def test_lists_give_the_same_numbers(name):
    listed = as_tuple(function_of(name)(*convert(CASES[name], np.ndarray.tolist)))
    for result, number in zip(listed, as_tuple(function_of(name)(*CASES[name])), strict=True):
        np.testing.assert_array_equal(result, number)


@every_case
@pytest.mark.parametrize("kind", [np.array, torch.tensor], ids=["numpy", "torch"])
def test_inputs_are_not_modified_nor_handed_back(name, kind):
    arguments, kept = convert(CASES[name], kind), convert(CASES[name], kind)
    results = as_tuple(function_of(name)(*arguments))
    for result in results:
        if not isinstance(result, float):
            result *= 0  # would change an input that shares its memory
    for value, before in zip(arguments, kept, strict=True):
        np.testing.assert_array_equal(np.asarray(value), np.asarray(before))


@every_case
def test_read_only_arrays_will_do(name):
    arguments = convert(CASES[name], np.array)
    for value in arguments:
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
    function_of(name)(*arguments)
    first, *rest = arguments
    function_of(name)(torch.tensor(first), *rest)


def test_the_maths_imports_neither_torch_nor_scipy():
    modules = [f"sota_core.functional.{path.stem}" for path in FOLDER.glob("[a-z]*.py")]
    assert len(modules) >= 8
    code = f"import importlib, sys; [importlib.import_module(m) for m in {modules!r}]\n"
    code += "import numpy as np; from sota_core.functional.mixup import fold_lam; fold_lam(np.ones(2))\n"
    code += "print(sorted({'torch', 'scipy', 'fastai', 'streamlit'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=240, cwd=paths.ROOT)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@every_case
def test_a_gpu_tensor_stays_on_its_gpu(name):
    first, *rest = CASES[name]
    expected = as_tuple(function_of(name)(torch.tensor(first), *rest))
    for result, number in zip(as_tuple(function_of(name)(torch.tensor(first).cuda(), *rest)), expected, strict=True):
        if isinstance(number, float):
            assert result == number
        else:
            assert result.device.type == "cuda"
            torch.testing.assert_close(result.cpu(), number)
