"""`POST /api/v1/photos` in one process, with fakes behind its doors."""

import base64
import io
import os
import sys

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from PIL import Image
from urllib3 import encode_multipart_formdata

from tests.support.fakes import MOSTLY_NEUTRAL, SLIGHTLY_HAPPY, FakeClassifier, FakeDetector
from tests.support.photos import encode
from webapp import create_app
from webapp.core.geometry import Box
from webapp.errors import ServerBusy
from webapp.inference import LABELS
from webapp.services import KEY
from webapp.settings import Settings
from webapp.web.uploads import SILENCE_S, UploadMemory

FACE = Box(16, 12, 32, 24)


def make_app(*boxes, classifier=None, **settings):
    settings = Settings.from_env({"ASYNC_MODE": "threading", **{k: str(v) for k, v in settings.items()}})
    return create_app(settings, classifier=classifier or FakeClassifier(), detector=FakeDetector(*boxes))


def post(app, *files):
    """Posts `(name, bytes)` pairs."""
    body, kind = encode_multipart_formdata([("photos", file) for file in files])
    return app.test_client().post("/api/v1/photos", data=body, content_type=kind)


class ByBrightness(FakeClassifier):
    """Sees a slight smile in bright crops, and the face at rest in dark ones."""

    def classify(self, crops):
        smile, rest = [0.02, 0.02, 0.02, 0.2, 0.02, 0.02, 0.7], [0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.94]
        return np.array([smile if crop.mean() > 127 else rest for crop in crops], np.float32)


def post_with_baseline(app, photo, baseline, **fields):
    parts = [("photos", ("a.jpg", photo)), ("baseline", ("rest.jpg", baseline)), *fields.items()]
    body, kind = encode_multipart_formdata(parts)
    return app.test_client().post("/api/v1/photos", data=body, content_type=kind)


def grey(level):
    file = io.BytesIO()
    Image.new("L", (64, 48), level).save(file, "PNG")
    return file.getvalue()


def test_the_largest_face_is_read_relative_to_a_second_photo_of_the_person():
    app = make_app(FACE, Box(0, 0, 9, 9), classifier=ByBrightness(resting_face=True))
    alone = post(app, ("a.jpg", grey(200))).json["results"][0]["faces"]
    answer = post_with_baseline(app, grey(200), grey(20))
    face, other = answer.json["results"][0]["faces"]
    assert (alone[0]["label"], face["label"], face["state"], face["slight"]) == (
        "neutral",
        "happy",
        "sure",
        True,
    )
    assert face["absolute"] == {key: alone[0][key] for key in ("label", "confidence", "probs", "state")}
    assert other == alone[1]
    fits_the_document(app, answer)


@pytest.mark.parametrize(
    ("boxes", "resting_face", "baseline", "status", "code", "words"),
    [
        ((), True, grey(20), 422, "no_face", "shows no face"),
        ((FACE,), False, grey(20), 422, "not_relative", "cannot be read against a resting face"),
        ((FACE,), True, b"no picture", 415, "not_an_image", "JPEG"),
    ],
)
def test_a_resting_face_that_cannot_be_used_is_said_before_any_photo_is_read(
    boxes, resting_face, baseline, status, code, words
):
    app = make_app(*boxes, classifier=FakeClassifier(resting_face=resting_face))
    answer = post_with_baseline(app, grey(200), baseline)
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert words in answer.json["detail"]


def test_a_resting_face_that_is_no_file_is_refused():
    app = make_app(FACE, classifier=FakeClassifier(resting_face=True))
    body, kind = encode_multipart_formdata([("photos", ("a.jpg", grey(200))), ("baseline", "neutral")])
    answer = app.test_client().post("/api/v1/photos", data=body, content_type=kind)
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_request")


def fits_the_document(app, answer):
    document = app.test_client().get("/api/v1/openapi.json").json
    content = document["paths"]["/api/v1/photos"]["post"]["responses"]["200"]["content"]
    schema = {**content["application/json"]["schema"], "components": document["components"]}
    Draft202012Validator(schema).validate(answer.json)


