"""Export of a finished run as a measured artifact, and what it refuses."""

import json
from dataclasses import replace

import numpy as np
import pytest

from tests.training.samples import SPLITS, make_faces, make_rows, write_csv
from training.artifacts.card import load_artifact, probe_input
from training.artifacts.export import export
from training.cli import main
from training.config import Augmentation, Recipe
from training.errors import TrainingError
from training.trainer.run import fit

QUICK = Recipe(
    name="quick",
    model="model2",
    about="A test.",
    epochs=1,
    batch_size=14,
    optimizer="adam",
    learning_rate=1e-3,
    image_sizes=((0, 34),),
    augmentation=Augmentation(),
)


@pytest.fixture(scope="module")
def artifact(tmp_path_factory):
    folder = tmp_path_factory.mktemp("export")
    splits = {split: make_faces(28, split=split, seed=n) for n, split in enumerate(SPLITS)}
    splits["PrivateTest"].images[0] = splits["Training"].images[0]  # a duplicate that the card must report
    fit(QUICK, (splits["Training"], splits["PublicTest"]), folder / "run", say=lambda _: None)
    card = export(QUICK, folder / "run", splits, folder / "quick")
    return folder / "quick", card, splits


def test_card_is_complete_and_probed(artifact):
    folder, card, _ = artifact
    model, loaded = load_artifact(folder)
    assert loaded == card
    assert loaded["parameters"] == 3_841_543
    assert model.predict_on_batch(probe_input()[None])[0] == pytest.approx(
        card["probe"]["expected"], abs=1e-4
    )
    assert not folder.with_name("quick.part").exists()


def test_card_of_a_ferplus_model_says_so(artifact):
    folder, _, splits = artifact
    recipe = replace(QUICK, data="ferplus")
    card = export(recipe, folder.with_name("run"), splits, folder.with_name("ferplus"))
    assert "FER+" in card["data"]["name"]
    assert card["recipe"]["command"].endswith("--votes fer2013new.csv")
    assert any("FER+" in limit for limit in card["limits"])


def test_card_reports_private_test_with_and_without_duplicates(artifact):
    _, card, splits = artifact
    assert card["metrics"]["PrivateTest"]["n"] == 28
    assert card["metrics"]["PrivateTest (no duplicates of other splits)"]["n"] == 27
    model, _ = load_artifact(artifact[0])
    found = model.predict_on_batch(splits["PrivateTest"].images).argmax(1)
    expected = np.mean(found == splits["PrivateTest"].labels)
    assert card["metrics"]["PrivateTest"]["accuracy"] == pytest.approx(expected, abs=1e-6)


def test_changed_model_file_is_refused(artifact, tmp_path):
    folder, _, _ = artifact
    (tmp_path / "card.json").write_text((folder / "card.json").read_text())
    (tmp_path / "model.keras").write_bytes((folder / "model.keras").read_bytes() + b" ")
    with pytest.raises(TrainingError, match="is not the file that its card describes: expected sha256"):
        load_artifact(tmp_path)


def test_card_that_misses_a_field_is_refused(artifact, tmp_path):
    folder, card, _ = artifact
    (tmp_path / "card.json").write_text(json.dumps({k: v for k, v in card.items() if k != "labels"}))
    (tmp_path / "model.keras").write_bytes((folder / "model.keras").read_bytes())
    with pytest.raises(TrainingError, match="does not fit card.schema.json at the top level: 'labels'"):
        load_artifact(tmp_path)


def test_probe_is_worked_by_hand():
    probe = probe_input()
    assert probe.shape == (48, 48, 1)
    assert probe.dtype == np.uint8
    assert probe[0, 1, 0] == 3
    assert probe[7, 8, 0] == 35 + 24 + 8
    assert probe[47, 47, 0] == (235 + 141 + 315) % 256


def test_evaluate_command_prints_what_the_card_says(artifact, tmp_path, capsys):
    folder, card, splits = artifact
    table = write_csv(
        tmp_path / "fer2013.csv",
        [
            [str(label), " ".join(map(str, image.ravel())), split]
            for split, faces in splits.items()
            for label, image in zip(faces.labels, faces.images, strict=True)
        ],
    )
    command = [
        "evaluate",
        str(folder),
        "--data",
        str(table),
        "--split",
        "PrivateTest",
        "--allow-partial",
        "--ten-crop",
        "--json",
    ]
    assert main(command) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["model"] == card["name"]
    assert printed["single"]["accuracy"] == pytest.approx(
        card["metrics"]["PrivateTest"]["accuracy"], abs=1e-6
    )
    assert np.sum(printed["flip"]["confusion"]) == np.sum(printed["ten_crop"]["confusion"]) == 28


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (["fit", "nothing", "--data", "x"], "Unknown recipe 'nothing'. Known: report-model2-fer2013"),
        (["prepare", "--data", "nowhere.csv"], "nowhere.csv does not exist"),
        (["evaluate", "nowhere", "--data", "x"], "nowhere is not an artifact"),
    ],
)
def test_problems_are_one_sentence_and_no_traceback(command, reason, capsys):
    assert main(command) == 1
    printed = capsys.readouterr()
    assert reason in printed.err
    assert "Traceback" not in printed.err
    assert printed.err.count("\n") == 1


def test_prepare_prints_counts_and_duplicates(tmp_path, capsys):
    rows = make_rows()
    rows[14][1] = rows[0][1]
    assert main(["prepare", "--data", str(write_csv(tmp_path / "fer2013.csv", rows)), "--allow-partial"]) == 0
    printed = capsys.readouterr().out
    assert "Training: 7 images (angry 1, disgust 1" in printed
    assert "of PrivateTest also in Training: 1" in printed
