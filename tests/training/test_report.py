"""docs/results: its contents, and that it is up to date with the results of runs."""

import csv
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.training.samples import make_faces, make_rows, write_csv
from training.artifacts.run_result import Trained, write_crossval_result, write_result
from training.cli import main
from training.data.faces import LABELS
from training.evaluation.calibrate import Calibration
from training.evaluation.evaluate import Evaluation, measure
from training.evaluation.precise_bn import PreciseBN
from training.recipes import get_recipe
from training.report import reproduced_claims
from training.report.collect import collect
from training.report.conditions import conditions_page
from training.report.faces import draw_faces
from training.report.figures import recalls
from training.report.peers import comparison
from training.report.render import rendered, stale
from training.report.results import Results, StoredMetrics, read_results
from training.report.tables import TABLES, report_table
from training.trainer.crossval import FoldResult

ROOT = Path(__file__).parents[2]
NUMBER = re.compile(rb"-?\d+\.\d+")
NUM_IMAGES = 700


def answers(right, *, seed=0):
    """Returns an evaluation of 700 images: the first `right` are right, the others get the next label."""
    truth = np.arange(NUM_IMAGES) % 7
    given = np.where(np.arange(NUM_IMAGES) < right, truth, (truth + 1) % 7)
    top = np.random.default_rng(seed).uniform(0.4, 0.99, (NUM_IMAGES, 1))
    probabilities = np.where(np.eye(7)[given] == 1, top, (1 - top) / 6)
    figures = measure(probabilities, truth)
    return Evaluation(figures, figures, measure(probabilities[:-7], truth[:-7]), probabilities, truth)


def write_log(path, columns=("loss", "accuracy", "val_loss", "val_accuracy")):
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["epoch", *columns, "seconds"])
        writer.writerows([[number, *[number / 4] * len(columns), 60] for number in (1, 2, 3)])


CKPLUS_PAIR = (("report-model2-ckplus", 690), ("report-model2-ckplus-svm", 400))


def set_column(log, column, values):
    head, *lines = log.read_text().splitlines()
    place = head.split(",").index(column)
    rows = [line.split(",") for line in lines]
    for row, value in zip(rows, values, strict=True):
        row[place] = str(value)
    log.write_text("\n".join([head, *map(",".join, rows)]))


def make_run(folder, recipe_name, private, *, seed=1):
    recipe = replace(get_recipe(recipe_name), seed=seed)
    run_dir = folder / f"{recipe_name}-{seed}"
    run_dir.mkdir(parents=True)
    write_log(run_dir / "log.csv")
    (run_dir / "recipe.json").write_text(json.dumps(recipe.as_dict()))
    splits = {"PublicTest": answers(500), "PrivateTest": answers(private)}
    write_result(recipe, run_dir, splits, Trained(None, Calibration(1.25), 3, PreciseBN(True, "a test")))
    return run_dir


