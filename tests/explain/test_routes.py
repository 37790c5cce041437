"""`POST /api/v1/explain` in one process, with fakes behind its doors."""

import io

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from tests.support.fakes import MOSTLY_NEUTRAL, SLIGHTLY_HAPPY, FakeClassifier, FakeDetector
from tests.support.photos import encode
from webapp import create_app
from webapp.core.geometry import Box
from webapp.errors import NotExplainable
from webapp.settings import Settings

FACE, SMALL = Box(16, 12, 32, 24), Box(0, 0, 9, 9)
PATH = "/api/v1/explain"


def make_app(*boxes, classifier=None, **settings):
    settings = Settings.from_env({"ASYNC_MODE": "threading", **settings})
    return create_app(settings, classifier=classifier or FakeClassifier(), detector=FakeDetector(*boxes))


def ask(app, data=None, **fields):
    picture = {} if data == b"" else {"picture": (io.BytesIO(data or encode("PNG")), "face.png")}
    return app.test_client().post(PATH, data={**picture, **fields})


def operation(app):
    document = app.test_client().get("/api/v1/openapi.json").json
    return document, document["paths"][PATH]["post"]


def test_an_answer_is_as_the_document_says():
    app = make_app(FACE, SMALL)
    answer = ask(app, label="sad", face="1")
    assert answer.status_code == 200, answer.json
    assert (answer.json["label"], answer.json["num_faces"]) == ("sad", 2)
    assert answer.json["face"]["box"] == [0, 0, 0.1406, 0.1875]
    assert answer.json["heat"] == [[0, 1], [0.5, 0.25]]
    document, described = operation(app)
    schema = described["responses"]["200"]["content"]["application/json"]["schema"]
    Draft202012Validator({**schema, "components": document["components"]}).validate(answer.json)


def test_the_document_describes_all_fields_of_the_request():
    document, described = operation(make_app())
    ((kind, body),) = described["requestBody"]["content"].items()
    assert kind == "multipart/form-data"
    schema = document["components"]["schemas"][body["schema"]["$ref"].rpartition("/")[2]]
    assert set(schema["properties"]) == {"picture", "label", "face", "box", "strength"}
    assert schema["required"] == ["picture"]


def test_the_label_that_is_explained_is_the_one_of_the_chosen_strength():
    app = make_app(FACE, classifier=FakeClassifier(SLIGHTLY_HAPPY, label_prior=MOSTLY_NEUTRAL))
    found = ask(app).json, ask(app, strength="1").json
    assert [(one["label"], one["face"]["label"]) for one in found] == [("neutral",) * 2, ("happy",) * 2]
    assert found[1]["without_hot"]["probs"] == found[1]["face"]["probs"]  # the fake answers the same to all
    refused = ask(make_app(FACE), strength="1")
    assert (refused.status_code, refused.json["code"]) == (400, "bad_settings")


def test_a_face_may_be_meant_by_its_box():
    app = make_app(FACE, SMALL)
    assert ask(app, box="0.01,0,0.14,0.19").json["face"]["box"] == [0, 0, 0.1406, 0.1875]


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"label": "bored"}, "label"),
        ({"face": "-1"}, "face"),
        ({"face": "first"}, "face"),
        ({"box": "0,0,1"}, "box"),
        ({"box": "0,0,1,nan"}, "box"),
        ({"box": "0,0,1,2"}, "box"),
    ],
)
def test_a_field_that_is_wrong_is_named(fields, place):
    answer = ask(make_app(FACE), **fields)
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_request")
    assert answer.json["errors"][0]["pointer"].startswith(f"#/{place}")


def test_without_a_picture_the_answer_says_what_to_send():
    answer = ask(make_app(FACE), b"")
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_request")
    assert "in the field `picture`" in answer.json["detail"]


def test_what_goes_wrong_is_a_problem_document():
    class Silent(FakeClassifier):
        def explain(self, crop, label):
            raise NotExplainable("No maps.")

    noise = encode("PNG", np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8))
    answers = [
        ask(make_app()),
        ask(make_app(FACE), b"no picture"),
        ask(make_app(FACE, MAX_PHOTO_BYTES="1024"), noise),
        ask(make_app(FACE, classifier=Silent())),
    ]
    assert [(a.status_code, a.json["code"]) for a in answers] == [
        (422, "no_face"),
        (415, "not_an_image"),
        (413, "content_too_large"),
        (501, "not_explainable"),
    ]
