"""What is played next: the pure choice of webapp/music/choice/ranking.py on what the database has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import Session

from webapp.core.affect import CENTER, Point
from webapp.errors import NoMusic
from webapp.music.catalogue.tables import SHARED, Entry, Feedback, Playlist, Track
from webapp.music.catalogue.tracks import LINKS
from webapp.music.catalogue.views import PlaylistView, TrackView, point_of_row, view_playlist
from webapp.music.catalogue.visitors import ANYONE, Visitor
from webapp.music.choice.policies import Policy
from webapp.music.choice.ranking import Candidate, Choice, choose

STAY_BONUS = 0.1
"""How much nearer the playlist that plays already counts."""

NEAREST = 100
"""Tracks of one playlist that are looked at, besides those that the listener liked."""

LONG = 2000
"""From so many tracks on a playlist is looked through by the index of the plane."""

REACHES = (0.15, 0.3, 0.45, 0.6, 0.9, 1.4, 3.0)
"""How far around the target the index is asked for, one after the other."""

TURNS = 10_007
"""Of many tracks as near, which are looked at begins at one of so many places, another for each choice."""


@dataclass(frozen=True)
class SelectionRequest:
    """What a page asks for.

    Attributes:
        mood: Place of the settled mood, or of the one set by hand.
        policy: Policy that turns the mood into a target.
        songs: Number of songs heard since the mood settled, >= 0.
        goal: The visitor's own goal.
        listener: Name of the listener whose feedback counts.
        playing: Id of the playlist that plays already.
        recent: Tracks heard just now, the last one first.
        kinds: Kinds that may be played; `None` for all, with built-in music only where there is nothing else.
        only: Id of the one playlist to choose from.
        avoid: Tracks that did not play for this visitor; not chosen while something else is left.
        visitor: The visitor who asks: only what they see is chosen.
        first: Whether this visitor starts music for the first time, which never begins with another's address.
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
    avoid: tuple[int, ...] = ()
    visitor: Visitor = ANYONE
    first: bool = False

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


def select_next(session: Session, wish: SelectionRequest, *, random: np.random.Generator) -> Selection:
    """Chooses the playlist, then one of its tracks.

    Raises:
        NoMusic: If nothing can be played.
    """
    playable = _playable(session, wish)
    lists = _choose_playlist(session, wish, playable, random)
    if lists is None:
        raise NoMusic(
            "There is no music that can be played. Add a playlist, or set MUSIC_DIR to a folder with music."
        )
    view = view_playlist(session, session.get_one(Playlist, lists.id))
    turn = int(random.spawn(1)[0].integers(TURNS))  # spawned: what `random` draws does not depend on it
    candidates = _track_candidates(session, wish, view, playable, turn)
    choice = choose(candidates, wish.target, recent=(*wish.avoid, *wish.recent), random=random)
    if choice is None:
        raise NoMusic("The playlist's last track cannot be played any more. Try again.")
    return Selection(
        view,
        TrackView.of(session.get_one(Track, choice.id)),
        wish.target,
        lists,
        choice,
    )


def _choose_playlist(
    session: Session, wish: SelectionRequest, playable: ColumnElement[bool], random: np.random.Generator
) -> Choice | None:
    """Chooses among the playlists that have more than what has just been heard or did not play, if there are any."""
    more = playable & Track.id.not_in((*wish.recent[:1], *wish.avoid))
    for allowed in (more, playable):
        candidates = _playlist_candidates(session, wish, allowed)
        if chosen := choose(candidates, wish.target, recent=(), random=random):
            return chosen
    return None


def _playable(session: Session, wish: SelectionRequest) -> ColumnElement[bool]:
    playable = Track.state == "ok"
    if wish.first and wish.only is None:
        playable &= Track.kind.not_in(LINKS) | (Track.owner != SHARED)
    if wish.kinds is not None:
        return playable & Track.kind.in_(wish.kinds)
    if wish.only is not None:
        return playable
    return _own_before_built_in(session, wish.visitor, playable, wish.avoid)


def _own_before_built_in(
    session: Session, visitor: Visitor, playable: ColumnElement[bool], avoid: Sequence[int] = ()
) -> ColumnElement[bool]:
    """Leaves built-in pieces out where there is something else."""
    own = playable & (Track.kind != "built_in") & Track.id.not_in(avoid)
    in_use = select(Playlist.id).where(_is_there(visitor), _holds(own)).limit(1)
    return playable if session.scalar(in_use) is None else own


def choosable_ids(session: Session, playlist_ids: Sequence[int], visitor: Visitor) -> list[int]:
    """Returns from which of some playlists music is chosen now."""
    playable = _own_before_built_in(session, visitor, Track.state == "ok")
    which = (Playlist.id.in_(playlist_ids), _is_there(visitor), _holds(playable))
    return list(session.scalars(select(Playlist.id).where(*which)))


