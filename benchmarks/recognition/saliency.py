"""Does the heat of "why this label" lie where the label comes from? What it marks is blurred, and the label's
probability must fall.

    python -m benchmarks.recognition.saliency [--model models/NAME] [--data ../shared/data/fer2013.tar.gz] [--faces 500]

On faces of PublicTest, for the label that the model gives. Beside the two ways of drawing heat on each feature map:
blots at random, and the middle of the picture, which any face fills.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

SHARES = (0.1, 0.2, 0.3)
BLUR_PX = 6.0
BATCH = 100
MAPS = ("batch_normalization_1", "batch_normalization_2", "batch_normalization_3")


def heats(model, layer: str, faces: np.ndarray, labels: np.ndarray) -> dict[str, np.ndarray]:
    """Returns float32 `(n, rows, columns)` per way of drawing, from the gain of `webapp/inference/saliency.py`."""
    import keras
    import tensorflow as tf

    both = keras.Model(model.inputs, [model.get_layer(layer).output, model.output])
    drawn: dict[str, list[np.ndarray]] = {"averaged (Grad-CAM)": [], "element-wise (HiResCAM)": []}
    for start in range(0, len(faces), BATCH):
        with tf.GradientTape() as tape:
            cells, probs = both(faces[start : start + BATCH].astype(np.float32), training=False)
            logs = tf.math.log(probs + 1e-12)
            own = tf.gather(logs, labels[start : start + BATCH], batch_dims=1)
            gain = tf.reduce_sum(own - tf.reduce_mean(logs, axis=1))
        slopes = tape.gradient(gain, cells)
        averaged = tf.reduce_mean(slopes, axis=(1, 2), keepdims=True)
        for name, weights in zip(drawn, (averaged, slopes), strict=True):
            drawn[name].append(tf.nn.relu(tf.reduce_sum(weights * cells, axis=-1)).numpy())
    return {name: np.concatenate(parts) for name, parts in drawn.items()}


def fall(classify, faces: np.ndarray, labels: np.ndarray, heat: np.ndarray, share: float) -> float:
    """Returns by how much the label's probability falls, on average, when the hottest share of a face is blurred.

    Args:
        classify: uint8 `(n, 48, 48, 1)` to probabilities.
        faces: uint8 `(n, 48, 48, 1)`.
        labels: `(n,)`, the label of each.
        heat: float array `(n, rows, columns)`; enlarged smoothly, as the page draws it.
        share: Of the pixels, 0..1.
    """
    changed = faces.copy()
    side = faces.shape[1]
    for face, one in zip(changed, heat, strict=True):
        large = cv2.resize(one, (side, side), interpolation=cv2.INTER_CUBIC)
        hottest = np.argsort(-large, axis=None, kind="stable")[: round(share * side * side)]
        blurred = cv2.GaussianBlur(face[..., 0], (0, 0), BLUR_PX)
        face[..., 0].reshape(-1)[hottest] = blurred.reshape(-1)[hottest]
    rows = np.arange(len(faces))
    return float((classify(faces)[rows, labels] - classify(changed)[rows, labels]).mean())


def references(count: int) -> dict[str, np.ndarray]:
    """Returns blots at random and the middle, float32 `(count, 11, 11)`."""
    random = np.random.default_rng(0).random((count, 11, 11), np.float32)
    row, column = np.indices((11, 11)) - 5
    middle = np.broadcast_to(-np.hypot(row, column).astype(np.float32), (count, 11, 11))
    return {"at random": random, "the middle": middle}


def main() -> None:
    import keras

    from training.data.fer2013 import read_fer2013

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, default=Path("models/model2-ferplus-balanced"))
    parser.add_argument("--data", type=Path, default=Path("../shared/data/fer2013.tar.gz"))
    parser.add_argument("--faces", type=int, default=500)
    options = parser.parse_args()
    model = keras.saving.load_model(options.model / "model.keras", compile=False)
    faces = read_fer2013(options.data)["PublicTest"].images[: options.faces]

    def classify(crops: np.ndarray) -> np.ndarray:
        parts = [crops[start : start + BATCH] for start in range(0, len(crops), BATCH)]
        return np.concatenate([model(part.astype(np.float32), training=False).numpy() for part in parts])

    labels = classify(faces).argmax(axis=1)
    print(
        f"{options.model.name}, {len(faces)} faces; fall of the label's probability when the hottest share is blurred\n"
    )
    print(
        "| heat | map | "
        + " | ".join(f"{100 * share:.0f} %" for share in SHARES)
        + " |\n|---|---|"
        + "---|" * len(SHARES)
    )
    lines = [(name, "–", heat) for name, heat in references(len(faces)).items()]
    for layer in MAPS:
        lines += [
            (name, f"{heat.shape[1]} x {heat.shape[2]}", heat)
            for name, heat in heats(model, layer, faces, labels).items()
        ]
    for name, cells, heat in lines:
        falls = [fall(classify, faces, labels, heat, share) for share in SHARES]
        print(f"| {name} | {cells} | " + " | ".join(f"{value:.3f}" for value in falls) + " |")


if __name__ == "__main__":
    main()
