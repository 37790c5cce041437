"""The app in one process, with fakes behind its doors."""

import math
import time
from dataclasses import replace

import numpy as np
import pytest

from tests.support.app import DARK, JPEG, SETTINGS, frame, make_app, send_faces
from tests.support.artifacts import LABELS
from tests.support.fakes import MOSTLY_NEUTRAL, SLIGHTLY_HAPPY, FakeClassifier, FakeDetector
from webapp import create_app
from webapp.core.geometry import Box
from webapp.core.label_strength import LabelStrength
from webapp.errors import ServerBusy
from webapp.extensions import socketio


def test_hello_says_labels_model_and_limits():
    client = socketio.test_client(make_app(), namespace="/live")
    (hello,) = [e["args"][0] for e in client.get_received("/live") if e["name"] == "hello"]
    assert hello["labels"] == ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]
    assert hello["limits"]["max_frame_bytes"] == 524288
    assert hello["model"]["name"] == "fake"


def test_hello_says_what_may_be_chosen_and_what_holds():
    client = socketio.test_client(make_app(), namespace="/live")
    (hello,) = [e["args"][0] for e in client.get_received("/live") if e["name"] == "hello"]
    assert hello["settings"] == {
        "smoothing_s": 0.4,
        "min_confidence": 0.5,
        "detect_side": 384,
        "strength": None,
    }
    assert hello["limits"]["smoothing_s"] == [0.05, 2.0]
    assert hello["limits"]["min_confidence"] == [0.3, 0.9]
    assert hello["limits"]["detect_side"] == [256, 384]
    assert hello["limits"]["strength"] == [0.0, 1.0]


def test_a_choice_is_acknowledged_with_what_holds_now():
    client = socketio.test_client(
        make_app(Box(0, 0, 99, 99), classifier=FakeClassifier([0.02, 0.02, 0.02, 0.8, 0.1, 0.02, 0.02])),
        namespace="/live",
    )

    def emit(event, *arguments):
        return client.emit(event, *arguments, namespace="/live", callback=True)

    assert emit("settings", {"min_confidence": 0.9}) == {
        "ok": True,
        "settings": {"smoothing_s": 0.4, "min_confidence": 0.9, "detect_side": 384, "strength": None},
    }
    assert emit("frame", {"seq": 1, "t_ms": 1}, JPEG)["faces"][0]["state"] == "unsure"
    refused = emit("settings", {"min_confidence": 2})
    assert (refused["ok"], refused["error"]["code"]) == (False, "bad_settings")
    assert "from 0.3 to 0.9" in refused["error"]["message"]
    assert emit("settings", {})["settings"]["min_confidence"] == 0.5


RESTING = {label: 0.01 for label in LABELS} | {"neutral": 0.94}
SLIGHT_SMILE = [0.02, 0.02, 0.02, 0.2, 0.02, 0.02, 0.7]
LARGE, SMALL = Box(0, 0, 300, 300), Box(350, 0, 99, 99)


def client_of(*, resting_face=True):
    classifier = FakeClassifier(SLIGHT_SMILE, resting_face=resting_face)
    return socketio.test_client(make_app(LARGE, SMALL, classifier=classifier), namespace="/live")


def emit(client, event, *arguments):
    return client.emit(event, *arguments, namespace="/live", callback=True)


def test_the_primary_face_is_read_against_the_visitor_s_resting_face():
    client = client_of()
    alone = emit(client, "frame", {"seq": 1, "t_ms": 1}, JPEG)
    assert alone["faces"][0]["label"] == "neutral"
    assert emit(client, "settings", {"baseline": RESTING})["settings"]["baseline"] == RESTING
    for number in range(30):  # smoothed from one reading to the other
        reply = emit(client, "frame", {"seq": 2 + number, "t_ms": 1}, JPEG)
        time.sleep(0.05)
    face, other = reply["faces"]
    # ln(0.2 / 0.7) - ln(0.01 / 0.94) - 2 = 1.29; the five others rose by ln(0.02 / 0.7) - ln(0.01 / 0.94) - 2 = -1.01
    odds = {"happy": math.exp(1.29), "neutral": 1.0, "others": 5 * math.exp(-1.01)}
    assert face["confidence"] == pytest.approx(odds["happy"] / sum(odds.values()), abs=0.01)
    assert (face["label"], face["state"], face["slight"]) == ("happy", "sure", True)
    assert face["absolute"] == {
        key: alone["faces"][0][key] for key in ("label", "confidence", "probs", "state")
    }
    assert reply["mood"]["label"] == "happy"
    assert reply["place"]["point"]["valence"] > alone["place"]["point"]["valence"]
    assert (other["label"], "absolute" in other) == (
        "neutral",
        False,
    )  # somebody else has another resting face


