"""A photo to faces: as for camera frames, but in any format and any orientation, and without smoothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from webapp.core.geometry import turn_back, turn_point_back
from webapp.core.label_state import FaceReading, LabelThresholds, read_face
from webapp.core.resting_face import RestingFace, RestingRule
from webapp.errors import NoFace, NotRelative
from webapp.inference import Classifier, load_classifier
from webapp.inference.card import Card
from webapp.inference.remote_backend import RemoteServers
from webapp.inference.signature import SignaturePolicy
from webapp.recognition.crop import cut_faces, face_square, find_hints, mean_luma
from webapp.recognition.detection.blazeface import load_detector
from webapp.recognition.detection.face import Face, FaceDetector
from webapp.recognition.photo_decoding import DecodedImage, PixelBudget, decode_photo
from webapp.recognition.pipeline import CERTAIN_SCORE, MAX_FOLLOWED, refine_faces
from webapp.settings import Settings

LEAD = 0.05
"""A photo whose best face is not certain is also looked at from its other sides, and turned if one scores so much more:
faces on their side are often found too, with eyes in the wrong place. Chosen by measurement: docs/guide/photos.md."""

TURNED_SCORE = 0.8
"""The same where no face was found: spoons and clocks held sideways score up to 0.78. Chosen in the same way."""

SMALLEST_SIDE = 16
"""A picture with fewer pixels than that on its longer side is not searched: no face in it could be read."""

SIDES = (0, 1, 3, 2)
"""Order in which the sides of a photo are searched, as quarter turns clockwise; of equal scores the first wins."""

MIDDLE_SIDE = 256
BATCH = 32
"""Faces handed to the model at once: live visitors' faces get a turn between two batches."""


@dataclass(frozen=True)
class DetectedFaces:
    """The faces of one photo, not yet read.

    Attributes:
        width: Width of the upright photo, in pixels.
        height: Height of the upright photo, in pixels.
        boxes: `(x, y, w, h)` of each face as shares of the photo, 0..1, largest first.
        crops: uint8 `(len(boxes), 48, 48, 1)`.
        corners: Corners of each crop: upper left, upper right, lower right and lower left, `(x, y)` as
            shares of the photo; may lie outside 0..1.
        turned: Degrees clockwise by which the photo was turned to stand upright: 0, 90, 180 or 270.
        hints: Reasons why a label may be poor or missing: `too_dark`, `too_small`.
    """

    width: int
    height: int
    boxes: tuple[tuple[float, float, float, float], ...]
    crops: np.ndarray
    corners: tuple[tuple[tuple[float, float], ...], ...]
    turned: int
    hints: tuple[str, ...]


