"""A zip becomes a set whatever it contains, or is refused in a sentence; nothing is written outside its folder."""

import io
import random
import stat
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from PIL import Image

from sota_core.data.pictures.listing import list_pictures
from sota_core.data.pictures.notes import sentence
from sota_core.data.sets import zip_entries, zipped
from sota_core.errors import ArchiveError, SotaError, SourceError
from tests.data.sets.zips import classes, picture, zip_of

MB = 2**20


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """The only folder of a test; sets are made below `made` in it."""
    (tmp_path / "place").mkdir()
    return tmp_path / "place"


def read(place: Path, data: bytes, max_bytes: int = 50 * MB) -> list[str]:
    """Read a zip into place/made; returns the sentences of its notes."""
    (place / "sent.zip").write_bytes(data)
    found = zipped.presized_set(place / "sent.zip", place / "made", lambda *_: None, max_bytes=max_bytes)
    assert not (place / "made" / ".raw").exists()
    return [sentence(note) for note in found]


def files(place: Path) -> list[str]:
    return sorted(p.relative_to(place / "made").as_posix() for p in (place / "made").rglob("*") if p.is_file())


def test_class_folders_become_numbered_pictures_of_theirs(place: Path):
    assert read(place, zip_of(classes("owl", "wren", n=2))) == []
    assert files(place) == ["owl/00001.png", "owl/00002.png", "wren/00003.png", "wren/00004.png"]


@pytest.mark.parametrize(
    ("train", "valid"),
    [("Training/", "Testing/"), ("birds/train/", "birds/validation/"), ("seg_train/seg_train/", "seg_test/seg_test/")],
)
def test_parts_are_read_as_in_any_other_folder(train: str, valid: str, place: Path):
    read(place, zip_of(classes("owl", "wren", of=train) | classes("owl", "wren", n=1, of=valid)))
    listing = list_pictures(place / "made")
    assert listing.is_valid is not None and (len(listing), int(listing.is_valid.sum())) == (8, 2)
    assert {p.split("/")[0] for p in files(place)} == {"train", "valid"} and not listing.notes


def test_pictures_are_kept_at_the_chapters_presize_upright_and_without_what_their_file_told(place: Path):
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "where I live"
    turned = picture(1, (1200, 800), exif=exif)
    read(place, zip_of(classes("owl", "wren") | {"owl/phone.jpg": turned}))
    large = max((place / "made" / "owl").iterdir(), key=lambda p: p.stat().st_size)
    with Image.open(large) as kept:
        assert kept.size == (460, 690) and not kept.getexif() and "exif" not in kept.info
    assert b"where I live" not in large.read_bytes()


def test_a_jpeg_of_far_too_many_scans_holds_nobody_up(place: Path):
    whole = picture(1, (1200, 800), progressive=True)
    endless = whole[:-2] + b"\xff\xda\x00\x08\x01\x01\x00\x00\x00\x00" * 5_000 + whole[-2:]
    (said,) = read(place, zip_of(classes("owl", "wren") | {"owl/endless.jpg": endless}))
    assert "owl/endless.jpg" in said and "scans; at most 256 are read" in said and len(files(place)) == 6


def test_what_is_passed_over_is_counted_with_the_archives_own_names(place: Path):
    more = {
        "__MACOSX/owl/._1.jpg": b"x",
        "owl/.DS_Store": b"x",
        "owl/notes.txt": b"x",
        "owl/raw.heic": b"x",
        "loose.jpg": picture(),
        "owl/broken.jpg": picture()[:200],
        "owl/empty.png": b"",
    }
    assert read(place, zip_of(classes("owl", "wren") | more)) == [
        "Passed over: 2 hidden files or folders, for example __MACOSX/owl/._1.jpg.",
        "Passed over: 1 file that is no picture by its name: owl/notes.txt.",
        "Passed over: 1 picture of a format that is not read (.heic; save as JPEG or PNG): owl/raw.heic.",
        "Passed over: 1 picture in no class folder: loose.jpg.",
        "Passed over: 2 files that cannot be read, for example owl/broken.jpg (The picture is damaged or cut off; try "
        "another copy of it).",  # the other one is empty
    ]
    assert len(files(place)) == 6


def test_layout_notes_name_the_archives_files_and_what_is_kept_apart_is_not_kept(place: Path):
    parts = classes("owl", "wren", of="train/") | classes("owl", "wren", n=1, of="val/")
    said = read(place, zip_of(parts | classes("owl", n=2, of="test/")))
    assert said == ["test/ is kept apart: its 2 pictures are neither trained nor validated on."]
    assert len(files(place)) == 8


def test_a_class_of_broken_pictures_costs_that_class_alone(place: Path):
    good = classes("owl", "wren", of="train/") | classes("owl", "wren", "kite", n=1, of="val/")
    said = read(place, zip_of(good | {"train/kite/1.jpg": b"no picture"}))
    assert "Passed over: 1 folder without a readable picture: train/kite." in said
    assert {p.split("/")[1] for p in files(place)} == {"owl", "wren"}


