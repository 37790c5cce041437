"""Clips: which pictures are looked at, what is refused, and that a bad one costs nobody anything."""

import csv
import io
import json
import os
import random
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import replace

import numpy as np
import psutil
import pytest
from jsonschema import Draft202012Validator
from PIL import Image

from tests.label.test_command import label
from tests.photos.test_routes import FACE, make_app
from tests.support.fakes import MOSTLY_NEUTRAL, SLIGHTLY_HAPPY, FakeClassifier
from tests.support.photos import encode, portrait
from tests.support.videos import counting, smile_then_wall, write_clip, write_still
from tests.support.waiting import wait_until
from webapp.errors import ClientLeft, ImageTooLarge, NotAVideo, ServerBusy, VideoTooLong
from webapp.label.resume_file import State
from webapp.services import KEY
from webapp.videos.decoder_process import DecoderProcess
from webapp.videos.decoding import Limits

LIMITS = Limits(rate=2, max_pixels=1_000_000)


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """Three seconds in which frame n has the level 4 n, in each format."""
    place = tmp_path_factory.mktemp("clips")
    return {
        kind: write_clip(place / f"clip.{kind}", counting(60)).read_bytes() for kind in ("avi", "mp4", "webm")
    }


def moments(content, limits=LIMITS):
    with closing(DecoderProcess(content, limits)) as clip:
        seen = []
        while one := clip.next():
            seen.append((one[0], round(one[1].rgb.mean() / 4)))
        return seen, clip.duration_s, clip.is_cut_short


@pytest.mark.parametrize("kind", ["avi", "mp4", "webm"])
def test_pictures_are_taken_by_the_time_at_which_they_are_shown(clips, kind):
    seen, duration_s, is_cut_short = moments(clips[kind])
    assert (duration_s, is_cut_short) == (3.0, False)
    assert [t_s for t_s, _ in seen] == [0.0, 0.5, 1.0, 1.5, 2.0, 2.5]
    # The levels of grey, which formats round, say which frame it was.
    assert [level for _, level in seen] == pytest.approx([0, 10, 20, 30, 40, 50], abs=1)


def test_a_rate_above_the_clip_s_gives_each_frame_once(clips):
    seen, _, _ = moments(clips["avi"], replace(LIMITS, rate=1000))
    assert [level for _, level in seen] == list(range(60))


def test_a_rate_that_does_not_divide_the_clip_s_never_drifts(clips):
    seen, _, _ = moments(clips["avi"], replace(LIMITS, rate=3))
    assert [t_s for t_s, _ in seen] == [0.0, 0.35, 0.7, 1.0, 1.35, 1.7, 2.0, 2.35, 2.7]


def test_a_large_frame_is_shrunk_and_its_size_kept(tmp_path):
    frame = Image.fromarray(counting(30)[-1]).resize((2560, 1440))
    path = write_clip(tmp_path / "a.avi", [np.asarray(frame)] * 2)
    with closing(DecoderProcess(path.read_bytes(), Limits(rate=2, max_pixels=4_000_000))) as clip:
        _, picture = clip.next()
    assert (picture.rgb.shape, picture.width, picture.height) == ((1152, 2048, 3), 2560, 1440)


