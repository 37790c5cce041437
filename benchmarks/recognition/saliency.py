"""Whether the saliency of "why this label" lies where the label comes from: blurring it must lower the probability.

    python -m benchmarks.recognition.saliency [--model models/NAME] [--data ../shared/data/fer2013.tar.gz] [--faces 500]

On faces of PublicTest, for the label that the model gives. Both forms of Grad-CAM are drawn by the app's function on
each feature map, alone and with the mirrored image's map averaged in, and compared with random maps and with the middle
of the image, which any face fills. *Cut* maps have nothing outside of the face's oval. Below stands what the page says:
the label's probability before and after its red area is blurred.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from benchmarks.common.data import FER2013
from webapp.explain.hot_area import blur_area, enlarge, hot_area, oval_mask
from webapp.inference.saliency import draw_heat, draw_mirrored_heat

SHARES = (0.1, 0.2, 0.3)
BATCH = 100
MAPS = ("batch_normalization_1", "batch_normalization_2", "batch_normalization_3")


def saliency_maps(model, layer: str, faces: np.ndarray, labels: np.ndarray) -> dict[str, np.ndarray]:
    """Returns the app's saliency of each face, float32 `(n, rows, columns)`, by the form of Grad-CAM."""
    import keras
    import tensorflow as tf

    both = keras.Model(model.inputs, [model.get_layer(layer).output, model.output])
    mirrored = "element-wise, mirrored averaged in"
    maps: dict[str, list[np.ndarray]] = {
        "averaged (Grad-CAM)": [],
        "element-wise (HiResCAM)": [],
        mirrored: [],
    }
    for start in range(0, len(faces), BATCH):
        pixels = tf.constant(faces[start : start + BATCH].astype(np.float32))
        own = tf.constant(labels[start : start + BATCH], tf.int32)
        drawn = (
            draw_heat(both, pixels, own, average=True),
            draw_heat(both, pixels, own),
            draw_mirrored_heat(both, pixels, own),
        )
        for parts, part in zip(maps.values(), drawn, strict=True):
            parts.append(part.numpy())
    return {name: np.concatenate(parts) for name, parts in maps.items()}


def fall(
    classify, faces: np.ndarray, labels: np.ndarray, saliency: np.ndarray, share: float, *, cut: bool = False
) -> float:
    """Returns the mean fall of the label's probability when the most salient share of each face is blurred.

    Args:
        classify: Function from uint8 `(n, 48, 48, 1)` to probabilities.
        faces: uint8 `(n, 48, 48, 1)`.
        labels: int array `(n,)`, one label for each face.
        saliency: float array `(n, rows, columns)`; enlarged smoothly, as the page draws it.
        share: Share of the pixels that is blurred, 0..1.
        cut: Whether only pixels within the face's oval are.
    """
    changed = np.empty_like(faces)
    side = faces.shape[1]
    for index, (face, one) in enumerate(zip(faces, saliency, strict=True)):
        large = cv2.resize(one, (side, side), interpolation=cv2.INTER_CUBIC)
        if cut:
            large = np.where(oval_mask(side), large, -np.inf)
        area = np.zeros(side * side, bool)
        area[np.argsort(-large, axis=None, kind="stable")[: round(share * side * side)]] = True
        changed[index] = blur_area(face, area.reshape(side, side))
    rows = np.arange(len(faces))
    return float((classify(faces)[rows, labels] - classify(changed)[rows, labels]).mean())


def red_area(classify, faces: np.ndarray, labels: np.ndarray, saliency: np.ndarray) -> str:
    """Returns what the page would say of these faces, in the mean: the size of the red area, and what it is worth."""
    side = faces.shape[1]
    areas = [hot_area(one, side) for one in saliency]
    changed = np.stack([blur_area(face, area) for face, area in zip(faces, areas, strict=True)])
    rows = np.arange(len(faces))
    before, after = classify(faces)[rows, labels], classify(changed)[rows, labels]
    inside = np.mean(
        [enlarge(one, side).sum() / max(one.sum() * (side / len(one)) ** 2, 1e-9) for one in saliency]
    )
    return (
        f"{100 * np.mean(areas):.0f} % of the square is red; without it {100 * before.mean():.0f} % -> "
        f"{100 * after.mean():.0f} %; lower for {100 * (after < before).mean():.0f} % of the faces; "
        f"{100 * inside:.0f} % of the map lies within the oval"
    )


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
        for cut in (False, True):
            falls = [fall(classify, faces, labels, maps, share, cut=cut) for share in SHARES]
            print(
                f"| {name}{', cut' if cut else ''} | {cells} | "
                + " | ".join(f"{value:.3f}" for value in falls)
                + " |"
            )
    print()
    for name, cells, maps in lines:
        print(f"{name}, {cells}: {red_area(classify, faces, labels, maps)}")


if __name__ == "__main__":
    main()
