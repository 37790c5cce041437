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
    """A forest, complete: with the network and the data it determines every answer.

    Attributes:
        num_trees: More only steadies the votes.
        max_features: Share of the features that each split may choose from: `sqrt` as usual, or in (0, 1].
        min_leaf: Fewest training images in a leaf.
        seed: Of the trees.
    """

    num_trees: int = 300
    max_features: str | float = "sqrt"
    min_leaf: int = 1
    seed: int = 1


@dataclass(frozen=True)
class Comparison:
    """One split answered by the forest and by the network's own last layer."""

    forest: Evaluation
    head: Metrics


@dataclass(frozen=True)
class Forest:
    """What was grown and what it is worth.

    Attributes:
        recipe: How it was grown.
        num_features: Numbers per image that the network gave.
        num_images: Training images.
        seconds: Of features and trees together.
        splits: By the split's name.
    """

    recipe: ForestRecipe
    num_features: int
    num_images: int
    seconds: float
    splits: dict[str, Comparison]

    def as_dict(self) -> dict[str, Any]:
        """Returns the figures as `result.json` holds them: `single` is the forest's, `head` the network's own."""
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
    """Returns the model up to what its last layer sees: 512 numbers for Model 2, 64 for Model 1."""
    return keras.Model(model.input, model.layers[-1].input)


def grow(recipe: ForestRecipe, model: keras.Model, train: Faces, splits: Mapping[str, Faces]) -> Forest:
    """Grows a forest on the training images' features and measures it beside the network's own last layer.

    Args:
        recipe: How to grow it.
        model: Grey `(n, 48, 48, 1)` in, probabilities `(n, k)` out; trained on `train`.
        train: The training split; of soft labels the most probable counts.
        splits: What to measure on.

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
        own = predict_all(model.predict_on_batch, faces.images)
        found[name] = Comparison(
            Evaluation(measure(votes, faces.labels), None, None, votes, faces.labels),
            measure(own, faces.labels),
        )
    return Forest(recipe, inputs.shape[1], len(train), seconds, found)
