"""Uploads over real sockets, beside live visitors."""

from __future__ import annotations

import contextlib
import http.client
import io
import socket
import threading
import time
from urllib.parse import urlsplit

import numpy as np
import psutil
import pytest
import requests
from PIL import Image

from tests.support.images import png_bomb
from tests.support.photos import encode
from tests.support.videos import smile_then_wall, write_clip
from tests.support.waiting import wait_until


def post(each_server, *files, **options):
    photos = [("photos", file) for file in files]
    return requests.post(f"{each_server.url}/api/v1/photos", files=photos, timeout=60, **options)


def test_photos_of_several_formats_come_back_with_their_faces(each_server, jpeg):
    answer = post(each_server, ("a.jpg", jpeg), ("bad.png", jpeg[:1000]), ("bomb.png", png_bomb()))
    assert answer.status_code == 200
    good, bad, bomb = answer.json()["results"]
    assert (good["width"], good["height"], len(good["faces"])) == (640, 480, 1)
    assert (bad["error"]["code"], bomb["error"]["code"]) == ("not_an_image", "image_too_large")


def test_a_large_request_stays_in_memory(each_server):
    noise = np.random.default_rng(0).integers(0, 256, (1500, 2000, 3), dtype=np.uint8)
    data = encode("PNG", noise)
    opened = set()
    done = threading.Event()

    def watch():
        process = psutil.Process(each_server.process.pid)
        while not done.wait(0.002):
            for one in [process, *process.children(recursive=True)]:
                opened.update(file.path for file in one.open_files())

    watcher = threading.Thread(target=watch)
    watcher.start()
    answer = post(each_server, *[(f"{n}.png", data) for n in range(2)])
    done.set()
    watcher.join()
    assert len(data) > 8_000_000
    assert ["error" in one for one in answer.json()["results"]] == [False, False]
    own = ("/log", "/data/music.sqlite3", "/data/music.sqlite3-wal", "/data/music.sqlite3-shm")
    assert not [path for path in opened if "/tmp/" in path and not path.endswith(own)], opened


def test_a_request_far_too_large_is_told_so(each_server):
    answer = post(each_server, ("a.jpg", bytes(110_000_000)))
    assert (answer.status_code, answer.json()["code"]) == (413, "content_too_large")


def test_a_live_visitor_goes_on_beside_uploads(each_server, connect, jpeg):
    visitor = connect()
    noise = np.random.default_rng(0).integers(0, 256, (600, 800, 3), dtype=np.uint8)
    files = [(f"{n}.png", encode("PNG", noise)) for n in range(3)]
    answers = []
    uploads = [threading.Thread(target=lambda: answers.append(post(each_server, *files))) for _ in range(2)]
    for upload in uploads:
        upload.start()
    seq = 0
    while any(upload.is_alive() for upload in uploads):
        seq += 1
        assert visitor.frame(jpeg, seq)["ok"]
    assert [answer.status_code for answer in answers] == [200] * 2
    assert seq >= 3


def test_a_clip_is_read_beside_a_live_visitor_who_goes_on(each_server, connect, jpeg, tmp_path):
    visitor = connect()
    clip = write_clip(tmp_path / "a.mp4", smile_then_wall()).read_bytes()
    answers = []

    def upload():
        files, url = {"video": ("a.mp4", clip)}, f"{each_server.url}/api/v1/videos"
        answers.append(requests.post(url, files=files, data={"rate": "5"}, timeout=60))

    uploading = threading.Thread(target=upload)
    uploading.start()
    seq = 0
    while uploading.is_alive():
        seq += 1
        assert visitor.frame(jpeg, seq)["ok"]
    (answer,) = answers
    assert (answer.status_code, answer.json()["duration_s"]) == (200, 3.0)
    assert [len(one["faces"]) for one in answer.json()["samples"]] == [1] * 10 + [0] * 5
    assert seq >= 3


def decoders(each_server):
    """The processes that decode clips."""
    return [
        one for one in psutil.Process(each_server.process.pid).children(recursive=True)
        if "webapp.videos.decoding" in " ".join(cmdline_of(one))
    ]  # fmt: skip


def cmdline_of(process):
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


def test_a_clip_is_given_up_when_its_sender_leaves(each_server, tmp_path):
    """Ten seconds of video at ten pictures a second take long; to notice that somebody has left does not."""
    clip = write_clip(tmp_path / "a.mp4", [smile_then_wall(640)[0]] * 200).read_bytes()
    url, files, data = f"{each_server.url}/api/v1/videos", {"video": ("a.mp4", clip)}, {"rate": "10"}
    started_s = time.monotonic()
    assert len(requests.post(url, files=files, data=data, timeout=60).json()["samples"]) == 100
    whole_s = time.monotonic() - started_s

    request = requests.Request("POST", url, files=files, data=data).prepare()
    head = f"POST /api/v1/videos HTTP/1.1\r\nHost: 127.0.0.1:{each_server.port}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    with socket.create_connection(("127.0.0.1", each_server.port)) as visitor:
        visitor.sendall(head.encode() + b"\r\n" + request.body)
        wait_until(lambda: decoders(each_server), what="a decoder's process")
        left_s = time.monotonic()
    wait_until(lambda: not decoders(each_server), what="the end of the decoder's process")
    assert time.monotonic() - left_s < whole_s / 2


def test_a_photo_does_not_wait_for_the_huge_ones_of_others(each_server, jpeg):
    """They held all places and the only thread; a small photo waited for seconds."""
    file = io.BytesIO()
    Image.new("RGBA", (5000, 5000)).save(file, "PNG", compress_level=1)
    post(each_server, ("a.jpg", jpeg))  # warm
    head, statuses = {"Content-Type": "multipart/form-data; boundary=x"}, []
    part = b'--x\r\nContent-Disposition: form-data; name="photos"; filename="a.png"\r\n\r\n'
    body = 2 * (part + file.getvalue() + b"\r\n") + b"--x--\r\n"

    def send(number):
        # Two addresses of this machine, each with its own share of the places.
        parts = urlsplit(each_server.url)
        peer = http.client.HTTPConnection(
            parts.hostname, parts.port, 250, source_address=(f"127.0.1.{number}", 0)
        )
        with contextlib.closing(peer):
            peer.request("POST", "/api/v1/photos", body, head)
            statuses.append(peer.getresponse().status)

    senders = [threading.Thread(target=send, args=(number,)) for number in range(1, 3)]
    for sender in senders:
        sender.start()
    num_small = 0
    while any(sender.is_alive() for sender in senders):
        assert post(each_server, ("a.jpg", jpeg)).status_code == 200
        num_small += 1
    assert statuses == [200] * 2
    assert num_small > 2 * 4  # in one queue a small one would wait for one of the four huge ones each time


def test_whoever_hangs_up_in_the_middle_hurts_nobody(each_server, jpeg):
    def broken():
        yield b'--x\r\nContent-Disposition: form-data; name="photos"; filename="a"\r\n\r\n' + bytes(100_000)
        raise OSError("gone")

    with pytest.raises((OSError, requests.RequestException)):
        requests.post(
            f"{each_server.url}/api/v1/photos",
            data=broken(),
            headers={"Content-Type": "multipart/form-data; boundary=x"},
            timeout=60,
        )
    assert post(each_server, ("a.jpg", jpeg)).status_code == 200
