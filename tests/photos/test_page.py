"""The page of photos in a real Chromium."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest
import requests
from playwright.sync_api import expect

from tests.support.browser.axe import violations
from tests.support.browser.chrome import PHONE
from tests.support.photos import encode, portrait
from tests.support.videos import smile_then_wall, write_clip

pytestmark = pytest.mark.browser

GREY = np.full((300, 400, 3), 128, np.uint8)


@pytest.fixture(scope="module")
def photos() -> list[dict]:
    """A smiling face, the same as HEIC, no face, and no photo."""
    return [
        {"name": "smile.jpg", "mimeType": "image/jpeg", "buffer": encode("JPEG", portrait(400))},
        {"name": "phone.heic", "mimeType": "image/heic", "buffer": encode("HEIF", portrait(400))},
        {"name": "wall.png", "mimeType": "image/png", "buffer": encode("PNG", GREY)},
        {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"hello"},
    ]


def add(page, photos):
    page.set_input_files("#files", photos)
    expect(page.locator("#stop")).to_be_hidden()


def card(page, name):
    return page.locator(".photo", has_text=name)


def test_photos_are_read_filtered_explained_removed_and_taken_home(server, open_page, photos):
    page, watch = open_page(f"{server.url}/photos")
    add(page, photos)
    expect(page.locator("#summary")).to_have_text("4 photos, 1 failed")
    expect(card(page, "smile.jpg").locator("[data-part=label]")).to_have_text("happy")
    assert card(page, "smile.jpg").locator("rect").count() == 1
    expect(card(page, "phone.heic")).to_contain_text("No preview in this browser.")
    expect(card(page, "phone.heic").locator("[data-part=label]")).to_have_text("happy")
    expect(card(page, "wall.png")).to_contain_text("no face found")
    expect(card(page, "notes.txt")).to_contain_text("The file is no JPEG")

    page.select_option("#kind", "happy")
    expect(page.locator(".photo")).to_have_count(2)
    page.select_option("#kind", "all")
    page.select_option("#sort", "name")
    names = page.locator(".photo .name").all_inner_texts()
    assert names == ["notes.txt", "phone.heic", "smile.jpg", "wall.png"]

    card(page, "smile.jpg").get_by_role("button", name="Why?").click()
    expect(card(page, "smile.jpg").locator("image.heat")).to_have_count(1)

    card(page, "wall.png").get_by_role("button", name="Remove wall.png").click()
    expect(page.locator(".photo")).to_have_count(3)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".photo")).to_have_count(4)

    with page.expect_download() as got:
        page.click("#csv")
    rows = list(csv.DictReader(io.StringIO(got.value.path().read_text())))
    assert [(row["name"], row["label"]) for row in rows] == [
        ("smile.jpg", "happy"), ("phone.heic", "happy"), ("wall.png", "")
    ]  # fmt: skip
    with page.expect_download() as got:
        page.click("#json")
    assert len(json.loads(got.value.path().read_text())["results"]) == 3

    assert violations(page) == []
    page.click("#clear")
    expect(page.locator("#tools")).to_be_hidden()
    assert watch.errors == []
    assert watch.hosts <= {server.url.removeprefix("http://"), ""}


def test_a_photo_that_was_turned_to_be_read_says_so(server, open_page):
    scene = np.full((480, 640, 3), 96, np.uint8)
    scene[40:440, 120:520] = portrait(400)
    lying = encode("JPEG", np.ascontiguousarray(np.rot90(scene)))
    page, _ = open_page(f"{server.url}/photos")
    add(page, [{"name": "lying.jpg", "mimeType": "image/jpeg", "buffer": lying}])
    expect(card(page, "lying.jpg").locator("[data-part=label]")).to_have_text("happy")
    expect(card(page, "lying.jpg").locator("[data-part=hint]")).to_contain_text("Read turned by 90°")
    files = {"photos": ("lying.jpg", lying)}  # without JavaScript
    assert "Read turned by 90°" in requests.post(f"{server.url}/photos", files=files, timeout=60).text


def test_photos_may_be_dropped_and_pasted(server, open_page):
    page, watch = open_page(f"{server.url}/photos", viewport=PHONE)
    for kind, place in (("drop", "body"), ("paste", "body")):
        page.locator(place).evaluate(
            """(element, kind) => {
                const data = new DataTransfer();
                data.items.add(new File([new Uint8Array([1, 2, 3])], `${kind}.bin`));
                const event = kind === "drop"
                    ? new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true })
                    : new ClipboardEvent("paste", { clipboardData: data, bubbles: true });
                element.dispatchEvent(event);
            }""",
            kind,
        )
    expect(card(page, "drop.bin")).to_contain_text("The file is no JPEG")
    expect(card(page, "paste.bin")).to_contain_text("The file is no JPEG")
    assert watch.errors == []


def test_what_is_on_its_way_can_be_cancelled_and_tried_again(server, open_page, photos):
    page, _ = open_page(f"{server.url}/photos")
    held = []
    page.route("**/api/v1/photos", lambda route: held.append(route))
    page.set_input_files("#files", [photos[0]] * 3)
    expect(page.locator("#summary")).to_have_text("0 of 3 photos read")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#stop")).to_be_hidden()
    expect(page.locator(".photo[data-state=cancelled]")).to_have_count(3)
    page.unroute("**/api/v1/photos")
    page.locator(".photo").first.get_by_role("button", name="Try again").click()
    expect(page.locator(".photo").first.locator("[data-part=label]")).to_have_text("happy")


def test_the_keyboard_alone_opens_removes_and_undoes(server, open_page, photos):
    page, _ = open_page(f"{server.url}/photos")
    with page.expect_file_chooser() as chooser:
        # Inside: keys reach the page by another way than the wish to hear of choosers, and may overtake it. What is
        # asked of the page takes the same way, so after these two lines the page knows.
        page.locator("#files").focus()
        expect(page.locator("#files")).to_be_focused()
        page.keyboard.press("Space")
    chooser.value.set_files(photos[:1])
    expect(page.locator("#stop")).to_be_hidden()
    page.get_by_role("button", name="Remove smile.jpg").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".photo")).to_have_count(0)
    expect(page.locator("#files")).to_be_focused()
    page.get_by_role("button", name="Undo").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".photo")).to_have_count(1)


def test_without_javascript_a_form_answers_with_a_page(server, photos):
    files = [("photos", (one["name"], one["buffer"])) for one in photos]
    answer = requests.post(f"{server.url}/photos", files=files, timeout=60)
    assert answer.status_code == 200
    assert answer.text.count('<li class="card photo"') == 5  # four results, and the template
    assert 'href="data:image/jpeg;base64,' in answer.text
    assert answer.text.count('<span class="chip" data-expression="happy">') == 2
    assert "The file is no JPEG" in answer.text
    empty = requests.post(f"{server.url}/photos", files={"photos": ("", b"")}, timeout=60)
    assert (empty.status_code, "Choose 1 to 32 photos." in empty.text) == (422, True)
    assert "<svg" not in requests.get(f"{server.url}/photos", timeout=60).text


def test_a_clip_shows_its_expressions_over_time(server, open_page, tmp_path):
    clip = write_clip(tmp_path / "clip.webm", smile_then_wall())
    bad = {"name": "bad.mp4", "mimeType": "video/mp4", "buffer": b"no"}
    good = {"name": "clip.webm", "mimeType": "video/webm", "buffer": clip.read_bytes()}
    page, watch = open_page(f"{server.url}/photos")
    add(page, [good, bad])
    expect(page.locator("#summary")).to_have_text("2 clips, 1 failed")
    expect(card(page, "bad.mp4")).to_contain_text("The file is no clip that can be read")
    shown = card(page, "clip.webm")
    expect(shown.locator("[data-part=label]")).to_have_text("happy")
    expect(shown.locator("[data-part=detail]")).to_contain_text("on average over 0:03")
    assert shown.locator("[data-part=plot] rect").count() == 4 * 7
    shown.get_by_text("When").click()
    assert shown.locator("[data-part=changes] li").all_inner_texts() == ["0:00 happy", "0:02 no face found"]
    assert shown.locator("video").evaluate("clip => clip.videoWidth") == 240
    page.select_option("#kind", "happy")
    expect(page.locator(".photo")).to_have_count(1)
    with page.expect_download() as got:
        page.click("#csv")
    rows = list(csv.DictReader(io.StringIO(got.value.path().read_text())))
    assert [(row["t_s"], row["label"]) for row in rows] == [
        ("0", "happy"), ("0.5", "happy"), ("1", "happy"), ("1.5", "happy"), ("2", ""), ("2.5", "")
    ]  # fmt: skip
    with page.expect_download() as got:
        page.click("#json")
    assert json.loads(got.value.path().read_text())["results"][0]["duration_s"] == 3
    assert violations(page) == []
    assert ["415" in error for error in watch.errors] == [True]  # the browser's own line about the bad one


def test_a_clip_on_its_way_can_be_cancelled(server, open_page):
    page, _ = open_page(f"{server.url}/photos")
    page.route("**/api/v1/videos", lambda route: None)
    page.set_input_files("#files", [{"name": "a.mp4", "mimeType": "video/mp4", "buffer": b"x"}])
    expect(page.locator("#summary")).to_have_text("0 of 1 clip read")
    page.set_input_files("#files", [{"name": "a.png", "mimeType": "image/png", "buffer": b"x"}])
    expect(page.locator("#summary")).to_have_text("1 of 2 files read")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".photo[data-state=cancelled]")).to_have_count(1)
    expect(page.locator("#summary")).to_have_text("1 photo and 1 clip, 1 failed")
