"""Hyper-parameter search with Optuna: many short runs of one recipe, kept in an SQLite file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import optuna
from optuna.trial import TrialState
from sqlalchemy.exc import SQLAlchemyError

from training.config import Augmentation, Recipe
from training.data.faces import Faces
from training.errors import TrainingError
from training.trainer.epochs import check_data, train_epochs

FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)
BATCH_SIZES = (32, 64, 128, 256)
WIDTHS = (0.5, 0.75, 1.0, 1.25)
STRONGEST_AUGMENTATION = 2.0
NUM_RANDOM_TRIALS = 8
"""Number of random trials, never pruned, that sampler and pruner learn from. Later ones are pruned from epoch 2 on."""
DECAY_SHARE = 0.35
"""Share of a trial's epochs over which the rate falls to zero, as in the recipes of full length."""

Data = tuple[Faces, Faces]
Say = Callable[[str], None]


@dataclass(frozen=True)
class Budget:
    """Resources of every trial of a study, the same for all, so that trials can be compared.

    Attributes:
        epochs: Number of epochs per trial, unless it is pruned.
        num_images: Number of training images, drawn with the recipe's seed; 0 for all.
        image_size: Training side in pixels.
        validation: `PublicTest`, or `holdout` for training images that no trial trains on.

    Raises:
        ValueError: If a number is out of its range.
    """

    epochs: int
    num_images: int
    image_size: int
    validation: str

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.num_images < 0:
            raise ValueError(
                "`epochs` must be >= 1 and `num_images` >= 0. Received: "
                f"epochs={self.epochs}, num_images={self.num_images}"
            )


