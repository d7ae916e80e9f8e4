"""The baseline's code: the lines shown are the code, it is the chapter's run, and fastai runs it as it stands."""

import ast
from pathlib import Path

import numpy as np
import pytest

from sota_core.data.sets.sources import SOURCES
from sota_core.recipes import PRESETS
from sota_core.script.baseline import baseline_code, baseline_lines, seeded_code
from tests.pictures import class_folders, of_sample


@pytest.mark.parametrize("source", [*SOURCES, "/srv/pictures"])
@pytest.mark.parametrize("is_wide", [False, True])
def test_every_line_stands_in_the_code_once_and_in_order(source: str, is_wide: bool) -> None:
    code = baseline_code(source, 3e-3, is_wide=is_wide)
    at = [code.index(f"{line.code}\n") for line in baseline_lines(source, 3e-3, is_wide=is_wide)]
    assert at == sorted(at) and "/srv" not in code
    ast.parse(code)


def test_the_numbers_are_the_recipe_s() -> None:
    recipe = PRESETS["baseline"]
    phase = recipe.phases[0]
    code = baseline_code("imagenette2", phase.lr)
    assert f"Resize({recipe.presize})" in code and f"size={phase.size}" in code and f"bs={phase.bs}" in code
    assert f"fit_one_cycle({phase.n_epochs}, 0.003)" in code and "untar_data(URLs.IMAGENETTE)" in code


def test_n_out_is_the_number_of_classes_or_not_given() -> None:
    assert "xresnet50(n_out=dls.c)" in baseline_code("imagenette2", 3e-3)
    assert "xresnet50()" in baseline_code("imagenette2", 3e-3, is_wide=True)


@pytest.fixture
def learner(tmp_path: Path):
    """run(is_wide, *changes): the names that the code defines, run on 24 pictures of two classes with a small net."""
    class_folders(tmp_path, ("balloon", "carp"), 12, of_sample)

    from sota_core.data.loading.torchvision_ops import ensure_torchvision_ops

    ensure_torchvision_ops()

    def run(is_wide: bool, *changes: tuple[str, str]) -> dict:
        code = baseline_code("/srv/pictures", 3e-3, is_wide=is_wide).replace(
            'Path("my_pictures")', f'Path("{tmp_path}")'
        )
        quicker = (
            ("xresnet50", "xresnet18"),
            ("(5, ", "(1, "),
            ("bs=64", "bs=8, num_workers=0"),
            ("size=224", "size=32"),
        )
        for shown, quick in (*quicker, *changes):
            assert shown in code
            code = code.replace(shown, quick)
        names: dict = {}
        exec(compile(code, "baseline", "exec"), names)
        return names

    return run


@pytest.mark.slow
def test_seeded_as_shown_a_run_repeats_itself_and_seeded_later_it_does_not(learner) -> None:
    seed, split = "set_seed(42, reproducible=True)", "splitter=RandomSplitter(0.2, seed=42)"
    lines = seeded_code().splitlines()
    assert lines[0].startswith(seed) and split in lines[1] and "dataloaders" in lines[2] and "Learner(" in lines[3]
    ast.parse(seeded_code())
    held_out = ("    # no splitter: a random fifth is held out", f"    {split},")

    def losses(*changes: tuple[str, str]) -> list[float]:
        return [float(loss) for loss in learner(False, *changes)["learn"].recorder.losses]

    before, after = ("dblock = DataBlock(", f"{seed}\ndblock = DataBlock("), ("net =", f"{seed}\nnet =")
    assert losses(held_out, before) == losses(held_out, before)
    assert losses(held_out, after) != losses(held_out, after)  # too late: the loaders have drawn their order by then
    assert losses() != losses()


@pytest.mark.slow
@pytest.mark.parametrize("is_wide", [False, True])
def test_fastai_runs_it_and_does_what_the_page_says_of_it(learner, is_wide: bool) -> None:
    names = learner(is_wide)
    dls, learn = names["dls"], names["learn"]
    assert (len(dls.train_ds), len(dls.valid_ds)) == (20, 4)  # a fifth of 24, rounded down
    assert dls.c == 2 and list(dls.vocab) == ["balloon", "carp"]  # in alphabetical order
    assert len(dls.train) == 2  # 20 pictures in batches of 8: training drops the last four
    assert [type(t).__name__ for t in dls.after_item.fs] == ["Resize", "ToTensor"]
    assert learn.model[-1].out_features == (1000 if is_wide else 2)
    assert learn.model[-2].p == 0  # its Dropout has p = 0
    assert len(learn.opt.param_lists) == 1 and np.isfinite(learn.recorder.values[-1]).all()
    assert learn.dls.valid.drop_last is False
