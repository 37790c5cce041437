"""The page of photos in a real Chromium."""

from __future__ import annotations

import csv
import io
import json
import re

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


def open_card(page, name):
    """Opens a photo or a clip large; returns the dialog."""
    card(page, name).locator("[data-part=open]").click()
    viewer = page.locator("#viewer")
    expect(viewer.locator("[data-part=name]")).to_have_text(name)
    return viewer


def loaded(image):
    """Waits until an image is there; returns its size."""
    expect(image).to_have_js_property("complete", True)
    return image.evaluate("image => [image.naturalWidth, image.naturalHeight]")


def test_photos_are_read_filtered_explained_removed_and_taken_home(server, open_page, photos):
    page, watch = open_page(f"{server.url}/photos")
    add(page, photos)
    expect(page.locator("#summary")).to_have_text("2 faces in 4 photos, 1 failed")
    expect(card(page, "smile.jpg").locator("[data-part=label]")).to_have_text("happy")
    expect(card(page, "phone.heic").locator("[data-part=label]")).to_have_text("happy")
    expect(card(page, "wall.png")).to_contain_text("no face")
    expect(card(page, "notes.txt")).to_contain_text("This is not a picture we can read")

    page.get_by_role("button", name="2 happy").click()
    expect(page.locator(".photo")).to_have_count(2)
    page.get_by_role("button", name="2 happy").click()
    page.select_option("#sort", "name")
    names = page.locator(".photo .name").all_inner_texts()
    assert names == ["notes.txt", "phone.heic", "smile.jpg", "wall.png"]

    viewer = open_card(page, "smile.jpg")
    assert viewer.locator(".face-box").count() == 1
    viewer.get_by_role("button", name="Why?").click()
    expect(viewer.locator("image.heat")).to_have_count(1)
    expect(viewer.locator("[data-part=why-note]")).to_have_text("Red areas count most for “happy”.")
    expect(viewer.locator("[data-part=proof]")).to_have_text(
        re.compile(r"Without the red area: \d+ % → \d+ %")
    )
    assert violations(page) == []
    viewer.get_by_role("button", name="Close").click()

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
    expect(open_card(page, "lying.jpg").locator("[data-part=hint]")).to_contain_text("Read turned by 90°")
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
    expect(card(page, "drop.bin")).to_contain_text("This is not a picture we can read")
    expect(card(page, "paste.bin")).to_contain_text("This is not a picture we can read")
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
    assert answer.text.count('<li class="card photo"') == 4
    assert answer.text.count('href="data:image/jpeg;base64,') == 3  # of those that can be read, the HEIC too
    assert answer.text.count('<span class="chip" data-expression="happy">') == 2
    assert "This is not a picture we can read" in answer.text
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
    expect(card(page, "bad.mp4")).to_contain_text("This is not a video we can read")
    expect(card(page, "clip.webm").locator("[data-part=label]")).to_have_text("happy")
    assert loaded(card(page, "clip.webm").locator("[data-part=picture]"))[0] > 0
    shown = open_card(page, "clip.webm")
    expect(shown.locator("[data-part=label]")).to_have_text("happy")
    expect(shown.locator("[data-part=detail]")).to_contain_text("on average over 0:03")
    assert shown.locator("[data-part=plot] rect").count() == 4 * 7
    shown.get_by_text("When").click()
    assert shown.locator("[data-part=changes] li").all_inner_texts() == ["0:00 happy", "0:02 no face found"]
    assert shown.locator("video").evaluate("clip => clip.videoWidth") == 240
    assert violations(page) == []
    shown.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="1 happy").click()
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


@pytest.fixture
def group() -> dict:
    """The portrait twice, the second one smaller."""
    scene = np.full((400, 800, 3), 96, np.uint8)
    scene[:, :400] = portrait(400)
    scene[50:350, 450:750] = portrait(300)
    return {"name": "group.png", "mimeType": "image/png", "buffer": encode("PNG", scene)}


def change_labels(page, *labels):
    """Gives the faces of each photo other labels on their way back: which ones the model would say is not the point."""

    def alter(route):
        answer = route.fetch()
        results = answer.json()["results"]
        for face, label in zip(results[0]["faces"], labels, strict=False):
            face["label"] = label
        route.fulfill(response=answer, json={"results": results})

    page.route("**/api/v1/photos", alter)


def test_every_face_counts_and_a_tap_on_its_box_shows_its_bars(server, open_page, photos, group):
    page, watch = open_page(f"{server.url}/photos", viewport=PHONE)
    change_labels(page, "happy", "sad")
    add(page, [photos[0], group])
    expect(page.locator("#summary")).to_have_text("3 faces in 2 photos")
    expect(card(page, "group.png").locator("[data-part=label]")).to_have_text("2 faces")
    page.get_by_role("button", name="1 sad", exact=True).click()  # no photo's largest face
    assert page.locator(".photo .name").all_inner_texts() == ["group.png"]

    viewer = open_card(page, "group.png")
    boxes = viewer.locator(".face-box")
    expect(boxes).to_have_count(2)
    assert boxes.locator("b").all_inner_texts() == ["1", "2"]
    expect(boxes.nth(0)).to_contain_text("happy")
    boxes.nth(1).click()
    expect(viewer.locator("[data-part=label]")).to_have_text("sad")
    expect(boxes.nth(1)).to_have_attribute("aria-pressed", "true")
    assert violations(page) == []
    assert watch.errors == []