@pytest.mark.parametrize("separator", "/\\")
def test_a_class_without_a_picture_is_said_though_the_zip_lists_its_folder_alone(separator: str, place: Path):
    more = {"eel/": b"", "toad/": b"", "toad/notes.txt": b"x", "frog/1.heic": b"x", "docs/a/b/": b"", "owl/": b""}
    found = {name.replace("/", separator): data for name, data in (classes("owl", "wren") | more).items()}
    assert read(place, zip_of(found)) == [
        "Passed over: 1 file that is no picture by its name: toad/notes.txt.",
        "Passed over: 1 picture of a format that is not read (.heic; save as JPEG or PNG): frog/1.heic.",
        "Passed over: 4 folders without a readable picture, for example docs.",
    ]
    assert len(files(place)) == 6


def test_an_empty_class_to_train_on_is_not_validated_either(place: Path):
    parts = classes("owl", "wren", of="train/") | classes("owl", "wren", "eel", n=1, of="val/")
    assert read(place, zip_of(parts | {"train/eel/": b""})) == [
        "Passed over: 1 folder without a readable picture: train/eel."
    ]


def test_links_and_devices_are_passed_over(place: Path):
    file = io.BytesIO(zip_of(classes("owl", "wren")))
    with zipfile.ZipFile(file, "a") as archive:
        for name, kind in (("owl/link.jpg", stat.S_IFLNK), ("owl/pipe.jpg", stat.S_IFIFO)):
            info = zipfile.ZipInfo(name)
            info.external_attr = (kind | 0o777) << 16
            archive.writestr(info, "/etc/passwd")
    assert read(place, file.getvalue()) == [
        "Passed over: 2 links or devices (a zip's are not followed), for example owl/link.jpg."
    ]
    assert len(files(place)) == 6


@pytest.mark.parametrize(
    "name",
    [
        *("../x.jpg", "/etc/x.jpg", "a/../../x.jpg", "..\\x.jpg", "C:\\x.jpg", "owl/..", "\\x.jpg"),
        *("a/ ../x.jpg", " ../ ../x.jpg", "\u200b../x.jpg", "\x01.. /x.jpg"),  # `..` once they are cleaned
    ],
)
def test_a_name_that_leads_out_ends_the_whole(name: str, place: Path):
    with pytest.raises(ArchiveError, match="leads out"):
        read(place, zip_of(classes("owl", "wren") | {name: picture()}))
    assert sorted(p.name for p in place.parent.rglob("*") if p.is_file()) == ["sent.zip"]


@pytest.mark.parametrize("name", (" .", "\u200b.git", ".\x01", " __MACOSX"))
def test_a_folder_hidden_once_its_name_is_cleaned_is_passed_over(name: str, place: Path):
    said = read(place, zip_of(classes("owl", "wren") | {f"{name}/x.jpg": picture()}))
    assert len(said) == 1 and said[0].startswith("Passed over: 1 hidden file or folder")
    assert len(files(place)) == 6


def test_windows_separators_are_separators(place: Path):
    read(place, zip_of({name.replace("/", "\\"): data for name, data in classes("owl", "wren", of="birds/").items()}))
    assert set(list_pictures(place / "made").classes) == {"owl", "wren"}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no zip"),
        (b"PK\x05\x06" + b"\0" * 18, "holds no JPEG"),
        (b"\x1f\x8b" + b"x" * 500, "no zip"),
        (zip_of(classes("owl", "wren"))[:-40], "no zip"),
        (zip_of(classes("owl")), "at least two classes"),
        (zip_of({"1.jpg": picture(), "2.jpg": picture()}), "2 pictures in no class folder, for example 1.jpg"),
        (zip_of({"owl/1.jpg": b"x", "wren/1.jpg": b"y"}), "cannot be read"),
        (zip_of(classes("owl", "wren", of="train/") | classes("owl", "wren", of="training/")), "keep one of them"),
        (zip_of(classes("a", "b", of="val/")), "no train/"),
    ],
)
def test_what_is_no_set_is_refused_without_a_path_of_ours(data: bytes, said: str, place: Path):
    with pytest.raises((ArchiveError, SourceError), match=said) as refused:
        read(place, data)
    assert str(place) not in str(refused.value) and "list_pictures" not in str(refused.value)
    assert not [p for p in (place / "made").rglob("*") if p.is_file()]


