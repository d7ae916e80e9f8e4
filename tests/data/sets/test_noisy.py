"""Wrong labels by Imagenette's own table: training pictures lie where the table says, validation pictures where they
belong.
"""

import csv
import errno
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sota_core.cli.main import main
from sota_core.data.pictures.listing import list_pictures
from sota_core.data.sets.noisy import SHARES, make_noisy
from sota_core.errors import DiskFullError, RangeError, SourceError

CLASSES = ("n01440764", "n02102040")
# share in % → indices of the wrong ones among eight training pictures
WRONG = {1: (), 5: (0,), 25: (0, 1), 50: (0, 1, 4, 5)}


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    """Two classes, each with four training and two validation pictures, and a table with the columns of
    Imagenette's.
    """
    rows, root = [], tmp_path / "imagenette2-160"
    for part, n in (("train", 4), ("val", 2)):
        for k, name in enumerate(CLASSES):
            (root / part / name).mkdir(parents=True)
            for i in range(n):
                path = root / part / name / f"{name}_{part}_{i}.JPEG"
                Image.new("RGB", (8, 8), (30 * i, 60 * k, 9)).save(path, "JPEG")
                at, other = 4 * k + i, CLASSES[1 - k]
                labels = {f"noisy_labels_{s}": other if part == "train" and at in WRONG[s] else name for s in SHARES}
                own = {"path": path.relative_to(root).as_posix(), "noisy_labels_0": name}
                rows.append(own | labels | {"is_valid": part == "val"})
    with (root / "noisy_imagenette.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, rows[0])
        table.writeheader()
        table.writerows(rows)
    return root


@pytest.mark.parametrize("share", SHARES)
def test_training_pictures_lie_where_the_table_says(clean: Path, tmp_path: Path, share: int) -> None:
    made = make_noisy(clean, share, tmp_path / "noisy")
    assert (made.n_train, made.n_wrong) == (8, len(WRONG[share]))
    found = list_pictures(made.folder)
    own = [path.name.partition("_")[0] for path in found.paths]
    labelled = [found.classes[label] for label in found.labels]
    assert found.is_valid is not None and found.classes == CLASSES and len(found) == 12
    differ = np.array([a != b for a, b in zip(own, labelled, strict=True)])
    assert differ[~found.is_valid].sum() == len(WRONG[share]) and not differ[found.is_valid].any()
    names = {path.name for path, other in zip(found.paths, differ, strict=True) if other}
    assert names == {f"{CLASSES[at // 4]}_train_{at % 4}.JPEG" for at in WRONG[share]}


def test_the_pictures_take_no_room_and_the_clean_set_stays(clean: Path, tmp_path: Path) -> None:
    before = list_pictures(clean).fingerprint()
    made = make_noisy(clean, 25, tmp_path / "noisy")
    one = made.folder / "train" / CLASSES[1] / f"{CLASSES[0]}_train_0.JPEG"
    assert one.samefile(clean / "train" / CLASSES[0] / f"{CLASSES[0]}_train_0.JPEG")
    assert list_pictures(clean).fingerprint() == before
    assert make_noisy(clean, 25, tmp_path / "noisy") == made  # it exists: counted, not made again


def test_a_disk_without_links_gets_copies(clean: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(self: Path, target: Path) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(Path, "hardlink_to", refused)
    assert len(list_pictures(make_noisy(clean, 5, tmp_path / "noisy").folder)) == 12


def test_another_share_is_refused(clean: Path, tmp_path: Path) -> None:
    with pytest.raises(RangeError, match=r"one of 1, 5, 25, 50 \(percent\), got 10"):
        make_noisy(clean, 10, tmp_path / "noisy")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda table: "", "must have the columns path and noisy_labels_25"),
        (lambda table: table.replace("train/n01440764/n01440764_train_3", "x"), "has no label for 'train/n01440764/"),
        (lambda table: table.replace(f"{CLASSES[0]},{CLASSES[0]}", "n1,n1"), "'n1', which is no class of the set"),
    ],
    ids=["empty", "a picture left out", "another class"],
)
def test_a_table_that_does_not_fit_is_refused_and_nothing_is_made(clean: Path, tmp_path: Path, change, said) -> None:
    path = clean / "noisy_imagenette.csv"
    path.write_text(change(path.read_text()))
    with pytest.raises(SourceError, match=said):
        make_noisy(clean, 25, tmp_path / "noisy")
    assert not (tmp_path / "noisy").exists()


def test_a_set_without_a_table_says_which_archives_have_one(clean: Path, tmp_path: Path) -> None:
    (clean / "noisy_imagenette.csv").unlink()
    with pytest.raises(SourceError, match="found 0; the archives of imagenette2 and imagewoof2 bring it"):
        make_noisy(clean, 25, tmp_path / "noisy")


def test_a_folder_that_holds_something_else_is_left_alone(clean: Path, tmp_path: Path) -> None:
    make_noisy(clean, 5, tmp_path / "noisy")
    with pytest.raises(SourceError, match="is there and holds something else; name another folder"):
        make_noisy(clean, 50, tmp_path / "noisy")
    assert make_noisy(clean, 5, tmp_path / "noisy").n_wrong == 1


def test_a_full_disk_leaves_nothing_and_takes_nothing_away(
    clean: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no room")

    monkeypatch.setattr(Path, "hardlink_to", full)
    monkeypatch.setattr(shutil, "copy2", full)
    with pytest.raises(DiskFullError):
        make_noisy(clean, 5, tmp_path / "noisy")
    assert [path.name for path in tmp_path.iterdir()] == [clean.name] and len(list_pictures(clean)) == 12


def test_the_command_lays_it_beside_the_set_and_prints_the_folder(
    clean: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setenv("SOTA_HOME", str(clean.parent / "home"))
    assert main(["datasets", "noisy", str(clean), "--share", "25"]) == 0
    said = capsys.readouterr()
    assert said.out.strip() == str(clean.with_name("imagenette2-160-noisy25"))
    assert said.err.strip() == "2 of 8 training labels are wrong"
    monkeypatch.setenv("SOTA_DATA_DIR", str(clean.parent / "data"))
    assert main(["datasets", "noisy", "imagenette2-160", "--share", "25"]) == 2
    assert "fetch it first: datasets get imagenette2-160" in capsys.readouterr().err
