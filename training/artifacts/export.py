"""Exports a run's best weights as an artifact: `model.keras`, `model.onnx`, and the card that the server checks."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from training.artifacts.card import DEFAULT_CROP, MEASURED, card_metrics, check_card, file_entry, make_card
from training.artifacts.formats import ship_onnx
from training.artifacts.load_run import load_calibrated
from training.artifacts.run_result import write_result
from training.config import Recipe
from training.data.faces import Faces
from training.errors import TrainingError
from training.evaluation.evaluate import evaluate_splits


def export(
    recipe: Recipe,
    run_dir: Path,
    splits: Mapping[str, Faces],
    out_dir: Path,
    *,
    crop: dict | None = None,
    others: Mapping[int, Path] | None = None,
) -> dict:
    """Calibrates the best weights on PublicTest, measures them, and writes `model.keras`, `model.onnx` and `card.json`.

    Args:
        recipe: Recipe of the run.
        run_dir: Run folder with `best.npz` and `log.csv`.
        splits: FER2013's three official splits, in which duplicates across splits are looked for.
        out_dir: Folder of the artifact, which is replaced as a whole.
        crop: Crop rule for the card. Default: `DEFAULT_CROP`.
        others: Run folders by seed whose best weights are averaged with the run's (`load_run.load_best`). The card
            then names all seeds, and the run's own `result.json` is left as it is.

    Returns:
        The card.

    Raises:
        TrainingError: If the run has no checkpoint or log, or the files cannot be written.
    """
    others = others or {}
    trained = load_calibrated(recipe, run_dir, splits, others=list(others.values()))
    evaluations = evaluate_splits(trained.model, splits, MEASURED)
    if not others:
        write_result(recipe, run_dir, evaluations, trained)
    draft = out_dir.with_name(out_dir.name + ".part")
    try:
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        trained.model.save(draft / "model.keras")
        card = make_card(recipe, run_dir, trained.model, splits)
        card["metrics"] = card_metrics(evaluations)
        card["crop"] = crop or DEFAULT_CROP
        card |= trained.as_dict()
        card["calibration"]["split"] = "PublicTest"
        card["recipe"]["best_epoch"] = trained.best_epoch
        if others:
            card["recipe"]["averaged_seeds"] = [recipe.seed, *others]
        card["files"] = {
            "model.keras": file_entry(draft / "model.keras"),
            "model.onnx": ship_onnx(splits["PublicTest"].images, draft),
        }
        check_card(card)
        (draft / "card.json").write_text(json.dumps(card, indent=1) + "\n")
        shutil.rmtree(out_dir, ignore_errors=True)
        draft.rename(out_dir)
    except OSError as error:
        raise TrainingError(
            f"The artifact {out_dir} could not be written ({error.strerror or error})."
        ) from error
    return card