class FaceReader:
    """Decodes photos, finds and reads their faces. Blocking; callable from several native threads.

    Args:
        detector: Detector of the faces.
        classifier: Classifier of their expressions; its card says how a face is cut.
        thresholds: Thresholds that turn probabilities into labels; those of the classifier's card if left out.
        max_bytes: Largest file.
        max_pixels: Largest image.
        max_faces: Faces read per photo, the largest first.
    """

    def __init__(
        self,
        detector: FaceDetector,
        classifier: Classifier,
        thresholds: LabelThresholds | None = None,
        *,
        max_bytes: int,
        max_pixels: int,
        max_faces: int,
    ) -> None:
        self.detector = detector
        self.classifier = classifier
        self.thresholds = thresholds or LabelThresholds.of_card(
            classifier.card, min_confidence=None, smoothing_s=None, settle_s=0.0
        )
        self._max_bytes = max_bytes
        self._max_pixels = max_pixels
        self._max_faces = max_faces

    def with_classifier(self, classifier: Classifier) -> FaceReader:
        """Returns a reader with the same detector and limits and another model, whose card says how faces are cut."""
        return FaceReader(
            self.detector,
            classifier,
            max_bytes=self._max_bytes,
            max_pixels=self._max_pixels,
            max_faces=self._max_faces,
        )

    def find(
        self, data: bytes, *, as_live: bool = False, budget: PixelBudget | None = None
    ) -> tuple[DetectedFaces, DecodedImage]:
        """Finds the faces of an encoded photo, on whichever side it lies.

        Args:
            data: The encoded photo.
            as_live: Whether faces are cut as those of camera frames are, which differs by a few percent.
            budget: See `decode_photo`.

        Raises:
            AppError: See `decode_photo`.
        """
        picture = decode_photo(data, max_bytes=self._max_bytes, max_pixels=self._max_pixels, budget=budget)
        return self.find_in(picture, as_live=as_live), picture

    def find_in(self, picture: DecodedImage, *, as_live: bool = False) -> DetectedFaces:
        """Finds the faces of a decoded photo."""
        height, width = picture.rgb.shape[:2]
        turned_rgb, faces, quarters = self._find_upright(picture.rgb)
        faces = refine_faces(self.detector, turned_rgb, faces, max_refined=MAX_FOLLOWED if as_live else 0)
        faces = faces[: self._max_faces]
        turned = turned_rgb.shape[1], turned_rgb.shape[0], quarters
        rule = self.classifier.card.crop

        def corners_of(face: Face) -> tuple[tuple[float, float], ...]:
            corners = (turn_point_back(corner, *turned) for corner in face_square(face, rule).corners)
            return tuple((x / width, y / height) for x, y in corners)

        return DetectedFaces(
            width=picture.width,
            height=picture.height,
            boxes=tuple(turn_back(face.box, *turned).relative(width, height) for face in faces),
            crops=cut_faces(turned_rgb, faces, rule),
            corners=tuple(corners_of(face) for face in faces),
            turned=90 * quarters,
            hints=find_hints(mean_luma(picture.rgb), [face.box for face in faces], scale=picture.scale),
        )

    def classify(self, found: Sequence[DetectedFaces]) -> list[np.ndarray]:
        """Reads the faces of several photos together.

        Args:
            found: From `find`.

        Returns:
            For each photo float32 `(its faces, num_labels)`.

        Raises:
            ServerBusy: If too many faces wait for the model.
            ModelError: If the model fails.
        """
        if not found:
            return []
        crops = np.concatenate([one.crops for one in found])
        probs = (
            classify_in_batches(self.classifier.classify, crops)
            if len(crops)
            else np.empty((0, len(self.classifier.card.labels)), np.float32)
        )
        ends = np.cumsum([len(one.crops) for one in found])
        return np.split(probs, ends[:-1])

    def rest(self, data: bytes, *, budget: PixelBudget | None = None) -> RestingFace:
        """Returns the resting face of the person whose face is the largest of an encoded photo.

        Args:
            data: The encoded photo.
            budget: See `decode_photo`.

        Raises:
            AppError: If the photo cannot be read or has no face, or the model cannot be read against a resting face.
        """
        self._resting_rule()  # before the photo is decoded for nothing
        return self.rest_of(self.find(data, budget=budget)[0])

    def rest_of(self, found: DetectedFaces, *, is_adjusted: bool = False) -> RestingFace:
        """Returns the resting face of the person whose face is the largest.

        Args:
            found: Faces of a photo.
            is_adjusted: Whether it will read answers at the thresholds' strength instead of the model's own.

        Raises:
            AppError: If there is no face, or the model cannot be read against a resting face.
        """
        rule = self._resting_rule()
        (probs,) = self.classify([found])
        if not len(probs):
            raise NoFace(
                "The photo of the resting face shows no face. Send one of a relaxed face from the front."
            )
        return RestingFace(probs[0], rule, self.thresholds.restore if is_adjusted else None)

    def _resting_rule(self) -> RestingRule:
        rule = RestingRule.of_card(self.classifier.card)
        if rule is None:
            raise NotRelative(
                f"The model {self.classifier.card.name} cannot be read against a resting face. Leave `baseline` out."
            )
        return rule

    def _find_upright(self, rgb: np.ndarray) -> tuple[np.ndarray, list[Face], int]:
        """Returns the picture with its faces upright, the faces, and the quarter turns clockwise that took."""
        if max(rgb.shape[:2]) < SMALLEST_SIDE:
            return rgb, [], 0
        faces: dict[int, list[Face]] = {}

        def search(quarters: int) -> float:
            # Faces that are found upright are seen by the same pass from the other sides: no need of the far one.
            max_side = MIDDLE_SIDE if faces.get(0) else None
            faces[quarters] = self.detector.detect(turn_quarters(rgb, quarters), max_side=max_side)
            return top_score(faces[quarters])

        quarters = choose_rotation(search)
        # Turned a second time instead of kept: four views of a photo at once would be 50 MB.
        return turn_quarters(rgb, quarters), faces[quarters], quarters