def test_a_resting_face_is_one_visitor_s_and_is_undone_by_leaving_it_out():
    app = make_app(LARGE, classifier=FakeClassifier(SLIGHT_SMILE, resting_face=True))
    mine, other = (socketio.test_client(app, namespace="/live") for _ in range(2))
    emit(mine, "settings", {"baseline": RESTING})
    assert "absolute" in emit(mine, "frame", {"seq": 1, "t_ms": 1}, JPEG)["faces"][0]
    assert "absolute" not in emit(other, "frame", {"seq": 1, "t_ms": 1}, JPEG)["faces"][0]
    assert "baseline" not in emit(mine, "settings", {"baseline": None})["settings"]
    undone = emit(mine, "frame", {"seq": 2, "t_ms": 1}, JPEG)["faces"][0]
    assert (undone["label"], "absolute" in undone) == ("neutral", False)


def test_a_resting_face_is_the_same_at_every_strength():
    classifier = FakeClassifier(SLIGHT_SMILE, resting_face=True, label_prior=MOSTLY_NEUTRAL)
    app = make_app(LARGE, classifier=classifier)

    def relative(baseline, **chosen):
        client = socketio.test_client(app, namespace="/live")
        assert emit(client, "settings", {"baseline": baseline, **chosen})["ok"]
        face = emit(client, "frame", {"seq": 1, "t_ms": 1}, JPEG)["faces"][0]
        return face["probs"], face["absolute"]["probs"]

    prior = LabelStrength.of_card({"label_prior": MOSTLY_NEUTRAL}, 1.0)
    at_one = dict(zip(LABELS, prior.adjust(np.array(list(RESTING.values()))).tolist(), strict=True))
    plain, absolute = relative(RESTING)
    for baseline, chosen in (
        (RESTING, {"strength": 1.0, "baseline_strength": 0.0}),
        (at_one, {"strength": 1.0}),
        (at_one, {"strength": 0.0, "baseline_strength": 1.0}),
    ):
        found, adjusted = relative(baseline, **chosen)
        assert found == pytest.approx(plain, abs=1e-3)
        assert (adjusted == absolute) == (chosen["strength"] == 0.0)


def test_a_model_without_a_rule_refuses_a_resting_face_and_hello_says_it_beforehand():
    for resting_face in (True, False):
        client = client_of(resting_face=resting_face)
        (hello,) = [e["args"][0] for e in client.get_received("/live") if e["name"] == "hello"]
        assert hello["limits"]["baseline"] is resting_face
    refused = emit(client, "settings", {"baseline": RESTING})
    assert refused["error"]["code"] == "bad_settings"
    assert "cannot be read against a resting face" in refused["error"]["message"]


def test_a_visitor_chooses_how_common_expressions_are_taken_to_be():
    classifier = FakeClassifier(SLIGHTLY_HAPPY, label_prior=MOSTLY_NEUTRAL)
    app = make_app(Box(0, 0, 99, 99), classifier=classifier)
    client, other = (socketio.test_client(app, namespace="/live") for _ in range(2))

    def emit(event, *arguments, to=client):
        return to.emit(event, *arguments, namespace="/live", callback=True)

    def seen(to=client):
        (face,) = emit("frame", {"seq": 1, "t_ms": 1}, JPEG, to=to)["faces"]
        assert sum(face["probs"].values()) == pytest.approx(1, abs=1e-3)
        return face["label"]

    assert (seen(), seen(other)) == ("neutral", "neutral")
    client = socketio.test_client(app, namespace="/live")
    assert emit("settings", {"strength": 1}, to=client)["settings"]["strength"] == 1
    assert (seen(client), seen(other)) == ("happy", "neutral")
    refused = emit("settings", {"strength": 1.5}, to=client)["error"]
    assert refused["code"] == "bad_settings"
    assert "`strength` must be a number from 0 to 1, or null. Received: 1.5" in refused["message"]
    assert emit("settings", {}, to=client)["settings"]["strength"] == 0


def test_the_operator_s_strength_holds_for_visitors_who_choose_none():
    classifier = FakeClassifier(SLIGHTLY_HAPPY, label_prior=MOSTLY_NEUTRAL)
    app = make_app(Box(0, 0, 99, 99), classifier=classifier, LABEL_STRENGTH="1")
    assert frame(app)["faces"][0]["label"] == "happy"


