"""Small files from the web: radio stations' playlists, titles of embeds.

Visitors name the addresses, so it is short, bounded, and never asks inside the operator's network unless it may.
"""

from __future__ import annotations

import ipaddress
import json
import socket
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import urljoin, urlsplit

from webapp.errors import NotUnderstood
from webapp.music.catalogue.tables import clean
from webapp.version import VERSION

TIMEOUT_S = 4.0
MAX_BYTES = 256 * 1024
MAX_HOPS = 4


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
    """Fetches from the public web, or from anywhere."""

    def __init__(self, *, private: bool, offline: bool = False) -> None:
        """Chooses what may be fetched.

        Args:
            private: Whether hosts of the operator's own network may be asked.
            offline: Whether nothing is fetched at all.
        """
        self._private = private
        self._offline = offline

    def get(self, address: str) -> Fetched:
        """Fetches an address, over a few redirects.

        Raises:
            NotUnderstood: If it cannot be fetched; the message says why.
        """
        for _ in range(MAX_HOPS):
            connection = self._connect(address)
            try:
                answer = _ask(connection, address)
                if answer.status in (301, 302, 303, 307, 308):
                    address = urljoin(address, answer.headers.get("Location", ""))
                    continue
                if answer.status != 200:
                    raise NotUnderstood(f"{_host(address)} answers with status {answer.status}.")
                return _take(address, answer)
            except (OSError, HTTPException, ValueError) as error:
                raise NotUnderstood(
                    f"{_host(address)} does not answer as a web server does ({error})."
                ) from error
            finally:
                connection.close()
        raise NotUnderstood("The address only leads from one address to the next.")

    def title(self, oembed: str) -> str:
        """Returns the title that an oEmbed address tells, empty if it tells none or cannot be reached."""
        if not oembed:
            return ""
        try:
            answer = json.loads(self.get(oembed).content)
            title = answer.get("title") if isinstance(answer, dict) else None
        except (NotUnderstood, ValueError):
            return ""
        return clean(title, 200) if isinstance(title, str) else ""

    def _connect(self, address: str) -> HTTPConnection:
        if self._offline:
            raise NotUnderstood("This server fetches nothing from the web (WEB_FETCH=off).")
        try:
            parts = urlsplit(address)
            host, port = parts.hostname, parts.port
        except ValueError:
            host, port, parts = None, None, urlsplit("")
        if parts.scheme not in ("http", "https") or not host or parts.username is not None:
            raise NotUnderstood(f"Expected an address with http:// or https://. Received: {address[:120]!r}")
        secure = parts.scheme == "https"
        ip = self._resolve(host, port or (443 if secure else 80))
        kind = _SecureConnection if secure else _PlainConnection
        return kind(host, port, ip)

    def _resolve(self, host: str, port: int) -> str:
        """Returns the one IP address that is then connected to: a name may not change its mind in between."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise NotUnderstood(f"There is no host {host[:80]!r}, or this server is offline.") from error
        ip = str(found[0][4][0])
        if not self._private and not ipaddress.ip_address(ip.partition("%")[0]).is_global:
            raise NotUnderstood(
                f"{host[:80]!r} is in a private network, which this server does not ask. Its operator can allow it "
                "with WEB_FETCH=any."
            )
        return ip


class _PlainConnection(HTTPConnection):
    def __init__(self, host: str, port: int | None, ip: str) -> None:
        super().__init__(host, port, timeout=TIMEOUT_S)
        self._ip = ip

    def connect(self) -> None:
        self.sock = socket.create_connection((self._ip, self.port), self.timeout)


class _SecureConnection(HTTPSConnection):
    def __init__(self, host: str, port: int | None, ip: str) -> None:
        super().__init__(host, port, timeout=TIMEOUT_S)
        self._ip = ip

    def connect(self) -> None:
        plain = socket.create_connection((self._ip, self.port), self.timeout)
        self.sock = self._context.wrap_socket(plain, server_hostname=self.host)  # type: ignore[attr-defined]


def _ask(connection: HTTPConnection, address: str) -> HTTPResponse:
    parts = urlsplit(address)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection.request("GET", path, headers={"User-Agent": f"Countenance/{VERSION}", "Accept": "*/*"})
    return connection.getresponse()


def _take(address: str, answer: HTTPResponse) -> Fetched:
    content_type = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    sound = is_sound(content_type)
    return Fetched(
        address,
        content_type,
        clean(answer.headers.get("icy-name", ""), 200),
        b"" if sound else answer.read(MAX_BYTES),
    )


def is_sound(content_type: str) -> bool:
    """Whether a content type is that of sound, and not of a list of addresses."""
    lists = ("audio/x-mpegurl", "audio/mpegurl", "audio/x-scpls", "audio/scpls")
    return (
        content_type.startswith("audio/") or content_type == "application/ogg"
    ) and content_type not in lists


def _host(address: str) -> str:
    return repr((urlsplit(address).hostname or "")[:80])
