"""An address as a QR code, for a class that reads it off the wall."""

import segno


def qr_svg(text: str) -> str:
    """A data: address of the code, black on white whatever the page's colours are: cameras need it so.

    Level M: a seventh of it may be hidden, by a lamp or somebody's head.
    """
    return segno.make_qr(text, error="m").svg_data_uri(scale=8, border=4, dark="#000", light="#fff")
