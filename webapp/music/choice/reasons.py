"""Why this playlist and this track, as parts and as one sentence."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.core.affect import describe
from webapp.music.choice.ranking import Why
from webapp.music.choice.selection import Selection, SelectionRequest

PLACES = {
    "even": "balanced",
    "pleasant": "bright",
    "unpleasant": "sad or tense",
    "active": "energetic",
    "quiet": "calm",
    "pleasant_active": "bright and energetic",
    "pleasant_quiet": "bright and calm",
    "unpleasant_active": "tense and energetic",
    "unpleasant_quiet": "sad and calm",
}
"""Places of the plane in words, for moods and music alike: nobody wants to be served unpleasant music."""
STEPS = {
    "match": "{origin} {mood}",
    "begin": "{origin} {mood}, and {policy} begins there",
    "step": "{origin} {mood}, and {policy} is {songs} songs on its way to {goal}",
    "arrived": "{origin} {mood}, and {policy} has come to {goal}",
}
ORIGINS = {"face": "Your expression is", "hand": "The mood that you chose is"}
PLAYLISTS: dict[Why, str] = {
    "nearest": "“{playlist}” is the nearest playlist",
    "liked": "you like what is in “{playlist}”",
    "among_near": "“{playlist}” is one of the nearest playlists",
    "only_one": "“{playlist}” is the only playlist to choose from",
    "stay": "“{playlist}” goes on because it is still near",
}
TRACKS: dict[Why, str] = {
    "nearest": "“{track}” is its nearest track",
    "liked": "you liked “{track}” before",
    "among_near": "“{track}” is one of its nearest tracks",
    "only_one": "“{track}” is its only track",
    "stay": "“{track}” is near, too",
}


@dataclass(frozen=True)
class Reason:
    """Codes for those who translate, and the sentence in English.

    Attributes:
        origin: Origin of the mood, `face` or `hand`.
        mood: A word of `PLACES`.
        step: `match`, `begin`, `step` or `arrived`.
        policy: The policy's name.
        policy_title: The policy's title, as it stands in the sentence.
        songs: Songs heard on the way.
        goal: A word of `PLACES`.
        playlist: Why this playlist.
        playlist_name: Its name.
        track: Why this track.
        track_title: Its title.
        text: The sentence.
    """

    origin: str
    mood: str
    step: str
    policy: str
    policy_title: str
    songs: int
    goal: str
    playlist: Why
    playlist_name: str
    track: Why
    track_title: str
    text: str


def explain(wish: SelectionRequest, selection: Selection, *, origin: str) -> Reason:
    """Says why a selection was made.

    Args:
        request: The request.
        selection: Its result.
        origin: `face` for a read expression, `hand` for a mood set by hand.
    """
    parts = {
        "origin": origin,
        "mood": describe(wish.mood),
        "step": _step(wish),
        "policy": wish.policy.name,
        "policy_title": wish.policy.title,
        "songs": wish.songs,
        "goal": describe(_goal(wish) or wish.mood),
        "playlist": selection.playlist_choice.why,
        "playlist_name": selection.playlist.name,
        "track": selection.track_choice.why,
        "track_title": selection.track.title,
    }
    return Reason(**parts, text=_sentence(parts))  # type: ignore[arg-type]


def _goal(wish: SelectionRequest):  # type: ignore[no-untyped-def]
    return wish.goal if wish.policy.own_goal and wish.goal is not None else wish.policy.goal


def _step(wish: SelectionRequest) -> str:
    goal = _goal(wish)
    if goal is None:
        return "match"
    if wish.target == goal:
        return "arrived"
    return "begin" if wish.target == wish.mood else "step"


def _sentence(parts: dict) -> str:
    words = {
        "origin": ORIGINS[parts["origin"]],
        "mood": PLACES[parts["mood"]],
        "goal": PLACES[parts["goal"]],
        "policy": f"“{parts['policy_title']}”",
        "songs": parts["songs"],
        "playlist": parts["playlist_name"],
        "track": parts["track_title"],
    }
    clauses = (STEPS[parts["step"]], PLAYLISTS[parts["playlist"]], TRACKS[parts["track"]])
    first, second, third = (clause.format(**words) for clause in clauses)
    return f"{first}: {second}, and {third}."