def budgeted(data: Data, budget: Budget, seed: int) -> Data:
    """Returns a trial's training and validation images.

    Args:
        data: The training split and PublicTest. A holdout is as large as PublicTest, at most half of Training.
        budget: Budget that sets the number of images and the validation.
        seed: Seed of the draw.
    """
    train, validation = data
    order = np.random.default_rng(seed).permutation(len(train))
    if budget.validation == "holdout":
        held = min(len(validation), len(train) // 2)
        validation, order = replace(train.take(order[:held]), split="holdout", soft=None), order[held:]
    return train.take(order[: budget.num_images or None]), validation


def trial_recipe(base: Recipe, budget: Budget, trial: optuna.trial.BaseTrial) -> Recipe:
    """Returns the base recipe with this trial's hyper-parameters, shortened to the budget.

    The EMA of the weights is off, as it averages over more steps than a short run has.
    """
    strength = trial.suggest_float("augmentation", 0.0, STRONGEST_AUGMENTATION)
    return replace(
        base,
        learning_rate=trial.suggest_float("learning_rate", 1e-4, 1e-2, log=True),
        batch_size=trial.suggest_categorical("batch_size", BATCH_SIZES),
        dropout=trial.suggest_float("dropout", 0.0, 0.5),
        kernel_l2=trial.suggest_float("kernel_l2", 1e-6, 1e-3, log=True),
        width=trial.suggest_categorical("width", WIDTHS),
        augmentation=strengthened(base.augmentation, strength),
        epochs=budget.epochs,
        schedule="trapezoid",
        warmup_epochs=0.1 * budget.epochs,
        decay_epochs=DECAY_SHARE * budget.epochs,
        image_sizes=((0, budget.image_size),),
        ema=0.0,
    )


def strengthened(base: Augmentation, strength: float) -> Augmentation:
    """Returns an augmentation with every limit multiplied by `strength`; 0 switches all off, also the flip."""
    scaled = {name: strength * value for name, value in asdict(base).items() if name != "flip"}
    return Augmentation(**scaled | {"erasing": min(1.0, scaled["erasing"])}, flip=base.flip and strength > 0)


def open_study(path: Path, base: Recipe, budget: Budget) -> optuna.Study:
    """Opens the study in a file, or creates it.

    Raises:
        TrainingError: If the file is not a study, or is one of another recipe or budget.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    settings = {"recipe": base.as_dict(), "budget": asdict(budget)}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        study = optuna.create_study(
            study_name=base.name,
            storage=f"sqlite:///{path}",
            load_if_exists=True,
            direction="maximize",
            pruner=optuna.pruners.MedianPruner(n_startup_trials=NUM_RANDOM_TRIALS, n_warmup_steps=2),
        )
    except (OSError, SQLAlchemyError, optuna.exceptions.OptunaError) as error:
        reason = str(getattr(error, "orig", None) or getattr(error, "strerror", None) or error)
        raise TrainingError(f"{path} cannot be opened as a study ({reason.splitlines()[0]}).") from error
    known = study.user_attrs.get("settings", settings)
    if known != settings:
        raise TrainingError(
            f"{path} holds a study of {base.name} with other settings: {known['budget']}. Received: "
            f"{settings['budget']}. Continue with the same settings and recipe, or choose another --study."
        )
    study.set_user_attr("settings", settings)
    return study


def tune(study: optuna.Study, base: Recipe, data: Data, *, num_trials: int, say: Say = print) -> None:
    """Runs trials until the study has `num_trials` finished ones; an interrupted trial is repeated.

    A trial's hyper-parameters follow from the recipe's seed and the trials finished before it. So an interrupted study
    ends as an uninterrupted one would have.

    Args:
        study: Study from `open_study`.
        base: Recipe that the trials vary.
        data: The training split and PublicTest.
        num_trials: Number of finished trials that the study should have, pruned ones included.
        say: Function that receives a line per trial.

    Raises:
        KeyboardInterrupt: On Ctrl-C; finished trials are in the file.
    """
    budget = Budget(**study.user_attrs["settings"]["budget"])
    data = budgeted(data, budget, base.seed)
    check_data(*data)
    while (done := len(study.get_trials(deepcopy=False, states=FINISHED))) < num_trials:
        study.sampler = optuna.samplers.TPESampler(
            seed=base.seed + done, n_startup_trials=NUM_RANDOM_TRIALS, constant_liar=False
        )
        trial = study.ask()
        try:
            value = _run(trial, trial_recipe(base, budget, trial), data)
        except BaseException:
            study.tell(trial, state=TrialState.FAIL)
            raise
        study.tell(trial, value, state=TrialState.PRUNED if value is None else TrialState.COMPLETE)
        say(f"trial {done + 1}/{num_trials}: {describe(study.trials[-1])}; best {_best(study)}")


def _run(trial: optuna.Trial, recipe: Recipe, data: Data) -> float | None:
    """Trains one trial; returns its last epoch's validation accuracy, or `None` if it was pruned."""
    keras.backend.clear_session()  # otherwise every trial's graphs stay in memory
    accuracy = 0.0
    for state, row in train_epochs(recipe, data, say=lambda _: None):
        accuracy = row["val_accuracy"]
        trial.report(accuracy, state.epoch)
        trial.set_user_attr("seconds", state.seconds)
        if state.epoch < recipe.epochs and trial.should_prune():
            return None
    return accuracy


def describe(trial: optuna.trial.FrozenTrial) -> str:
    """Returns a trial's accuracy and hyper-parameters as text."""
    choices = ", ".join(f"{name} {value:.3g}" for name, value in trial.params.items())
    end = f"{trial.value:.2%}" if trial.state == TrialState.COMPLETE else "pruned"
    return f"{end} ({choices})"


def _best(study: optuna.Study) -> str:
    return f"{study.best_value:.2%}" if study.get_trials(False, (TrialState.COMPLETE,)) else "none yet"


def as_rows(study: optuna.Study) -> list[dict[str, Any]]:
    """Returns the finished trials, best first, then the pruned ones, whose last accuracy counts."""
    rows = [
        {
            "accuracy": list(trial.intermediate_values.values())[-1],
            "epochs": len(trial.intermediate_values),
            "finished": trial.state == TrialState.COMPLETE,
            "seconds": trial.user_attrs["seconds"],
            **trial.params,
        }
        for trial in study.get_trials(deepcopy=False, states=FINISHED)
    ]
    return sorted(rows, key=lambda row: (row["finished"], row["accuracy"]), reverse=True)