def make_crossval_run(folder, recipe_name, right, *, seed=1):
    recipe = replace(get_recipe(recipe_name), seed=seed)
    run_dir = folder / recipe_name
    faces = replace(make_faces(NUM_IMAGES), groups=np.arange(NUM_IMAGES) // 10)
    for name in ("random", "subjects-01"):
        (run_dir / name).mkdir(parents=True)
        write_log(run_dir / name / "log.csv")
        (run_dir / name / "recipe.json").write_text(json.dumps(recipe.as_dict()))
    found = answers(right)
    folds = [FoldResult(found.probabilities, found.truth, np.arange(NUM_IMAGES), seconds=30.0)]
    halves = [
        FoldResult(found.probabilities[part], found.truth[part], np.arange(NUM_IMAGES)[part], seconds=30.0)
        for part in (slice(350), slice(350, None))
    ]
    write_crossval_result(recipe, run_dir, faces, {"random": folds, "subjects": halves})
    return run_dir


def results_of(tmp_path, *run_dirs):
    for run_dir in run_dirs:
        collect(run_dir, tmp_path / "out")
    return read_results(tmp_path / "out", tmp_path / "no-models")


def check_of(text):
    return next(claim.check for claim in reproduced_claims.CLAIMS if claim.text == text)


@pytest.mark.slow
def test_docs_results_is_up_to_date_with_its_facts():
    out_dir = ROOT / "docs" / "results"
    files = rendered(read_results(out_dir, ROOT / "models"))
    hint = "run `python -m training report` and commit docs/results"
    assert not stale(files, out_dir), hint
    for name, content in files.items():
        kept = (out_dir / name).read_bytes()
        if name.endswith(".md"):
            assert kept == content, f"{name}: {hint}"
        else:  # another CPU may round a coordinate's last digit differently
            assert NUMBER.sub(b"#", kept) == NUMBER.sub(b"#", content), f"{name}: {hint}"
            ours, theirs = (np.array(NUMBER.findall(text), float) for text in (kept, content))
            np.testing.assert_allclose(ours, theirs, atol=0.01, err_msg=f"{name}: {hint}")


def test_the_same_facts_give_the_same_bytes(tmp_path):
    run_dir = make_run(tmp_path, "report-model1-fer2013", 455)
    crossval_dir = make_crossval_run(tmp_path, "report-model2-ckplus", 665)
    first = rendered(results_of(tmp_path, run_dir, crossval_dir))
    assert rendered(results_of(tmp_path)) == first
    assert "report-model1-fer2013.md" in first
    assert "figures/report-model2-ckplus-subjects-confusion.svg" in first


def test_a_row_that_was_not_run_says_so_and_holds_no_number():
    for rows in TABLES.values():
        for row, line in zip(rows, report_table(Results({}, {}, {}), rows).splitlines()[2:], strict=True):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            assert cells[1:5] == [f"{row.reported:.2f}", "not run yet", "", ""]
            assert row.recipe in cells[5]


def test_a_row_holds_our_figure_its_interval_and_the_difference(tmp_path):
    results = results_of(tmp_path, make_run(tmp_path, "report-model1-fer2013", 455))
    rows = next(rows for title, rows in TABLES.items() if title.startswith("Table 4.5"))
    line = report_table(results, rows).splitlines()[2]
    assert (
        "| 62.16 | 65.00 (61.4 to 68.4) | +2.84 | [report-model1-fer2013](report-model1-fer2013.md) |" in line
    )
    assert "`python -m training fit report-model1-fer2013 --data fer2013.tar.gz`" in line


def test_several_seeds_are_shown_as_mean_and_deviation(tmp_path):
    runs = [
        make_run(tmp_path, "report-model1-fer2013", right, seed=seed) for seed, right in ((1, 448), (2, 462))
    ]
    results = results_of(tmp_path, *runs)
    assert [run.name for run in results.of_recipe("report-model1-fer2013")] == [
        "report-model1-fer2013",
        "report-model1-fer2013-seed2",
    ]
    page = rendered(results)["README.md"].decode()
    assert "1: 64.00, 2: 66.00 | 65.00 ± 1.41" in page
    assert "65.00 ± 1.41 (2 seeds) | +2.84" in page


def test_comparisons_over_seeds_say_so(tmp_path):
    check = check_of("Cross-entropy is better than L2-SVM (FER2013)")
    pairs = [("report-model2-fer2013", (480, 466, 440)), ("report-model2-fer2013-svm", (466, 480))]
    runs = [
        make_run(tmp_path, recipe, right, seed=seed)
        for recipe, rights in pairs
        for seed, right in enumerate(rights, start=1)
    ]
    results = results_of(tmp_path, *runs)
    found = check(results)
    assert found.verdict == "not decided by these runs"  # by the first seeds alone it would hold
    assert found.figures.startswith("-1.57 points (")
    assert found.figures.endswith(", mean of 3 trainings against 2")
    page = rendered(results)
    assert "**66.00 ± 2.90** (3 seeds), held out" in page["README.md"].decode()
    assert "seed2" not in page["figures/recall.svg"].decode()


@pytest.mark.parametrize(
    ("svm", "verdict"),
    [((0.6, 0.7), "holds"), ((0.6, 0.93), "not decided by these runs"), ((0.97, 0.98), "does not hold")],
)
def test_on_ckplus_seeds_are_compared_by_the_medians_of_their_last_epochs(tmp_path, svm, verdict):
    runs = []
    for recipe, accuracies in (("report-model2-ckplus", (0.92, 0.95)), ("report-model2-ckplus-svm", svm)):
        for seed, accuracy in enumerate(accuracies, start=1):
            runs.append(make_crossval_run(tmp_path / str(seed), recipe, 600, seed=seed))
            set_column(runs[-1] / "random" / "log.csv", "val_accuracy", [0.1, accuracy, 1.0])
    results = results_of(tmp_path, *runs)
    found = check_of("Cross-entropy is better than L2-SVM (CK+)")(results)
    assert found.verdict == verdict
    assert found.figures.startswith("medians of the last 20 epochs, %: 92.0, 95.0 against ")
    page = rendered(results)["README.md"].decode()
    line = next(
        line for line in page.splitlines() if "[seed 2](report-model2-ckplus-seed2.md) | 85.71 ± 0.00" in line
    )
    assert "(2 seeds) of 700 |" in line


def test_on_ckplus_another_seed_of_one_recipe_alone_changes_no_comparison(tmp_path):
    runs = [make_crossval_run(tmp_path, recipe, right) for recipe, right in CKPLUS_PAIR]
    check = check_of("Cross-entropy is better than L2-SVM (CK+)")
    before = check(results_of(tmp_path, *runs))
    again = make_crossval_run(tmp_path / "again", "report-model2-ckplus", 10, seed=2)
    assert check(results_of(tmp_path, again)) == before


def test_protocols_stand_side_by_side(tmp_path):
    page = rendered(results_of(tmp_path, make_crossval_run(tmp_path, "report-model2-ckplus", 665)))
    (line,) = (
        line for line in page["README.md"].decode().splitlines() if "(report-model2-ckplus.md) | 95" in line
    )
    assert "| 95.00 (" in line
    assert "of 700 | 95.00 ± 7.07 |" in line  # folds of 100 % and 90 %
    assert "crossval report-model2-ckplus --data CK+48.zip" in line
    assert "Strong lines: the random split" in page["report-model2-ckplus.md"].decode()


def test_only_the_logs_of_finished_protocols_are_copied(tmp_path):
    run_dir = make_crossval_run(tmp_path, "report-model2-ckplus", 665)
    result = json.loads((run_dir / "result.json").read_text())
    del result["splits"]["subjects"]
    (run_dir / "result.json").write_text(json.dumps(result))

    collect(run_dir, tmp_path / "out")
    logs = (tmp_path / "out" / "runs" / "report-model2-ckplus").glob("*.csv")
    assert [log.name for log in logs] == ["random.csv"]


def test_a_page_tells_epoch_statistics_and_calibration(tmp_path):
    page = rendered(results_of(tmp_path, make_run(tmp_path, "report-model1-fer2013", 448)))
    text = page["report-model1-fer2013.md"].decode()
    assert "- Best epoch on PublicTest: 3\n" in text
    assert "- Batch statistics of training images as they are (PublicTest: a test)\n" in text
    assert "- Calibration, chosen on PublicTest: one temperature (temperature 1.25)\n" in text


def test_documented_figures_are_marked(tmp_path):
    place = tmp_path / "out" / "runs" / "old"
    place.mkdir(parents=True)
    (place / "documented.json").write_text(
        json.dumps(
            {
                "command": "python -m training crossval old",
                "random": {"n": 148, "accuracy": 1.0},
                "subjects": {"mean": 0.9673, "deviation": 0.0399},
            }
        )
    )
    page = rendered(results_of(tmp_path))["README.md"].decode()
    assert "| old \\* | 100.00 of 148 | 96.73 ± 3.99 |" in page
    assert "its run folder is gone" in page


def confusion_figures(confusion):
    entry = measure(np.eye(7)[[0]], np.array([0])).as_dict()
    support = confusion.sum(1)
    rows = [
        {"label": label, "recall": confusion[i, i] / support[i], "support": int(support[i])}
        for i, label in enumerate(LABELS)
    ]
    return StoredMetrics.of(entry | {"confusion": confusion.tolist(), "per_class": rows})


def test_every_model_has_a_row_with_each_labels_recall():
    found = np.array([40, 51, 62, 73, 84, 95, 100])
    confusion = np.diag(found) + np.diag(100 - found[:-1], k=1)
    rows = [("the first", confusion_figures(confusion)), ("the other", confusion_figures(np.eye(7) * 100))]
    svg = recalls(rows).decode()
    texts = re.findall(r">([^<>\n]+)</text>", svg)
    assert [int(text) for text in texts if text.isdigit()] == [*found, *[100] * 7]
    assert [text for text in texts if not text.isdigit()] == [*LABELS, "the first", "the other", "Recall, %"]


@pytest.mark.parametrize(("called_sad", "verdict"), [(19, "holds"), (25, "holds"), (30, "does not hold")])
def test_fear_called_sad_agrees_if_its_interval_holds_19_percent(called_sad, verdict):
    confusion = np.diag([100] * 7)
    confusion[2, 2], confusion[2, 4] = 100 - called_sad, called_sad
    found = reproduced_claims.fear_called_sad(confusion_figures(confusion))
    assert found.verdict == verdict
    assert found.figures.startswith(f"{called_sad}.0 % of 100 (")


def test_the_worst_and_best_labels_are_named(tmp_path):
    results = results_of(tmp_path, make_run(tmp_path, "report-model2-fer2013", 455))
    found = {claim.text: claim.check(results) for claim in reproduced_claims.CLAIMS}
    assert found["Happy is found best (FER2013)"].verdict == "holds"  # all labels have the same recall
    assert "disgust 65.0 % found" in found["Disgust is found worst (FER2013)"].figures


def test_models_are_compared_image_by_image(tmp_path):
    check = check_of("Cross-entropy is better than L2-SVM (FER2013)")
    first = make_run(tmp_path, "report-model2-fer2013", 480)
    assert check(results_of(tmp_path, first)).verdict == "open"
    assert check(results_of(tmp_path)).figures == "not run yet: report-model2-fer2013-svm"
    svm = make_run(tmp_path, "report-model2-fer2013-svm", 466)
    found = check(results_of(tmp_path, svm))
    assert found.verdict == "holds"
    assert found.figures.startswith("+2.00 points (+1.")
    better = make_run(tmp_path / "again", "report-model2-fer2013-svm", 500)
    assert check(results_of(tmp_path, better)).verdict == "does not hold"
    same = make_run(tmp_path / "same", "report-model2-fer2013-svm", 480)
    assert check(results_of(tmp_path, same)).verdict == "not decided by these images"


@pytest.mark.parametrize(("svm_low", "verdict"), [(0.6, "holds"), (0.91, "not decided by one run")])
def test_on_ckplus_other_last_epochs_must_say_the_same(tmp_path, svm_low, verdict):
    runs = [make_crossval_run(tmp_path, recipe, right) for recipe, right in CKPLUS_PAIR]
    for run, low in zip(runs, (0.9, svm_low), strict=True):
        set_column(run / "random" / "log.csv", "val_accuracy", [low, low + 0.01, low + 0.02])
    found = check_of("Cross-entropy is better than L2-SVM (CK+)")(results_of(tmp_path, *runs))
    assert found.verdict == verdict
    assert (
        f"at the last epoch; the last 20: 90.0 to 92.0 %, median 91.0 against {100 * svm_low:.1f} to"
        in found.figures
    )


@pytest.mark.parametrize(
    ("plain", "verdict"), [(476, "holds"), (400, "it gains more"), (498, "it gains less")]
)
def test_gain_of_augmentation_is_compared_with_the_reports(tmp_path, plain, verdict):
    runs = [
        make_run(tmp_path, "report-model2-fer2013", 505),
        make_run(tmp_path, "report-model2-fer2013-plain", plain),
    ]
    assert reproduced_claims.augmentation_gain(results_of(tmp_path, *runs)).verdict == verdict


def test_report_command_adds_runs_and_removes_stale_pages(tmp_path, capsys):
    run_dir = make_run(tmp_path, "report-model1-fer2013", 455)
    out_dir = tmp_path / "out"
    out_dir.mkdir()
    (out_dir / "old-run.md").write_text("gone")
    command = ["report", "--runs", str(run_dir), "--out", str(out_dir), "--models", str(tmp_path / "none")]
    assert main(command) == 0
    assert "report-model1-fer2013" in (out_dir / "README.md").read_text()
    assert not (out_dir / "old-run.md").exists()
    assert sorted(path.name for path in (out_dir / "runs" / "report-model1-fer2013").iterdir()) == [
        "log.csv",
        "recipe.json",
        "result.json",
    ]
    assert main(["report", "--runs", str(tmp_path), "--out", str(out_dir)]) == 1
    assert "has no result.json. Write it first: python -m training results" in capsys.readouterr().err
    (out_dir / "runs" / "report-model1-fer2013" / "result.json").write_text("{")
    assert main(["report", "--out", str(out_dir)]) == 1
    assert "result.json cannot be read" in capsys.readouterr().err


def test_data_summary_lists_duplicates_by_row(tmp_path, capsys):
    rows = make_rows()
    rows[14][1] = rows[1][1]
    table = write_csv(tmp_path / "fer2013.csv", rows)
    out_dir = tmp_path / "out"
    assert main(["prepare", "--data", str(table), "--allow-partial", "--facts", str(out_dir / "data")]) == 0
    listed = (out_dir / "data" / "fer2013-duplicates.csv").read_text().splitlines()
    assert listed == ["group,split,row,labels_differ", "1,Training,1,1", "1,PrivateTest,14,1"]
    page = rendered(results_of(tmp_path))["README.md"].decode()
    assert "2 images stand in 1 groups of identical pixels; 1 groups carry different labels" in page
    assert "| PrivateTest | Training | 1 |" in page
    assert "| Neutral is FER2013's largest class | **does not hold** | happy 3, neutral 3 of 21 |" in page


def test_faces_are_drawn_locally_and_never_below_docs(tmp_path, capsys):
    class Model:
        def predict_on_batch(self, images):
            return np.eye(7)[np.arange(len(images)) % 7] * 0.9 + 0.1 / 7

    paths = draw_faces(Model(), LABELS, make_faces(20), tmp_path / "faces")
    assert [path.name for path in paths] == ["answers.png", "sure-and-wrong.png"]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in paths)
    command = ["report", "--faces", str(ROOT / "docs" / "faces"), "--data", "nowhere.csv"]
    assert main(command) == 1
    assert "is below docs, which is published" in capsys.readouterr().err
    assert not (ROOT / "docs" / "faces").exists()


