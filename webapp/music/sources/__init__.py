"""Where music comes from: `folder`, `streams`, `embeds`, `built_in`. Each makes `Track`s for the one catalogue.

A track's `kind` says how the page plays it. What is pasted goes through `read_address`.
"""

from __future__ import annotations

from webapp.music.catalogue.tables import Track
from webapp.music.sources.embeds import as_track, parse_embed
from webapp.music.sources.fetching import Fetcher
from webapp.music.sources.streams import read_stream


def read_address(address: str, fetcher: Fetcher) -> list[Track]:
    """Returns the tracks behind a pasted address; blocking, as it may ask the web.

    Raises:
        NotUnderstood: If it is no music that can be played here.
    """
    frame = parse_embed(address)
    if frame is not None:
        return [as_track(frame, fetcher.title(frame.oembed))]
    return read_stream(address, fetcher)
