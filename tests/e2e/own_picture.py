"""Uploads a visitor's own picture through the page."""

import io

from PIL import Image
from playwright.sync_api import Frame, Page, expect


def take_own_picture(page: Page, shown: Page | Frame) -> None:
    """Upload a picture in `shown`, the page itself or a frame of it; the server accepts it, and the page shows it."""
    picture = io.BytesIO()
    Image.new("RGB", (200, 150), "teal").save(picture, "PNG")
    shown.get_by_role("button", name="Use your own").first.click()
    with page.expect_response(lambda one: "upload_file" in one.url and one.request.method == "PUT") as answer:
        shown.locator("[data-testid=stFileUploader] input[type=file]").first.set_input_files(
            {"name": "mine.png", "mimeType": "image/png", "buffer": picture.getvalue()}
        )
    assert answer.value.status == 204
    expect(shown.get_by_text("your own").first).to_be_visible()
