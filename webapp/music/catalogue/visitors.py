"""Who asks: what a visitor sees of the catalogue, what is theirs, and what they may change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement

from webapp.music.catalogue.tables import SHARED, Playlist, Track

Edits = Literal["everyone", "own", "nobody"]


@dataclass(frozen=True)
class Visitor:
    """One visitor of this server's music.

    Attributes:
        id: Random id from the visitor's cookie; empty for one without a cookie.
        edits: `everyone` where visitors make and change what all see, `own` where each has their own, or `nobody`.
    """

    id: str = ""
    edits: Edits = "everyone"

    @property
    def owner(self) -> str:
        """Owner of what this visitor makes."""
        return self.id if self.edits == "own" else SHARED

    def sees(self, table: type[Playlist] | type[Track]) -> ColumnElement[bool]:
        """Returns the condition for the rows that this visitor sees: what is shared, and their own."""
        return table.owner.in_((SHARED, self.id)) if self.id else table.owner == SHARED

    def may_see(self, owner: str) -> bool:
        """Whether this visitor sees what belongs to an owner."""
        return owner in (SHARED, self.id)

    def may_change(self, owner: str) -> bool:
        """Whether this visitor may change what belongs to an owner."""
        if self.edits == "nobody" or not self.may_see(owner):
            return False
        return self.edits == "everyone" or owner != SHARED


ANYONE = Visitor()
"""One without a cookie, where everyone may change what is shared: also the server's own work."""
