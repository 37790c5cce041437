"""`python -m webapp label`: what it finds, prints, keeps and survives."""

import csv
import io
import json
import math
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.support.artifacts import edit_card
from tests.support.fakes import MOSTLY_NEUTRAL, RESTING_FACE
from tests.support.photos import encode, portrait
from tests.support.servers import ROOT
from tests.support.waiting import wait_until
from webapp.__main__ import main
from webapp.errors import SettingsError
from webapp.label.output import as_line, write_boxes, write_csv
from webapp.label.resume_file import State
from webapp.label.sources import Boxes, Source, find_sources, shared_folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two good photos, one bad, and what is no photo."""
    place = tmp_path_factory.mktemp("photos")
    (place / "sub").mkdir()
    (place / ".hidden").mkdir()
    (place / "a.jpg").write_bytes(encode("JPEG", portrait(320)))
    (place / "sub" / "b.PNG").write_bytes(encode("PNG", portrait(320)))
    (place / "sub" / "damaged.jpg").write_bytes(b"\xff\xd8\xff no")
    (place / "notes.txt").write_text("hello")
    (place / ".hidden" / "c.jpg").write_bytes(encode("JPEG"))
    return place


INTERRUPTIBLE = """
import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a test run in the background hands on that it is ignored
runpy.run_module("webapp", run_name="__main__")
"""


def command(artifact, *arguments):
    environment = {**os.environ, "MODEL_DIR": str(artifact), "TF_CPP_MIN_LOG_LEVEL": "3"}
    return [sys.executable, "-m", "webapp", "label", *map(str, arguments)], environment


def label_in_a_process(artifact, *arguments):
    line, environment = command(artifact, *arguments)
    return subprocess.run(line, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=240)


def label(artifact, *arguments):
    """The same in this process, which has TensorFlow already: a process of its own takes seconds to load it."""
    line, environment = command(artifact, *arguments)
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        for name in ("MODEL_DIR", "TF_CPP_MIN_LOG_LEVEL"):
            patch.setenv(name, environment[name])
        code = main(line[3:])
    return subprocess.CompletedProcess(line, code, out.getvalue(), err.getvalue())


def names(*places, **options):
    return [Path(source.name).name for source in find_sources([str(place) for place in places], **options)]


def test_folders_patterns_files_and_archives_are_found_once(folder, tmp_path):
    assert names(folder) == ["a.jpg", "b.PNG", "damaged.jpg"]
    assert names(folder / "**" / "*.PNG") == ["b.PNG"]
    assert names(folder / "notes.txt", folder / "a.jpg", folder) == [
        "notes.txt",
        "a.jpg",
        "b.PNG",
        "damaged.jpg",
    ]
    assert names(folder / "nowhere.jpg", folder / "*.gif") == ["nowhere.jpg", "*.gif"]
    assert names(folder, leave_out=folder / "sub") == ["a.jpg"]
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.write(folder / "a.jpg", "x/a.jpg")
        archive.writestr("x/readme.md", "no")
        archive.writestr("__MACOSX/x/._a.jpg", "no")
    (source,) = find_sources([str(tmp_path / "all.zip")])
    assert source.name == f"{tmp_path}/all.zip/x/a.jpg"
    assert source.read(10**6) == (folder / "a.jpg").read_bytes()


def test_an_archive_s_member_is_not_unpacked_beyond_the_limit(tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.jpg", bytes(50_000_000))
    (source,) = find_sources([str(tmp_path / "bomb.zip")])
    with pytest.raises(Exception, match="more than the 1000 bytes"):
        source.read(1000)


def test_the_strength_is_an_option_and_part_of_what_is_resumed(artifact, folder, tmp_path):
    prior = {**MOSTLY_NEUTRAL, "shares": [0.94, *[0.01] * 6], "strength": 0.0}
    knowing = edit_card(shutil.copytree(artifact, tmp_path / "knowing"), label_prior=prior)

    def angry(*arguments):
        done = label(knowing, folder / "a.jpg", "--json", *arguments)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["results"][0]["faces"][0]["probs"]["angry"]

    kept = "--resume", tmp_path / "kept"
    reserved = angry("--strength", "0")
    assert angry(*kept) == pytest.approx(
        reserved, abs=1e-3
    )  # of two runtimes the faster one is taken each time
    assert reserved > angry("--strength", "1") + 0.01
    refused = label(knowing, folder / "a.jpg", "--strength", "1", *kept)
    assert refused.returncode == 1
    assert "expected tiny at strength 1, received tiny at strength 0" in refused.stderr


def test_a_strength_that_cannot_be_is_refused(artifact, folder):
    done = label(artifact, folder / "a.jpg", "--strength", "2")
    assert "--strength must be from 0 to 1. Received: 2." in done.stderr
    done = label(artifact, folder / "a.jpg", "--strength", "1")
    assert (done.returncode, done.stdout) == (1, "")
    assert "The model tiny does not say how common each expression was" in done.stderr


@pytest.mark.slow
def test_one_command_labels_all_and_says_what_failed(artifact, folder, tmp_path):
    arguments = [folder, folder / "nowhere.jpg", "--json", "--boxes", tmp_path / "out"]
    done = label_in_a_process(artifact, *arguments)
    assert done.returncode == 1, done.stderr
    results = json.loads(done.stdout)["results"]
    assert [Path(one["name"]).name for one in results] == ["a.jpg", "b.PNG", "damaged.jpg", "nowhere.jpg"]
    assert [len(one["faces"]) for one in results] == [1, 1, 0, 0]
    assert [one.get("error", {}).get("code") for one in results] == [
        None,
        None,
        "not_an_image",
        "not_an_image",
    ]
    assert "No such file" in results[3]["error"]["message"]
    assert "4 of 4 photos, 0 without a face, 2 failed" in done.stderr
    assert "photos/s" in done.stderr
    drawn = sorted(path.name for path in (tmp_path / "out").rglob("*.jpg"))
    assert drawn == ["a.jpg.boxes.jpg", "b.PNG.boxes.jpg"]


@pytest.fixture(scope="module")
def relative_artifact(artifact, tmp_path_factory):
    """The same model, whose card says how it is read against a resting face."""
    place = shutil.copytree(artifact, tmp_path_factory.mktemp("relative") / "model")
    return edit_card(place, resting_face=RESTING_FACE)


def test_a_photo_beside_itself_is_read_as_the_card_s_reference(relative_artifact, folder):
    photo = folder / "a.jpg"
    (alone,) = json.loads(label(relative_artifact, photo, "--json").stdout)["results"]
    (beside,) = json.loads(label(relative_artifact, photo, "--json", "--baseline", photo).stdout)["results"]
    face, lone = beside["faces"][0], alone["faces"][0]
    assert "absolute" not in lone
    assert face["absolute"] == {key: lone[key] for key in ("label", "confidence", "probs", "state")}
    assert face["label"] == "neutral"
    assert face["confidence"] == pytest.approx(1 / (1 + 6 * math.exp(-2)), abs=1e-3)
    assert face["slight"] is False


def test_results_beside_another_resting_face_are_not_resumed(relative_artifact, folder, tmp_path):
    state = tmp_path / "state"
    arguments = [folder / "a.jpg", "--resume", state]
    assert label(relative_artifact, *arguments, "--baseline", folder / "a.jpg").returncode == 0
    done = label(relative_artifact, *arguments)
    assert done.returncode == 1
    assert "is of another model" in done.stderr


def test_a_resting_face_that_cannot_be_used_ends_the_command(artifact, relative_artifact, folder, tmp_path):
    (tmp_path / "empty.png").write_bytes(encode("PNG"))
    for model, photo, words in (
        (relative_artifact, folder / "nowhere.jpg", "Cannot read the photo of --baseline"),
        (relative_artifact, folder / "notes.txt", "JPEG"),
        (relative_artifact, tmp_path / "empty.png", "shows no face"),
        (artifact, folder / "a.jpg", "cannot be read against a resting face"),
    ):
        done = label(model, folder / "a.jpg", "--baseline", photo)
        assert (done.returncode, done.stdout) == (1, "")
        assert words in done.stderr


def test_a_slight_expression_is_called_so():
    face = {"box": [0, 0, 1, 1], "label": "happy", "confidence": 0.7, "state": "sure", "slight": True}
    photo = {"name": "a.jpg", "turned": 0, "hints": [], "faces": [face, {**face, "slight": False}]}
    assert as_line(photo) == "a.jpg  slightly happy 70 %, happy 70 %"


def test_without_failures_the_exit_code_is_0_and_the_table_is_for_people(artifact, folder):
    done = label(artifact, folder / "a.jpg")
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    assert line.startswith(f"{folder / 'a.jpg'}  ")
    assert line.endswith(" %")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("{folder}/.hidden/empty",), "No photo in"),
        (("{folder}", "--jobs", "0"), "--jobs must be at least 1"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(artifact, folder, arguments, said):
    (folder / ".hidden" / "empty").mkdir(exist_ok=True)
    done = label(artifact, *(one.format(folder=folder) for one in arguments))
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_ctrl_c_is_clean_and_the_same_command_goes_on(artifact, tmp_path):
    place = tmp_path / "many"
    place.mkdir()
    noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    for number in range(40):
        (place / f"{number:02}.png").write_bytes(encode("PNG", noise))
    arguments = [place, "--json", "--jobs", 1, "--resume", tmp_path / "state"]
    line, environment = command(artifact, *arguments)
    line[1:3] = ["-c", INTERRUPTIBLE]
    running = subprocess.Popen(
        line, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )

    def some_are_kept():
        assert running.poll() is None, running.communicate()
        return (tmp_path / "state").exists() and (tmp_path / "state").read_text().count("\n") >= 4

    wait_until(some_are_kept, 240, "the first three results")
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=240)
    assert (running.returncode, out) == (130, "")
    assert "Stopped. The same command goes on from here." in err
    assert "Traceback" not in err
    with (tmp_path / "state").open("a") as file:
        file.write('{"half a li')  # as a power cut leaves it
    done = label(artifact, *arguments)
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["results"]) == 40
    known = int(done.stderr.partition(" known before")[0].rpartition(" ")[2])
    assert 3 <= known < 40


def test_copies_with_boxes_are_drawn_of_photos_that_are_known_as_well(artifact, folder, tmp_path):
    arguments = [folder / "a.jpg", folder / "sub" / "b.PNG", "--resume", tmp_path / "state"]
    assert label(artifact, *arguments).returncode == 0
    drawn = tmp_path / "out" / "a.jpg.boxes.jpg"
    drawn.parent.mkdir(parents=True)
    drawn.touch()
    done = label(artifact, *arguments, "--boxes", tmp_path / "out")
    assert "1 known before" in done.stderr
    assert sorted(path.name for path in (tmp_path / "out").rglob("*.jpg")) == [
        "a.jpg.boxes.jpg",
        "b.PNG.boxes.jpg",
    ]
    assert drawn.stat().st_size == 0  # it was there


def test_a_changed_photo_and_a_failed_one_are_read_again(tmp_path):
    state = State(tmp_path / "state", model="m")
    photo, other = Source("a.jpg", "1", Path("a.jpg")), Source("b.jpg", "1", Path("b.jpg"))
    state.add(photo, {"name": "a.jpg", "faces": []})
    state.add(other, {"name": "b.jpg", "faces": [], "error": {"code": "x"}})
    state.close()
    state = State(tmp_path / "state", model="m")
    assert state.get(photo) == {"name": "a.jpg", "faces": []}
    assert state.get(Source("a.jpg", "2", Path("a.jpg"))) is None
    assert state.get(other) is None
    state.close()


def test_a_foreign_file_is_not_overwritten(tmp_path):
    diary = tmp_path / "diary.txt"
    diary.write_text("Dear diary\n")
    with pytest.raises(SettingsError, match="no file of an earlier labelling"):
        State(diary, model="m")
    assert diary.read_text() == "Dear diary\n"
    State(tmp_path / "state", model="m").close()
    with pytest.raises(SettingsError, match="expected other, received m"):
        State(tmp_path / "state", model="other")


FACE = {"box": [0.5, 0.25, 0.25, 0.5], "label": "happy", "confidence": 0.9, "state": "sure", "probs": {}}
FACE["probs"] = dict.fromkeys(("angry", "disgust", "fear", "sad", "surprise", "neutral"), 0.0) | {
    "happy": 0.9
}
PHOTO = {"name": "a,b.jpg", "width": 80, "height": 40, "turned": 0, "hints": []}


def test_a_row_per_face_and_one_for_a_photo_without():
    out = io.StringIO()
    write_csv([{**PHOTO, "faces": [FACE, FACE]}, {**PHOTO, "faces": []}], out)
    first, second, none = csv.DictReader(io.StringIO(out.getvalue()))
    assert (first["name"], first["face"], first["x"], first["label"], first["happy"]) == (
        "a,b.jpg",
        "1",
        "0.5",
        "happy",
        "0.9",
    )
    assert second["face"] == "2"
    assert (none["face"], none["label"], none["error"], none["width"]) == ("", "", "", "80")


def test_a_line_says_doubt_turn_and_failure():
    assert as_line({**PHOTO, "faces": [{**FACE, "state": "unsure"}]}) == "a,b.jpg  happy? 90 %"
    assert as_line({**PHOTO, "faces": []}) == "a,b.jpg  no face"
    assert as_line({**PHOTO, "turned": 90, "faces": [FACE]}) == "a,b.jpg  happy 90 % (turned by 90°)"
    assert as_line({**PHOTO, "faces": [], "error": {"message": "Broken."}}) == "a,b.jpg  failed: Broken."


@pytest.mark.parametrize("name", ["../../evil.jpg", "/etc/evil.jpg", "C:\\evil.jpg", "x/evil.jpg"])
def test_boxes_are_drawn_and_never_outside_the_folder(tmp_path, name):
    from webapp.recognition.photo_decoding import DecodedImage

    picture = DecodedImage(np.zeros((400, 800, 3), np.uint8), 800, 400)
    write_boxes({**PHOTO, "name": name, "faces": [FACE]}, picture, Boxes(tmp_path / "out").place_of(name))
    (path,) = tmp_path.rglob("*.jpg")
    assert path.is_relative_to(tmp_path / "out")
    pixels = np.asarray(Image.open(path)).astype(int)
    assert pixels[200, 400, 1] > 150  # the left edge of the box
    assert pixels[200, 500].sum() < 60  # inside


def test_absolute_paths_are_not_rebuilt_below_the_folder_of_boxes(folder):
    sources = list(find_sources([str(folder)]))
    boxes = Boxes(Path("seen"), shared_folder(sources))
    assert [boxes.place_of(one.name) for one in sources] == [
        Path("seen/a.jpg.boxes.jpg"),
        Path("seen/sub/b.PNG.boxes.jpg"),
        Path("seen/sub/damaged.jpg.boxes.jpg"),
    ]
    one = list(find_sources([str(folder / "sub" / "b.PNG")]))
    assert Boxes(Path("seen"), shared_folder(one)).place_of(one[0].name) == Path("seen/b.PNG.boxes.jpg")


def test_two_folders_keep_their_names_apart(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.jpg").write_bytes(encode("JPEG"))
    sources = list(find_sources([str(tmp_path / "one"), str(tmp_path / "two")]))
    boxes = Boxes(Path("seen"), shared_folder(sources))
    assert [str(boxes.place_of(one.name)) for one in sources] == [
        "seen/one/a.jpg.boxes.jpg",
        "seen/two/a.jpg.boxes.jpg",
    ]


def test_relative_paths_stay_as_they_were_typed():
    source = Source("holiday/a.jpg", "1", Path("holiday/a.jpg"))
    boxes = Boxes(Path("seen"), shared_folder([source]))
    assert boxes.place_of(source.name) == Path("seen/holiday/a.jpg.boxes.jpg")


def test_no_answer_is_called_certain():
    assert as_line({**PHOTO, "faces": [{**FACE, "confidence": 0.996}]}) == "a,b.jpg  happy > 99 %"
    assert as_line({**PHOTO, "faces": [{**FACE, "confidence": 0.994}]}) == "a,b.jpg  happy 99 %"


@pytest.mark.slow
@pytest.mark.parametrize("runtime", ["onnx", "keras"])
def test_a_run_is_quiet_but_for_its_own_sentences(artifact, folder, monkeypatch, runtime):
    monkeypatch.setenv("CLASSIFIER", runtime)
    monkeypatch.setenv("PRECISION", "float32")
    done = label_in_a_process(artifact, folder / "a.jpg")
    assert done.returncode == 0, done.stderr
    loading, counts = done.stderr.splitlines()
    assert loading == "Loading the model …"
    assert counts.startswith("1 of 1 photos")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["serve", "--help"], ["docs/reference/settings.md", "PORT=9000 python -m webapp serve"]),
        (
            ["label", "--help"],
            ["label holiday/ --csv > holiday.csv", "--boxes seen/", "the same line goes on"],
        ),
    ],
)
def test_help_has_examples(capsys, arguments, words):
    with pytest.raises(SystemExit):
        main(arguments)
    printed = capsys.readouterr().out
    assert all(word in printed for word in words)


def test_ctrl_c_ends_quietly_and_keeps_what_is_finished(artifact, folder, monkeypatch):
    """The second photo is where the visitor presses Ctrl-C."""
    from webapp.label import command as label_command

    results = label_command._results

    def interrupted(*arguments):
        yield next(results(*arguments))
        raise KeyboardInterrupt

    monkeypatch.setattr(label_command, "_results", interrupted)
    done = label(artifact, folder, "--json")
    assert done.returncode == 130
    assert [Path(one["name"]).name for one in json.loads(done.stdout)["results"]] == ["a.jpg"]
    assert "Stopped. 1 of 3 photos" in done.stderr


def test_ctrl_c_while_the_model_loads_is_one_word(artifact, folder, monkeypatch):
    from webapp.label import command as label_command

    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(label_command, "Labeller", interrupted)
    done = label(artifact, folder)
    assert done.returncode == 130
    assert done.stderr.splitlines()[-1] == "Stopped."
