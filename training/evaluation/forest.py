"""A random forest on a network's penultimate features in place of its last layer, as the report tried."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import keras
from sklearn.ensemble import RandomForestClassifier

from training.data.batches import predict_all
from training.data.faces import Faces
from training.errors import TrainingError
from training.evaluation.evaluate import Evaluation, Metrics, answers, measure


@dataclass(frozen=True)
class ForestRecipe:
    """Settings of a forest. With the network and the data they determine every answer.

    Attributes:
        num_trees: Number of trees.
        max_features: Features that each split may choose from: `sqrt` of all, as usual, or a share in (0, 1].
        min_leaf: Minimum number of training images in a leaf.
        seed: Seed of the trees.
    """

    num_trees: int = 300
    max_features: str | float = "sqrt"
    min_leaf: int = 1
    seed: int = 1


@dataclass(frozen=True)
class Comparison:
    """Answers of the forest and of the network's own last layer to one split.

    Attributes:
        forest: Answers of the forest and their metrics.
        head: Metrics of the network's own last layer.
    """

    forest: Evaluation
    head: Metrics


@dataclass(frozen=True)
class Forest:
    """A grown forest's settings, cost and metrics.

    Attributes:
        recipe: Settings of the forest.
        num_features: Number of features per image.
        num_images: Number of training images.
        seconds: Time for the features and the trees.
        splits: Comparison with the network's own last layer by split.
    """

    recipe: ForestRecipe
    num_features: int
    num_images: int
    seconds: float
    splits: dict[str, Comparison]

    def as_dict(self) -> dict[str, Any]:
        """Returns what `result.json` stores: the forest's metrics as `single`, those of the last layer as `head`."""
        return {
            "seed": self.recipe.seed,
            "seconds": round(self.seconds),
            "forest": asdict(self.recipe)
            | {"num_features": self.num_features, "num_training_images": self.num_images},
            "splits": {
                name: found.forest.as_dict()
                | {"head": found.head.as_dict(), "answers": answers(found.forest)}
                for name, found in self.splits.items()
            },
        }


def penultimate(model: keras.Model) -> keras.Model:
    """Returns the model without its last layer: 512 features per image for Model 2, 64 for Model 1."""
    return keras.Model(model.input, model.layers[-1].input)


def grow(recipe: ForestRecipe, model: keras.Model, train: Faces, splits: Mapping[str, Faces]) -> Forest:
    """Grows a forest on the training images' features and compares it with the network's own last layer.

    Args:
        recipe: Settings of the forest.
        model: Model from grey images `(n, 48, 48, 1)` to probabilities `(n, k)`, trained on `train`.
        train: The training split. Its labels count, not its soft labels.
        splits: Splits to measure on.

    Raises:
        TrainingError: If a label has no training image.
    """
    missing = [name for name, count in train.counts().items() if not count]
    if missing:
        raise TrainingError(f"{train.split} has no images of {', '.join(missing)}: every label needs some.")
    started = time.monotonic()
    features = penultimate(model)
    trees = RandomForestClassifier(
        recipe.num_trees,
        max_features=recipe.max_features,
        min_samples_leaf=recipe.min_leaf,
        n_jobs=-1,
        random_state=recipe.seed,
    )
    inputs = predict_all(features.predict_on_batch, train.images)
    trees.fit(inputs, train.labels)
    seconds = time.monotonic() - started
    found = {}
    for name, faces in splits.items():
        votes = trees.predict_proba(predict_all(features.predict_on_batch, faces.images))
        head = predict_all(model.predict_on_batch, faces.images)
        found[name] = Comparison(
            Evaluation(measure(votes, faces.labels), None, None, votes, faces.labels),
            measure(head, faces.labels),
        )
    return Forest(recipe, inputs.shape[1], len(train), seconds, found)
