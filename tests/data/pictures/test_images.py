"""Uploads are not trusted. They come out as plain RGB, with the same pixels that a training run gets from the file."""

import io
import struct
import subprocess
import sys
import threading
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sota_core import paths
from sota_core.data.pictures.images import MAX_BYTES, MAX_SIDE_PX, decode_slots, open_upload_presized
from sota_core.data.pictures.view import load_presized
from sota_core.errors import ImageError


def opened(data: bytes, **more: float) -> Image.Image:
    """A visitor's picture in its own size: none that is read is larger."""
    return open_upload_presized(data, MAX_SIDE_PX, **more).image


def encoded(image: Image.Image, format: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, format=format, **options)
    return out.getvalue()


def two_tone(width: int = 40, height: int = 20) -> Image.Image:
    """A picture whose left half is red and whose right half is blue."""
    image = Image.new("RGB", (width, height), (200, 30, 20))
    image.paste((20, 40, 210), (width // 2, 0, width, height))
    return image


def png_header(width: int, height: int) -> bytes:
    """A PNG that announces a size but holds almost nothing: it must be refused before it is decoded."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_the_three_formats_come_out_as_rgb(format):
    image = opened(encoded(two_tone(), format))
    assert (image.mode, image.size) == ("RGB", (40, 20))
    left, right = np.asarray(image)[10, 5], np.asarray(image)[10, 35]
    assert left[0] > 150 > left[2] and right[2] > 150 > right[0]


@pytest.mark.parametrize("format", ["GIF", "BMP", "TIFF", "PPM"])
def test_other_formats_are_refused_by_content(format):
    with pytest.raises(ImageError, match="not a JPEG, PNG or WebP"):
        opened(encoded(two_tone(), format))


def test_text_and_nothing_are_refused():
    with pytest.raises(ImageError, match="not a JPEG"):
        opened(b"<svg onload=alert(1)>")
    with pytest.raises(ImageError, match="empty"):
        opened(b"")


def test_more_than_ten_megabytes_are_refused():
    with pytest.raises(ImageError, match=r"10\.1 MB; at most 10 MB"):
        opened(encoded(two_tone()) + b"\0" * MAX_BYTES)


@pytest.mark.parametrize(
    ("size", "what"),
    [((12_001, 10), "12001 × 10"), ((10, 12_001), "10 × 12001"), ((6_000, 4_001), "6000 × 4001")],
)
def test_too_many_pixels_are_refused_before_decoding(size, what):
    with pytest.raises(ImageError, match=f"{what} pixels; at most 24 megapixels and 12000"):
        opened(png_header(*size))


def test_a_jpeg_of_far_too_many_scans_is_refused_before_decoding_and_a_phones_is_not():
    """A scan of ten bytes has every block of the picture gone through: a million of them took ten minutes."""
    whole = encoded(two_tone(), "JPEG", progressive=True)
    scan = b"\xff\xda\x00\x08\x01\x01\x00\x00\x00\x00"  # one that says nothing
    n = whole.count(b"\xff\xda")
    assert 5 < n < 20
    with pytest.raises(ImageError, match=rf"has {n + 300} scans; at most 256 are read. Save it anew"):
        open_upload_presized(whole[:-2] + scan * 300 + whole[-2:], 20)
    # A film behind the picture, as phones write it, has the two bytes by chance, and so has any other format.
    film = np.random.default_rng(0).bytes(MAX_BYTES - len(whole))
    assert film.count(b"\xff\xda") > 100 and opened(whole + film).size == (40, 20)
    assert opened(encoded(two_tone()) + scan * 300).size == (40, 20)


@pytest.mark.parametrize("side", [9_600, 30_000])
def test_a_decompression_bomb_is_refused(side):
    """Pillow only warns at 92 MP and raises an error at 900 MP; here both are refused."""
    with pytest.raises(ImageError, match="at most 24 megapixels"):
        opened(png_header(side, side))


def test_exactly_the_largest_side_is_read():
    assert opened(encoded(Image.new("RGB", (12_000, 4)))).size == (12_000, 4)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_a_picture_cut_off_half_way_is_refused(format):
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    data = encoded(Image.fromarray(noise), format)
    with pytest.raises(ImageError, match=r"damaged or cut off|not a JPEG"):
        opened(data[: len(data) // 2])


def test_every_cut_and_every_flipped_byte_gives_a_picture_or_an_image_error():
    rng = np.random.default_rng(1)
    exif = Image.Exif()
    exif[0x0112] = 6
    for format in ("JPEG", "PNG", "WEBP"):
        data = encoded(two_tone(), format, exif=exif)
        for _ in range(150):
            broken = bytearray(data[: int(rng.integers(1, len(data) + 1))])
            for at in rng.integers(0, len(broken), 3):
                broken[at] = int(rng.integers(256))
            try:
                assert opened(bytes(broken)).mode == "RGB"
            except ImageError:
                pass


def test_a_palette_picture_without_its_palette_is_refused():
    """Pillow raises an AssertionError for such a file."""
    sound = encoded(two_tone().convert("P"))
    at = sound.index(b"PLTE") - 4
    without = sound[:at] + sound[at + 12 + int.from_bytes(sound[at : at + 4]) :]
    with pytest.raises(ImageError, match="damaged"):
        opened(without)


def test_what_a_plug_in_raises_unforeseen_refuses_the_picture_and_lack_of_memory_does_not(monkeypatch):
    raised = iter((ZeroDivisionError(), MemoryError()))

    def broken(*_: object) -> None:
        raise next(raised)

    monkeypatch.setattr("sota_core.data.pictures.images.decoded", broken)
    with pytest.raises(ImageError, match="damaged"):
        opened(encoded(two_tone()))
    with pytest.raises(MemoryError):
        opened(encoded(two_tone()))


def test_exif_orientation_is_applied_and_metadata_dropped():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned 90° clockwise it is upright
    exif[0x010F] = "a camera"
    image = opened(encoded(two_tone(), "JPEG", exif=exif, comment=b"at home"))
    assert image.size == (20, 40) and image.info == {} and not image.getexif()
    top, bottom = np.asarray(image)[5, 10], np.asarray(image)[35, 10]
    assert top[0] > 150 > top[2] and bottom[2] > 150 > bottom[0]


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_broken_exif_leaves_the_picture_as_it_is():
    data = encoded(two_tone(), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff\x01\x12\0\3")
    assert opened(data).size == (40, 20)


def test_transparency_lies_on_white():
    layer = Image.new("RGBA", (4, 4), (0, 0, 0, 0))
    layer.putpixel((0, 0), (10, 20, 30, 255))
    for data in (encoded(layer), encoded(layer, "WEBP", lossless=True), encoded(layer.convert("LA"))):
        pixels = np.asarray(opened(data))
        assert pixels[2, 2].tolist() == [255, 255, 255] and pixels[0, 0].max() <= 30


def test_a_transparent_palette_lies_on_white():
    image = Image.new("P", (4, 4), 0)
    image.putpalette([0, 0, 0, 250, 10, 10])
    image.putpixel((1, 1), 1)
    pixels = np.asarray(opened(encoded(image, transparency=0)))
    assert pixels[0, 0].tolist() == [255, 255, 255] and pixels[1, 1].tolist() == [250, 10, 10]


def test_sixteen_bit_greys_are_scaled_not_clipped():
    greys = np.array([[0, 16_384, 32_768, 65_535]], dtype=np.uint16)
    assert np.asarray(opened(encoded(Image.fromarray(greys))))[0, :, 1].tolist() == [0, 64, 128, 255]


def test_grey_one_bit_and_cmyk_are_converted():
    assert np.asarray(opened(encoded(Image.new("L", (3, 3), 77))))[1, 1].tolist() == [77, 77, 77]
    assert np.asarray(opened(encoded(Image.new("1", (3, 3), 1))))[1, 1].tolist() == [255, 255, 255]
    cmyk = encoded(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "JPEG", quality=95)
    red = np.asarray(opened(cmyk))[8, 8]
    assert red[0] > 200 and red[1] < 80 and red[2] < 80


@pytest.mark.parametrize("format", ["PNG", "WEBP"])
def test_of_an_animation_the_first_frame_counts(format):
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "lime", "blue")]
    data = encoded(frames[0], format, save_all=True, append_images=frames[1:], lossless=True)
    assert np.asarray(opened(data))[4, 4].tolist() == [255, 0, 0]


def test_at_most_two_uploads_are_decoded_at_once():
    """Both slots are taken, as if by two visitors; a third waits, and is told to try again."""
    data = encoded(two_tone())
    with decode_slots, decode_slots, pytest.raises(ImageError, match="Too many pictures"):
        opened(data, wait_s=0.01)
    done = []
    threads = [threading.Thread(target=lambda: done.append(opened(data).size)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == [(40, 20)] * 6


def test_a_refused_picture_gives_its_slot_back():
    for _ in range(5):
        with pytest.raises(ImageError):
            opened(b"no picture")
    assert opened(encoded(two_tone())).size == (40, 20)


@pytest.mark.long
@pytest.mark.parametrize("presize", [40, 200, 5_000])
def test_an_upload_has_the_pixels_that_training_has_of_the_same_file(tmp_path, presize):
    """A turned photo whose size draft decoding rounds, a picture with transparency, and a 16-bit scan."""
    rng = np.random.default_rng(0)
    photo = Image.fromarray(rng.integers(0, 255, (6, 9, 3), np.uint8)).resize((967, 641))
    exif = Image.Exif()
    exif[0x0112] = 6
    cutout = photo.copy()
    cutout.putalpha(Image.linear_gradient("L").resize(photo.size))
    scan = Image.fromarray(np.asarray(photo.convert("L"), np.uint16) * 257)
    files = {"photo.jpg": encoded(photo, "JPEG", exif=exif), "cutout.png": encoded(cutout), "scan.png": encoded(scan)}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        mine, theirs = load_presized(tmp_path / name, presize), open_upload_presized(data, presize)
        assert mine.presize == theirs.presize == presize and min(mine.size) == min(presize, 641)
        assert np.array_equal(mine, theirs)
        assert theirs.image.info == {}


PEAK = """
import sys
from sota_core.data.pictures.images import open_upload_presized

def status(key):
    return next(int(line.split()[1]) // 1024 for line in open("/proc/self/status") if line.startswith(key))

data = sys.stdin.buffer.read()
before = status("VmRSS")
open_upload_presized(data, 256)
print(status("VmHWM") - before)
"""


@pytest.mark.long
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="this system does not tell a process's peak memory")
@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_a_large_transparent_picture_takes_little_more_than_its_own_pixels_twice(mode):
    data = encoded(Image.new(mode, (6_000, 4_000)))
    out = subprocess.run([sys.executable, "-c", PEAK], input=data, capture_output=True, check=True, cwd=paths.ROOT)
    assert int(out.stdout) < 260  # MB, of which the picture and its RGB take 192
