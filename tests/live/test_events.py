"""The app in one process, with fakes behind its doors."""

import pytest

from tests.support.app import DARK, JPEG, SETTINGS, frame, make_app
from tests.support.fakes import FakeClassifier, FakeDetector
from webapp import create_app
from webapp.core.geometry import Box
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
    assert hello["settings"] == {"smoothing_s": 0.4, "min_confidence": 0.5, "detect_side": 384}
    assert hello["limits"]["smoothing_s"] == [0.05, 2.0]
    assert hello["limits"]["min_confidence"] == [0.3, 0.9]
    assert hello["limits"]["detect_side"] == [256, 384]


def test_a_choice_is_acknowledged_with_what_holds_now():
    client = socketio.test_client(
        make_app(Box(0, 0, 99, 99), classifier=FakeClassifier([0.02, 0.02, 0.02, 0.8, 0.1, 0.02, 0.02])),
        namespace="/live",
    )

    def emit(event, *arguments):
        return client.emit(event, *arguments, namespace="/live", callback=True)

    assert emit("settings", {"min_confidence": 0.9}) == {
        "ok": True,
        "settings": {"smoothing_s": 0.4, "min_confidence": 0.9, "detect_side": 384},
    }
    assert emit("frame", {"seq": 1, "t_ms": 1}, JPEG)["faces"][0]["state"] == "unsure"
    refused = emit("settings", {"min_confidence": 2})
    assert (refused["ok"], refused["error"]["code"]) == (False, "bad_settings")
    assert "from 0.3 to 0.9" in refused["error"]["message"]
    assert emit("settings", {})["settings"]["min_confidence"] == 0.5


def test_known_faces_are_followed_between_two_searches():
    detector = FakeDetector(Box(0, 0, 99, 99))
    app = create_app(SETTINGS, classifier=FakeClassifier(), detector=detector)
    client = socketio.test_client(app, namespace="/live")
    for number in range(3):
        client.emit("frame", {"seq": number, "t_ms": 1}, JPEG, namespace="/live", callback=True)
    assert detector.calls == ["detect", "follow", "follow", "follow"]  # the first two are one frame


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
