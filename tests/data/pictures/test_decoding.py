"""There is one way to decode: to the size the rule gives, upright, on white, scaled to 8 bits, whatever the file's
mode, format or size.
"""

import io
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageOps

from sota_core import paths
from sota_core.data.pictures.decoding import decoded, presized_hw, to_rgb, undecodable
from sota_core.data.pictures.view import load_presized
from sota_core.errors import DiskFullError, ImageError
from tests.data.pictures.test_images import encoded, two_tone

TURNED = range(5, 9)  # EXIF orientations that swap height and width


def smooth(width: int, height: int, seed: int = 0) -> Image.Image:
    """A few colours, blended, which resampling filters keep."""
    coarse = np.random.default_rng(seed).integers(0, 255, (4, 5, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


def with_orientation(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


@settings(max_examples=150, deadline=None)
@given(
    width=st.integers(1, 700),
    height=st.integers(1, 700),
    presize=st.integers(16, 400),
    orientation=st.integers(1, 8),
    subsampling=st.sampled_from(["4:4:4", "4:2:2", "4:2:0"]),
    progressive=st.booleans(),
)
def test_the_decoded_size_is_the_one_the_header_promises(width, height, presize, orientation, subsampling, progressive):
    """And the pixels are those of a full decoding that is turned and resized, but for what draft decoding leaves
    out.
    """
    options = {"exif": with_orientation(orientation), "subsampling": subsampling, "progressive": progressive}
    data = encoded(smooth(width, height), "JPEG", quality=95, **options)
    with Image.open(io.BytesIO(data)) as image:
        promised = presized_hw(image.height, image.width, presize)
        found = decoded(image, presize)
    assert (found.height, found.width) == (promised[::-1] if orientation in TURNED else promised)
    with Image.open(io.BytesIO(data)) as image:
        full = ImageOps.exif_transpose(image).resize(found.size, Image.Resampling.BILINEAR)
    assert np.abs(np.asarray(found, float) - np.asarray(full, float)).mean() < 2.5


def test_a_drafts_ragged_edge_does_not_shift_the_picture():
    """At an eighth, 1,601 px become 201, the last of which covers only an eighth of a pixel and must count as such."""
    edge = np.zeros((801, 1601, 3), np.uint8)
    edge[:, 800:] = 255
    data = encoded(Image.fromarray(edge), "JPEG", quality=95)
    with Image.open(io.BytesIO(data)) as image:
        found = np.asarray(decoded(image, 50), float)[..., 0]
    full = np.asarray(Image.fromarray(edge).resize((100, 50), Image.Resampling.BILINEAR), float)[..., 0]
    # the edge's position in pixels of the result; without the draft's box it is some .03 px off
    assert abs(found.sum(axis=1) - full.sum(axis=1)).max() / 255 < 0.02


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_format_is_turned_once(format, orientation):
    upright = smooth(40, 24, seed=1)
    # Image.Transpose methods that lay an upright picture as each orientation says
    methods = [None, 0, 3, 1, 5, 2, 6, 4]
    method = methods[orientation - 1]
    lying = upright if method is None else upright.transpose(Image.Transpose(method))
    lossless = {"quality": 95} if format == "JPEG" else {"lossless": True} if format == "WEBP" else {}
    data = encoded(lying, format, exif=with_orientation(orientation), **lossless)
    with Image.open(io.BytesIO(data)) as image:
        found = decoded(image, 500)
    assert found.size == (40, 24)
    assert np.abs(np.asarray(found, float) - np.asarray(upright, float)).mean() < (4 if format == "JPEG" else 0.1)


def test_a_compressed_tiff_is_turned_once_too():
    data = encoded(smooth(40, 24), "TIFF", exif=with_orientation(6), compression="tiff_lzw")
    with Image.open(io.BytesIO(data)) as image:
        assert presized_hw(image.height, image.width, 500) == (40, 24)
        assert decoded(image, 500).size == (24, 40)


def test_a_png_may_say_its_orientation_after_the_pixels():
    data = encoded(two_tone(), exif=with_orientation(6))
    at = data.index(b"eXIf") - 4
    length = int.from_bytes(data[at : at + 4]) + 12
    late = data[:at] + data[at + length : -12] + data[at : at + length] + data[-12:]
    for png in (data, late):
        with Image.open(io.BytesIO(png)) as image:
            assert decoded(image, 500).size == (20, 40)


GREY = np.array([[0, 64, 128, 255]], np.uint8)


def modes() -> dict[str, tuple[bytes, np.ndarray]]:
    """mode → a file of it and its pixels: (1, 4), four greys. Includes every mode that picture files use."""
    deep = GREY.astype(np.uint16) * 257
    layer = Image.merge("LA", (Image.fromarray(GREY), Image.fromarray(np.array([[255, 255, 255, 0]], np.uint8))))
    palette = Image.fromarray(GREY).convert("P")
    alpha = bytes([255] * 255 + [0])  # the last colour, white, is transparent
    bits = Image.fromarray(np.array([[0, 0, 255, 255]], np.uint8)).convert("1")
    return {
        "L": (encoded(Image.fromarray(GREY)), GREY),
        "1": (encoded(bits), np.array([[0, 0, 255, 255]], np.uint8)),
        "LA": (encoded(layer), GREY),
        "P": (encoded(palette), GREY),
        "P see-through": (encoded(palette, transparency=alpha), GREY),
        "RGBA": (encoded(layer.convert("RGBA")), GREY),
        "RGBA tiff": (encoded(layer.convert("RGBA"), "TIFF"), GREY),
        "I;16 png": (encoded(Image.fromarray(deep)), GREY),
        "I;16 tiff": (encoded(Image.fromarray(deep), "TIFF"), GREY),
        "I;16B tiff": (encoded(Image.frombytes("I;16B", (4, 1), deep.astype(">u2").tobytes()), "TIFF"), GREY),
        **{
            f"{bits} bits in 16, {kind}": (
                encoded(Image.fromarray((GREY * ((2**bits - 1) / 255)).astype(np.uint16)), kind),
                GREY,
            )
            for bits in (8, 10, 12, 14)
            for kind in ("PNG", "TIFF")
        },
        "12 bits in 32": (encoded(Image.fromarray(GREY.astype(np.int32) * 16), "TIFF"), GREY),
        "F of 12 bits": (encoded(Image.fromarray(GREY.astype(np.float32) * (4095 / 255)), "TIFF"), GREY),
        "I tiff": (encoded(Image.fromarray(deep.astype(np.int32)), "TIFF"), GREY),
        "I of 8 bits": (encoded(Image.fromarray(GREY.astype(np.int32)), "TIFF"), GREY),
        "F to 1": (encoded(Image.fromarray(GREY.astype(np.float32) / 255), "TIFF"), GREY),
        "F to 255": (encoded(Image.fromarray(GREY.astype(np.float32)), "TIFF"), GREY),
        "CMYK": (encoded(Image.fromarray(GREY).convert("CMYK"), "TIFF"), GREY),
        "bmp": (encoded(Image.fromarray(GREY), "BMP"), GREY),
        "gif": (encoded(palette, "GIF"), GREY),
    }


@pytest.mark.parametrize("mode", modes())
def test_every_mode_is_scaled_to_eight_bits(mode, tmp_path: Path):
    data, wanted = modes()[mode]
    (tmp_path / "a.png").write_bytes(data)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = np.asarray(load_presized(tmp_path / "a.png", 100))
    assert found.shape == (1, 4, 3)
    assert np.abs(found.astype(int) - wanted[..., None]).max() <= 1


def test_floats_that_are_no_numbers_are_black_and_infinity_white():
    values = np.array([[np.nan, -1, 0.5, np.inf]], np.float32)
    assert np.asarray(to_rgb(Image.fromarray(values)))[0, :, 0].tolist() == [0, 0, 128, 255]


def test_lab_is_converted():
    spaces = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    lab = ImageCms.profileToProfile(two_tone(), *spaces, outputMode="LAB")
    assert lab is not None
    with Image.open(io.BytesIO(encoded(lab, "TIFF"))) as image:
        assert image.mode == "LAB"
        assert np.abs(np.asarray(decoded(image), int) - np.asarray(two_tone(), int)).max() <= 6


@pytest.mark.parametrize("size", [(1, 1), (2, 900), (10_000, 10)])
@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_extreme_shapes_are_read(size, format, tmp_path):
    smooth(*size).save(tmp_path / "a.jpg", format)
    for presize in (8, 64, 500):
        height, width = presized_hw(size[1], size[0], presize)
        assert load_presized(tmp_path / "a.jpg", presize).size == (width, height)


@pytest.mark.parametrize("format", ["GIF", "TIFF", "MPO", "PNG", "WEBP"])
def test_of_several_frames_the_first_counts(format, tmp_path):
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "lime", "blue")]
    frames[0].save(tmp_path / "a.jpg", format, save_all=True, append_images=frames[1:])
    assert np.asarray(load_presized(tmp_path / "a.jpg", 100))[8, 8].tolist() == pytest.approx([255, 0, 0], abs=2)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_photo_of_a_hundred_megapixels_is_read(tmp_path):
    Image.new("RGB", (12_000, 8_500), (10, 200, 30)).save(tmp_path / "a.jpg")
    found = load_presized(tmp_path / "a.jpg", 64)
    assert found.size == (90, 64) and np.asarray(found)[5, 5].tolist() == pytest.approx([10, 200, 30], abs=3)


@pytest.mark.long
def test_no_import_makes_such_a_photo_a_broken_one(tmp_path):
    """In a process of its own, because here pytest turns every warning into an error."""
    Image.new("RGB", (12_000, 8_500), (10, 200, 30)).save(tmp_path / "a.jpg")
    code = (
        "import sys; from pathlib import Path; import sota_core.data.sets.sources, sota_core.data.pictures.images\n"
        "from sota_core.data.pictures.view import load_presized; print(load_presized(Path(sys.argv[1]), 64).size)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "a.jpg")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, cwd=paths.ROOT)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "(90, 64)", "")


def test_what_needs_another_program_is_not_opened(tmp_path):
    """Pillow would hand such a file (EPS) to Ghostscript."""
    (tmp_path / "a.jpg").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n")
    with pytest.raises(Image.UnidentifiedImageError):
        load_presized(tmp_path / "a.jpg", 64)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_a_tall_transparent_picture_has_no_seams(mode):
    """It is laid on white a few rows at a time; the pixels are the same as for the whole picture."""
    pixels = np.random.default_rng(0).integers(0, 256, (600, 7, 4), dtype=np.uint8)
    image = Image.fromarray(pixels, "RGBA")
    if mode == "P":
        image = image.convert("RGB").quantize(16)
        image.info["transparency"] = 3
    image = image if image.mode == mode else image.convert(mode)
    layer = image.convert("RGBA")
    whole = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
    assert np.array_equal(np.asarray(to_rgb(image)), np.asarray(whole))


@pytest.mark.parametrize("raised", [OSError(5, "Input/output error"), ZeroDivisionError(), AssertionError()])
def test_whatever_a_plug_in_raises_becomes_the_error_asked_for(raised):
    with pytest.raises(ImageError, match="broken") as error, undecodable(lambda why: ImageError(f"broken: {why!r}")):
        raise raised
    assert error.value.__cause__ is raised


def test_without_an_error_a_broken_picture_is_passed_over():
    with undecodable():
        raise ZeroDivisionError


@pytest.mark.parametrize(
    "raised", [MemoryError(), DiskFullError("full", needed_bytes=2, free_bytes=1), KeyboardInterrupt()]
)
def test_what_says_nothing_of_the_picture_passes(raised):
    with pytest.raises(type(raised)), undecodable(ImageError):
        raise raised
