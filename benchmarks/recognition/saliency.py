"""Whether the saliency of "why this label" lies where the label comes from: blurring it must lower the probability.

    python -m benchmarks.recognition.saliency [--model models/NAME] [--data ../shared/data/fer2013.tar.gz] [--faces 500]

On faces of PublicTest, for the label that the model gives. Both forms of Grad-CAM are drawn by the app's function on
each feature map and compared with random maps and with the middle of the image, which any face fills.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from benchmarks.common.data import FER2013
from webapp.inference.saliency import draw_heat

SHARES = (0.1, 0.2, 0.3)
BLUR_PX = 6.0
BATCH = 100
MAPS = ("batch_normalization_1", "batch_normalization_2", "batch_normalization_3")


def saliency_maps(model, layer: str, faces: np.ndarray, labels: np.ndarray) -> dict[str, np.ndarray]:
    """Returns the app's saliency of each face, float32 `(n, rows, columns)`, by the form of Grad-CAM."""
    import keras
    import tensorflow as tf

    both = keras.Model(model.inputs, [model.get_layer(layer).output, model.output])
    maps: dict[str, list[np.ndarray]] = {"averaged (Grad-CAM)": [], "element-wise (HiResCAM)": []}
    for start in range(0, len(faces), BATCH):
        pixels = tf.constant(faces[start : start + BATCH].astype(np.float32))
        own = tf.constant(labels[start : start + BATCH], tf.int32)
        for parts, average in zip(maps.values(), (True, False), strict=True):
            parts.append(draw_heat(both, pixels, own, average=average).numpy())
    return {name: np.concatenate(parts) for name, parts in maps.items()}


def fall(classify, faces: np.ndarray, labels: np.ndarray, saliency: np.ndarray, share: float) -> float:
    """Returns the mean fall of the label's probability when the most salient share of each face is blurred.

    Args:
        classify: Function from uint8 `(n, 48, 48, 1)` to probabilities.
        faces: uint8 `(n, 48, 48, 1)`.
        labels: int array `(n,)`, one label for each face.
        saliency: float array `(n, rows, columns)`; enlarged smoothly, as the page draws it.
        share: Share of the pixels that is blurred, 0..1.
    """
    changed = faces.copy()
    side = faces.shape[1]
    for face, one in zip(changed, saliency, strict=True):
        large = cv2.resize(one, (side, side), interpolation=cv2.INTER_CUBIC)
        salient = np.argsort(-large, axis=None, kind="stable")[: round(share * side * side)]
        blurred = cv2.GaussianBlur(face[..., 0], (0, 0), BLUR_PX)
        face[..., 0].reshape(-1)[salient] = blurred.reshape(-1)[salient]
    rows = np.arange(len(faces))
    return float((classify(faces)[rows, labels] - classify(changed)[rows, labels]).mean())


def references(count: int) -> dict[str, np.ndarray]:
    """Returns random maps and maps of the middle, float32 `(count, 11, 11)`."""
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
    FER2013.add_option(parser)
    parser.add_argument("--faces", type=int, default=500)
    options = parser.parse_args()
    data = FER2013.find(options.data)
    model = keras.saving.load_model(options.model / "model.keras", compile=False)
    faces = read_fer2013(data)["PublicTest"].images[: options.faces]

    def classify(crops: np.ndarray) -> np.ndarray:
        parts = [crops[start : start + BATCH] for start in range(0, len(crops), BATCH)]
        return np.concatenate([model(part.astype(np.float32), training=False).numpy() for part in parts])

    labels = classify(faces).argmax(axis=1)
    print(
        f"{options.model.name}, {len(faces)} faces; "
        "fall of the label's probability when the most salient share is blurred\n"
    )
    print(
        "| heat | map | "
        + " | ".join(f"{100 * share:.0f} %" for share in SHARES)
        + " |\n|---|---|"
        + "---|" * len(SHARES)
    )
    lines = [(name, "–", maps) for name, maps in references(len(faces)).items()]
    for layer in MAPS:
        lines += [
            (name, f"{maps.shape[1]} x {maps.shape[2]}", maps)
            for name, maps in saliency_maps(model, layer, faces, labels).items()
        ]
    for name, cells, maps in lines:
        falls = [fall(classify, faces, labels, maps, share) for share in SHARES]
        print(f"| {name} | {cells} | " + " | ".join(f"{value:.3f}" for value in falls) + " |")


if __name__ == "__main__":
    main()
