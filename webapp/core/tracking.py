"""Which face of this frame is which face of the last: greedy matching by overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from webapp.core.geometry import Box, iou
from webapp.core.smoothing import smooth

MIN_OVERLAP = 0.25


@dataclass(frozen=True)
class Track:
    """One face followed over frames.

    Attributes:
        id: Stays with the face while it is followed, >= 1.
        box: Where it was last seen.
        probs: float array `(num_labels,)`, smoothed over time.
        seen_s: When it was last seen, in seconds of the caller's clock.
        confirmed: Whether it counts. Beside faces that are followed already, a new one counts from its second
            frame in a row on: detectors see a phantom now and then, but seldom twice (SORT, Bewley et al. 2016).
    """

    id: int
    box: Box
    probs: np.ndarray
    seen_s: float
    confirmed: bool


@dataclass(frozen=True)
class Tracks:
    """All faces followed for one visitor.

    Attributes:
        seen: Those of the last frame, in its order.
        lost: Those not seen in it, still waited for.
        next_id: The id of the next new face.
    """

    seen: tuple[Track, ...] = ()
    lost: tuple[Track, ...] = ()
    next_id: int = 1


def follow(
    tracks: Tracks,
    boxes: Sequence[Box],
    probs: np.ndarray,
    *,
    now_s: float,
    tau_s: float,
    forget_s: float = 1.0,
) -> Tracks:
    """Matches the faces of a new frame with those followed and smooths their probabilities.

    Args:
        tracks: The state after the last frame.
        boxes: Faces of the new frame.
        probs: float array `(len(boxes), num_labels)`.
        now_s: Time of the new frame, in seconds; not before the last one.
        tau_s: Time constant of the smoothing, > 0.
        forget_s: A face not seen for longer than this comes back as a new one.

    Returns:
        The new state; `seen` is in the order of `boxes`.
    """
    known = [t for t in (*tracks.seen, *tracks.lost) if now_s - t.seen_s <= forget_s]
    pairs = _match(known, boxes)
    nobody_known = not any(t.confirmed for t in known)
    next_id, seen = tracks.next_id, []
    for index, box in enumerate(boxes):
        old = known[pairs[index]] if index in pairs else None
        if old is None:
            seen.append(Track(next_id, box, probs[index], now_s, confirmed=nobody_known))
            next_id += 1
        else:
            dt_s = max(now_s - old.seen_s, 1e-3)
            smoothed = smooth(old.probs, probs[index], dt_s=dt_s, tau_s=tau_s)
            seen.append(Track(old.id, box, smoothed, now_s, confirmed=True))
    lost = tuple(t for number, t in enumerate(known) if number not in pairs.values() and t.confirmed)
    return Tracks(tuple(seen), lost, next_id)


def _match(known: Sequence[Track], boxes: Sequence[Box]) -> dict[int, int]:
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
