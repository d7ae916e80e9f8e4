"""A folder of classes becomes a Listing, or an error that says what is wrong with it."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sota_core.data.pictures.listing import SYNSET_NAMES, list_pictures
from sota_core.data.pictures.names import SUFFIXES
from sota_core.errors import SourceError


def fill(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 6), (len(name), 90, 30)).save(path, format="JPEG")
    return root


@pytest.fixture
def split(tmp_path: Path) -> Path:
    return fill(tmp_path, "train/b/1.JPEG", "train/a/2.jpg", "train/a/1.png", "val/a/9.jpg", "val/b/8.webp")


def test_train_and_val_give_labels_and_the_official_split(split):
    listing = list_pictures(split)
    assert listing.classes == ("a", "b")
    below = [path.relative_to(listing.root).as_posix() for path in listing.paths]
    assert below == ["train/a/1.png", "train/a/2.jpg", "train/b/1.JPEG", "val/a/9.jpg", "val/b/8.webp"]
    assert listing.labels.tolist() == [0, 0, 1, 0, 1] and listing.labels.dtype == np.int64
    assert listing.is_valid is not None
    assert listing.is_valid.tolist() == [False, False, False, True, True]
    assert len(listing) == 5 and listing.n_classes == 2 and all(p.is_absolute() for p in listing.paths)


def test_the_valid_folder_may_be_called_valid(split):
    (split / "val").rename(split / "valid")
    assert list_pictures(split).is_valid.sum() == 2


def test_class_folders_alone_have_no_split(tmp_path):
    listing = list_pictures(fill(tmp_path, "cat/1.jpg", "dog/deep/er/2.jpg"))
    assert listing.is_valid is None and listing.classes == ("cat", "dog")


def test_train_alone_has_no_split(split):
    shutil.rmtree(split / "val")
    listing = list_pictures(split)
    assert listing.is_valid is None and len(listing) == 3 and listing.classes == ("a", "b")


COMPOSED, DECOMPOSED = "caf\u00e9", "cafe\u0301"  # one name; macOS hands out the second form


@pytest.mark.parametrize(("train", "valid"), [(COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED)])
@pytest.mark.parametrize("part", ["val", "test"])
def test_a_class_is_one_in_either_form_of_unicode(tmp_path, train, valid, part):
    listing = list_pictures(fill(tmp_path, f"train/{train}/1.jpg", "train/bar/1.jpg", f"{part}/{valid}/2.jpg"))
    assert listing.classes == ("bar", COMPOSED) and listing.labels.tolist().count(1) == 2
    assert listing.is_valid is not None and listing.is_valid.sum() == 1 and all(p.exists() for p in listing.paths)


def test_two_folders_that_look_alike_are_one_class(tmp_path):
    fill(tmp_path, f"{COMPOSED}/1.jpg", f"{DECOMPOSED}/2023/2.jpg", f"{DECOMPOSED}/x/3.jpg", "bar/1.jpg")
    listing = list_pictures(tmp_path)
    assert listing.classes == ("bar", COMPOSED) and len(listing) == 4


def test_hidden_files_and_other_files_are_passed_over(split):
    fill(split, "train/a/._1.jpg", "train/.ipynb_checkpoints/1.jpg", "train/a/notes.txt", "noise.csv")
    assert len(list_pictures(split)) == 5


def test_synset_folders_get_english_names(tmp_path):
    listing = list_pictures(fill(tmp_path, "n03445777/1.jpg", "n01440764/1.jpg", "sail_boat/1.jpg"))
    assert listing.display_names == ("tench", "golf ball", "sail boat")
    assert len(SYNSET_NAMES) == 20


def test_two_classes_never_have_one_name(tmp_path):
    """They used to share a bar and a row of the confusion matrix, and only one of them could be chosen."""
    fill(tmp_path, "golf_ball/1.jpg", "golf ball/1.jpg", "golf ball/2.jpg", "n01440764/1.jpg", "tench/1.jpg")
    assert list_pictures(tmp_path).display_names == ("golf ball", "golf_ball", "n01440764", "tench")


def test_the_arrays_cannot_be_written(split):
    with pytest.raises(ValueError, match="read-only"):
        list_pictures(split).labels[0] = 1


def test_the_fingerprint_is_stable_and_follows_every_change(split):
    first = list_pictures(split).fingerprint()
    assert list_pictures(split).fingerprint() == first and len(first) == 64
    picture = split / "train/a/2.jpg"
    picture.write_bytes(picture.read_bytes() + b" ")
    changed = list_pictures(split).fingerprint()
    picture.rename(split / "train/b/2.jpg")
    assert len({first, changed, list_pictures(split).fingerprint()}) == 3


def test_the_fingerprint_of_a_listing_whose_pictures_go_can_be_told_still(split):
    listing = list_pictures(split)
    first = listing.fingerprint()
    (split / "train/a/2.jpg").unlink()
    assert listing.fingerprint() != first


def test_every_suffix_is_one_pillow_opens_and_fastai_knows():
    pillow = Image.registered_extensions()
    assert {s for s in SUFFIXES if pillow.get(s) not in Image.OPEN} == set()
    # fastai asks Python's table, which got some suffixes only in later versions; .jfif is what Windows calls a JPEG
    import mimetypes

    known = {s for s, kind in mimetypes.types_map.items() if kind.startswith("image/")}
    assert SUFFIXES - known <= {".webp", ".avif", ".jfif"}


def refused(root: Path) -> str:
    with pytest.raises(SourceError) as error:
        list_pictures(root)
    return str(error.value)


def test_an_absent_folder_is_named(tmp_path):
    assert f"{tmp_path / 'nowhere'}'): needs a folder of class folders, but it does not exist" in refused(
        tmp_path / "nowhere"
    )


def test_a_file_is_not_a_folder(split):
    assert "it is a file" in refused(split / "train/a/2.jpg")


@pytest.mark.parametrize(
    "bad", [FileNotFoundError(2, "No such file or directory"), PermissionError(13, "Permission denied")]
)
def test_a_folder_that_goes_meanwhile_or_cannot_be_read_is_named_with_what_to_do(split, monkeypatch, bad):
    def scandir(path):
        if str(path).endswith("train/b"):
            bad.filename = str(path)
            raise bad
        return walk(path)

    walk = os.scandir
    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(SourceError, match=rf"train/b cannot be read \({bad.strerror}\); let the app read it"):
        list_pictures(split)


@pytest.mark.parametrize("folders", [[], ["train", "val"], ["train/a", "train/b"], ["a", "b"]])
def test_a_folder_without_pictures_says_what_is_expected(tmp_path, folders):
    for name in folders:
        (tmp_path / name).mkdir(parents=True)
    assert "no pictures found; expected train/<class>/…" in refused(tmp_path)


def test_an_empty_class_folder_is_named(split):
    (split / "train/empty_one").mkdir()
    assert "no pictures in class folder 'empty_one' (train); remove the folder or fill it" in refused(split)


def test_an_empty_val_folder_is_named(split):
    shutil.rmtree(split / "val")
    (split / "val").mkdir()
    assert "no pictures in val/" in refused(split)


def test_one_class_is_not_enough(tmp_path):
    assert "at least two classes to tell apart, got one, 'only'" in refused(fill(tmp_path, "only/1.jpg"))


def test_a_val_class_that_train_lacks_is_named(split):
    assert "val/ has classes that train/ has not: c" in refused(fill(split, "val/c/1.jpg"))


def test_a_train_class_that_val_lacks_is_fine(split):
    assert list_pictures(fill(split, "train/c/1.jpg")).classes == ("a", "b", "c")


def test_val_without_train_is_refused(tmp_path):
    assert "has val/ but no train/" in refused(fill(tmp_path, "val/a/1.jpg", "val/b/1.jpg"))


def test_val_and_valid_together_are_refused(split):
    assert "both val/ and valid/" in refused(fill(split, "valid/a/1.jpg"))


def test_a_link_that_leaves_the_root_is_refused(split, tmp_path_factory):
    outside = fill(tmp_path_factory.mktemp("outside"), "secret.jpg")
    (split / "train/a/link.jpg").symlink_to(outside / "secret.jpg")
    assert "train/a/link.jpg is a link to" in refused(split)


@pytest.mark.parametrize("where", ["train/c", "train/a/again"])
def test_a_link_to_a_folder_is_refused_even_inside(split, where):
    (split / where).symlink_to(split / "train", target_is_directory=True)
    assert f"{where} is a link to" in refused(split)


def test_a_link_to_a_picture_inside_is_followed(split):
    (split / "train/b/again.jpg").symlink_to(split / "train/b/1.JPEG")
    assert len(list_pictures(split)) == 6


def test_real_imagenette_has_the_published_counts(imagenette_224):
    listing = list_pictures(imagenette_224)
    assert listing.is_valid is not None
    assert (len(listing), int(listing.is_valid.sum())) == (13_394, 3_925)
    assert listing.display_names == tuple(SYNSET_NAMES.values())[:10]
