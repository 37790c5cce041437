"""Which face of this frame is which face of the last, and which of them are really there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from webapp.core.geometry import Box, iou
from webapp.core.smoothing import smooth
from webapp.core.verdicts import Rule, Verdict, decide

MIN_OVERLAP = 0.25
PRESENCE_TAU_S = 0.25
APPEAR = 0.6
VANISH = 0.3
FORGET_S = 3.0
"""A face that comes back to its place within so long is the same one, in number and colour."""


@dataclass(frozen=True)
class Track:
    """One face followed over frames.

    Attributes:
        id: Stays with the face while it is followed, >= 1.
        box: Where it was last seen.
        probs: float array `(num_labels,)`, smoothed over time.
        verdict: What is said of it.
        seen_s: When it was last seen, in seconds of the caller's clock.
        presence: The share of the last quarter of a second in which it was seen, 0..1: an exponential average.
        shown: Whether it counts as a face.
    """

    id: int
    box: Box
    probs: np.ndarray
    verdict: Verdict
    seen_s: float
    presence: float
    shown: bool


@dataclass(frozen=True)
class Tracks:
    """All faces followed for one visitor.

    Attributes:
        known: Seen in the last frame, in its order; then those not seen in it that are still waited for.
        at_s: Time of the last frame, in seconds of the caller's clock.
        next_id: The id of the next new face.
    """

    known: tuple[Track, ...] = ()
    at_s: float = 0.0
    next_id: int = 1

    @property
    def shown(self) -> tuple[Track, ...]:
        """The faces that count, largest first."""
        return tuple(sorted((t for t in self.known if t.shown), key=lambda track: -track.box.area))


def follow(
    tracks: Tracks, boxes: Sequence[Box], probs: np.ndarray, *, now_s: float, tau_s: float, rule: Rule
) -> Tracks:
    """Matches the faces of a new frame with those followed, greedily by overlap, and steadies what they say.

    Detectors miss a face now and then and see one where none is. So a face counts by its presence, the share of
    the last quarter of a second in which it was seen: from 0.6 on, until it falls below 0.3. A face beside others
    counts after 230 ms, one that is missed stays for 300 ms where it was, one that only flickers never counts for
    long. Where nobody was, faces count at once.

    Args:
        tracks: The state after the last frame.
        boxes: Faces of the new frame.
        probs: float array `(len(boxes), num_labels)`.
        now_s: Time of the new frame, in seconds; not before the last one.
        tau_s: Time constant of the smoothing, > 0.
        rule: When a label changes.

    Returns:
        The new state.
    """
    waited_for = [t for t in tracks.known if now_s - t.seen_s <= FORGET_S]
    pairs = _match(waited_for, boxes)
    kept = math.exp(-max(now_s - tracks.at_s, 0.0) / PRESENCE_TAU_S)
    next_id, known = tracks.next_id, []
    for index, box in enumerate(boxes):
        if index in pairs:
            old = waited_for[pairs[index]]
            dt_s = max(now_s - old.seen_s, 1e-3)
            smoothed = smooth(old.probs, probs[index], dt_s=dt_s, tau_s=tau_s)
            verdict = decide(old.verdict, smoothed, rule)
            presence = 1 - kept * (1 - old.presence)
            shown = presence >= (VANISH if old.shown else APPEAR)
            known.append(Track(old.id, box, smoothed, verdict, now_s, presence, shown))
        else:
            verdict = decide(None, probs[index], rule)
            known.append(Track(next_id, box, probs[index], verdict, now_s, 0.0, False))
            next_id += 1
    # A face that is missed keeps its place, unless as many are seen as before: then it came back as another one.
    room = len(boxes) < sum(t.shown for t in tracks.known)
    for number, track in enumerate(waited_for):
        if number not in pairs.values():
            left = track.presence * kept
            known.append(replace(track, presence=left, shown=track.shown and room and left >= VANISH))
    return Tracks(_show_somebody(known, len(boxes)), now_s, next_id)


def _show_somebody(known: Sequence[Track], num_seen: int) -> tuple[Track, ...]:
    """Where no face counts yet, those seen now count at once."""
    if any(track.shown for track in known):
        return tuple(known)
    seen = (replace(track, presence=1.0, shown=True) for track in known[:num_seen])
    return (*seen, *known[num_seen:])


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
