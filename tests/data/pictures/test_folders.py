"""The field's folder conventions: which folder is for training, which for validation, which is left out, and what is
refused.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from sota_core.data.pictures.folders import part_named
from sota_core.data.pictures.listing import Listing, list_pictures
from sota_core.data.pictures.notes import sentence
from sota_core.errors import SourceError

Fill = Callable[..., Path]


@pytest.fixture
def fill(tmp_path: Path) -> Fill:
    """fill("train/a/1.jpg", …): create these files, empty, because a listing reads names only."""

    def make(*names: str) -> Path:
        for name in names:
            (tmp_path / "d" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "d" / name).touch()
        return tmp_path / "d"

    return make


def part(folder: str, *classes: str, n: int = 2) -> list[str]:
    return [f"{folder}/{name}/{i}.jpg" for name in classes or ("a", "b") for i in range(n)]


def parts_of(listing: Listing) -> tuple[list[str], list[str]]:
    """Names of the training and of the validation pictures; where the folder has no split, all are training
    pictures.
    """
    names = [path.relative_to(listing.root).as_posix() for path in listing.paths]
    valid = listing.is_valid if listing.is_valid is not None else [False] * len(names)
    pairs = list(zip(names, valid, strict=True))
    return [name for name, is_valid in pairs if not is_valid], [name for name, is_valid in pairs if is_valid]


def said(listing: Listing) -> list[str]:
    return [sentence(note) for note in listing.notes]


def refused(root: Path) -> str:
    with pytest.raises(SourceError) as error:
        list_pictures(root)
    return str(error.value)


VALIDATED = [
    ("train", "val"), ("train", "valid"), ("train", "validation"), ("train", "dev"), ("training", "validation"),
    ("Training", "VALIDATION"), ("TRAIN", "Val"), ("seg_train", "seg_val"), ("training_set", "validation_set"),
    ("train2017", "val2017"), ("train-images", "val-images"), ("pets_train_v2", "pets_val_v2"),
    ("Train Data", "Val Data"), ("train ", "val "),
]  # fmt: skip


@pytest.mark.parametrize(("train", "valid"), VALIDATED)
def test_a_training_and_a_validation_folder_are_the_split(fill: Fill, train: str, valid: str):
    listing = list_pictures(fill(*part(train, n=3), *part(valid)))
    assert listing.classes == ("a", "b") and said(listing) == []
    assert parts_of(listing) == (part(train, n=3), part(valid))


@pytest.mark.parametrize(
    ("train", "test"),
    [("train", "test"), ("Training", "Testing"), ("seg_train", "seg_test"), ("training_set", "test_set"),
     ("train", "eval"), ("training", "evaluation")],
)  # fmt: skip
def test_a_test_folder_validates_where_there_is_no_other_and_it_is_said(fill: Fill, train: str, test: str):
    listing = list_pictures(fill(*part(train, n=3), *part(test)))
    assert parts_of(listing) == (part(train, n=3), part(test))
    assert said(listing) == [f"{test}/ with its 4 pictures is the validation part: the folder has no other."]


@pytest.mark.parametrize("test", [["test/1.jpg", "test/2.jpg"], part("test", "a", n=2)])
def test_a_test_folder_beside_a_validation_folder_is_kept_apart_and_counted(fill: Fill, test: list[str]):
    listing = list_pictures(fill(*part("train"), *part("validation"), *test))
    assert parts_of(listing) == (part("train"), part("validation")) and listing.classes == ("a", "b")
    assert said(listing) == ["test/ is kept apart: its 2 pictures are neither trained nor validated on."]


def test_a_test_folder_without_labels_leaves_the_set_without_a_split(fill: Fill):
    listing = list_pictures(fill(*part("train"), "test/1.jpg"))
    assert listing.is_valid is None and parts_of(listing)[0] == part("train")
    assert said(listing) == ["test/ is kept apart: its 1 picture is neither trained nor validated on."]


def test_a_test_folder_of_other_classes_cannot_validate(fill: Fill):
    listing = list_pictures(fill(*part("train"), *part("test", "a", "unknown")))
    assert listing.is_valid is None
    assert said(listing)[0].startswith("test/ is kept apart") and "are of a class to train on" in said(listing)[0]


@pytest.mark.parametrize("inside", [["train", "val"], ["Training", "Testing"], [""]])
def test_one_folder_around_the_set_is_looked_into_and_said(fill: Fill, inside: list[str]):
    names = [name for folder in inside for name in part(f"archive/{folder}".rstrip("/"))]
    listing = list_pictures(fill(*names, "readme.txt", "archive/license.md", "__MACOSX/archive/a/._1.jpg"))
    assert listing.classes == ("a", "b") and sorted(
        path.relative_to(listing.root).as_posix() for path in listing.paths
    ) == sorted(names)
    assert (listing.is_valid is not None) == (len(inside) == 2)
    assert said(listing)[0] == "The classes are those of archive/, the only folder with pictures."


@pytest.mark.parametrize(
    ("base", "names", "beside"),
    [
        ("food-101/images", part("food-101/images"), ["food-101/meta/train.txt", "food-101/README.txt"]),
        ("CUB/images", part("CUB/images"), ["CUB/parts/parts.txt", "CUB/attributes/a/b.txt"]),
        ("images", [*part("images/train"), *part("images/val")], ["labels/train/0.txt", "labels/val/0.txt"]),
        ("dataset", [*part("dataset/train"), *part("dataset/val")], ["scripts/make.py", "scripts/.cache/1.jpg"]),
    ],
)
def test_folders_without_pictures_beside_the_set_do_not_hide_it(
    fill: Fill, base: str, names: list[str], beside: list[str]
):
    listing = list_pictures(fill(*names, *beside))
    assert listing.classes == ("a", "b") and parts_of(listing)[0] + parts_of(listing)[1] == names
    assert said(listing) == [f"The classes are those of {base}/, the only folder with pictures."]


@pytest.mark.parametrize("beside", ["dog/1.heic", "dog/.gitkeep"], ids=["of another format", "empty"])
def test_a_folder_that_may_be_a_class_keeps_its_neighbour_from_being_the_set(fill: Fill, beside: str):
    assert "no pictures in class folder 'dog' (train)" in refused(fill(*part("cat", "black", "white"), beside))


@pytest.mark.parametrize("around", ["archive", "home/ann/Documents/My pictures/birds"])
@pytest.mark.parametrize("inside", [["Train", "Val"], [""]])
def test_a_folder_around_the_folder_around_the_set_is_looked_into_too(fill: Fill, around: str, inside: list[str]):
    listing = list_pictures(fill(*(name for one in inside for name in part(f"{around}/My Data/{one}".rstrip("/")))))
    assert listing.classes == ("a", "b") and (listing.is_valid is not None) == (len(inside) == 2)
    assert said(listing) == [f"The classes are those of {around}/My Data/, the only folder with pictures."]


def test_years_of_one_class_are_no_classes(fill: Fill):
    assert "needs at least two classes to tell apart, got one, 'cat'" in refused(fill(*part("cat", "2023", "2024-07")))


def test_folders_that_lead_in_circles_end(fill: Fill):
    root = fill("a/readme.txt")
    (root / "a" / "again").symlink_to(root, target_is_directory=True)
    assert "no pictures found" in refused(root) or "is a link" in refused(root)


def test_a_folder_around_the_classes_of_each_part_is_looked_into(fill: Fill):
    listing = list_pictures(fill(*part("seg_train/seg_train"), *part("seg_test/seg_test"), "seg_pred/seg_pred/1.jpg"))
    assert listing.classes == ("a", "b")
    assert parts_of(listing) == (part("seg_train/seg_train"), part("seg_test/seg_test"))
    assert said(listing)[1] == (
        "Passed over: 1 picture in folders that belong to no part (seg_pred/): seg_pred/seg_pred/1.jpg."
    )


def test_hugging_faces_image_folder(fill: Fill):
    names = [*part("data/train"), *part("data/validation"), *part("data/test")]
    listing = list_pictures(fill(*names, "README.md", ".gitattributes", "data/train/metadata.csv"))
    assert parts_of(listing) == (part("data/train"), part("data/validation"))
    assert "Not read: data/train/metadata.csv; a picture's class is the folder it lies in." in said(listing)
    assert "data/test/ is kept apart: its 4 pictures are neither trained nor validated on." in said(listing)


@pytest.mark.parametrize(
    "classes",
    [("train", "bus"), ("test", "control"), ("freight_train", "tram"), ("nan", "dev"), ("Church", "church"),
     ("constrain", "evaluate"), ("🐈", "🐕"), ("freight_train", "train"),
     ("drug_test", "train"), ("bullet_train", "drug_test", "car")],
)  # fmt: skip
def test_ordinary_class_folders_stay_classes_whatever_they_are_called(fill: Fill, classes: tuple[str, ...]):
    listing = list_pictures(fill(*(f"{name}/1.jpg" for name in classes)))
    assert listing.classes == tuple(sorted(classes)) and listing.is_valid is None and said(listing) == []


def test_folders_by_year_and_deeper_ones_belong_to_their_class(fill: Fill):
    names = ["cat/2023/1.jpg", "cat/2024-07/2.jpg", "dog/20230714/3.jpg", "dog/2024/new/4.jpg", "owl/deep/er/5.jpg"]
    assert list_pictures(fill(*names)).classes == ("cat", "dog", "owl")


@pytest.mark.parametrize(
    "names",
    [
        [*part("pets"), *part("cars")],
        [*part("pets/train"), *part("pets/val"), *part("cars")],
        ["owl/1.jpg", *part("fold2")],
        [*part("train/day1"), *part("train/day2"), *part("val/day1")],
    ],
)
def test_classes_that_are_data_sets_are_refused_with_a_way_out(fill: Fill, names: list[str]):
    text = refused(fill(*names))
    assert "a class folder must hold pictures, but" in text and "holds only 2 folders of them" in text
    assert "name it instead of the folder around it" in text and "put its pictures into it directly" in text


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ([*part("train"), *part("Training")], "has both Training/ and train/; keep one of them"),
        ([*part("train"), *part("val"), *part("dev")], "has both dev/ and val/; keep one of them"),
        ([*part("Testing")], "has Testing/ but no train/ beside it"),
        (["train/1.jpg", "test/2.jpg"], "train/ must hold a folder for each class, but holds its pictures directly"),
        (["train/cat.0.jpg", "test1/1.jpg"], "train/ must hold a folder for each class, but holds its pictures"),
        (["trainA/1.jpg", "trainB/1.jpg", "testA/1.jpg", "testB/1.jpg"], "trainA/ must hold a folder for each class"),
        ([*part("train"), *part("test"), "val/1.jpg"], "val/ must hold a folder for each class, but holds its pict"),
        ([*part("train"), *part("val", "a", "c")], "val/ has classes that train/ has not: c; remove them"),
    ],
)
def test_parts_that_cannot_be_used_are_refused(fill: Fill, names: list[str], words: str):
    assert words in refused(fill(*names))


def test_whatever_is_passed_over_is_counted_with_an_example(fill: Fill):
    root = fill(
        *part("train"), *part("train", "rare"), *part("val"), "train/a/.DS_Store", "train/a/._0.jpg",
        "train/.ipynb_checkpoints/0.jpg", "train/a/new.HEIC", "train/b/x/scan.dcm", "val/a/Thumbs.db",
        "val/b/notes.txt", "train/stray.png", "extra/1.jpg", "extra/more/2.jpg",
    )  # fmt: skip
    (root / "train/b/gone.jpg").symlink_to(root / "train/b/nowhere.jpg")
    listing = list_pictures(root)
    assert len(listing) == 10
    assert sorted(said(listing)) == sorted(
        [
            "No picture to validate in val/ of 1 class: rare.",
            "Passed over: 2 pictures in folders that belong to no part (extra/), for example extra/1.jpg.",
            "Passed over: 3 hidden files or folders, for example train/.ipynb_checkpoints.",
            "Passed over: 1 picture in no class folder: train/stray.png.",
            "Passed over: 2 pictures of a format that is not read (.dcm, .heic; save as JPEG or PNG), "
            "for example train/a/new.HEIC.",
            "Passed over: 2 files that are no pictures by their names, for example val/a/Thumbs.db.",
            "Passed over: 1 link that leads nowhere: train/b/gone.jpg.",
        ]
    )


def test_what_lies_above_the_class_folders_is_counted_as_what_lies_in_them(fill: Fill):
    root = fill(
        *part("set/train/train"), *part("set/val"), "set/cover.jpg", "loose.JPG", "IMG_1.HEIC", ".DS_Store",
        "set/train/metadata.csv", "set/metadata.csv", "readme.md",
    )  # fmt: skip
    assert said(list_pictures(root)) == [
        "The classes are those of set/, the only folder with pictures.",
        "Passed over: 1 hidden file or folder: .DS_Store.",
        "Passed over: 1 picture of a format that is not read (.heic; save as JPEG or PNG): IMG_1.HEIC.",
        "Passed over: 2 pictures in no class folder, for example loose.JPG.",
        "Not read: 2 files of labels, for example set/metadata.csv; a picture's class is the folder it lies in.",
    ]


def test_pictures_of_no_readable_format_are_missed_wherever_they_lie(fill: Fill):
    names = ("originals/1.CR2", "originals/2.nef", "test/1.heic", "notes/a.txt")
    assert said(list_pictures(fill(*part("train"), *part("val"), *names))) == [
        "test/ is kept apart: its 1 picture is neither trained nor validated on.",
        "Passed over: 2 pictures in folders that belong to no part (originals/), for example originals/1.CR2.",
    ]


@pytest.mark.parametrize("more", [[], part("a")], ids=["all of it", "one class"])
def test_a_class_that_only_seems_empty_says_what_lies_in_it(fill: Fill, more: list[str]):
    text = refused(fill(*more, "phone/1.HEIC", "phone/2.HEIC"))
    assert text.startswith("list_pictures(") and "no pictures" in text
    assert text.endswith(
        ". Passed over: 2 pictures of a format that is not read (.heic; save as JPEG or PNG), for example phone/1.HEIC."
    )


def test_a_tidy_set_has_nothing_to_say(fill: Fill):
    assert list_pictures(fill(*part("train"), *part("val"), "noise.csv", "README.md")).notes == ()


def test_a_name_that_is_not_utf_8_can_be_said(fill: Fill):
    listing = list_pictures(fill(*part("train"), *part("val"), "train/a/caf\udce9.txt"))
    assert said(listing) == ["Passed over: 1 file that is no picture by its name: train/a/caf�E9.txt."]


def test_only_whole_words_name_a_part():
    assert part_named("Testing") == ("test", ("", "")) and part_named("training set") == ("train", ("", ""))
    assert part_named("imagenette2-val") == ("valid", ("imagenette2", ""))
    assert {part_named(name) for name in ("constrain", "trainer", "valley", "contest", "devices")} == {None}
