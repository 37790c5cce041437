"""The messages of `/live` are those that the documentation describes, field by field."""

import numpy as np
import pytest
from marshmallow import Schema

from tests.support.app import DARK, JPEG, frame, make_app, send, send_faces
from tests.support.artifacts import LABELS
from tests.support.fakes import FakeClassifier
from tests.support.servers import ROOT
from webapp.core.geometry import Box
from webapp.errors import ServerBusy
from webapp.extensions import socketio
from webapp.live.schema import AckSchema, RefusalSchema, as_markdown


class Busy(FakeClassifier):
    def classify(self, crops):
        raise ServerBusy("256 faces already wait.", retry_after_ms=400)


def problems(schema: Schema, message: dict) -> dict:
    """Returns what is missing, unknown or out of range in a message."""
    return schema.validate(message)


@pytest.mark.parametrize(
    ("boxes", "jpeg"),
    [((), JPEG), ((Box(64, 48, 320, 240),), JPEG), ((Box(0, 0, 20, 20), Box(100, 90, 200, 200)), DARK)],
)
def test_an_acknowledgement_has_the_described_fields_and_no_others(boxes, jpeg):
    reply = frame(make_app(*boxes), jpeg)
    assert reply["ok"] is True
    assert len(reply["faces"]) == len(boxes)
    assert problems(AckSchema(), reply) == {}


def test_faces_have_the_acknowledgement_of_a_frame():
    for boxes in ((), ([0.1, 0.1, 0.5, 0.5],)):
        reply = send_faces(make_app(), *boxes)
        assert reply["ok"] is True
        assert problems(AckSchema(), reply) == {}
    assert problems(RefusalSchema(), send_faces(make_app(), [2, 0, 1, 1])) == {}


def test_an_unsure_face_and_a_settled_place_fit_too():
    app = make_app(Box(64, 48, 320, 240), classifier=FakeClassifier(list(np.full(7, 1 / 7))))
    assert frame(app)["faces"][0]["state"] == "unsure"
    assert problems(AckSchema(), frame(app)) == {}


def test_faces_beside_a_resting_face_fit_too():
    boxes = Box(64, 48, 320, 240), Box(400, 48, 100, 100)
    smile = FakeClassifier([0.02, 0.02, 0.02, 0.2, 0.02, 0.02, 0.7], resting_face=True)
    client = socketio.test_client(make_app(*boxes, classifier=smile), namespace="/live")
    resting = {label: 0.01 for label in LABELS} | {"neutral": 0.94}
    assert client.emit("settings", {"baseline": resting}, namespace="/live", callback=True)["ok"]
    reply = client.emit("frame", {"seq": 3, "t_ms": 1}, JPEG, namespace="/live", callback=True)
    assert problems(AckSchema(), reply) == {}
    assert ["absolute" in face for face in reply["faces"]] == [True, False]


@pytest.mark.parametrize("arguments", [(), ("text", b"a"), ({"seq": 3, "t_ms": 1}, b"no image")])
def test_a_refusal_has_the_described_fields_and_no_others(arguments):
    reply = send(make_app(), *arguments)
    assert reply["ok"] is False
    assert problems(RefusalSchema(), reply) == {}


def test_a_refusal_that_says_when_to_try_again_fits_too():
    reply = frame(make_app(Box(64, 48, 320, 240), classifier=Busy()))
    assert reply["error"]["retry_after_ms"] == 400
    assert problems(RefusalSchema(), reply) == {}


def test_a_field_that_is_not_described_or_missing_is_noticed():
    reply = frame(make_app(Box(64, 48, 320, 240)))
    assert "new" in problems(AckSchema(), {**reply, "new": 1})
    assert "mood" in problems(AckSchema(), {name: value for name, value in reply.items() if name != "mood"})
    reply["faces"][0]["confidence"] = 1.5
    assert problems(AckSchema(), reply)["faces"][0].keys() == {"confidence"}


def test_the_documentation_holds_the_tables():
    assert as_markdown() in (ROOT / "docs" / "reference" / "live.md").read_text()