def test_a_card_adds_the_sets_that_its_run_was_not_measured_on(tmp_path):
    collect(make_run(tmp_path / "runs", "model2-fer2013", 600), tmp_path / "out")
    card = json.loads((ROOT / "models" / "model2-fer2013" / "card.json").read_text())
    (tmp_path / "models" / "model2-fer2013").mkdir(parents=True)
    (tmp_path / "models" / "model2-fer2013" / "card.json").write_text(json.dumps(card))
    run = read_results(tmp_path / "out", tmp_path / "models").runs["model2-fer2013"]
    assert run.splits["PrivateTest"].single.accuracy == pytest.approx(
        600 / 700
    )  # the run's own, not the card's
    on_ckplus = card["metrics"]["CK+48, six expressions"]["accuracy"]
    assert run.splits["CK+48, six expressions"].single.accuracy == on_ckplus


def row(page, start):
    (line,) = (line for line in page.splitlines() if line.startswith(f"| {start}"))
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_other_peoples_figures_say_how_they_came_about(tmp_path):
    run_dir = make_run(tmp_path, "report-model1-fer2013", 455)
    results = results_of(tmp_path, run_dir)
    page = comparison(results)
    assert row(page, "VGG19")[1:] == ["", "", "73.11, in-sample", "PrivateTest", "none"]
    assert row(page, "Residual Masking Network")[-1] == "ImageNet; 224 pixels"
    ours = ["**65.00**, held out", "**65.00**, held out", "", "PublicTest", "none"]
    assert row(page, "**report-model1-fer2013**")[1:] == ours

    place = tmp_path / "out" / "data" / "ten-crop" / "PrivateTest"
    place.mkdir(parents=True)
    (place / "report-model1-fer2013.json").write_text(json.dumps({"ten_crop": answers(490).single.as_dict()}))
    page = comparison(read_results(tmp_path / "out", tmp_path / "none"))
    assert row(page, "**report-model1-fer2013**")[3] == "**70.00**, held out"


