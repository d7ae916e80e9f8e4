"""Where data sets are found, and which archives are refused."""

import gzip
import hashlib
import io
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from sota_core.data.pictures.listing import list_pictures
from sota_core.data.sets import fetching
from sota_core.data.sets.sources import Source, describe, ensure, local_folders, resolve
from sota_core.errors import ArchiveError, ChecksumError, DiskFullError, SourceError

NAMES = [f"set/{part}/{name}/{i}.jpg" for part in ("train", "val") for name in ("a", "b") for i in range(2)]


def jpeg() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(out, "JPEG")
    return out.getvalue()


def file(name: str, content: bytes | None = None) -> tuple[tarfile.TarInfo, bytes]:
    content = jpeg() if content is None else content
    info = tarfile.TarInfo(name)
    info.size = len(content)
    return info, content


def link(name: str, target: str, kind: bytes) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info, b""


def source_of(path: Path, members: list[tuple[tarfile.TarInfo, bytes]]) -> Source:
    """A source whose archive is the file `path`, written with these members, and has their true checksum."""
    with tarfile.open(path, "w:gz") as tar:
        for info, content in members:
            tar.addfile(info, io.BytesIO(content))
    return source_at(path)


def source_at(path: Path) -> Source:
    data = path.read_bytes()
    md5 = hashlib.md5(data[: 2**20]).hexdigest()
    return Source("set", "Set", "Eight pictures.", path.as_uri(), len(data), md5, 4, 4, n_classes=2)


@pytest.fixture
def good(tmp_path: Path) -> Source:
    return source_of(tmp_path / "set.tgz", [file(name) for name in NAMES])


def test_an_unknown_name_lists_what_is_allowed(settings):
    for ask in (resolve, ensure, describe):
        with pytest.raises(
            SourceError, match=r"unknown data set 'mnist': expected one of sample, prints, imagenette2-160"
        ):
            ask("mnist", settings)


def test_a_folder_passes_through(settings, tmp_path):
    assert resolve(str(tmp_path), settings) == tmp_path == ensure(tmp_path, settings)


def test_what_fastai_has_downloaded_is_found_and_described(settings, good):
    assert resolve(good, settings) is None
    absent = describe(good, settings)
    assert (absent.present, absent.n_train, absent.n_valid) == (False, 4, 4)
    assert absent.download_bytes == good.size_bytes and absent.size_bytes == 0
    for name in NAMES:
        path = settings.data_dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(jpeg())
    folder = settings.data_dir / "set"
    assert resolve(good, settings) == folder == ensure(replace(good, url="http://127.0.0.1:9/"), settings)
    presence = describe(good, settings)
    assert presence.present and presence.path == folder and presence.size_bytes == 8 * len(jpeg())
    assert presence.class_counts == {"a": 4, "b": 4} and presence.has_split and presence.problem is None


def test_a_folder_of_ones_own_is_described_or_its_problem_told(settings, tmp_path):
    (tmp_path / "mine" / "cats").mkdir(parents=True)
    assert "no pictures found" in (describe(tmp_path / "mine", settings).problem or "")
    for name in ("cats", "dogs"):
        (tmp_path / "mine" / name).mkdir(exist_ok=True)
        (tmp_path / "mine" / name / "1.jpg").write_bytes(jpeg())
    presence = describe(str(tmp_path / "mine"), settings)
    assert (presence.n_train, presence.n_valid, presence.has_split) == (2, 0, False)
    assert local_folders(settings) == []
    assert local_folders(replace(settings, local_roots=(tmp_path,))) == [tmp_path / "mine"]
    assert local_folders(replace(settings, local_roots=(tmp_path / "mine",))) == [tmp_path / "mine"]


def test_a_root_that_cannot_be_read_hides_none_of_the_others(settings, tmp_path, monkeypatch):
    for name in ("root/pets/cat", "root/pets/dog", "closed/x"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "1.jpg").write_bytes(jpeg())

    def iterdir(folder):
        if folder == tmp_path / "closed":
            raise PermissionError(13, "Permission denied", str(folder))
        return walk(folder)

    walk = Path.iterdir
    monkeypatch.setattr(Path, "iterdir", iterdir)
    roots = (tmp_path / "closed", tmp_path / "gone", tmp_path / "root")
    assert local_folders(replace(settings, local_roots=roots)) == [tmp_path / "root" / "pets"]