def test_a_model_that_does_not_know_its_frequencies_has_no_strength():
    client = socketio.test_client(make_app(Box(0, 0, 99, 99)), namespace="/live")
    told = client.emit("settings", {"strength": 1}, namespace="/live", callback=True)
    assert (told["ok"], told["settings"]["strength"]) == (True, None)


def test_known_faces_are_followed_between_two_searches():
    detector = FakeDetector(Box(0, 0, 99, 99))
    app = create_app(replace(SETTINGS, reuse_ms=0), classifier=FakeClassifier(), detector=detector)
    client = socketio.test_client(app, namespace="/live")
    for number in range(3):
        client.emit("frame", {"seq": number, "t_ms": 1}, JPEG, namespace="/live", callback=True)
    assert detector.calls == ["detect", "follow", "follow", "follow"]  # the first two are one frame


class ByMiddlePixel(FakeClassifier):
    """Says `happy` to faces with a bright middle, `sad` to others."""

    def classify(self, crops):
        bright = crops[:, 24, 24, 0] > 100
        return np.eye(7, dtype=np.float32)[np.where(bright, 3, 4)]


def test_faces_cut_by_the_browser_get_the_answer_of_a_frame():
    whole = frame(make_app(Box(64, 48, 320, 240)))
    faces = send_faces(make_app(), [0.1, 0.1, 0.5, 0.5])
    for reply in (whole, faces):
        reply.pop("timing_ms")
    assert faces == whole


def test_faces_without_a_face_are_an_empty_frame():
    reply = send_faces(make_app())
    assert (reply["ok"], reply["seq"], reply["faces"], reply["mood"]["label"]) == (True, 3, [], None)


def test_each_crop_belongs_to_its_box_and_the_largest_face_comes_first():
    crops = bytes(48 * 48) + 48 * 48 * b"\xc8"
    reply = send_faces(
        make_app(classifier=ByMiddlePixel()), [0.1, 0.1, 0.2, 0.2], [0.5, 0.2, 0.4, 0.6], crops=crops
    )
    assert [(face["box"], face["label"]) for face in reply["faces"]] == [
        ([0.5, 0.2, 0.4, 0.6], "happy"),
        ([0.1, 0.1, 0.2, 0.2], "sad"),
    ]


def test_a_box_over_the_edge_is_cut_there():
    reply = send_faces(make_app(), [0.8, 0.5, 0.5, 0.9])
    assert reply["faces"][0]["box"] == pytest.approx([0.8, 0.5, 0.2, 0.5])


def test_faces_that_do_not_fit_are_refused():
    for boxes, crops, code in (
        ([[0, 0, 1, 1]], b"short", "bad_frame"),
        ([[0, 0, 1, 1]] * (SETTINGS.max_faces + 1), None, "frame_too_large"),
    ):
        reply = send_faces(make_app(), *boxes, crops=crops)
        assert (reply["ok"], reply["seq"], reply["error"]["code"]) == (False, 3, code)


def test_a_face_keeps_its_id_and_frames_after_faces_are_searched_anew():
    detector = FakeDetector(Box(64, 48, 320, 240))
    app = create_app(SETTINGS, classifier=FakeClassifier(), detector=detector)
    client = socketio.test_client(app, namespace="/live")

    def emit(event, meta, content):
        return client.emit(event, {"seq": 1, "t_ms": 1, **meta}, content, namespace="/live", callback=True)

    boxes = {"boxes": [[0.1, 0.1, 0.5, 0.5]]}
    ids = [emit("faces", boxes, bytes(48 * 48))["faces"][0]["id"] for _ in range(2)]
    assert (ids, detector.calls) == ([1, 1], [])
    assert emit("frame", {}, JPEG)["ok"]
    assert detector.calls[0] == "detect"


def test_hello_says_how_a_face_is_cut_and_what_is_sent():
    client = socketio.test_client(make_app(), namespace="/live")
    (hello,) = [e["args"][0] for e in client.get_received("/live") if e["name"] == "hello"]
    assert hello["crop"] == {"shape": "square", "margin": 0.0, "align": False, "rise": 0.0, "size": 48}
    assert (hello["send"], hello["detect_threshold"]) == ("frames", 0.65)


def test_an_acknowledgement_has_the_documented_form():
    reply = frame(make_app(Box(64, 48, 320, 240)))
    assert (reply["ok"], reply["seq"]) == (True, 3)
    (face,) = reply["faces"]
    assert face["box"] == [0.1, 0.1, 0.5, 0.5]
    assert (face["id"], face["label"], face["state"]) == (1, "happy", "sure")
    assert face["confidence"] == pytest.approx(0.88, abs=1e-3)
    assert list(face["probs"]) == ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]
    assert reply["mood"] == {"label": "happy", "since_ms": 0, "settled": False}
    assert reply["focus"] == 1
    assert set(reply["timing_ms"]) == {"decode", "detect", "queue", "classify", "total"}


