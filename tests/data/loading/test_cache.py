"""The cache holds what Pillow decodes, is never read half-written, and lists what it left out."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sota_core import paths
from sota_core.data.loading.cache import build_cache
from sota_core.data.pictures.decoding import presized_hw
from sota_core.data.pictures.listing import list_pictures
from sota_core.data.pictures.view import load_presized
from sota_core.errors import BadPicturesError, DiskFullError
from sota_core.system.files import place_atomically

ROOT = paths.ROOT


def picture(path: Path, width: int, height: int, seed: int = 0) -> Path:
    """Save a picture of smooth colours, which JPEG keeps."""
    path.parent.mkdir(parents=True, exist_ok=True)
    coarse = np.random.default_rng(seed).integers(0, 255, (4, 5, 3), dtype=np.uint8)
    Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC).save(path, quality=92)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "pictures"
    for i, (width, height) in enumerate([(60, 40), (40, 60), (50, 50), (20, 30), (33, 48), (64, 200)]):
        picture(root / "train" / "ab"[i % 2] / f"{i}.jpg", width, height, seed=i)
    Image.new("L", (70, 50), 99).save(root / "train/a/grey.png")
    return root


def test_it_holds_what_pillow_decodes_ragged_and_in_the_listings_order(folder, tmp_path):
    listing = list_pictures(folder)
    cache = build_cache(listing, 32, tmp_path / "cache")
    assert len(cache) == len(listing) == 7 and cache.skipped == () and cache.classes == ("a", "b")
    for i, path in enumerate(listing.paths):
        assert np.array_equal(cache[i], np.asarray(load_presized(path, 32)))
    shapes = {path.stem: cache[i].shape for i, path in enumerate(listing.paths)}
    assert shapes["0"] == (32, 48, 3) and shapes["1"] == (48, 32, 3) and shapes["grey"] == (32, 45, 3)
    assert shapes["3"] == (30, 20, 3)  # smaller than presize: kept as it is
    assert shapes["5"] == (100, 32, 3)


def test_pictures_that_no_presize_reduces_are_decoded_once_whatever_is_asked_for(folder, tmp_path):
    shutil.rmtree(folder)
    for i, (width, height) in enumerate([(40, 40), (40, 30), (30, 70)]):
        picture(folder / "train" / "ab"[i % 2] / f"{i}.jpg", width, height, seed=i)
    turned = Image.open(picture(folder / "train/a/turned.jpg", 40, 32))
    exif = Image.Exif()
    exif[0x0112] = 6
    turned.save(folder / "train/a/turned.jpg", exif=exif)
    listing = list_pictures(folder)
    first = build_cache(listing, 48, tmp_path / "cache")
    for presize in (64, 40):  # 40 is the largest shorter side: still nothing is reduced
        again = build_cache(listing, presize, tmp_path / "cache")
        assert again.presize == presize and again.folder == first.folder
        for i, path in enumerate(listing.paths):
            assert np.array_equal(again[i], np.asarray(load_presized(path, presize)))
    smaller = build_cache(listing, 39, tmp_path / "cache")
    assert smaller.folder != first.folder and smaller.heights.min() == 30
    assert len(list((tmp_path / "cache").glob("pictures-*/meta.json"))) == 2


def test_what_was_reduced_for_one_presize_serves_no_other(folder, tmp_path):
    listing = list_pictures(folder)
    small, large = (build_cache(listing, presize, tmp_path) for presize in (32, 33))
    assert small.folder != large.folder
    assert build_cache(listing, 50, tmp_path).folder != build_cache(listing, 48, tmp_path).folder


def test_a_second_call_opens_the_first_ones_file(folder, tmp_path):
    listing = list_pictures(folder)
    first = build_cache(listing, 32, tmp_path)
    made = (first.folder / "pixels.u8").stat().st_mtime_ns
    calls = []
    second = build_cache(listing, 32, tmp_path, lambda done, total: calls.append(done))
    assert (second.folder / "pixels.u8").stat().st_mtime_ns == made and calls == []
    assert np.array_equal(first.pixels, second.pixels) and second.fingerprint == listing.fingerprint()


def test_another_presize_and_a_changed_source_have_their_own_cache(folder, tmp_path):
    before = list_pictures(folder)
    small, large = (build_cache(before, presize, tmp_path) for presize in (24, 32))
    assert small.folder != large.folder
    picture(folder / "train/a/0.jpg", 60, 40, seed=77)
    after = list_pictures(folder)
    changed = build_cache(after, 32, tmp_path)
    assert changed.folder != large.folder
    i = [path.stem for path in after.paths].index("0")
    assert np.array_equal(changed[i], np.asarray(load_presized(after.paths[i], 32)))
    assert not np.array_equal(changed[i], large[i])


def test_progress_ends_at_the_number_of_pictures(folder, tmp_path):
    seen = []
    build_cache(list_pictures(folder), 32, tmp_path, lambda done, total: seen.append((done, total)))
    assert seen[-1] == (7, 7) and [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_the_pixels_cannot_be_written(folder, tmp_path):
    with pytest.raises(ValueError, match="read-only"):
        build_cache(list_pictures(folder), 32, tmp_path)[0][0, 0] = 1


KILLED = """
import os, signal, sys
from pathlib import Path
from sota_core.data.loading.cache import build_cache
from sota_core.data.pictures.listing import list_pictures
def die(done, total):
    os.kill(os.getpid(), signal.SIGKILL)
