"""Texts that strangers read give a file's name, but not the folders where it lies on this machine."""

import sys
import traceback
from pathlib import Path

import numpy as np
import pytest

from sota_core import paths, places, words
from sota_core.errors import SourceError
from sota_core.later import later
from sota_core.places import traceback_without_folders, without_folders


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[Errno 13] Permission denied: '/srv/lab/home/runs.db'", "[Errno 13] Permission denied: 'runs.db'"),
        ('"/home/Ada L/own sets/7f/a.jpg" is cut off', '"a.jpg" is cut off'),
        ("list_pictures('/srv/a/pets/'): one class", "list_pictures('pets'): one class"),
        ("cannot open /srv/lab/x.png: no such file", "cannot open x.png: no such file"),
        ("(/srv/lab/x.png)", "(x.png)"),
        ("file:///mnt/shared/lab failed", "lab failed"),
        ("at /usr/include/THC.cpp:123", "at THC.cpp:123"),
        ("two: '/a/b' and '/c/d'", "two: 'b' and 'd'"),
    ],
)
def test_a_path_is_told_by_its_last_part(text: str, told: str):
    assert without_folders(text) == told == without_folders(told)


@pytest.mark.parametrize(
    "text",
    [
        "see https://docs.example.org/a/b/c, http://lab:8501/train/x",
        "s3://bucket/sota-lab/x and and/or, 3/4/5, train/owl/1.jpg, ./a/b/c",
        "images / second / card",
        "12 /s/m of /train/cat and /valid/cat",
        "",
    ],
)
def test_what_is_no_place_of_this_machine_stays(text: str):
    assert without_folders(text) == text


def test_a_traceback_s_files_are_told_from_the_project_the_packages_and_python():
    try:
        np.linalg.inv(np.zeros((2, 3)))
    except np.linalg.LinAlgError:
        whole = traceback.format_exc()
    assert str(paths.ROOT) in whole
    told = traceback_without_folders(whole)
    assert 'File "tests/test_places.py", line' in told and 'File "numpy/linalg/' in told and "LinAlgError" in told
    assert str(paths.ROOT) not in told and str(Path(sys.prefix)) not in told and "/" + "home" not in told
    assert len(told.splitlines()) == len(whole.splitlines())


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("/opt/other/sota_core/train/fit.py", "sota_core/train/fit.py"),  # a worker on another machine
        ("/x/lib/python3.11/site-packages/torch/nn/modules/module.py", "torch/nn/modules/module.py"),
        ("/usr/lib/python3.11/multiprocessing/process.py", "multiprocessing/process.py"),
        ("/home/ada/my trainer.py", "my trainer.py"),
        ("<frozen importlib._bootstrap>", "<frozen importlib._bootstrap>"),
    ],
)
def test_a_frame_of_elsewhere(file: str, told: str):
    assert traceback_without_folders(f'  File "{file}", line 3, in f') == f'  File "{told}", line 3, in f'


def test_an_alert_and_a_stage_name_no_folder():
    where = "/srv/secret place/pets"
    assert words.sentence(SourceError(later("list_pictures('{root}'): one class", root=where))) == "'pets'\\: one class"
    said = later("Its files stay here: {why}", why="[Errno 28] No space left on device: '/srv/lab/artifacts/x'")
    assert words.progress(said, None, None) == "Its files stay here: [Errno 28] No space left on device: 'x'"


def test_who_sits_at_the_machine_reads_where_it_is(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(places, "_reads_whole", places._reads_whole)
    said = "'/home/me/imagenette2' is not this data set; move it away"
    places.let_read_whole(lambda: True)
    assert without_folders(said) == said
    places.let_read_whole(lambda: False)
    assert without_folders(said) == "'imagenette2' is not this data set; move it away"