def readings_of(
    boxes: Sequence[Sequence[float]],
    probs: np.ndarray,
    thresholds: LabelThresholds,
    resting: RestingFace | None = None,
) -> list[FaceReading]:
    """Returns what is said about the faces of a photo.

    Args:
        boxes: `(x, y, w, h)` of each face as shares of the photo, 0..1, largest first.
        probs: float array `(len(boxes), num_labels)`, as the model gives them.
        thresholds: Thresholds of the labels, and how common they are taken to be.
        resting: Resting face of the person whose face is the largest; the others are read by themselves.
    """
    adjusted = zip(boxes, thresholds.adjust(probs), strict=True)
    readings = [read_face(box, row, thresholds) for box, row in adjusted]
    if resting is not None and readings:
        relative = read_face(boxes[0], resting.read(probs[0]), thresholds)
        readings[0] = replace(relative, absolute=readings[0])
    return readings


def choose_rotation(
    top_score_of: Callable[[int], float],
    *,
    certain_score: float = CERTAIN_SCORE,
    lead: float = LEAD,
    turned_score: float = TURNED_SCORE,
) -> int:
    """Returns the quarter turns clockwise after which the faces of a photo stand upright.

    Args:
        top_score_of: Function from quarter turns clockwise to the highest face score of the photo turned so far, 0..1,
            0 without a face. It is called once for the photo as it is, and for the other sides only if they count.
        certain_score: Score from which a face is certain: the photo then stays as it is.
        lead: Minimum advantage of another side over the faces of the photo as it is.
        turned_score: Minimum score of another side where the photo as it is shows no face.
    """
    best, score = SIDES[0], top_score_of(SIDES[0])
    if score >= certain_score:
        return best
    score = score + lead if score else turned_score
    for quarters in SIDES[1:]:
        other = top_score_of(quarters)
        if other > score:
            best, score = quarters, other
    return best


def top_score(faces: Sequence[Face]) -> float:
    """Returns the highest score of a search's faces, 0 without a face."""
    return max((face.score for face in faces), default=0.0)


def turn_quarters(rgb: np.ndarray, quarters: int) -> np.ndarray:
    """Returns a picture turned clockwise by quarters."""
    return np.ascontiguousarray(np.rot90(rgb, -quarters))


def classify_in_batches(classify: Callable[[np.ndarray], np.ndarray], crops: np.ndarray) -> np.ndarray:
    """Returns the probabilities of any number of crops, at least one, `BATCH` at a time.

    Args:
        classify: Function from uint8 `(n, 48, 48, 1)` to float32 `(n, num_labels)`.
        crops: uint8 `(n, 48, 48, 1)`.
    """
    return np.concatenate([classify(crops[at : at + BATCH]) for at in range(0, len(crops), BATCH)])


def build_reader(
    settings: Settings,
    *,
    classifier: Classifier | None = None,
    detector: FaceDetector | None = None,
    max_waiting: int | None = None,
    note_batch: Callable[[int], None] = lambda num_faces: None,
) -> FaceReader:
    """Returns the reader of an operator's settings: the same for the server, the label command and the public API.

    Args:
        settings: Model, detector and limits.
        classifier: Classifier to use instead of the artifact in `MODEL_DIR`.
        detector: Detector to use instead of the one that docs/reference/detection.md chose.
        max_waiting: Crops that may wait for the model; `MAX_WAITING_FACES` if left out.
        note_batch: See `load_classifier`.

    Raises:
        ModelError: If the artifact is not usable.
        DetectorError: If the detector is not usable.
    """
    detector = detector or load_detector(settings)  # first: it says at once what is missing
    classifier = classifier or load_classifier(
        settings.model_dir,
        runtime=settings.classifier,
        precision=settings.precision,
        parallel=settings.frame_threads,
        threads=settings.classify_threads,
        max_waiting=settings.max_waiting_faces if max_waiting is None else max_waiting,
        note_batch=note_batch,
        signatures=SignaturePolicy.of(settings),
        remote=RemoteServers.of(settings),
    )
    return FaceReader(
        detector,
        classifier,
        thresholds_of(classifier.card, settings),
        max_bytes=settings.max_photo_bytes,
        max_pixels=settings.max_photo_pixels,
        max_faces=settings.max_faces,
    )


def thresholds_of(card: Card, settings: Settings) -> LabelThresholds:
    """Returns the thresholds of a model's card, where the operator has not set others."""
    return LabelThresholds.of_card(
        card,
        min_confidence=settings.min_confidence,
        smoothing_s=settings.smoothing_s,
        settle_s=settings.settle_s,
        strength=settings.label_strength,
    )
