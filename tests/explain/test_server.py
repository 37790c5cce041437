"""`POST /api/v1/explain` over a real server: the real way from bytes to heat, beside live visitors."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
import uuid

import numpy as np
import requests

from tests.support.photos import encode


def ask(each_server, picture: bytes, **fields: str) -> tuple[int, dict]:
    boundary = uuid.uuid4().hex
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'
        for k, v in fields.items()
    ]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="picture"; filename="a"\r\n\r\n'
    body = "".join(parts).encode() + head.encode() + picture + f"\r\n--{boundary}--\r\n".encode()
    request = urllib.request.Request(f"{each_server.url}/api/v1/explain", body)
    request.add_header("Content-Type", f"multipart/form-data; boundary={boundary}")
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def test_a_real_face_is_explained(each_server, connect, jpeg):
    status, answer = ask(each_server, jpeg, label="happy")
    assert status == 200, answer
    assert (answer["label"], answer["num_faces"], answer["turned"]) == ("happy", 1, 0)
    assert max(max(row) for row in answer["heat"]) == 1
    live = connect().frame(jpeg)["faces"][0]
    assert answer["face"]["probs"] == live["probs"]
    x, y, w, h = live["box"]
    xs, ys = zip(*answer["corners"], strict=True)
    assert min(xs) < x + w / 2 < max(xs)
    assert min(ys) < y + h / 2 < max(ys)


def test_a_photos_face_is_explained_as_the_photo_was_read(each_server, jpeg):
    files = {"photos": ("a.jpg", jpeg)}
    photo = requests.post(f"{each_server.url}/api/v1/photos", files=files, timeout=60).json()["results"][0]
    status, answer = ask(each_server, jpeg, box=",".join(map(str, photo["faces"][0]["box"])))
    assert status == 200, answer
    assert answer["face"]["probs"] == photo["faces"][0]["probs"]


def test_questions_at_once_are_answered_or_told_to_come_back_and_live_visitors_go_on(
    each_server, connect, jpeg
):
    visitor, answers = connect(), []
    threads = [threading.Thread(target=lambda: answers.append(ask(each_server, jpeg))) for _ in range(12)]
    for thread in threads:
        thread.start()
    assert all(visitor.frame(jpeg, seq)["ok"] for seq in range(20))
    for thread in threads:
        thread.join(60)
    assert {status for status, _ in answers} <= {200, 503}
    assert [status for status, _ in answers].count(200) >= 4
    assert all(answer["code"] == "server_busy" for status, answer in answers if status == 503)


def test_a_question_does_not_wait_for_the_huge_pictures_of_others(each_server, jpeg):
    """They stood in one queue with all others, and took all of its four places."""
    huge = encode("PNG", np.zeros((7000, 7000, 4), np.uint8), compress_level=1)
    ask(each_server, jpeg)  # warm
    answers, statuses = [], []

    def send() -> None:
        answers.append(ask(each_server, huge))

    senders = [threading.Thread(target=send) for _ in range(4)]
    for sender in senders:
        sender.start()
    while any(sender.is_alive() for sender in senders):
        statuses.append(ask(each_server, jpeg)[0])
    assert {(status, answer["code"]) for status, answer in answers} <= {
        (422, "no_face"),
        (503, "server_busy"),
    }
    assert (422, "no_face") in {(status, answer["code"]) for status, answer in answers}
    assert set(statuses) == {200}
    assert len(statuses) > 4  # in one queue a small one would wait for one of the huge ones each time


def test_what_is_no_picture_is_refused(each_server):
    status, answer = ask(each_server, b"not a picture")
    assert (status, answer["code"]) == (415, "not_an_image")
