"""Whether another last layer serves a trained network better; prints a Markdown table of PublicTest accuracy.

    python -m benchmarks.last_layer models/model2-fer2013 --data fer2013.tar.gz

scikit-learn's linear classifiers on what the last layer sees of all training images and their mirror images, beside
the network's own. Nothing is measured on PrivateTest.
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

from training.artifacts.card import load_artifact
from training.data import read_fer2013
from training.data.batches import predict_all
from training.evaluation.forest import penultimate

EQUAL = [1 / 7] * 7


def candidates() -> dict[str, Any]:
    """Returns the classifiers by what they are called in the table."""
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
    """Prints a row per classifier."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model_dir", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    arguments = parser.parse_args()
    model, _ = load_artifact(arguments.model_dir)
    splits = read_fer2013(arguments.data)
    train, judge = splits["Training"], splits["PublicTest"]
    features, head = penultimate(model), model.layers[-1]

    def seen(images: np.ndarray) -> np.ndarray:
        return predict_all(features.predict_on_batch, images)

    plain, mirrored = seen(train.images), seen(train.images[:, :, ::-1])
    inputs, labels = np.concatenate([plain, mirrored]), np.concatenate([train.labels, train.labels])
    judged = seen(judge.images)

    def row(name: str, answers: np.ndarray, truth: np.ndarray) -> None:
        print(f"| {name} | {100 * (answers == truth).mean():.2f} |", flush=True)

    def own(numbers: np.ndarray) -> np.ndarray:
        return np.asarray(head(numbers)).argmax(1)

    print("| last layer | accuracy, % |\n|---|---|")
    row("the network's own", own(judged), judge.labels)
    row("the network's own, Training", own(plain), train.labels)
    for name, classifier in candidates().items():
        row(name, classifier.fit(inputs, labels).predict(judged), judge.labels)


if __name__ == "__main__":
    main()
