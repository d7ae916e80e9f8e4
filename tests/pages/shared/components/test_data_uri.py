"""A picture is encoded once, whoever uses it; the cache is limited in bytes and holds no pixels."""

import numpy as np
import pytest

from pages.shared.components import data_uri as module
from pages.shared.components.data_uri import KEPT_BYTES, encoded, encoded_once
from sota_core.figures.pictures import data_uri


@pytest.fixture(autouse=True)
def nothing_kept():
    module._kept.clear()
    yield
    module._kept.clear()


@pytest.fixture
def picture() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (30, 40, 3), dtype=np.uint8)


@pytest.mark.parametrize("is_exact", [True, False])
def test_it_is_the_address_of_the_picture(picture, is_exact) -> None:
    for _ in range(2):
        assert encoded(picture, is_exact=is_exact) == data_uri(picture, is_exact=is_exact)
    assert encoded(picture) != encoded(picture, is_exact=False)


def test_an_equal_picture_is_not_encoded_again_and_another_is(picture) -> None:
    calls = []

    @encoded_once
    def told(picture: np.ndarray, line: int) -> str:
        calls.append(line)
        return f"{picture.sum()} {line}"

    planar = np.ascontiguousarray(picture.transpose(2, 0, 1)).transpose(1, 2, 0)  # equal, but not contiguous
    assert told(picture, 1) == told(picture.copy(), 1) == told(planar, 1) and calls == [1]
    changed = picture.copy()
    changed[-1, -1, -1] ^= 1
    assert told(changed, 1) != told(picture, 1) and calls == [1, 1]
    assert told(picture, 2).endswith("2") and calls == [1, 1, 2]


def test_the_same_bytes_in_another_shape_or_by_another_function_are_something_else(picture) -> None:
    turned = picture.reshape(40, 30, 3)
    assert encoded(turned) == data_uri(turned) != encoded(picture)

    @encoded_once
    def reversed_rows(picture: np.ndarray) -> str:
        return data_uri(picture[::-1])

    assert reversed_rows(picture) == data_uri(picture[::-1]) != encoded(picture)


def test_what_is_kept_stays_within_its_bytes_and_the_latest_stay() -> None:
    rng = np.random.default_rng(1)
    pictures = [rng.integers(0, 256, (400, 400, 3), dtype=np.uint8) for _ in range(16)]  # 0.64 MB each, encoded
    for picture in pictures:
        encoded(picture)
    kept = list(module._kept.values())
    assert KEPT_BYTES / 2 < sum(map(len, kept)) <= KEPT_BYTES
    assert data_uri(pictures[-1]) in kept and data_uri(pictures[0]) not in kept
