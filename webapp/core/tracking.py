"""Faces over time: which of them is which of the last frame, which are really there, which is the primary one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from webapp.core.geometry import Box, iou
from webapp.core.label_state import (
    FaceReading,
    Hysteresis,
    LabelState,
    LabelThresholds,
    read_face,
    smooth,
    update_label,
)
from webapp.core.resting_face import RestingFace

MIN_OVERLAP = 0.25
HIT_RATE_TAU_S = 0.25
CONFIRM_AT = 0.6
DROP_AT = 0.3
MAX_AGE_S = 3.0
"""Longest absence after which a face that returns to its place keeps its id, and with it its number and colour."""
SWITCH_AFTER_S = 0.6


@dataclass(frozen=True)
class RelativeState:
    """A followed face, read against the visitor's resting face.

    Attributes:
        probs: float array `(num_labels,)`, smoothed over time.
        label_state: Its label.
    """

    probs: np.ndarray
    label_state: LabelState


@dataclass(frozen=True)
class FaceTrack:
    """One face followed over frames.

    Attributes:
        id: Number that stays with the face while it is followed, >= 1.
        box: Place where the face was last seen.
        probs: float array `(num_labels,)`, smoothed over time.
        label_state: The label that is shown for it.
        seen_s: Time when it was last seen, in seconds of the caller's clock.
        hit_rate: Share of the last quarter of a second in which it was seen, 0..1: an exponential average.
        shown: Whether it counts as a face.
        relative: The same, read against the visitor's resting face; `None` without one.
    """

    id: int
    box: Box
    probs: np.ndarray
    label_state: LabelState
    seen_s: float
    hit_rate: float
    shown: bool
    relative: RelativeState | None = None


@dataclass(frozen=True)
class FaceTracks:
    """All faces followed for one visitor.

    Attributes:
        known: The faces of the last frame, in its order; then those that it lacked but that may return.
        at_s: Time of the last frame, in seconds of the caller's clock.
        next_id: The id of the next new face.
        size: Width and height of the last frame in pixels, in which the boxes are; `None` before the first.
    """

    known: tuple[FaceTrack, ...] = ()
    at_s: float = 0.0
    next_id: int = 1
    size: tuple[int, int] | None = None

    @property
    def shown(self) -> tuple[FaceTrack, ...]:
        """The faces that count, largest first."""
        return tuple(sorted((t for t in self.known if t.shown), key=lambda track: -track.box.area))


def update_tracks(  # noqa: PLR0913 - a frame, its time, and how its visitor is read
    tracks: FaceTracks,
    boxes: Sequence[Box],
    probs: np.ndarray,
    *,
    size: tuple[int, int],
    now_s: float,
    thresholds: LabelThresholds,
    resting: RestingFace | None = None,
) -> FaceTracks:
    """Returns the state after a frame: its faces matched with the known ones, greedily by overlap, labels steadied.

    A detector misses a face now and then, and sees one where none is. So a face counts by its hit rate: from 0.6 on,
    until it falls below 0.3. Beside others it counts after 230 ms, a missed one stays in place for 300 ms, and one that
    only flickers never counts for long. Where there was no face before, faces count at once.

    Args:
        tracks: State after the last frame.
        boxes: Faces of the new frame, in its pixels.
        probs: float array `(len(boxes), num_labels)`, as the model gives them.
        size: Width and height of the new frame in pixels; a page sends smaller ones while many are here.
        now_s: Time of the new frame, in seconds; not before the last one.
        thresholds: Thresholds of the labels, how fast they change, and how common they are taken to be.
        resting: The visitor's resting face; every face is then also read against it.
    """
    if tracks.size not in (None, size):
        tracks = _scaled(tracks, size[0] / tracks.size[0], size[1] / tracks.size[1])
    probs, tau_s, hysteresis = thresholds.adjust(probs), thresholds.smoothing_s, thresholds.hysteresis
    # Before the smoothing: a trace of the last smile, gone from the probabilities, is long in their logarithms.
    relative = None if resting is None else resting.read(probs)
    candidates = [t for t in tracks.known if now_s - t.seen_s <= MAX_AGE_S]
    pairs = _match(candidates, boxes)
    decay = math.exp(-max(now_s - tracks.at_s, 0.0) / HIT_RATE_TAU_S)
    next_id, known = tracks.next_id, []
    for index, box in enumerate(boxes):
        if index in pairs:
            old = candidates[pairs[index]]
            dt_s = max(now_s - old.seen_s, 1e-3)
            smoothed = smooth(old.probs, probs[index], dt_s=dt_s, tau_s=tau_s)
            label_state = update_label(old.label_state, smoothed, hysteresis)
            hit_rate = 1 - decay * (1 - old.hit_rate)
            shown = hit_rate >= (DROP_AT if old.shown else CONFIRM_AT)
            state = _follow(old.relative, relative, index, dt_s=dt_s, tau_s=tau_s, hysteresis=hysteresis)
            known.append(FaceTrack(old.id, box, smoothed, label_state, now_s, hit_rate, shown, state))
        else:
            label_state = update_label(None, probs[index], hysteresis)
            state = _follow(None, relative, index, dt_s=1.0, tau_s=tau_s, hysteresis=hysteresis)
            known.append(FaceTrack(next_id, box, probs[index], label_state, now_s, 0.0, False, state))
            next_id += 1
    # A missed face keeps its place, unless as many faces are seen as before: then it has come back as another track.
    room = len(boxes) < sum(t.shown for t in tracks.known)
    for number, track in enumerate(candidates):
        if number not in pairs.values():
            hit_rate = track.hit_rate * decay
            shown = track.shown and room and hit_rate >= DROP_AT
            kept = None if resting is None else track.relative
            known.append(replace(track, hit_rate=hit_rate, shown=shown, relative=kept))
    return FaceTracks(_show_at_least_one(known, len(boxes)), now_s, next_id, size)


def _follow(
    before: RelativeState | None,
    relative: np.ndarray | None,
    index: int,
    *,
    dt_s: float,
    tau_s: float,
    hysteresis: Hysteresis,
) -> RelativeState | None:
    """Returns the relative reading of one face of a frame; `None` without a resting face."""
    if relative is None:
        return None
    last, label_state = (None, None) if before is None else (before.probs, before.label_state)
    smoothed = smooth(last, relative[index], dt_s=dt_s, tau_s=tau_s)
    return RelativeState(smoothed, update_label(label_state, smoothed, hysteresis))


def _scaled(tracks: FaceTracks, x: float, y: float) -> FaceTracks:
    """Returns the tracks in a frame that is `x` times as wide and `y` times as high."""
    known = (
        replace(one, box=Box(one.box.x * x, one.box.y * y, one.box.w * x, one.box.h * y))
        for one in tracks.known
    )
    return replace(tracks, known=tuple(known))


def read_track(
    track: FaceTrack, tracks: FaceTracks, thresholds: LabelThresholds, *, is_primary: bool
) -> FaceReading:
    """Returns what is said about a face after a frame.

    Args:
        track: The face.
        tracks: All of them, after the frame.
        thresholds: Labels and thresholds.
        is_primary: Whether the resting face is this one's; others have their own.
    """
    box = track.box.relative(*(tracks.size or (1, 1)))
    absolute = read_face(box, track.probs, thresholds, track.label_state)
    if track.relative is None or not is_primary:
        return absolute
    relative = read_face(box, track.relative.probs, thresholds, track.relative.label_state)
    return replace(relative, absolute=absolute)


def _show_at_least_one(known: Sequence[FaceTrack], num_seen: int) -> tuple[FaceTrack, ...]:
    """Confirms the faces of this frame at once where no face counts yet."""
    if any(track.shown for track in known):
        return tuple(known)
    seen = (replace(track, hit_rate=1.0, shown=True) for track in known[:num_seen])
    return (*seen, *known[num_seen:])


def _match(known: Sequence[FaceTrack], boxes: Sequence[Box]) -> dict[int, int]:
    """Returns `{index of box: index of track}`, best overlaps first, each used once."""
    overlaps = [
        (iou(track.box, box), number, index)
        for number, track in enumerate(known)
        for index, box in enumerate(boxes)
    ]
    pairs: dict[int, int] = {}
    for overlap, number, index in sorted(overlaps, reverse=True):
        if overlap >= MIN_OVERLAP and index not in pairs and number not in pairs.values():
            pairs[index] = number
    return pairs


@dataclass(frozen=True)
class PrimaryFace:
    """The face whose expression is the visitor's mood.

    Attributes:
        id: Id of its track.
        candidate: Id of the track that was largest in the last frame; may be the same.
        since_s: Time since when `candidate` has been the largest, in seconds of the caller's clock.
    """

    id: int
    candidate: int
    since_s: float


def update_primary_face(
    primary: PrimaryFace | None, ids: Sequence[int], *, now_s: float
) -> PrimaryFace | None:
    """Returns the primary face: the largest, once it has been the largest for 0.6 s.

    Two people of about one size take turns as the largest; the reading must not jump between them.

    Args:
        primary: State after the last frame.
        ids: Ids of the faces that count, largest first.
        now_s: Time of the frame, in seconds.

    Returns:
        `None` if there is no face.
    """
    if not ids:
        return None
    largest = ids[0]
    if primary is None or primary.id not in ids:
        return PrimaryFace(largest, largest, now_s)
    since_s = primary.since_s if primary.candidate == largest else now_s
    return PrimaryFace(largest if now_s - since_s >= SWITCH_AFTER_S else primary.id, largest, since_s)