def _is_there(visitor: Visitor) -> ColumnElement[bool]:
    return Playlist.deleted_at.is_(None) & visitor.sees(Playlist)


def _holds(playable: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a playlist has at least one track that can be played."""
    return exists().where(Entry.playlist_id == Playlist.id, Track.id == Entry.track_id, playable)


def _playlist_candidates(
    session: Session, wish: SelectionRequest, playable: ColumnElement[bool]
) -> list[Candidate]:
    query = select(Playlist).where(_is_there(wish.visitor), _holds(playable))
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
    session: Session, wish: SelectionRequest, playlist: PlaylistView, playable: ColumnElement[bool], turn: int
) -> list[Candidate]:
    middle = playlist.point or CENTER
    rows = {row.id: row for row in _nearest(session, wish, playlist, playable, turn)}
    rows.update({row.id: row for row in _liked(session, wish, playlist, playable) if row.id not in rows})
    opinions = _track_opinions(session, wish.listener, list(rows))
    found = []
    for number, row in rows.items():
        is_known = row.valence is not None and row.arousal is not None
        point = Point(row.valence, row.arousal) if is_known else middle
        found.append(Candidate(number, point, *opinions.get(number, (0, 0))))
    return found


def _nearest(
    session: Session, wish: SelectionRequest, playlist: PlaylistView, playable: ColumnElement[bool], turn: int
) -> list[Any]:
    """Returns the rows of the tracks nearest to the target, the nearest first; `turn` says which of many as near."""
    middle, target = playlist.point or CENTER, wish.target
    valence = func.coalesce(Track.valence, middle.valence) - target.valence
    arousal = func.coalesce(Track.arousal, middle.arousal) - target.arousal
    away = valence * valence + arousal * arousal
    wanted = NEAREST + len(wish.recent)
    near = select(Track.id, Track.valence, Track.arousal, away.label("away"))
    near = near.order_by(away, (Track.id + turn) % TURNS).limit(wanted)
    rows: Sequence[Any] = ()
    if playlist.num_tracks > LONG:
        here = _is_on(playlist.id) & playable
        reaches = _reaches(session, middle.distance(target), here)
        rows = _in_reach(session, near.where(here), target, reaches, wanted)
    if not rows:
        near = near.join(Entry, Entry.track_id == Track.id)
        rows = session.execute(near.where(Entry.playlist_id == playlist.id, playable)).all()
    return sorted(rows, key=lambda row: (row.away, row.id))


def _in_reach(
    session: Session, near: Select[*tuple[Any, ...]], target: Point, reaches: Sequence[float], wanted: int
) -> Sequence[Any]:
    """Returns the rows of the nearest tracks by the index of the plane; none if too few are near."""
    for reach in reaches:
        sides = (
            Track.valence.between(target.valence - reach, target.valence + reach),
            Track.arousal.between(target.arousal - reach, target.arousal + reach),
        )
        rows = session.execute(near.where(*sides)).all()
        if len(rows) == wanted and rows[-1].away <= reach * reach:  # none outside of the sides is nearer
            return rows
    return ()


def _reaches(session: Session, middle_away: float, here: ColumnElement[bool]) -> list[float]:
    """Returns how far to look by the index of the plane, in which tracks without a mood are not.

    They count as the playlist's middle, so if there are any, what is further away than that is not looked up.
    """
    if session.scalar(select(Track.id).where(Track.valence.is_(None), here).limit(1)) is None:
        return list(REACHES)
    return [reach for reach in REACHES if reach < middle_away]


def _liked(
    session: Session, wish: SelectionRequest, playlist: PlaylistView, playable: ColumnElement[bool]
) -> Sequence[Any]:
    """Returns the rows of tracks that the listener liked, wherever on the plane they are."""
    liked = (Feedback.listener == wish.listener) & (Feedback.likes > 0) & (Feedback.track_id == Track.id)
    query = select(Track.id, Track.valence, Track.arousal).join(Feedback, liked)
    return session.execute(query.where(_is_on(playlist.id), playable).limit(NEAREST)).all()


def _is_on(playlist_id: int) -> ColumnElement[bool]:
    # Of the entry only its number: with all its columns SQLite would read the whole playlist for each track.
    return select(Entry.id).where(Entry.track_id == Track.id, Entry.playlist_id == playlist_id).exists()


def _track_opinions(session: Session, listener: str, numbers: list[int]) -> dict[int, tuple[int, int]]:
    """Returns a listener's likes and skips of some tracks."""
    which = (Feedback.listener == listener, Feedback.track_id.in_(numbers))
    query = select(Feedback.track_id, Feedback.likes, Feedback.skips).where(*which)
    return {number: (likes, skips) for number, likes, skips in session.execute(query)}
