"""The fastai code that pages show: it compiles, its names exist, it runs, and it does what the page computes."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import sota_core.script.snippets
from sota_core import paths
from sota_core.data.sets.sources import SOURCES
from sota_core.script.baseline import baseline_code
from sota_core.script.further_research import fine_tune_code
from sota_core.script.snippets import URLS, normalize_code, path_lines, resizing_code
from tests.pictures import class_folders, of_sample

STATS = ((0.5, 0.4, 0.3), (0.2, 0.25, 0.3))
PLAN = dict(presize=40, method="pad", min_scale=0.75)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder with 24 pictures of two classes of the embedded set."""
    return class_folders(tmp_path, ("balloon", "carp"), 12, of_sample)


def run(code: str, pictures: Path) -> dict:
    """Run the code as shown, but on these pictures and with a small net; returns the names it defines."""
    code = code.replace('Path("my_pictures")', f'Path("{pictures}")').replace("xresnet50", "xresnet18")
    names: dict = {}
    exec(compile(code, "snippet", "exec"), names)
    return names


def test_every_snippet_is_made_by_a_test_here_or_beside():
    snippets = {name for name in vars(sota_core.script.snippets) if name.endswith("_code")}
    called = {
        node.func.id
        for path in Path(__file__).parent.glob("test_*snippet*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert len(snippets) >= 5
    assert snippets <= called, f"{snippets - called}: no test calls it; add one that runs it with fastai"


@pytest.mark.parametrize("source", [*SOURCES, "/srv/pictures"])
@pytest.mark.parametrize("kind", ["none", "imagenet", "batch", "dataset", "typed"])
def test_every_state_gives_code_that_compiles(source, kind):
    ast.parse(normalize_code(source, kind, STATS, size=96, bs=8))
    ast.parse(resizing_code(source, [(64, 128, 3), (128, 64, 1), (224, 32, 6)], **PLAN))


def test_small_statistics_keep_their_digits():
    """Rounded to three decimals they would be 0, and the copied code would divide by it."""
    code = normalize_code("/my", "dataset", ((0.5, 0.0, 0.0123), (0.0001, 0.00004, 0.25)), size=32, bs=8)
    assert "from_stats([0.500, 0.000, 0.0123], [0.0001, 4e-05, 0.250])" in code


def test_a_folder_of_this_machine_is_not_told():
    assert "/srv" not in path_lines("/srv/pictures")


def test_a_fine_tune_asks_for_one_epoch_less_than_the_page_counts():
    code = resizing_code("imagenette2", [(128, 128, 4), (224, 64, 6)], **PLAN)
    assert "fit_one_cycle(4, 3e-3)" in code and "fine_tune(5, 1e-3)" in code and "get_dls(64, 224)" in code
    assert "untar_data(URLs.IMAGENETTE)" in code and "Resize(40, method=ResizeMethod.Pad)" in code


@pytest.mark.slow
def test_fastais_urls_have_the_names_we_give_them():
    from sota_core.data.loading.torchvision_ops import ensure_torchvision_ops

    ensure_torchvision_ops()
    from fastai.data.external import URLs

    assert {source: getattr(URLs, name) for source, name in URLS.items()} == {s: SOURCES[s].url for s in URLS}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["none", "imagenet", "batch", "typed"])
def test_the_batch_the_code_shows_is_normalized_as_the_page_says(pictures, kind):
    from sota_core.data.loading.torchvision_ops import ensure_torchvision_ops

    ensure_torchvision_ops()
    names = run(normalize_code("/my", kind, STATS, size=32, bs=8), pictures)
    x = names["xb"].as_subclass(__import__("torch").Tensor)
    if kind == "batch":
        assert abs(x.mean()) < 1e-5  # this batch's own statistics: see the next test
    elif kind == "none":
        assert 0 <= x.min() and x.max() <= 1
    else:
        tfm = next(t for t in names["dls"].train.after_batch.fs if type(t).__name__ == "Normalize")
        if kind == "typed":
            np.testing.assert_allclose(tfm.mean.flatten(), STATS[0], atol=1e-6)
            np.testing.assert_allclose(tfm.std.flatten(), STATS[1], atol=1e-6)
        undone = x * tfm.std + tfm.mean
        assert -1e-4 <= undone.min() and undone.max() <= 1.0001


@pytest.mark.slow
def test_this_batch_comes_out_at_mean_0_and_standard_deviation_1(pictures, capsys):
    from sota_core.data.loading.torchvision_ops import ensure_torchvision_ops

    ensure_torchvision_ops()
    code = normalize_code("/my", "batch", STATS, size=32, bs=8)
    x = run(code, pictures)["xb"]
    np.testing.assert_allclose(x.mean(dim=[0, 2, 3]), 0, atol=1e-5)
    np.testing.assert_allclose(x.std(dim=[0, 2, 3]), 1, atol=1e-5)
    assert "Normalize()]" in code  # the code also shows what training does instead


@pytest.mark.parametrize("code", [normalize_code("sample", "none", None, size=96, bs=8), path_lines("sample")])
def test_code_for_the_drawn_pictures_says_that_it_needs_this_project_and_what_does_not(code: str):
    need = code.index("need its package, sota_core")
    instead = code.index('# With fastai alone, write instead: path = Path("my_pictures")')
    assert need < instead < code.index("import settings")


@pytest.mark.slow
def test_the_plan_the_code_shows_trains_each_phase_at_its_size(pictures, capsys):
    from sota_core.data.loading.torchvision_ops import ensure_torchvision_ops

    ensure_torchvision_ops()
    code = resizing_code("/my", [(32, 8, 1), (48, 4, 2)], presize=64, method="crop", min_scale=0.75)
    names = run(code, pictures)
    assert names["learn"].dls.one_batch()[0].shape[-2:] == (48, 48)
    assert names["learn"].dls.bs == 4
    assert len(names["learn"].recorder.values) == 1  # fine_tune(1) records its last fit only, not the warm-up


# The code that makes loaders of its own, for a set of so many pictures.
WITH_LOADERS: dict[str, Callable[[int], str]] = {
    "baseline": lambda n: baseline_code("/my", 3e-3, n=n),
    "normalize": lambda n: normalize_code("/my", "imagenet", STATS, size=32, bs=64, n=n),
    "resizing": lambda n: resizing_code("/my", [(32, 64, 1), (48, 16, 1)], n=n, **PLAN),
    "fine_tune": lambda n: fine_tune_code(),
}


@pytest.mark.parametrize("name", ["baseline", "normalize", "resizing"])
def test_a_batch_of_the_code_is_one_that_the_set_can_fill(name):
    """As in the lab (fit_batch): a fifth of 24 is held out, and 20 pictures fill no batch of 64."""
    small, large = WITH_LOADERS[name](24), WITH_LOADERS[name](500)
    assert "20 pictures to train on" in small and "to train on" not in large
    sizes = [int(bs) for bs in re.findall(r"bs=(\d+)|get_dls\((\d+)", small) for bs in bs if bs]
    assert sizes == {"baseline": [5], "normalize": [20], "resizing": [5, 16]}[name]
    assert ("64" in large) and not WITH_LOADERS[name](81).count("to train on")  # 65 to train on


def quick(code: str, pictures: Path) -> str:
    """The code on these pictures, small enough for a test: without the weights that torchvision would fetch."""
    code = re.sub(r"xresnet50\(|resnet34(?=, m)", lambda m: "xresnet18(" if m[0][0] == "x" else "resnet18", code)
    code = code.replace("metrics=accuracy, normalize", "metrics=accuracy, pretrained=False, normalize")
    code = code.replace('Path("my_pictures")', f'Path("{pictures}")').replace("_cycle(5,", "_cycle(1,")
    return re.sub(r"fine_tune\(3\)", "fine_tune(1)", re.sub(r"\b(224|128)\b", "32", code.replace("(460)", "(40)")))


@pytest.mark.slow
@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.parametrize("name", WITH_LOADERS)
def test_the_code_runs_as_a_script_on_a_small_set_however_workers_start(name, method, pictures, tmp_path):
    """spawn: as on Windows."""
    start = (
        f"import multiprocessing; multiprocessing.set_start_method({method!r}, force=True)\n"
        "from sota_core.data.loading.torchvision_ops import ensure_torchvision_ops; ensure_torchvision_ops()\n"
    )
    checked = "" if name == "fine_tune" else "assert len(dls.train) > 0, 'no batch'\n"
    (tmp_path / "snippet.py").write_text(start + quick(WITH_LOADERS[name](24), pictures) + checked)
    env = os.environ | {"PYTHONPATH": str(paths.ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "snippet.py"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, cwd=tmp_path, env=env)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "[0/0 :" not in done.stdout and "nan" not in done.stdout
