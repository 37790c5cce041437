"""The mood journal: how long which expression was settled, per day. Only for those who switched it on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from webapp.music.tables import JournalDay

MAX_SECONDS = 24 * 3600.0


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