def test_the_last_epochs_of_ckplus_stand_below_those_that_validation_chose(tmp_path):
    runs = [
        make_crossval_run(tmp_path, name, right)
        for name, right in (("report-model2-ckplus", 500), ("report-model2-ckplus-validated", 665))
    ]
    page = rendered(results_of(tmp_path, *runs))
    text = page["README.md"].decode()
    chosen, last = (
        text.index(f"| [{name}]({name}.md) |")
        for name in ("report-model2-ckplus-validated", "report-model2-ckplus")
    )
    assert chosen < text.index("At the last epoch, where nothing chooses") < last
    assert "| CK+, cross-entropy | 97.97 | 95.00 (" in text
    assert "Strong lines: the random split." in page["report-model2-ckplus-validated.md"].decode()
    assert "The epoch with the best validation counts." in page["report-model2-ckplus-validated.md"].decode()
    assert ">validation<" in page["figures/report-model2-ckplus-validated-curves.svg"].decode()
    assert ">test<" in page["figures/report-model2-ckplus-curves.svg"].decode()


def condition(value, label, right, interval, *, name="London Set", condition="sex", said=None):
    return {
        "set": name,
        "condition": condition,
        "value": value,
        "label": label,
        "pictures": 20,
        "right": right,
        "interval": interval,
        "said": said or {},
    }


