"""Small files from the web: radio stations' playlists, titles of embeds. Blocking.

Visitors name the addresses, so each request is short, bounded, and never goes into the operator's network unless it
may.
"""

from __future__ import annotations

import json
import logging
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from webapp.concurrency.child_process import ProcessFailed, ProcessTooSlow, ask_process
from webapp.errors import NotUnderstood, ServerBusy
from webapp.music.catalogue.tables import clean
from webapp.music.sources import web_request
from webapp.version import VERSION

LIMIT_S = 6.0
"""For all of a request: name, connections, redirects, headers and content."""
MAX_ANSWER_BYTES = web_request.MAX_BYTES + 64 * 1024
PROGRAM = Path(web_request.__file__)

TOO_SLOW = (
    f"The address did not answer completely within {LIMIT_S:g} seconds. Try again later, or another address."
)
REFUSALS = {
    "no_address": "Expected an address with http:// or https://. Received: {where!r}",
    # The same words for both, so that nobody learns which names there are in the operator's network.
    "no_host": "There is no host {where!r} on the public web, or this server is offline. Hosts of a private network "
    "are asked only if the operator has set WEB_FETCH=any.",
    "no_answer": "{where!r} does not answer as a web server does.",
    "status": "{where!r} answers with status {detail}.",
    "loop": "The address only leads from one address to the next.",
}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Fetched:
    """The beginning of an answer.

    Attributes:
        address: Final address, after redirects.
        content_type: Lower case, without parameters.
        station: Name of an Icecast or SHOUTcast station; empty for others.
        content: Up to 256 KiB; empty for sound, which has no end.
    """

    address: str
    content_type: str
    station: str
    content: bytes


class Fetcher:
    """Fetches from the public web, or from anywhere, with a process for each request."""

    def __init__(self, *, private: bool, offline: bool = False, limit_s: float = LIMIT_S) -> None:
        """Chooses what may be fetched.

        Args:
            private: Whether hosts of the operator's own network may be asked.
            offline: Whether nothing is fetched at all.
            limit_s: Longest request, in seconds.
        """
        self._private = private
        self._offline = offline
        self._limit_s = limit_s

    def get(self, address: str) -> Fetched:
        """Fetches an address, over a few redirects.

        Raises:
            NotUnderstood: If it cannot be fetched; one sentence says why, and the log more.
            ServerBusy: If the process cannot do its work here.
        """
        if self._offline:
            raise NotUnderstood("This server fetches nothing from the web (WEB_FETCH=off).")
        described, content = self._ask(address)
        if code := described.get("refused"):
            log.info("a pasted address was refused: %s %s", code, clean(described["detail"], 200))
            raise NotUnderstood(REFUSALS[code].format(**described))
        return Fetched(
            described["address"], described["content_type"], clean(described["station"], 200), content
        )

    def title(self, oembed: str) -> str:
        """Returns the title that an oEmbed address tells, empty if it tells none or cannot be reached."""
        if not oembed:
            return ""
        try:
            answer = json.loads(self.get(oembed).content)
            title = answer.get("title") if isinstance(answer, dict) else None
        except (NotUnderstood, ServerBusy, ValueError, RecursionError):
            return ""
        return clean(title, 200) if isinstance(title, str) else ""

    def _ask(self, address: str) -> tuple[dict[str, Any], bytes]:
        question = {
            "address": address,
            "private": self._private,
            "agent": f"Countenance/{VERSION}",
            "limit_s": self._limit_s,
        }
        command = [
            sys.executable,
            "-I",
            str(PROGRAM),
        ]  # -I: no module of a folder that Python's environment variables name
        try:
            answer = ask_process(
                command, json.dumps(question).encode(), limit_s=self._limit_s, max_bytes=MAX_ANSWER_BYTES
            )
            line, _, content = answer.partition(b"\n")
            return json.loads(line), content
        except ProcessTooSlow:
            raise NotUnderstood(TOO_SLOW) from None
        except (ProcessFailed, OSError, ValueError) as error:
            log.warning("a pasted address could not be fetched: %s", error)
            raise ServerBusy("The server cannot fetch addresses just now. Try again later.") from error