def test_half_a_clip_is_read_and_told_so(clips):
    seen, duration_s, is_cut_short = moments(clips["avi"][: len(clips["avi"]) // 2])
    assert 2 <= len(seen) <= 4
    assert 0.5 < duration_s < 2
    assert is_cut_short


@pytest.mark.parametrize(
    ("limits", "error", "said"),
    [
        ({"max_pixels": 3000}, ImageTooLarge, "has 64 x 48 pixels, at most 3000"),
        ({"max_s": 2.0}, VideoTooLong, "longer than the 2 seconds"),
        ({"max_samples": 5}, VideoTooLong, "more than the 5 .* Choose a lower rate"),
    ],
)
def test_limits_are_one_sentence(clips, limits, error, said):
    with pytest.raises(error, match=said):
        moments(clips["mp4"], replace(LIMITS, **limits))


def test_a_clip_that_hides_its_length_is_stopped_at_the_limit(clips):
    hidden = bytearray(clips["avi"])
    hidden[48:52] = hidden[140:144] = (1).to_bytes(4, "little")  # frames, in both headers
    with pytest.raises(VideoTooLong):
        moments(bytes(hidden), replace(LIMITS, max_s=2.0))


PLAYLISTS = [
    b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:///etc/passwd\n",
    b"ffconcat version 1.0\nfile clip.avi\n",
]


@pytest.mark.parametrize(
    "data", [b"", b"hello", encode("JPEG"), b"\0\0\0\x18ftypmp42" + bytes(99), *PLAYLISTS]
)
def test_what_is_no_clip_is_told_so(data):
    with pytest.raises(NotAVideo, match=f"not a video we can read .{len(data)} bytes"):
        moments(data)


def test_damaged_clips_end_in_an_error_and_never_in_a_crash(clips):
    dice = random.Random(0)
    for _ in range(12):
        data = bytearray(clips[dice.choice(["avi", "mp4", "webm"])])
        for _ in range(20):
            data[dice.randrange(600)] = dice.randrange(256)
        try:
            moments(bytes(data), replace(LIMITS, max_s=60, max_cpu_s=20))
        except (NotAVideo, VideoTooLong, ImageTooLarge) as error:
            assert str(error)


def test_a_decoder_that_dies_is_a_damaged_clip(clips):
    with closing(DecoderProcess(clips["avi"], LIMITS)) as clip:
        assert clip.next()
        clip._process.kill()
        with pytest.raises(NotAVideo, match="damaged"):
            while clip.next():
                pass


@pytest.mark.skipif(sys.platform == "win32", reason="Windows limits no processor time")
def test_a_decoder_that_spins_is_ended(tmp_path):
    limits = Limits(rate=0.1, max_pixels=2_000_000, max_cpu_s=1)
    data = write_still(tmp_path / "long.avi", portrait(1000), 1500).read_bytes()  # seconds of work anywhere
    began = time.monotonic()
    with pytest.raises(NotAVideo, match="takes too long"):
        moments(data, limits)
    assert time.monotonic() - began < 30


def post(app, data, **fields):
    form = {"video": (io.BytesIO(data), "clip.avi"), **fields}
    return app.test_client().post("/api/v1/videos", data=form)


def test_a_clip_is_read_at_the_strength_that_is_asked_for(clips):
    app = make_app(FACE, classifier=FakeClassifier(SLIGHTLY_HAPPY, label_prior=MOSTLY_NEUTRAL))
    for fields, expected in (({}, "neutral"), ({"strength": "1"}, "happy")):
        found = post(app, clips["avi"], rate="1", **fields).json
        assert {one["faces"][0]["label"] for one in found["samples"]} == {expected}
        assert max(found["shares"], key=found["shares"].get) == expected
    assert post(make_app(FACE), clips["avi"], strength="1").json["code"] == "bad_settings"


def test_the_answer_is_a_timeline_as_the_document_has_it(clips):
    app = make_app(FACE)
    answer = post(app, clips["avi"], rate="1")
    assert answer.status_code == 200
    clip = answer.json
    assert (clip["name"], clip["width"], clip["height"]) == ("clip.avi", 64, 48)
    assert (clip["duration_s"], clip["rate"], clip["hints"]) == (3.0, 1.0, [])
    assert [one["t_s"] for one in clip["samples"]] == [0.0, 1.0, 2.0]
    assert {one["faces"][0]["label"] for one in clip["samples"]} == {"happy"}
    assert clip["samples"][0]["shares"] == clip["shares"] == clip["samples"][0]["faces"][0]["probs"]
    document = app.test_client().get("/api/v1/openapi.json").json
    content = document["paths"]["/api/v1/videos"]["post"]["responses"]["200"]["content"]
    schema = {**content["application/json"]["schema"], "components": document["components"]}
    Draft202012Validator(schema).validate(clip)


def test_pictures_without_a_face_have_no_shares(clips):
    clip = post(make_app(), clips["avi"]).json
    assert clip["shares"] is None
    assert [(one["faces"], one["shares"]) for one in clip["samples"]] == [([], None)] * 6


@pytest.mark.parametrize(
    ("settings", "rate", "status", "code"),
    [
        ({"MAX_VIDEO_BYTES": 2000}, 2, 413, "content_too_large"),
        ({"MAX_VIDEO_BYTES": 7000}, 2, 413, "video_too_large"),
        ({"MAX_VIDEO_S": 2}, 2, 413, "video_too_long"),
        ({"MAX_VIDEO_SAMPLES": 20}, 10, 413, "video_too_long"),
        ({"MAX_VIDEO_PIXELS": 4096}, 2, 413, "image_too_large"),
        ({}, 11, 422, "invalid_request"),
        ({}, "nan", 422, "invalid_request"),
        ({}, 0, 422, "invalid_request"),
    ],
)
def test_what_is_refused(tmp_path, settings, rate, status, code):
    frames = [portrait(96)] * 60
    data = write_clip(tmp_path / "a.mp4", frames).read_bytes()
    if code == "video_too_large":
        settings = {"MAX_VIDEO_BYTES": len(data) - 1}
    answer = post(make_app(FACE, **settings), data, rate=str(rate))
    assert (answer.status_code, answer.json["code"]) == (status, code), answer.json


def test_a_request_without_a_clip_says_what_to_send():
    answer = make_app().test_client().post("/api/v1/videos", data={"rate": "2"})
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_request")
    assert "in the field `video`" in answer.json["detail"]


def test_bytes_that_are_no_clip_are_an_unsupported_media_type():
    answer = post(make_app(FACE), b"hello")
    assert (answer.status_code, answer.json["code"]) == (415, "not_a_video")


def test_nothing_is_left_when_the_model_is_busy(clips):
    class Busy(FakeClassifier):
        def classify(self, crops):
            raise ServerBusy("9 faces already wait.", retry_after_ms=70)

    app = make_app(FACE, classifier=Busy())
    before = psutil.Process().children()  # such as other tests' browser
    assert post(app, clips["avi"]).status_code == 503
    assert app.extensions[KEY].upload_memory.held == 0
    assert [child for child in psutil.Process().children() if child not in before] == []


@pytest.mark.parametrize("num_asked", [0, 1, 3])
def test_a_clip_that_nobody_waits_for_is_given_up_and_its_process_ended(clips, num_asked):
    """The visitor leaves before the clip's turn has come, before its first picture, or after two."""
    app = make_app(FACE)
    answers = iter([False] * num_asked + [True])
    before = psutil.Process().children()
    with pytest.raises(ClientLeft):
        app.extensions[KEY].videos.read("a.avi", clips["avi"], 2, is_disconnected=lambda: next(answers))
    assert next(answers, None) is None  # not one picture more was asked for
    assert [child for child in psutil.Process().children() if child not in before] == []


def test_photos_come_in_between_while_a_clip_is_decoded(monkeypatch, clips):
    """A clip of many frames between two pictures kept the thread of large photos for 13 s at a time."""
    app = make_app(FACE, PHOTO_THREADS=1)
    videos = app.extensions[KEY].videos
    decoded, go_on = threading.Event(), threading.Event()

    def wait_long(clip):
        decoded.set()
        assert go_on.wait(30)
        return

    monkeypatch.setattr(DecoderProcess, "next", wait_long)
    clip = threading.Thread(target=videos.read, args=("a.avi", clips["avi"], 2))
    clip.start()
    assert decoded.wait(30)
    threads = app.extensions[KEY].photos.lanes[1].threads
    photo = ThreadPoolExecutor(1).submit(threads.map, lambda one: one, ["a photo"])
    assert photo.result(timeout=10) == ["a photo"]
    go_on.set()
    clip.join()


def test_one_address_has_a_share_of_the_places_for_clips():
    limiter = make_app().extensions[KEY].videos.limiter
    with ExitStack() as held:
        held.enter_context(limiter.slot("192.0.2.1"))
        waiting = [threading.Thread(target=_take_and_leave, args=(limiter, "192.0.2.1")) for _ in range(3)]
        for thread in waiting:
            thread.start()
        wait_until(lambda: limiter._users["192.0.2.1"] == 4, what="three that wait")
        with pytest.raises(ServerBusy, match="3 clips from this address"), limiter.slot("192.0.2.1"):
            pass
        with limiter.slot("192.0.2.2"):  # another comes in at once
            pass
    for thread in waiting:
        thread.join()


def _take_and_leave(limiter, address):
    with limiter.slot(address):
        pass


def test_a_clip_never_touches_the_disk(clips):
    written, watching = [], True

    def watch(event, arguments):  # a hook stays for ever, so it is told when to stop
        if watching and event == "open" and (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR):
            written.append(arguments[0])

    app = make_app(FACE)
    sys.addaudithook(watch)
    answer = post(app, clips["avi"])
    watching = False
    assert answer.status_code == 200
    assert [one for one in written if one not in (os.devnull, *range(99))] == []


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A clip, a bad one, and a photo."""
    place = tmp_path_factory.mktemp("mixed")
    write_clip(place / "a.mp4", smile_then_wall())
    (place / "bad.mov").write_bytes(b"no")
    (place / "c.jpg").write_bytes(encode("JPEG", portrait(240)))
    return place


def test_clips_and_photos_are_labelled_by_one_command_and_a_bad_one_stops_nothing(artifact, folder, tmp_path):
    arguments = [folder, "--csv", "--rate", 1, "--resume", tmp_path / "state"]
    done = label(artifact, *arguments)
    assert done.returncode == 1, done.stderr
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    seen = [(row["name"].rpartition("/")[2], row["t_s"], row["face"], row["error"]) for row in rows]
    assert seen == [
        ("a.mp4", "0.0", "1", ""),
        ("a.mp4", "1.0", "1", ""),
        ("a.mp4", "2.0", "", ""),
        ("bad.mov", "", "", "not_a_video"),
        ("c.jpg", "", "1", ""),
    ]
    assert "3 of 3 files, 0 without a face, 1 failed" in done.stderr
    again = label(artifact, *arguments[:1], "--json", *arguments[2:])
    assert "2 known before" in again.stderr
    clip = json.loads(again.stdout)["results"][0]
    assert (clip["duration_s"], len(clip["samples"]), clip["rate"]) == (3.0, 3, 1.0)


def test_another_rate_is_another_result(artifact, folder, tmp_path):
    from webapp.label.command import find

    (source,) = find([str(folder / "a.mp4")], rate=2.0, leave_out=None)
    (other,) = find([str(folder / "a.mp4")], rate=3.0, leave_out=None)
    state = State(tmp_path / "state", model="m")
    state.add(source, {"name": source.name, "samples": []})
    state.close()
    state = State(tmp_path / "state", model="m")
    assert state.get(source) is not None
    assert state.get(other) is None
    state.close()


def test_the_table_has_a_line_per_picture(artifact, folder):
    done = label(artifact, folder / "a.mp4", "--rate", "1")
    assert done.returncode == 0, done.stderr
    head, first, second, last = done.stdout.splitlines()
    assert head.startswith(f"{folder / 'a.mp4'}  3.0 s, 3 pictures: ")
    assert (first[:9], second[:9], last) == ("  0:00.0 ", "  0:01.0 ", "  0:02.0  no face")


@pytest.mark.parametrize("rate", ["0", "11", "nan"])
def test_an_impossible_rate_is_one_sentence(artifact, folder, rate):
    done = label(artifact, folder, "--rate", rate)
    assert (done.returncode, "--rate must be from 0.1 to 10" in done.stderr) == (1, True)
    assert "Traceback" not in done.stderr
