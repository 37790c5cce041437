"""Errors in training: one clear sentence each, no traceback, the last good checkpoint intact."""

import errno
import os
import resource
import shutil
import signal
import subprocess
import sys
from dataclasses import replace

import cv2
import numpy as np
import pytest

from tests.training.samples import make_faces, make_rows, write_csv
from tests.training.test_fit import TINY, rows, run, tiny_model
from training import recipes
from training.artifacts.export import export
from training.cli import main
from training.data import LABELS
from training.errors import TrainingError
from training.nn import models
from training.trainer import logs
from training.trainer.checkpoint import State, load_arrays, load_state, save_arrays, save_state
from training.trainer.run import fit

MODEL = "models/model2-fer2013"
DATA = "a small fer2013.csv"
LONG = replace(TINY, epochs=40, batch_size=2, image_sizes=((0, 48),))
DRIVER = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a test run in the background inherits an ignored SIGINT
from tests.training.test_bad_input import LONG, tiny_model
from training import cli, recipes
from training.nn import models
models.MODELS["tiny"] = tiny_model
recipes.RECIPES["tiny"] = LONG
sys.exit(cli.main(sys.argv[1:]))
"""


@pytest.fixture(autouse=True)
def _tiny(monkeypatch):
    monkeypatch.setitem(models.MODELS, "tiny", tiny_model)
    monkeypatch.setitem(recipes.RECIPES, "tiny", TINY)


def said(capsys, command):
    """Runs a command that must fail, and returns its error sentence."""
    assert main([str(word) for word in command]) == 1
    printed = capsys.readouterr().err
    assert printed.startswith("error: ")
    assert printed.endswith(".\n")
    assert printed.count("\n") == 1
    return printed


def write_folders(root):
    for split in ("train", "test"):
        for label in LABELS:
            (root / split / label).mkdir(parents=True)
            cv2.imwrite(str(root / split / label / "1.jpg"), np.full((48, 48), 9, np.uint8))
    return root


def unknown_label(root):
    (root / "train" / "bored").mkdir()


def no_images(root):
    (root / "test" / "fear" / "1.jpg").unlink()


def no_split(root):
    shutil.rmtree(root / "test")


def not_an_image(root):
    (root / "train" / "sad" / "2.png").write_text("not an image")


def half_an_image(root):
    whole = root / "train" / "sad" / "1.jpg"
    whole.write_bytes(whole.read_bytes()[:-100])


def wrong_size(root):
    cv2.imwrite(str(root / "train" / "sad" / "1.jpg"), np.zeros((64, 40), np.uint8))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (shutil.rmtree, "does not exist. Give --data"),
        (unknown_label, "unknown label folder 'bored'. Expected: angry, disgust"),
        (no_images, "fear holds no images: every label needs some"),
        (no_split, "has no folder test: expected train/ and test/"),
        (not_an_image, "2.png: expected a 48 x 48 image. Received: not a complete image"),
        (half_an_image, "1.jpg: expected a 48 x 48 image. Received: not a complete image"),
        (wrong_size, "1.jpg: expected a 48 x 48 image. Received: 40 x 64 pixels"),
    ],
)
def test_incomplete_image_folders_are_refused(tmp_path, capsys, change, reason):
    root = write_folders(tmp_path / "faces")
    change(root)
    assert reason in said(capsys, ["prepare", "--data", root, "--allow-partial"])


@pytest.mark.parametrize(
    ("keep", "reason"),
    [
        (lambda row: row[0] != "1" or row[2] != "Training", "Training has no images of disgust"),
        (lambda row: row[2] == "Training", "has no split 'PublicTest'. It has: Training"),
    ],
)
def test_training_needs_images_of_every_label_and_validation_images(tmp_path, capsys, keep, reason):
    data = write_csv(tmp_path / "fer2013.csv", [row for row in make_rows() if keep(row)])
    run_dir = tmp_path / "run"
    command = ["fit", "tiny", "--data", data, "--allow-partial", "--run-dir", run_dir]
    assert reason in said(capsys, command)
    assert not run_dir.exists()


def test_a_file_where_the_run_folder_should_be_is_named(tmp_path, capsys):
    data = write_csv(tmp_path / "fer2013.csv", make_rows())
    command = ["fit", "tiny", "--data", data, "--allow-partial", "--run-dir", data]
    assert "The run folder" in said(capsys, command)


def test_disk_full_in_the_second_epoch_leaves_the_first_and_the_run_goes_on(tmp_path, finished_run):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill_disk(line):
        if line.startswith("epoch 1/"):  # from here on no file can grow to the size of a checkpoint
            resource.setrlimit(resource.RLIMIT_FSIZE, (4_000, limits[1]))

    data = make_faces(140), make_faces(35, split="PublicTest", seed=9)
    try:
        with pytest.raises(TrainingError, match=r"could not be written \(File too large\)") as problem:
            fit(TINY, data, tmp_path / "full", say=fill_disk)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert "intact: make room, then continue with --resume" in str(problem.value)
    assert load_state(tmp_path / "full" / "last.npz").epoch == 1
    assert not list((tmp_path / "full").glob("*.part"))
    run(tmp_path / "full", resume=True)
    assert rows(tmp_path / "full") == rows(finished_run)


def test_a_log_that_cannot_be_written_stops_before_the_checkpoint(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    run(tmp_path, recipe=replace(TINY, epochs=2))
    monkeypatch.setattr(logs, "replace_text", full)
    with pytest.raises(TrainingError, match=r"log could not be written \(No space left on device\)"):
        run(tmp_path, resume=True)
    assert load_state(tmp_path / "last.npz").epoch == 2
    assert len(rows(tmp_path)) == 2


def cut(path):
    path.write_bytes(path.read_bytes()[:1000])


def flip_a_byte(path):
    content = bytearray(path.read_bytes())
    content[2000] ^= 255
    path.write_bytes(bytes(content))


def of_other_parts(path):
    save_arrays(path, {"something": np.zeros(3)})


def claims_a_password(path):
    content = path.read_bytes()
    at = content.index(b"PK\x01\x02")
    path.write_bytes(content[: at + 8] + b"\x01" + content[at + 9 :])


@pytest.mark.parametrize(
    "damage", [cut, flip_a_byte, of_other_parts, claims_a_password, lambda path: path.write_bytes(b"")]
)
def test_a_damaged_checkpoint_is_named(tmp_path, damage):
    arrays = [np.ones((30, 30), np.float32)]
    save_state(tmp_path / "last.npz", State(1, arrays, arrays, arrays, best_score=0.5, seconds=1.0))
    damage(tmp_path / "last.npz")
    with pytest.raises(TrainingError, match=r"last\.npz is damaged .*Delete the run's folder and start anew"):
        run(tmp_path, resume=True)


def test_another_recipes_checkpoint_is_refused(tmp_path, finished_run):
    shutil.copytree(finished_run, tmp_path, dirs_exist_ok=True)
    other = replace(TINY, model="model1", image_sizes=((0, 48),))
    with pytest.raises(TrainingError, match="do not fit model1 with adamw: they are another recipe's"):
        run(tmp_path, recipe=other, resume=True)
    splits = {name: make_faces(14, split=name) for name in ("Training", "PublicTest", "PrivateTest")}
    with pytest.raises(TrainingError, match="holds no run of tiny: its weights do not fit"):
        export(other, tmp_path, splits, tmp_path / "artifact")


def test_a_run_without_its_log_is_not_exported(tmp_path, finished_run):
    shutil.copytree(finished_run, tmp_path, dirs_exist_ok=True)
    (tmp_path / "log.csv").unlink()
    splits = {name: make_faces(14, split=name) for name in ("Training", "PublicTest", "PrivateTest")}
    with pytest.raises(TrainingError, match=r"log\.csv cannot be read"):
        export(TINY, tmp_path, splits, tmp_path / "artifact")
    assert not (tmp_path / "artifact").exists()


@pytest.mark.slow
def test_a_run_stopped_by_ctrl_c_within_an_epoch_can_be_resumed(tmp_path, monkeypatch, capsys):
    data = write_csv(tmp_path / "fer2013.csv", make_rows(per_split=70))
    command = ["fit", "tiny", "--data", str(data), "--allow-partial", "--run-dir", str(tmp_path / "run")]
    process = subprocess.Popen(
        [sys.executable, "-c", DRIVER, *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    for line in process.stdout:
        if line.startswith("epoch 2/"):
            process.send_signal(signal.SIGINT)
            break
    _, problem = process.communicate(timeout=300)
    assert process.returncode == 130
    assert "Traceback" not in problem
    assert problem.endswith("\nStopped. Every finished epoch is on disk; continue with --resume.\n")
    done = load_state(tmp_path / "run" / "last.npz").epoch
    assert 2 <= done < LONG.epochs
    monkeypatch.setitem(recipes.RECIPES, "tiny", replace(LONG, epochs=done + 1))
    assert main([*command, "--resume"]) == 0
    assert f"epoch {done + 1}/{done + 1}" in capsys.readouterr().out
    assert [row["epoch"] for row in rows(tmp_path / "run")] == [str(n + 1) for n in range(done + 1)]


def test_a_closed_output_is_no_error(tmp_path):
    data = write_csv(tmp_path / "fer2013.csv", make_rows())
    command = [sys.executable, "-m", "training", "prepare", "--data", str(data), "--allow-partial"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.close()  # as `| head -0` does
    assert process.stderr.read() == b""
    assert process.wait(timeout=300) == 141
    process.stderr.close()


def test_a_checkpoint_interrupted_while_written_leaves_the_old_one(tmp_path, monkeypatch):
    save_arrays(tmp_path / "last.npz", {"epoch": np.array(1)})

    def stopped(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez", stopped)
    with pytest.raises(KeyboardInterrupt):
        save_arrays(tmp_path / "last.npz", {"epoch": np.array(2)})
    assert load_arrays(tmp_path / "last.npz")["epoch"] == 1
    assert [path.name for path in tmp_path.iterdir()] == ["last.npz"]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["evaluate", MODEL, "--data", "nowhere.csv"], "It is downloaded from https://www.kaggle.com"),
        (["evaluate", MODEL, "--dataset", "ckplus", "--data", "nowhere.zip"], "https://www.jeffcohn.net"),
        (["fit", "model2-ferplus", "--data", DATA], "downloaded from https://github.com/microsoft/FERPlus"),
    ],
)
def test_missing_data_are_named_with_where_to_get_them(tmp_path, capsys, command, words):
    data = write_csv(tmp_path / "fer2013.csv", make_rows())
    command = [data if word == DATA else word for word in command]
    extra = ["--allow-partial"] if data in command else []
    assert words in said(capsys, [*command, *extra])


@pytest.mark.slow
def test_an_error_stands_alone_without_the_lines_of_tensorflow():
    line = [sys.executable, "-m", "training", "evaluate", MODEL, "--data", "nowhere.csv"]
    done = subprocess.run(line, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("error: FER2013 not found")
    assert done.stderr.count("\n") == 1


def test_help_names_what_each_recipe_learns_from_and_every_split(capsys):
    with pytest.raises(SystemExit):
        main(["fit", "--help"])
    printed = " ".join(capsys.readouterr().out.split())
    assert "model2-ferplus-balanced learns from FER+'s votes (needs --votes)" in printed
    with pytest.raises(SystemExit):
        main(["evaluate", "--help"])
    printed = " ".join(capsys.readouterr().out.split())
    assert "Training, PublicTest or PrivateTest" in printed
