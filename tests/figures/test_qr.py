"""The QR code of a room: its modules, read back from the picture, are those of the address."""

import re
from urllib.parse import unquote

import segno

from sota_core.figures.qr import qr_svg

ADDRESS = "https://lab.example.org/sota/room?room=FAST7X"


def test_it_is_a_code_of_the_address_black_on_white_with_a_quiet_border():
    svg = unquote(qr_svg(ADDRESS))
    n = len(tuple(segno.make_qr(ADDRESS, error="m").matrix))
    assert f"width='{8 * (n + 8)}'" in svg and "#fff" in svg and "#000" in svg
    assert qr_svg(ADDRESS) != qr_svg(ADDRESS.replace("FAST7X", "FAST7Y"))


def test_its_dark_modules_are_those_of_the_matrix():
    svg = unquote(qr_svg(ADDRESS))
    matrix = [list(row) for row in segno.make_qr(ADDRESS, error="m").matrix]
    drawn = [[0] * len(matrix) for _ in matrix]
    path = max(re.findall(r"d='([^']+)'", svg), key=len)
    x, y = 0.0, 0.0
    for command, numbers in re.findall(r"([MmhH])([-\d. ]+)", path):
        values = [float(v) for v in re.findall(r"-?[\d.]+", numbers)]
        if command == "M":
            x, y = values
        elif command == "m":
            x, y = x + values[0], y + values[1]
        else:
            for i in range(int(values[0])):
                drawn[int(y - 4)][int(x - 4) + i] = 1
            x += values[0]
    assert drawn == [[int(bool(v)) for v in row] for row in matrix]