def test_no_face_is_an_empty_list():
    reply = frame(make_app())
    assert reply["faces"] == []
    assert reply["mood"]["label"] is None


def test_a_low_probability_is_unsure_and_no_mood():
    reply = frame(make_app(Box(0, 0, 99, 99), classifier=FakeClassifier([0.4, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1])))
    assert reply["faces"][0]["state"] == "unsure"
    assert reply["mood"]["label"] is None


def test_hints_say_why_a_label_may_be_poor():
    assert frame(make_app(Box(0, 0, 47, 60)))["hints"] == ["too_small"]
    assert frame(make_app(Box(0, 0, 48, 60)))["hints"] == []
    assert frame(make_app(), DARK)["hints"] == ["too_dark"]


def test_faces_over_the_limit_are_left_out():
    boxes = [Box(20 * i, 0, 19, 19) for i in range(SETTINGS.max_faces + 3)]
    assert len(frame(make_app(*boxes))["faces"]) == SETTINGS.max_faces


def test_a_busy_model_says_when_to_try_again():
    class Busy(FakeClassifier):
        def classify(self, crops):
            raise ServerBusy("9 faces already wait.", retry_after_ms=70)

    reply = frame(make_app(Box(0, 0, 99, 99), classifier=Busy()))
    assert reply == {
        "ok": False,
        "seq": 3,
        "error": {"code": "server_busy", "message": "9 faces already wait.", "retry_after_ms": 70},
    }


def test_an_unexpected_failure_is_a_reply_and_the_visitor_may_go_on(caplog):
    class Broken(FakeClassifier):
        def classify(self, crops):
            raise RuntimeError("secret detail")

    app = make_app(Box(0, 0, 99, 99), classifier=Broken())
    client = socketio.test_client(app, namespace="/live")
    for _ in range(2):  # the second is not refused as too fast
        reply = client.emit("frame", {"seq": 1, "t_ms": 1}, JPEG, namespace="/live", callback=True)
        assert reply["error"]["code"] == "error"
        assert "secret" not in reply["error"]["message"]
    assert "a frame failed" in caplog.text


def test_a_visitor_is_forgotten_on_leaving():
    app = make_app()
    sessions = app.extensions["countenance"].sessions
    client = socketio.test_client(app, namespace="/live")
    assert len(sessions) == 1
    client.disconnect(namespace="/live")
    assert len(sessions) == 0


def test_http_answers():
    client = make_app().test_client()
    assert client.get("/healthz").json["status"] == "ok"
    assert client.get("/readyz").json == {"status": "ready", "model": "fake"}
    assert client.get("/api/v1/model").json["name"] == "fake"


def test_http_errors_are_problem_documents():
    answer = make_app().test_client().get("/nowhere")
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    assert (answer.json["code"], answer.json["status"]) == ("not_found", 404)
    assert (answer.json["type"], answer.json["title"]) == ("about:blank", "Not Found")


def test_a_wrong_method_is_told_the_right_ones():
    answer = make_app().test_client().post("/healthz")
    assert (answer.status_code, answer.json["code"]) == (405, "method_not_allowed")
    assert "GET" in answer.headers["Allow"]


def test_redirects_are_no_errors():
    from werkzeug.routing import RequestRedirect

    app = make_app()
    app.add_url_rule("/old", view_func=lambda: (_ for _ in ()).throw(RequestRedirect("/about")))
    answer = app.test_client().get("/old")
    assert (answer.status_code, answer.headers["Location"]) == (308, "/about")


def test_an_app_error_over_http_keeps_its_status_and_code():
    app = make_app()

    def view():
        raise ServerBusy("9 faces already wait.", retry_after_ms=70)

    app.add_url_rule("/busy", view_func=view)
    answer = app.test_client().get("/busy")
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    assert answer.json == {
        "type": "about:blank",
        "title": "Service Unavailable",
        "status": 503,
        "code": "server_busy",
        "detail": "9 faces already wait.",
        "retry_after_ms": 70,
    }


def test_pages_carry_security_headers_and_no_cookie():
    answer = make_app().test_client().get("/")
    assert answer.status_code == 200
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "connect-src 'self';" in answer.headers["Content-Security-Policy"]  # covers ws: since Safari 15.4
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Permissions-Policy"].startswith("camera=(self)")
    assert "Set-Cookie" not in answer.headers
    text = answer.get_data(as_text=True)
    assert " style=" not in text
    assert "<script>" not in text