def test_a_bomb_ends_at_its_budget(place: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(zipped, "MIN_LIMIT_BYTES", MB)
    with pytest.raises(ArchiveError, match="grows beyond"):
        read(place, zip_of(classes("owl", "wren") | {f"owl/{i}.jpg": bytes(8 * MB) for i in range(4)}))


def test_a_file_whose_header_lies_about_its_size_is_read_no_further_than_a_picture_may_be(place: Path):
    data = zip_of(classes("owl", "wren") | {"owl/big.jpg": bytes(30 * MB)})
    lies = data.replace(struct.pack("<L", 30 * MB), struct.pack("<L", 10))
    assert any("cannot be read" in note for note in read(place, lies))


def test_too_many_files_are_refused_before_they_are_read(place: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(zipped, "MAX_FILES", 10)
    with pytest.raises(ArchiveError, match="holds 12 files"):
        read(place, zip_of(classes("owl", "wren", n=6)))


def test_a_list_of_files_that_would_fill_the_memory_is_not_read_at_all(place: Path, monkeypatch: pytest.MonkeyPatch):
    data = zip_of(classes("owl", "wren"))
    monkeypatch.setattr(zip_entries, "MAX_INDEX_BYTES", 200)
    monkeypatch.setattr(zipfile, "ZipFile", lambda *_: pytest.fail("it was opened"))
    with pytest.raises(ArchiveError, match="list of files is too long"):
        read(place, data)


def test_zip64_is_not_read_and_said_to_be_that(place: Path):
    data = zip_of(classes("owl", "wren"))
    end = data.rfind(b"PK\x05\x06")
    with pytest.raises(ArchiveError, match="zip64"):
        read(place, data[:end] + b"PK\x06\x07" + bytes(16) + data[end:])


@pytest.mark.parametrize("limit", ["MAX_PICTURES", "MAX_SECONDS"])
def test_pictures_and_seconds_are_bounded(limit: str, place: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(zipped, limit, 4 if limit == "MAX_PICTURES" else -1.0)
    with pytest.raises(ArchiveError, match=r"[Pp]ack fewer"):
        read(place, zip_of(classes("owl", "wren")))


def test_what_is_kept_is_bounded_too(place: Path):
    with pytest.raises(ArchiveError, match="take more than 0 MB"):
        read(place, zip_of(classes("owl", "wren", n=4)), max_bytes=4_000)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packings_that_choose_their_own_memory_are_not_opened(method: int, place: Path):
    file = io.BytesIO(zip_of(classes("owl", "wren")))
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("owl/z.jpg", picture(), method)
    assert [
        "Passed over: 1 file that cannot be read: owl/z.jpg (packed in a way that is not read; use an ordinary zip)."
    ] == read(place, file.getvalue())


@pytest.mark.long
def test_no_mutation_of_a_zip_raises_anything_unforeseen_or_writes_elsewhere(tmp_path: Path):
    rng = random.Random(7)
    odd = {"owl/../x.png": picture(3, (8, 8), "PNG"), "deep/" * 20 + "x.jpg": picture(4, (8, 8)), "owl/é.webp": b"RIFF"}
    sound = [
        zip_of(classes("owl", "wren", n=2) | {"owl/x.png": picture(3, (8, 8), "PNG")}),
        zip_of(classes("owl", "wren", n=1, of="train/") | classes("owl", "wren", n=1, of="val/"), zipfile.ZIP_STORED),
        zip_of(classes("owl", n=1) | odd),
    ]
    refused = made = 0
    for i in range(400):
        place = tmp_path / str(i)
        place.mkdir()
        try:
            read(place, mutated(rng.choice(sound), rng))
            made += 1
        except SotaError as error:
            assert str(place) not in str(error)
            refused += 1
        assert {p.name for p in place.iterdir()} <= {"sent.zip", "made"}
        assert all(p.suffix in (".jpg", ".png") and p.stem.isdigit() for p in place.glob("made/**/*") if p.is_file())
    assert {p.name for p in tmp_path.iterdir()} == {str(i) for i in range(400)}
    assert made > 40 and refused > 40


def mutated(data: bytes, rng: random.Random) -> bytes:
    """The data with bytes changed, removed, repeated or cut off, mostly near the headers."""
    found = bytearray(data)
    marks = [i for i in range(len(data) - 4) if data[i : i + 2] == b"PK"]
    for _ in range(rng.choice((1, 1, 2, 8))):
        at = rng.choice(marks) + rng.randrange(46) if rng.random() < 0.6 else rng.randrange(len(found))
        at = min(at, len(found) - 1)
        kind = rng.randrange(5)
        if kind < 3:
            found[at] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))
        elif kind == 3:
            del found[at : at + rng.choice((1, 4, 40))]
        else:
            found[at:at] = found[at : at + rng.choice((1, 22, 100))]
    return bytes(found[: rng.randrange(len(found))] if rng.random() < 0.05 else found)


def test_a_checksum_that_is_wrong_costs_one_picture(place: Path):
    data = zip_of(classes("owl", "wren"))
    crc = struct.pack("<L", zlib.crc32(classes("owl")["owl/1.jpg"]))
    assert len(read(place, data.replace(crc, b"abcd"))) == 1 and len(files(place)) == 5