def test_each_photo_has_its_faces():
    app = make_app(FACE, Box(0, 0, 9, 9))
    answer = post(app, ("a.jpg", encode("JPEG")), ("b.png", encode("PNG")))
    assert answer.status_code == 200
    first, second = answer.json["results"]
    assert (first["name"], first["width"], first["height"], first["turned"]) == ("a.jpg", 64, 48, 0)
    assert second["name"] == "b.png"
    face, other = first["faces"]
    assert face["box"] == [0.25, 0.25, 0.5, 0.5]
    assert other["box"] == [0, 0, 0.1406, 0.1875]
    assert (face["label"], face["state"]) == ("happy", "sure")
    assert face["confidence"] == pytest.approx(0.88)
    assert set(face["probs"]) == set(LABELS)
    assert "error" not in first
    fits_the_document(app, answer)


def test_one_bad_file_never_spoils_the_others():
    app = make_app(FACE)
    answer = post(app, ("a.jpg", encode("JPEG")), ("notes.txt", b"hello"), ("b.png", encode("PNG")))
    first, bad, last = answer.json["results"]
    assert (len(first["faces"]), len(last["faces"])) == (1, 1)
    assert (bad["name"], bad["width"], bad["height"], bad["faces"]) == ("notes.txt", None, None, [])
    assert bad["error"]["code"] == "not_an_image"
    assert "5 bytes received" in bad["error"]["message"]
    fits_the_document(app, answer)


def test_limits_of_one_photo_are_that_photo_s_error():
    app = make_app(MAX_PHOTO_BYTES=4000, MAX_PHOTO_PIXELS=4096)
    noise = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    answer = post(app, ("long", encode("PNG", noise)), ("wide", encode("PNG", np.zeros((65, 64), np.uint8))))
    assert [one["error"]["code"] for one in answer.json["results"]] == ["photo_too_large", "image_too_large"]


def test_without_files_the_answer_says_what_to_send():
    app = make_app()
    for data in ({}, {"other": (io.BytesIO(b"x"), "x.jpg")}):
        answer = app.test_client().post("/api/v1/photos", data=data)
        assert (answer.status_code, answer.json["code"]) == (422, "invalid_request")
        assert "Send 1 to 32 files as multipart/form-data in the field `photos`" in answer.json["detail"]


def test_a_field_that_nobody_reads_is_told_so():
    data = {"photos": (io.BytesIO(encode("JPEG")), "a.jpg"), "photo": "typo"}
    answer = make_app().test_client().post("/api/v1/photos", data=data)
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "#/photo")


def test_text_in_the_place_of_a_photo_is_no_photo():
    answer = make_app().test_client().post("/api/v1/photos", data={"photos": "not a file"})
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_request")


def test_too_many_files_are_counted():
    answer = post(make_app(MAX_PHOTOS=2), *[("a.jpg", encode("JPEG"))] * 3)
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_request")
    assert answer.json["errors"][0]["pointer"] == "#/photos"
    assert "Send 1 to 2 files" in answer.json["detail"]
    assert "Received: 3." in answer.json["detail"]


def test_the_document_says_this_server_s_limit():
    document = make_app(MAX_PHOTOS=7).test_client().get("/api/v1/openapi.json").json
    body = document["paths"]["/api/v1/photos"]["post"]["requestBody"]["content"]["multipart/form-data"]
    name = body["schema"]["$ref"].rpartition("/")[2]
    photos = document["components"]["schemas"][name]["properties"]["photos"]
    assert (photos["minItems"], photos["maxItems"]) == (1, 7)
    assert photos["items"] == {"type": "string", "format": "binary"}


def test_a_request_that_says_it_is_too_large_is_refused_unread():
    body = io.BytesIO(b"never looked at")
    answer = (
        make_app(MAX_UPLOAD_BYTES=2000)
        .test_client()
        .post(
            "/api/v1/photos",
            input_stream=body,
            content_type="multipart/form-data; boundary=x",
            environ_overrides={"CONTENT_LENGTH": "2001"},
        )
    )
    assert (answer.status_code, answer.json["code"]) == (413, "content_too_large")
    assert "has 2001 bytes, at most 2000" in answer.json["detail"]
    assert body.tell() == 0