def test_a_set_whose_pictures_go_while_it_is_described_is_counted_as_it_was_listed(settings, tmp_path, monkeypatch):
    for name in ("pets/cat", "pets/dog"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "1.jpg").write_bytes(jpeg())
    listing = list_pictures(tmp_path / "pets")
    monkeypatch.setattr(fetching, "list_pictures", lambda _: shutil.rmtree(tmp_path / "pets") or listing)
    presence = describe(tmp_path / "pets", settings)
    assert (presence.n_train, presence.size_bytes, presence.problem) == (2, 0, None)


def test_every_set_below_a_local_root_is_offered_whatever_its_layout(settings, tmp_path):
    root = tmp_path / "root"
    scans = ("scans/Training/x", "scans/Training/y", "scans/Testing/x")
    for name in ("pets/cat", "pets/dog", *scans, "zip/set/a", "zip/set/b"):
        (root / name).mkdir(parents=True)
        (root / name / "1.jpg").write_bytes(jpeg())
    (root / "empty").mkdir()
    offered = local_folders(replace(settings, local_roots=(root,)))
    assert offered == [root / "pets", root / "scans", root / "zip"]
    presence = describe(root / "scans", settings)
    assert (presence.n_train, presence.n_valid, presence.has_split) == (2, 1, True)
    assert presence.notes == (
        "Testing/ with its 1 picture is the validation part: the folder has no other.",
        "No picture to validate in Testing/ of 1 class: y.",
    )


def test_something_else_in_the_place_is_left_alone(settings, good):
    (settings.data_dir / "set").mkdir(parents=True)
    (settings.data_dir / "set" / "thesis.txt").write_text("precious")
    with pytest.raises(SourceError, match="exists and is not this data set; move it away"):
        ensure(good, settings)
    assert (settings.data_dir / "set" / "thesis.txt").read_text() == "precious"


def test_a_data_folder_that_is_a_file_names_the_variable(settings, good):
    settings.data_dir.write_text("not a folder")
    with pytest.raises(SourceError, match="set SOTA_DATA_DIR to a folder of your own"):
        ensure(good, settings)


def nothing_is_left(settings) -> bool:
    left = [path.name for path in settings.data_dir.rglob("*")]
    return sorted(left) in ([".sota-lab", "set.lock"], [])


@pytest.mark.parametrize("field", ["md5", "whole_md5"])
def test_a_wrong_checksum_is_refused_before_opening(settings, good, field):
    with pytest.raises(ChecksumError, match=r"ensure\('set'\): checksum differs \(expected 00ff, got ") as error:
        ensure(replace(good, **{field: "00ff"}), settings)
    assert error.value.expected == "00ff" and nothing_is_left(settings)


@pytest.mark.parametrize(
    ("member", "what"),
    [
        (file("set/train/../../../../evil.jpg"), "leads out of the folder"),
        (file("../evil.jpg"), "leads out of the folder"),
        (file("/tmp/evil.jpg"), "leads out of the folder"),
        (link("set/train/a/l.jpg", "/etc/passwd", tarfile.SYMTYPE), "is a link or a device"),
        (link("set/train/a/l.jpg", "0.jpg", tarfile.SYMTYPE), "is a link or a device"),
        (link("set/train/a/l.jpg", "set/train/a/0.jpg", tarfile.LNKTYPE), "is a link or a device"),
        (link("set/train/a/p", "", tarfile.FIFOTYPE), "is a link or a device"),
        (link("set/train/a/d", "", tarfile.CHRTYPE), "is a link or a device"),
    ],
)
def test_links_devices_and_names_that_lead_out_are_refused(settings, tmp_path, member, what):
    bad = source_of(tmp_path / "set.tgz", [*(file(name) for name in NAMES), member])
    before = sorted(tmp_path.iterdir())
    with pytest.raises(ArchiveError, match=what):
        ensure(bad, settings)
    assert nothing_is_left(settings) and sorted(tmp_path.iterdir()) == [settings.data_dir, *before]


@pytest.mark.parametrize("share", [0.02, 0.5, 0.98])
def test_an_archive_cut_off_is_refused_and_nothing_kept(settings, good, tmp_path, share):
    """Its checksum is made to match, as if the publisher's own file were cut off."""
    data = (tmp_path / "set.tgz").read_bytes()
    (tmp_path / "cut.tgz").write_bytes(data[: int(len(data) * share)])
    with pytest.raises(ArchiveError, match="cut off, damaged"):
        ensure(source_at(tmp_path / "cut.tgz"), settings)
    assert nothing_is_left(settings)


