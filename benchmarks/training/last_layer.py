"""Linear classifiers in place of a network's last layer; prints a Markdown table of PublicTest accuracy.

    python -m benchmarks.training.last_layer models/model2-fer2013 --data fer2013.tar.gz

scikit-learn's classifiers are fitted to the last layer's inputs for all training images and their mirror images.
PrivateTest is not measured.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.neighbors import NearestCentroid
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer, StandardScaler

from benchmarks.common.data import FER2013
from training.artifacts.card import load_artifact
from training.data import read_fer2013
from training.data.batches import predict_all
from training.evaluation.forest import penultimate

EQUAL = [1 / 7] * 7


def candidates() -> dict[str, Any]:
    """Returns the classifiers by their names in the table."""
    found: dict[str, Any] = {}
    for c in (1e-4, 1e-3, 1e-2):
        found[f"logistic regression, C {c:g}"] = LogisticRegression(C=c, max_iter=200)
    for alpha in (10.0, 1e3, 1e5):
        found[f"ridge regression, penalty {alpha:,g}"] = RidgeClassifier(alpha=alpha)
    for shrinkage in (None, 0.01, 0.1, 0.3, 0.6, 0.9):
        for words, priors in (("", None), (", labels equally frequent", EQUAL)):
            name = f"linear discriminants, shrinkage {shrinkage or 0:g}{words}"
            found[name] = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=shrinkage, priors=priors)
    found["nearest mean direction"] = make_pipeline(
        StandardScaler(with_std=False), Normalizer(), NearestCentroid()
    )
    return found


def main() -> None:
    """Prints one row per classifier."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model_dir", type=Path)
    FER2013.add_option(parser)
    arguments = parser.parse_args()
    splits = read_fer2013(FER2013.find(arguments.data))
    model, _ = load_artifact(arguments.model_dir)
    train, validation = splits["Training"], splits["PublicTest"]
    features, head = penultimate(model), model.layers[-1]

    def features_of(images: np.ndarray) -> np.ndarray:
        return predict_all(features.predict_on_batch, images)

    plain, mirrored = features_of(train.images), features_of(train.images[:, :, ::-1])
    inputs, labels = np.concatenate([plain, mirrored]), np.concatenate([train.labels, train.labels])
    inputs_to_classify = features_of(validation.images)

    def row(name: str, answers: np.ndarray, truth: np.ndarray) -> None:
        print(f"| {name} | {100 * (answers == truth).mean():.2f} |", flush=True)

    def own(inputs: np.ndarray) -> np.ndarray:
        return np.asarray(head(inputs)).argmax(1)

    print("| last layer | accuracy, % |\n|---|---|")
    row("the network's own", own(inputs_to_classify), validation.labels)
    row("the network's own, Training", own(plain), train.labels)
    for name, classifier in candidates().items():
        row(name, classifier.fit(inputs, labels).predict(inputs_to_classify), validation.labels)


if __name__ == "__main__":
    main()