def test_another_sensitivity_reads_all_again(server, open_page, photos):
    page, watch = open_page(f"{server.url}/photos")
    add(page, photos[:1])
    page.evaluate(
        """() => {
          window.strengths = [];
          const send = XMLHttpRequest.prototype.send;
          XMLHttpRequest.prototype.send = function (form) {
            window.strengths.push(form.get("strength"));
            send.call(this, form);
          };
        }"""
    )
    for chosen in ("1", "0", ""):
        with page.expect_response("**/api/v1/photos") as answer:
            page.select_option("#strength", chosen)
        assert answer.value.ok
    assert page.evaluate("strengths") == ["1", "0", None]
    expect(card(page, "smile.jpg").locator("[data-part=label]")).to_have_text("happy")
    assert watch.errors == []


def test_the_server_makes_the_picture_that_the_browser_cannot(server, open_page, photos):
    page, watch = open_page(f"{server.url}/photos")
    add(page, [photos[1], {**photos[3], "name": "notes.jpg"}])
    size = loaded(card(page, "phone.heic").locator("[data-part=picture]"))
    assert size == [300, 300]
    expect(card(page, "notes.jpg").locator("img")).to_be_hidden()
    assert "preview" not in card(page, "notes.jpg").inner_text().lower()
    large = open_card(page, "phone.heic").locator("img")
    expect(large).to_have_js_property("naturalWidth", 400)  # as large as the photo
    page.keyboard.press("Escape")
    with page.expect_download() as got:
        page.click("#json")
    assert "preview" not in json.loads(got.value.path().read_text())["results"][0]
    assert watch.errors == []


def test_the_arrows_walk_through_grid_and_photos(server, open_page, photos):
    page, _ = open_page(f"{server.url}/photos")
    add(page, [{**photos[0], "name": f"{n}.jpg"} for n in range(3)])
    card(page, "0.jpg").locator("[data-part=open]").focus()
    page.keyboard.press("ArrowRight")
    expect(card(page, "1.jpg").locator("[data-part=open]")).to_be_focused()
    page.keyboard.press("Enter")
    name = page.locator("#viewer [data-part=name]")
    expect(name).to_have_text("1.jpg")
    page.keyboard.press("ArrowRight")
    expect(name).to_have_text("2.jpg")
    expect(page.get_by_role("button", name="Next photo")).to_be_disabled()
    page.keyboard.press("ArrowLeft")
    expect(name).to_have_text("1.jpg")
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(page.locator(".photo")).to_have_count(2)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".photo")).to_have_count(3)


def test_of_five_hundred_photos_few_stand_in_the_page_and_all_on_paper(server, open_page, photos):
    page, watch = open_page(f"{server.url}/photos", viewport=PHONE)
    page.route("**/api/v1/photos", lambda route: route.fulfill(json={"results": [READ]}))
    page.set_input_files("#files", [{**photos[0], "name": f"{n:03}.jpg"} for n in range(500)])
    expect(page.locator("#stop")).to_be_hidden()
    expect(page.locator("#summary")).to_have_text("500 faces in 500 photos")
    assert page.locator(".photo").count() < 60
    assert page.locator("#tools").evaluate("bar => getComputedStyle(bar).position") == "sticky"
    page.keyboard.press("Tab")
    page.locator(".photo [data-part=open]").first.focus()
    page.keyboard.press("End")
    expect(card(page, "499.jpg").locator("[data-part=open]")).to_be_focused()
    expect(card(page, "499.jpg")).to_have_attribute("aria-posinset", "500")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(page.locator(".photo")).to_have_count(500)
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator(".photo").count() < 60
    assert watch.errors == []


READ = {
    "name": "a.jpg", "width": 400, "height": 400, "turned": 0, "hints": [],
    "faces": [{"box": [0.3, 0.2, 0.4, 0.4], "label": "happy", "confidence": 0.9, "state": "sure",
               "probs": {"happy": 0.9, "sad": 0.1}}],
}  # fmt: skip


def test_two_models_are_compared_on_one_face_and_one_is_chosen_for_all(server, open_page, photos):
    page, watch = open_page(f"{server.url}/photos")
    add(page, photos[:1])
    viewer = open_card(page, "smile.jpg")
    viewer.get_by_label("Compare with").select_option("model2-fer2013-best")
    expect(viewer.locator("[data-part=compare-note]")).to_contain_text("takes some seconds")
    expect(viewer.locator("[data-part=compare-note]")).to_contain_text("Striped")
    happy = viewer.locator(".bar[data-label=happy]")
    expect(happy.locator(".bar-value")).to_have_text(re.compile(r"\d+ % / \d+ %"))
    expect(happy.locator(".bar-other")).to_be_visible()
    assert violations(page) == []
    viewer.get_by_role("button", name="Close").click()
    files = {"photos": ("smile.jpg", photos[0]["buffer"])}
    answers = [
        requests.post(f"{server.url}/api/v1/photos", files=files, data=data, timeout=60).json()["results"]
        for data in ({}, {"model": "model2-fer2013-best"})
    ]
    assert answers[0] != answers[1]
    with page.expect_response("**/api/v1/photos") as got:
        page.get_by_label("Model that reads the photos").select_option("model2-fer2013-best")
    assert got.value.json()["results"] == answers[1]
    expect(card(page, "smile.jpg").locator("[data-part=label]")).to_have_text("happy")
    assert watch.errors == []