def test_damage_that_only_the_gzip_checksum_sees_is_refused(settings, tmp_path):
    """fastai's checksum covers the first MiB only; the rest is covered by gzip's."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as tar:
        for info, content in (file(name, jpeg() + os.urandom(200_000)) for name in NAMES):
            tar.addfile(info, io.BytesIO(content))
    data = bytearray(gzip.compress(plain.getvalue(), compresslevel=0))
    data[-5_000] ^= 1  # gzip data stored uncompressed: the tar stays readable, one byte of padding changes
    (tmp_path / "set.tgz").write_bytes(data)
    with pytest.raises(ArchiveError, match="CRC check failed"):
        ensure(source_at(tmp_path / "set.tgz"), settings)
    assert nothing_is_left(settings)


def test_what_is_no_archive_is_refused(settings, tmp_path):
    (tmp_path / "set.tgz").write_bytes(b"<html>log in first</html>")
    with pytest.raises(ArchiveError, match=r"not a \.tgz"):
        ensure(source_at(tmp_path / "set.tgz"), settings)


@pytest.mark.long
def test_an_archive_that_grows_without_end_is_refused(settings, tmp_path):
    bomb = source_of(tmp_path / "set.tgz", [file(name, bytes(30 * 2**20)) for name in NAMES[:4]])
    with pytest.raises(ArchiveError, match="grows beyond 20 times its size"):
        ensure(bomb, settings)
    assert nothing_is_left(settings)


@pytest.mark.parametrize("names", [NAMES[:-1], NAMES[:4], ["set/readme.txt"]])
def test_missing_pictures_are_noticed(settings, tmp_path, names):
    short = source_of(tmp_path / "set.tgz", [file(name) for name in names])
    with pytest.raises(ArchiveError, match=r"expected 4 \+ 4 pictures|holds no such data set"):
        ensure(short, settings)
    assert nothing_is_left(settings)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """The folder of a file system of 3 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = shutil.which("mount")
    if (
        not mount
        or subprocess.run([mount, "-t", "tmpfs", "-o", "size=3m", "tmpfs", folder], capture_output=True).returncode
    ):
        pytest.skip("this user may not mount a small tmpfs")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_too_little_room_is_told_before_anything_is_fetched(settings, good, small_disk):
    with pytest.raises(DiskFullError, match=r"needs 50\.0 MB|needs 101 MB") as error:
        ensure(replace(good, size_bytes=50_000_000), replace(settings, data_dir=small_disk))
    assert error.value.needed_bytes > 10**8 and error.value.free_bytes < 3.2e6
    assert [f.name for f in small_disk.rglob("*")] == [".sota-lab", "set.lock"]


def test_a_disk_that_fills_while_unpacking_leaves_room_and_the_archive(settings, tmp_path, small_disk):
    """Zeros compress well: the archive seems to fit, but its content does not."""
    swollen = source_of(tmp_path / "set.tgz", [file(name, jpeg() + bytes(10**6)) for name in NAMES])
    disk = replace(settings, data_dir=small_disk)
    with pytest.raises(DiskFullError, match=r"ensure\('set'\): needs .* make room and try again") as error:
        ensure(swollen, disk)
    assert error.value.free_bytes > 2.5e6
    assert {f.name for f in small_disk.rglob("*")} == {".sota-lab", "set.lock", "set.tgz"}
    subprocess.run(["mount", "-o", "remount,size=30m", small_disk], check=True)
    (tmp_path / "set.tgz").unlink()  # it cannot be fetched a second time
    assert len(list(ensure(swollen, disk).rglob("*.jpg"))) == 8


def test_a_disk_too_small_for_the_sample_says_so(settings, small_disk):
    with pytest.raises(DiskFullError, match=r"ensure\('sample'\): needs 40 MB"):
        ensure("sample", replace(settings, home=small_disk))


def test_a_read_only_data_folder_names_the_variable(settings, good, small_disk):
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with pytest.raises(SourceError, match=r"cannot be used \(Read-only file system\); set SOTA_DATA_DIR"):
        ensure(good, replace(settings, data_dir=small_disk))