def test_other_routes_accept_no_large_body():
    answer = make_app().test_client().post("/api/v1/model", data=b"x" * 2_000_000)
    assert answer.status_code == 405
    app = make_app()
    app.add_url_rule("/read", view_func=lambda: __import__("flask").request.get_data(), methods=["POST"])
    answer = app.test_client().post("/read", data=b"x" * 1_100_000)
    assert (answer.status_code, answer.json["code"]) == (413, "content_too_large")


def test_uploads_never_touch_the_disk():
    written, watching = [], True

    def watch(event, arguments):  # a hook stays for ever, so it is told when to stop
        if watching and event == "open" and (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR):
            written.append(arguments[0])

    noise = np.random.default_rng(0).integers(0, 256, (1000, 1000, 3), dtype=np.uint8)
    data = encode("PNG", noise)
    assert len(data) > 2_000_000  # Werkzeug spools what is over 500 KB
    app = make_app(FACE)
    sys.addaudithook(watch)
    answer = post(app, ("a.png", data))
    watching = False
    assert len(answer.json["results"][0]["faces"]) == 1
    assert written == []


def test_uploads_share_a_memory_and_give_it_back():
    app = make_app(FACE, MAX_UPLOAD_MEMORY_BYTES=10_000)
    memory = app.extensions[KEY].upload_memory
    answer = post(app, *[("a", bytes(4000))] * 3)
    assert (answer.status_code, answer.json["code"]) == (503, "server_busy")
    assert answer.json["retry_after_ms"] > 0
    assert int(answer.headers["Retry-After"]) >= 1
    assert memory.held == 0
    memory.take(8000, "192.0.2.1")  # by somebody else
    assert post(app, ("a", bytes(4000))).status_code == 503
    memory.give_back(8000, "192.0.2.1")
    assert post(app, ("a", bytes(4000))).status_code == 200
    assert memory.held == 0


def test_one_address_holds_half_of_the_memory_or_one_request():
    """Three stalled uploads of one address kept all others from uploading for as long as it liked."""
    memory = UploadMemory(10_000, max_request_bytes=2_000)
    memory.take(4_000, "192.0.2.1")
    with pytest.raises(ServerBusy, match="Uploads from this address already take 4000 of 5000 bytes"):
        memory.take(1_001, "192.0.2.1")
    memory.take(5_000, "192.0.2.2")
    with pytest.raises(ServerBusy, match="Uploads already take 9000 of 10000 bytes"):
        memory.take(1_001, "192.0.2.3")
    memory.give_back(4_000, "192.0.2.1")
    memory.take(5_000, "192.0.2.1")
    assert memory.held == 10_000
    UploadMemory(10_000, max_request_bytes=9_000).take(9_000, "192.0.2.1")


def test_a_body_must_not_pause_for_long():
    class Connection:
        timeout_s, given = None, ()

        def gettimeout(self):
            return self.timeout_s

        def settimeout(self, timeout_s):
            self.timeout_s, self.given = timeout_s, (*self.given, timeout_s)

    connection, app = Connection(), make_app(FACE)
    files = {"photos": (io.BytesIO(encode("JPEG")), "a.jpg")}
    answer = app.test_client().post(
        "/api/v1/photos", data=files, environ_overrides={"gunicorn.socket": connection}
    )
    assert answer.status_code == 200
    answer.close()
    assert connection.given == (SILENCE_S, None)


def test_a_page_shows_small_copies_of_its_photos():
    """24 photos of 4 MiB, sent back as they were, made a page of 128 MiB."""
    files = {"photos": [(io.BytesIO(encode("PNG") + bytes(100_000)), f"{number}.png") for number in range(4)]}
    page = make_app(FACE).test_client().post("/photos", data=files).get_data(as_text=True)
    assert page.count('<image href="data:image/jpeg;base64,') == 4
    assert len(page) < 100_000


def test_a_busy_model_is_an_answer_for_the_whole_request():
    class Busy(FakeClassifier):
        def classify(self, crops):
            raise ServerBusy("9 faces already wait.", retry_after_ms=70)

    answer = post(make_app(FACE, classifier=Busy()), ("a.jpg", encode("JPEG")))
    assert (answer.status_code, answer.json["code"], answer.json["retry_after_ms"]) == (
        503,
        "server_busy",
        70,
    )


