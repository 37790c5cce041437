"""What is kept of a listener, a random name of a browser: feedback on tracks, and the mood journal if switched on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from webapp.errors import Full
from webapp.music.catalogue import tracks
from webapp.music.catalogue.tables import Feedback, JournalDay
from webapp.music.catalogue.visitors import ANYONE, Visitor

MAX_SECONDS = 24 * 3600.0

MAX_LINES = 7_500
"""Lines of one listener's journal: three years of days with each of the seven expressions."""
MAX_TRACKS = 20_000
"""Tracks of which feedback of one listener is kept."""
MAX_ROWS = 500_000
"""Rows of all listeners in each of the two tables. A listener is a name that anybody can make up, so their own limits
are not enough."""


@dataclass(frozen=True)
class JournalLine:
    """One expression of one day."""

    day: str
    label: str
    seconds: float


def note(session: Session, listener: str, day: str, label: str, seconds: float) -> None:
    """Adds some seconds to an expression of a day: all that is kept of it is the sum."""
    row = session.get(JournalDay, (listener, day, label))
    if row is None:
        _make_room(session, JournalDay, listener, MAX_LINES)
        row = JournalDay(listener=listener, day=day, label=label, seconds=0.0)
        session.add(row)
    row.seconds = min(row.seconds + seconds, MAX_SECONDS)


def export(session: Session, listener: str) -> Sequence[JournalLine]:
    """Returns all that is kept of a listener, the oldest day first."""
    query = (
        select(JournalDay).where(JournalDay.listener == listener).order_by(JournalDay.day, JournalDay.label)
    )
    return [JournalLine(row.day, row.label, row.seconds) for row in session.scalars(query)]


def forget(session: Session, listener: str) -> None:
    """Deletes all that is kept of a listener."""
    session.execute(delete(JournalDay).where(JournalDay.listener == listener))


def react(
    session: Session, listener: str, track_id: int, action: str, *, visitor: Visitor = ANYONE
) -> Feedback:
    """Notes what a listener did with a track: `like`, `unlike`, `skip`, `unskip` or `played`."""
    tracks.find(session, track_id, visitor=visitor)
    row = session.get(Feedback, (listener, track_id))
    if row is None:
        _make_room(session, Feedback, listener, MAX_TRACKS)
        row = Feedback(listener=listener, track_id=track_id, likes=0, skips=0, plays=0)
        session.add(row)
    if action in ("like", "unlike"):
        row.likes = int(action == "like")
    elif action == "skip":
        row.skips += 1
    elif action == "unskip":
        row.skips = max(0, row.skips - 1)
    else:
        row.plays += 1
    session.flush()
    session.expunge(row)
    return row


def forget_feedback(session: Session, listener: str) -> None:
    """Removes all feedback of one listener."""
    session.execute(delete(Feedback).where(Feedback.listener == listener))


def _make_room(session: Session, table: type[JournalDay] | type[Feedback], listener: str, most: int) -> None:
    """Refuses another row where there are too many, of this listener or in all."""
    what = "journal" if table is JournalDay else "feedback"
    own = session.scalar(select(func.count()).select_from(table).where(table.listener == listener)) or 0
    if own >= most:
        raise Full(f"Your {what} has {most} lines, as many as there may be. Delete it to begin anew.")
    if (session.scalar(select(func.count()).select_from(table)) or 0) >= MAX_ROWS:
        raise Full(f"This server keeps no more {what}. Its operator can make room.")
