"""What is played next: the pure choice of webapp.core on what the database has."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from webapp.core.affect import Point
from webapp.core.choosing import Candidate, Choice, choose
from webapp.core.policies import Policy
from webapp.music import playlists, tracks
from webapp.music.tables import Entry, Feedback, Playlist, Track
from webapp.music.views import NoMusic, PlaylistView, TrackView, point_of_row

STAY_BONUS = 0.1
"""How much nearer the playlist that plays already counts."""

NEAREST = 100
"""Tracks of one playlist that are looked at, besides those that the listener liked."""

ONLINE_KINDS = ("stream", "embed")


@dataclass(frozen=True)
class Wish:
    """What a page asks for.

    Attributes:
        mood: Settled, or set by hand.
        policy: Where music goes from it.
        songs: How many were heard since the mood settled, >= 0.
        goal: The visitor's own.
        listener: Whose feedback counts.
        playing: The playlist that plays already.
        recent: Tracks heard just now, the last one first.
        kinds: What may be played; `None` for all but built-in music, which then comes in where nothing else is.
        only: The one playlist to choose from.
    """

    mood: Point
    policy: Policy
    songs: int = 0
    goal: Point | None = None
    listener: str = ""
    playing: int | None = None
    recent: tuple[int, ...] = ()
    kinds: tuple[str, ...] | None = None
    only: int | None = None

    @property
    def target(self) -> Point:
        """Where the next song should be."""
        return self.policy.target(self.mood, songs=self.songs, goal=self.goal)


@dataclass(frozen=True)
class Selection:
    """What comes next, and what decided."""

    playlist: PlaylistView
    track: TrackView
    target: Point
    playlist_choice: Choice
    track_choice: Choice


def select_next(session: Session, wish: Wish, *, random: np.random.Generator) -> Selection:
    """Chooses the playlist, then one of its tracks.

    Raises:
        NoMusic: If nothing can be played.
    """
    playable = _playable(session, wish)
    lists = choose(_playlist_candidates(session, wish, playable), wish.target, recent=(), random=random)
    if lists is None:
        raise NoMusic(
            "There is no music that can be played. Add a playlist, or set MUSIC_DIR to a folder with music."
        )
    candidates = _track_candidates(session, wish, lists.id, playable)
    choice = choose(candidates, wish.target, recent=wish.recent, random=random)
    if choice is None:
        raise NoMusic("The playlist's last track cannot be played any more. Try again.")
    return Selection(
        playlists.get_playlist(session, lists.id),
        tracks.get_track(session, choice.id),
        wish.target,
        lists,
        choice,
    )


def _playable(session: Session, wish: Wish) -> ColumnElement[bool]:
    if wish.kinds is not None:
        return (Track.state == "ok") & Track.kind.in_(wish.kinds)
    own = (Track.state == "ok") & (Track.kind != "built_in")
    in_use = select(Playlist.id).where(Playlist.deleted_at.is_(None), _holds(own)).limit(1)
    if wish.only is not None or session.scalar(in_use) is None:
        return Track.state == "ok"
    return own


def _holds(playable: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a playlist has at least one track that can be played."""
    return exists().where(Entry.playlist_id == Playlist.id, Track.id == Entry.track_id, playable)


def _playlist_candidates(session: Session, wish: Wish, playable: ColumnElement[bool]) -> list[Candidate]:
    query = select(Playlist).where(Playlist.deleted_at.is_(None), _holds(playable))
    if wish.only is not None:
        query = query.where(Playlist.id == wish.only)
    opinions = _opinions(session, wish.listener)
    found = []
    for row in session.scalars(query):
        likes, skips = opinions.get(row.id, (0, 0))
        bonus = STAY_BONUS if row.id == wish.playing else 0.0
        found.append(Candidate(row.id, point_of_row(row), likes, skips, bonus))
    return found


def _opinions(session: Session, listener: str) -> dict[int, tuple[int, int]]:
    """Returns a listener's likes and skips of each playlist's tracks."""
    query = (
        select(Entry.playlist_id, func.sum(Feedback.likes), func.sum(Feedback.skips))
        .join(Feedback, Feedback.track_id == Entry.track_id)
        .where(Feedback.listener == listener)
        .group_by(Entry.playlist_id)
    )
    return {number: (int(likes), int(skips)) for number, likes, skips in session.execute(query)}


def _track_candidates(
    session: Session, wish: Wish, playlist_id: int, playable: ColumnElement[bool]
) -> list[Candidate]:
    place = playlists.find(session, playlist_id)
    valence = func.coalesce(Track.valence, place.valence or 0.0) - wish.target.valence
    arousal = func.coalesce(Track.arousal, place.arousal or 0.0) - wish.target.arousal
    here = (
        select(Track.id, Track.valence, Track.arousal)
        .join(Entry, Entry.track_id == Track.id)
        .where(Entry.playlist_id == playlist_id, playable)
    )
    near = here.order_by(valence * valence + arousal * arousal, Entry.position).limit(
        NEAREST + len(wish.recent)
    )
    known = select(Feedback.track_id).where(Feedback.listener == wish.listener, Feedback.likes > 0)
    liked = here.where(Track.id.in_(known)).limit(NEAREST)
    rows = {row.id: row for query in (near, liked) for row in session.execute(query)}
    opinions = _track_opinions(session, wish.listener, list(rows))
    middle = point_of_row(place)
    found = []
    for number, row in rows.items():
        is_known = row.valence is not None and row.arousal is not None
        point = Point(row.valence, row.arousal) if is_known else middle
        found.append(Candidate(number, point, *opinions.get(number, (0, 0))))
    return found


def _track_opinions(session: Session, listener: str, numbers: list[int]) -> dict[int, tuple[int, int]]:
    """Returns a listener's likes and skips of some tracks."""
    which = (Feedback.listener == listener, Feedback.track_id.in_(numbers))
    query = select(Feedback.track_id, Feedback.likes, Feedback.skips).where(*which)
    return {number: (likes, skips) for number, likes, skips in session.execute(query)}
