"""The camera, with Chromium's pretended one: a set of two classes that trains after one press, and a single picture."""

import re
from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from sota_core.data.pictures.listing import list_pictures
from sota_core.data.sets import sources
from tests.e2e.conftest import PATIENCE_MS
from tests.e2e.knobs import silence

pytestmark = pytest.mark.slow


def hold(page: Page, name: str) -> None:
    """Hold this class's button down until it has enough pictures."""
    row = page.get_by_role("listitem").filter(has=page.get_by_label(f"Name of {name}"))
    button = row.get_by_role("button", name="Hold to take pictures")
    expect(button).to_be_enabled()
    button.dispatch_event("pointerdown", {"pointerId": 1})
    expect(row.get_by_text("20 of 20")).to_be_visible()


def test_two_classes_become_a_set_that_trains_at_once(
    idle_server, go: Callable[[str], Page], complaints: list[str]
) -> None:
    page = go(idle_server.url + "/data")
    page.get_by_text("Your own pictures", exact=True).click()
    assert page.locator("video").count() == 0
    page.get_by_text("Make a set with the camera").click()
    expect(page.get_by_text("Hold a button and move")).to_be_visible()
    done = page.get_by_role("button", name="Make the set and train")
    expect(done).to_be_disabled()
    page.get_by_role("button", name="Add a class").click()
    expect(page.get_by_label("Name of class 3")).to_be_focused()
    page.get_by_role(
        "button", name="Remove", exact=True
    ).last.click()  # an empty class, added by mistake, must not block the others
    expect(page.get_by_label("Name of class 3")).to_have_count(0)
    page.get_by_label("Name of class 1").fill("cup")
    for name in ("class 1", "class 2"):
        hold(page, name)
    page.get_by_title("Take it out").first.click()
    expect(page.get_by_text("19 of 20")).to_be_visible()
    done.click()
    page.wait_for_url("**/train?run=*")
    expect(page.locator("h1")).to_have_text("A recipe of your own")
    run = idle_server.store().history.get(page.url.partition("run=")[2].partition("&")[0])
    root = sources.resolve(run.recipe.source, idle_server.settings)
    assert root is not None
    listing = list_pictures(root)
    assert (listing.classes, len(listing)) == (("Class 2", "cup"), 39)
    assert listing.is_valid is not None and int(listing.is_valid.sum()) == 4 + 5
    assert run.recipe.mixup_alpha and run.recipe.label_smoothing and run.recipe.tta_n and run.recipe.split == "official"
    assert not [text for text in complaints if "permissions" not in text.lower()]


def test_in_another_language_the_camera_speaks_it_and_its_pictures_stay(server, go: Callable[[str], Page]) -> None:
    page = go(server.url + "/data")
    page.get_by_text("Your own pictures", exact=True).click()
    page.get_by_text("Make a set with the camera").click()
    hold(page, "class 1")
    page.get_by_label("Name of class 1").fill("cup")
    page.get_by_role("button", name="Picture 1, take it out", exact=True).click()
    expect(page.get_by_alt_text("Picture 19, take it out")).to_be_attached()
    expect(page.get_by_alt_text("Picture 20, take it out")).to_have_count(0)
    page.get_by_role("button", name="Deutsch").click()
    expect(page.get_by_text("19 von 20")).to_be_visible()  # the fold is still open
    said = page.locator(".camera").inner_text()
    assert "Zum Aufnehmen halten" in said and "Hold" not in said, said
    assert [page.get_by_label(f"Name von Klasse {n}").input_value() for n in (1, 2)] == ["cup", "Klasse 2"]
    page.get_by_role("button", name="Klasse hinzufügen").click()
    page.keyboard.type("pen")  # replaces the suggested name
    expect(page.get_by_label("Name von Klasse 3")).to_have_value("pen")


def file_of(grey: int | None) -> FilePayload:
    """An upload: a picture of one grey, or, for None, a .jpg that holds no picture."""
    packed = BytesIO()
    if grey is not None:
        Image.new("RGB", (200, 200), (grey,) * 3).save(packed, "JPEG")
    return {"name": f"{grey}.jpg", "mimeType": "image/jpeg", "buffer": packed.getvalue() or b"no picture"}


# Uploaded one after another. Each time Streamlit removes the file before it and adds the new one, in two runs or in
# one.
HANDED_IN = [201, 77, None, 145, None, 33, None]


def test_a_single_picture_of_the_camera_and_a_file_take_part_in_a_mix(idle_server, go: Callable[[str], Page]) -> None:
    page = go(idle_server.url + "/mixup")
    page.get_by_role("button", name="Use your own").first.click()
    assert page.locator("video").count() == 0
    page.get_by_text("Picture A: use the camera").click()
    page.get_by_role("button", name="Take Photo").click(timeout=PATIENCE_MS)
    expect(page.get_by_text("your own").first).to_be_visible()

    refused = page.locator("[data-testid=stAlertContentError]")
    uploader = page.locator(".st-key-mixup-b_own input[type=file]")  # the upload form stays open throughout
    for grey in HANDED_IN:
        uploader.set_input_files(file_of(grey))
        expect(refused).to_have_count(1 if grey is None else 0)
        if grey is not None:
            expect(page.get_by_text(str(grey), exact=True).first).to_be_visible()  # the values of its middle pixel
        expect(page).to_have_url(re.compile("mixup[.]b_own=upload"))
        silence(page)
        expect(refused).to_have_count(1 if grey is None else 0)
        assert "mixup.b_own=upload" in page.url, grey
