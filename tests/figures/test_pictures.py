"""Thumbnails, contact sheets and data addresses."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from sota_core.figures.pictures import centre_square, contact_sheet, data_uri, jpeg


@pytest.fixture
def picture() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (60, 90, 3), dtype=np.uint8)


def test_the_centre_square_at_its_own_size_is_the_centre(picture: np.ndarray) -> None:
    assert np.array_equal(centre_square(picture, 60), picture[:, 15:75])


def test_a_sheet_has_a_cell_for_each_picture_and_clear_gaps(picture: np.ndarray) -> None:
    sheet = contact_sheet([picture] * 5, columns=4, side=20, gap=4)
    assert sheet.shape == (44, 92, 4)
    assert sheet[:20, :20, 3].min() == 255 and sheet[:20, 20:24, 3].max() == 0
    assert sheet[24:, 24:, 3].max() == 0  # only one picture in the second row


def test_fewer_pictures_than_columns_leave_no_empty_columns(picture: np.ndarray) -> None:
    assert contact_sheet([picture], columns=4, side=20).shape == (20, 20, 4)


def test_a_data_address_is_lossless(picture: np.ndarray) -> None:
    head, _, body = data_uri(picture).partition(",")
    assert head == "data:image/png;base64"
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(base64.b64decode(body)))), picture)


def test_a_data_address_of_a_photograph_is_a_jpeg(picture: np.ndarray) -> None:
    head, _, body = data_uri(picture, is_exact=False).partition(",")
    assert head == "data:image/jpeg;base64" and base64.b64decode(body) == jpeg(picture)


def test_a_sheet_of_photographs_is_a_webp_whose_gaps_stay_clear_and_a_fraction_of_a_png() -> None:
    smooth = np.repeat(np.linspace(0, 255, 90).astype(np.uint8)[None, :, None], 60, 0).repeat(3, 2)
    grain = np.random.default_rng(0).normal(0, 6, smooth.shape)  # grain as in photographs
    sheet = contact_sheet([np.clip(smooth + grain, 0, 255).astype(np.uint8)] * 5, columns=4, side=56, gap=4)
    head, _, body = data_uri(sheet, is_exact=False).partition(",")
    image = Image.open(io.BytesIO(base64.b64decode(body)))
    assert head == "data:image/webp;base64" and image.format == "WEBP" and 4 * len(body) < len(data_uri(sheet))
    decoded = np.asarray(image.convert("RGBA"))
    assert np.array_equal(decoded[..., 3], sheet[..., 3])
    seen = sheet[..., 3] == 255
    assert np.abs(decoded[seen].astype(int) - sheet[seen].astype(int)).mean() < 8


def test_a_jpeg_is_of_the_same_size_and_nearly_the_same() -> None:
    smooth = np.repeat(np.linspace(0, 255, 90).astype(np.uint8)[None, :, None], 60, 0).repeat(3, 2)
    again = Image.open(io.BytesIO(jpeg(smooth)))
    assert again.format == "JPEG" and again.size == (90, 60)
    assert np.abs(np.asarray(again).astype(int) - smooth).max() <= 6