build_cache(list_pictures(Path(sys.argv[1])), 32, Path(sys.argv[2]), die)
"""


def test_killed_while_building_the_next_call_builds(folder, tmp_path):
    place = tmp_path / "cache"
    killed = subprocess.run([sys.executable, "-c", KILLED, folder, place], cwd=ROOT, timeout=240)
    assert killed.returncode == -signal.SIGKILL
    assert [p.suffix for p in sorted(place.iterdir())] == [".building", ".lock"]
    cache = build_cache(list_pictures(folder), 32, place)
    assert cache[0].any() and not list(place.glob("*.building"))


def test_giving_up_while_building_leaves_nothing_behind(folder, tmp_path):
    class Enough(Exception):
        pass

    def stop(done: int, total: int) -> None:
        raise Enough

    place = tmp_path / "cache"
    with pytest.raises(Enough):
        build_cache(list_pictures(folder), 32, place, stop)
    assert [p.suffix for p in place.iterdir()] == [".lock"]


def test_a_damaged_cache_is_built_again(folder, tmp_path):
    listing = list_pictures(folder)
    cache = build_cache(listing, 32, tmp_path)
    wanted = cache.pixels.copy()
    os.truncate(cache.folder / "pixels.u8", 100)
    assert np.array_equal(build_cache(listing, 32, tmp_path).pixels, wanted)


def test_one_that_is_removed_as_soon_as_it_is_built_is_whole_all_the_same(folder, tmp_path, monkeypatch):
    def placed_and_gone(made: Path, target: Path) -> None:
        place_atomically(made, target)
        shutil.rmtree(target)

    monkeypatch.setattr("sota_core.data.loading.cache.place_atomically", placed_and_gone)
    listing = list_pictures(folder)
    cache = build_cache(listing, 32, tmp_path)
    assert not cache.folder.exists() and np.array_equal(cache[0], np.asarray(load_presized(listing.paths[0], 32)))


def test_a_second_builder_waits_and_decodes_nothing(folder, tmp_path):
    listing = list_pictures(folder)
    waiting, seen = threading.Event(), []

    def first(done: int, total: int) -> None:
        assert waiting.wait(120)

    def second(done: int, total: int) -> None:
        seen.append(done)
        waiting.set()

    found = []
    started = threading.Event()

    def build_first() -> None:
        def progress(done: int, total: int) -> None:
            started.set()
            first(done, total)

        found.append(build_cache(listing, 32, tmp_path, progress))

    thread = threading.Thread(target=build_first)
    thread.start()
    assert started.wait(120)
    found.append(build_cache(listing, 32, tmp_path, second))
    thread.join()
    assert set(seen) == {0}
    assert np.array_equal(found[0].pixels, found[1].pixels) and found[0].folder == found[1].folder


def test_a_full_disk_is_told_before_anything_is_written(folder, tmp_path):
    place = tmp_path / "cache"
    with pytest.raises(DiskFullError, match=r"MB are free") as error:
        build_cache(list_pictures(folder), 32, place, free=lambda path: 1000)
    assert error.value.free_bytes == 1000 and error.value.needed_bytes > 7 * 3 * 32 * 20
    assert [p.suffix for p in place.iterdir()] == [".lock"]


def many(root: Path, n: int) -> Path:
    for i in range(n):
        path = root / "ab"[i % 2] / f"{i:03}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 9), (i % 255, 3, 7)).save(path)
    return root


@pytest.mark.parametrize("damage", ["header", "body"])
def test_one_percent_may_be_undecodable_and_is_listed(tmp_path, damage):
    root = many(tmp_path / "pictures", 100)
    broken = picture(root / "b" / "099.jpg", 64, 64)
    data = broken.read_bytes()
    broken.write_bytes(b"no picture" if damage == "header" else data[: len(data) // 2])
    listing = list_pictures(root)
    for cache in (build_cache(listing, 8, tmp_path / "c"), build_cache(listing, 8, tmp_path / "c")):
        assert cache.skipped == (broken.resolve(),)
        assert cache.is_decoded.sum() == 99 and cache[listing.paths.index(broken.resolve())].size == 0
        assert all(cache[i].any() for i in np.flatnonzero(cache.is_decoded))


def test_a_picture_that_could_not_be_read_once_is_skipped_by_that_run_alone(tmp_path):
    """The system did not hand the file over (here it is gone for a while); that says nothing about the picture."""
    listing = list_pictures(many(tmp_path / "pictures", 100))
    file, i = listing.root / "b/099.jpg", listing.paths.index(listing.root / "b/099.jpg")
    aside = file.rename(tmp_path / "aside.jpg")
    cache = build_cache(listing, 8, tmp_path / "c")
    assert cache.skipped == (file,) and cache.unread == {i: "No such file or directory"}
    assert cache.is_decoded.sum() == 99 and all(cache[j].any() for j in np.flatnonzero(cache.is_decoded))
    assert [p.suffix for p in (tmp_path / "c").iterdir()] == [".lock"]
    aside.rename(file)
    again = build_cache(listing, 8, tmp_path / "c")
    assert again.skipped == () and again.unread == {} and again.is_decoded.all()


def test_more_than_one_percent_is_an_error_that_names_them(tmp_path):
    root = many(tmp_path / "pictures", 100)
    for name in ("a/000.jpg", "b/001.jpg"):
        (root / name).write_bytes(b"\xff\xd8 cut off")
    with pytest.raises(BadPicturesError, match="at most 1 % of 100") as error:
        build_cache(list_pictures(root), 8, tmp_path / "c")
    assert [p.name for p in error.value.paths] == ["000.jpg", "001.jpg"]
    assert [p.suffix for p in (tmp_path / "c").iterdir()] == [".lock"]


def test_real_pictures_come_out_as_pillow_decodes_them(imagenette_224, tmp_path):
    root = tmp_path / "some"
    for part in ("train", "val"):
        for name in ("n01440764", "n03888257"):
            target = root / part / name
            target.mkdir(parents=True)
            for path in sorted((imagenette_224 / part / name).iterdir())[:20]:
                shutil.copy2(path, target)
    listing = list_pictures(root)
    cache = build_cache(listing, 128, tmp_path / "c")
    assert set(zip(cache.heights.tolist(), cache.widths.tolist(), strict=True)) == {(128, 128)}
    with Image.open(listing.paths[7]) as image:
        wanted = image.convert("RGB").resize((128, 128), Image.Resampling.BILINEAR)
    assert np.array_equal(cache[7], np.asarray(wanted))


def test_sound_photos_of_any_size_and_orientation_are_all_decoded(tmp_path):
    """Includes sizes that are no multiple of 8, which draft decoding rounds, and every EXIF orientation."""
    rng = np.random.default_rng(3)
    for i in range(32):
        width, height = (int(n) for n in rng.integers(300, 1500, 2))
        exif = Image.Exif()
        exif[0x0112] = i % 8 + 1
        path = tmp_path / "pictures" / "ab"[i // 8 % 2] / f"{i:02}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        coarse = Image.fromarray(rng.integers(0, 255, (8, 8, 3), np.uint8))
        coarse.resize((width, height)).save(path, quality=85, progressive=i % 3 == 0, exif=exif)
    listing = list_pictures(tmp_path / "pictures")
    cache = build_cache(listing, 64, tmp_path / "c")
    assert cache.is_decoded.all() and cache.skipped == ()
    for i, path in enumerate(listing.paths):
        assert np.array_equal(cache[i], load_presized(path, 64))
        with Image.open(path) as image:
            promised = presized_hw(image.height, image.width, 64)
            is_turned = image.getexif()[0x0112] > 4
        assert (cache.heights[i], cache.widths[i]) == (promised[::-1] if is_turned else promised)


def test_a_cache_of_the_former_decoding_is_not_opened(folder, tmp_path):
    """Its folder was named after layout version 1 alone; its pixels were neither turned upright nor laid on white."""
    listing = list_pictures(folder)
    cache = build_cache(listing, 32, tmp_path)
    name = hashlib.sha256(f"1\0{listing.fingerprint()}\0{listing.root}".encode()).hexdigest()[:16]
    former = cache.folder.rename(tmp_path / f"pictures-32-{name}")
    (former / "pixels.u8").write_bytes(bytes((former / "pixels.u8").stat().st_size))
    assert build_cache(listing, 32, tmp_path)[0].any()
