r"""The effect of logit adjustment after training (Menon et al. 2021); prints a Markdown table.

    python -m benchmarks.training.logit_adjustment models/model2-ferplus --data fer2013.tar.gz \
        --votes fer2013new.csv --ckplus CK+48.zip

Probabilities are divided by each label's share of the training data to the power of a strength: 0 changes nothing, 1
answers as if all labels were equally frequent. PrivateTest is not measured.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from benchmarks.common.data import CKPLUS, FER2013, FERPLUS
from training.artifacts.card import load_artifact
from training.data import (
    Faces,
    in_product_labels,
    majority_labels,
    read_ckplus,
    read_fer2013,
    read_votes,
    soft_labels,
)
from training.data.batches import predict_all, targets
from training.evaluation.evaluate import measure
from training.nn.losses import adjust_logits

STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0)


def main() -> None:
    """Prints one row per strength."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model_dir", type=Path)
    for data in (FER2013, FERPLUS, CKPLUS):
        data.add_option(parser)
    arguments = parser.parse_args()
    faces_path, votes_path = FER2013.find(arguments.data), FERPLUS.find(arguments.votes)
    ckplus_path = CKPLUS.find(arguments.ckplus)
    model, card = load_artifact(arguments.model_dir)
    splits, votes = read_fer2013(faces_path), read_votes(votes_path)
    training = splits["Training"]
    learned = soft_labels(training, votes) if card["recipe"].get("data") == "ferplus" else training
    shares = targets(learned, 0.0).mean(0)
    sets = {
        "FER+ majority, PublicTest": majority_labels(splits["PublicTest"], votes),
        "FER2013, PublicTest": splits["PublicTest"],
        "CK+48": in_product_labels(read_ckplus(ckplus_path)),
    }
    print("Shares in training: " + ", ".join(f"{s:.3f}" for s in shares) + "\n")
    print("| strength | " + " | ".join(f"{name}, accuracy / balanced" for name in sets) + " |")
    print("|---" * (len(sets) + 1) + "|")
    answers = {name: predict_all(model.predict_on_batch, faces.images) for name, faces in sets.items()}
    for strength in STRENGTHS:
        cells = [
            _cell(np.asarray(adjust_logits(answers[name], shares, -strength)), faces)
            for name, faces in sets.items()
        ]
        print(f"| {strength:g} | " + " | ".join(cells) + " |")


def _cell(probabilities: np.ndarray, faces: Faces) -> str:
    metrics = measure(probabilities, faces.labels)
    return f"{100 * metrics.accuracy:.2f} / {100 * metrics.balanced_accuracy:.2f}"


if __name__ == "__main__":
    main()