@pytest.mark.parametrize(
    ("low", "words"),
    [
        (0.64, "a difference of 40 points (11 to 58, Newcombe), more than chance explains"),
        (0.3, "a difference of 40 points (-19 to 58, Newcombe), which chance may explain"),
    ],
)
def test_what_differs_between_people_is_said_in_words(low, words):
    facts = {
        "model": "a-model",
        "command": "python -m it",
        "rows": [
            condition("female", "happy", 17, [low, 0.95]),
            condition("male", "happy", 9, [0.3, 0.65]),
            condition("male", "neutral", 20, [0.84, 1]),
            condition("as taken", "happy", 15, [0.5, 0.9], condition="picture"),
            condition("24 pixels", "happy", 9, [0.3, 0.6], condition="size of the face"),
            condition("48 pixels", "happy", 11, [0.3, 0.6], condition="size of the face"),
            condition(
                "as taken",
                "neutral",
                15,
                [0.6, 0.9],
                name="web photos",
                condition="picture",
                said={"neutral": 15, "sad": 1, "angry": 4},
            ),
        ],
    }
    page = conditions_page(facts).decode()
    assert f"of women are called happy 85 % of the time, of men 45 %**: {words}." in page
    assert row(page, "sex: male") == ["sex: male", "100 (84 to 100) of 20", "45 (30 to 65) of 20"]
    assert "| picture: as taken | 75 (60 to 90) of 20 |  |" in page
    assert "15 are called neutral; the others: angry 4, sad 1." in page
    assert "**Clearly worse than as taken**: slight smile at size of the face: 24 pixels (45 %).\n" in page


def test_the_page_on_conditions_exists_only_where_they_were_measured(tmp_path):
    results = results_of(tmp_path)
    assert "conditions.md" not in rendered(results) and b"conditions.md" not in rendered(results)["README.md"]
    facts = {"model": "a-model", "command": "python -m it", "rows": []}
    (tmp_path / "out" / "data").mkdir(parents=True)
    (tmp_path / "out" / "data" / "conditions.json").write_text(json.dumps(facts))
    files = rendered(read_results(tmp_path / "out", tmp_path / "none"))
    assert "conditions.md" in files and b"(conditions.md)" in files["README.md"]