def test_an_unforeseen_failure_is_one_photo_s_error_and_names_no_photo(caplog):
    class Broken(FakeDetector):
        def detect(self, rgb, *, max_side=None):
            raise RuntimeError("inner")

    settings = Settings.from_env({"ASYNC_MODE": "threading"})
    app = create_app(settings, classifier=FakeClassifier(), detector=Broken())
    answer = post(app, ("secret.jpg", encode("JPEG")), ("notes.txt", b"hello"))
    assert [one["error"]["code"] for one in answer.json["results"]] == ["error", "not_an_image"]
    assert "a photo failed" in caplog.text
    assert "secret" not in caplog.text


def test_a_long_name_is_cut_and_a_strange_one_comes_back():
    answer = post(make_app(), ("ä\u202e<b>.jpg", encode("JPEG")), ("n" * 300, encode("JPEG")))
    assert [one["name"] for one in answer.json["results"]] == ["ä\u202e<b>.jpg", "n" * 255]


def test_a_preview_is_made_only_if_it_is_asked_for_and_never_enlarged():
    app = make_app(FACE)
    wide = encode("PNG", np.zeros((150, 600, 3), np.uint8))

    def ask(data, **fields):
        form = {"photos": (io.BytesIO(data), "a.png"), **fields}
        return app.test_client().post("/api/v1/photos", data=form)

    def size(answer):
        head, _, body = answer.json["results"][0]["preview"].partition(",")
        assert head == "data:image/jpeg;base64"
        return Image.open(io.BytesIO(base64.b64decode(body))).size

    assert "preview" not in ask(wide).json["results"][0]
    answer = ask(wide, preview="300")
    assert size(answer) == (300, 75)
    fits_the_document(app, answer)
    assert size(ask(encode("PNG"), preview="300")) == (64, 48)
    assert "preview" not in ask(b"hello", preview="300").json["results"][0]
    assert ask(wide, preview="9000").json["errors"][0]["pointer"].startswith("#/preview")


def ask_for_strength(app, strength, path="/api/v1/photos"):
    form = {"photos": (io.BytesIO(encode("PNG")), "a.png"), "strength": strength}
    return app.test_client().post(path, data=form)


def test_a_request_chooses_how_common_expressions_are_taken_to_be():
    app = make_app(FACE, classifier=FakeClassifier(SLIGHTLY_HAPPY, label_prior=MOSTLY_NEUTRAL))

    def label(strength):
        return ask_for_strength(app, strength).json["results"][0]["faces"][0]["label"]

    assert post(app, ("a.png", encode("PNG"))).json["results"][0]["faces"][0]["label"] == "neutral"
    assert (label("0"), label("1")) == ("neutral", "happy")
    for wrong in ("1.01", "-1", "much", "nan"):
        answer = ask_for_strength(app, wrong)
        assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "#/strength")


def test_a_strength_that_the_model_does_not_have_is_refused():
    answer = ask_for_strength(make_app(FACE), "0.5")
    assert (answer.status_code, answer.json["code"]) == (400, "bad_settings")
    assert "so `strength` cannot be chosen. Received: 0.5" in answer.json["detail"]


def test_a_model_is_known_by_its_name_alone():
    app = make_app(FACE)

    def ask(model):
        form = {"photos": (io.BytesIO(encode("PNG")), "a.png"), "model": model}
        return app.test_client().post("/api/v1/photos", data=form)

    assert ask("fake").json["results"][0]["faces"][0]["label"] == "happy"
    for model in ("../model2-ferplus", "/etc/passwd", ""):
        answer = ask(model)
        assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "#/model")
    document = app.test_client().get("/api/v1/openapi.json").json
    body = document["paths"]["/api/v1/photos"]["post"]["requestBody"]["content"]["multipart/form-data"]
    schema = document["components"]["schemas"][body["schema"]["$ref"].rpartition("/")[2]]
    assert "model2-fer2013-best" in schema["properties"]["model"]["enum"]
