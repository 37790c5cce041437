"""Where music comes from. Each source fills the catalogue; the page plays each kind of track in its own way."""

from __future__ import annotations

from typing import Protocol

from webapp.music.tables import Track


class LinkSource(Protocol):
    """A source whose tracks are pasted addresses: streams and embeds."""

    def read(self, address: str) -> list[Track] | None:
        """Returns the tracks behind an address; `None` if it is none of this source's.

        Raises:
            NotUnderstood: If it is one of this source's, but nothing can be made of it.
        """
