"""One request to the web, in a process of its own: `python -I webapp/music/sources/web_request.py`.

Visitors name the addresses, so names that never resolve, hosts that drip and answers without end come with them. The
server ends this process after its time, wherever it is. It imports the standard library alone, to start quickly.

Standard input: `{"address", "private", "agent", "limit_s"}` as JSON. Standard output: a line of JSON, then the content.
"""

import contextlib
import ipaddress
import json
import signal
import socket
import sys
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import urljoin, urlsplit

MAX_BYTES = 256 * 1024
MAX_HOPS = 4

SPECIAL = [
    ipaddress.ip_network(text)
    for text in (
        "64:ff9b::/96",  # NAT64, RFC 6052: leads to IPv4 addresses, private ones among them
        "64:ff9b:1::/48",  # the same for networks of one's own, RFC 8215
        "2002::/16",  # 6to4, RFC 3056: likewise
        "2001::/32",  # Teredo, RFC 4380: likewise
        "fec0::/10",  # site-local, RFC 3879
        "::/96",  # IPv4-compatible, RFC 4291
    )
]


class Refused(Exception):
    """A request that is not made or has failed; `code` says why, `where` of which host or address."""

    def __init__(self, code: str, where: str, detail: str = "") -> None:
        super().__init__(code)
        self.code, self.where, self.detail = code, where, detail


def is_public(text: str) -> bool:
    """Whether an IP address is one of the public web, and not one that leads back into some private network."""
    ip = ipaddress.ip_address(text.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None)
    if mapped is not None:
        return is_public(str(mapped))
    special = any(ip.version == network.version and ip in network for network in SPECIAL)
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and not special


def is_here(text: str) -> bool:
    """Whether an IP address is this machine's own, or for IPv6 of the network that this machine is in."""
    family = socket.AF_INET6 if ":" in text else socket.AF_INET
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.bind((text, 0))  # works with own addresses alone
        return True
    if family == socket.AF_INET6:
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((text, 9))  # sends nothing, but chooses the own address that it would be sent from
            return _network(probe.getsockname()[0]) == _network(text)
    return False


def _network(text: str) -> int:
    return int(ipaddress.IPv6Address(text.partition("%")[0])) >> 64


def request(address: str, *, private: bool, agent: str, limit_s: float) -> tuple[dict[str, Any], bytes]:
    """Fetches an address, over a few redirects.

    Returns:
        `{"address", "content_type", "station"}`, and the content, which is empty for sound.

    Raises:
        Refused: If it cannot be fetched.
    """
    for _ in range(MAX_HOPS):
        connection = _connect(address, private=private, limit_s=limit_s)
        try:
            answer = _ask(connection, address, agent)
            if answer.status in (301, 302, 303, 307, 308):
                address = urljoin(address, answer.headers.get("Location", ""))
                continue
            if answer.status != 200:
                raise Refused("status", _host(address), str(answer.status))
            return _take(address, answer)
        except (OSError, HTTPException, ValueError) as error:
            raise Refused("no_answer", _host(address), f"{type(error).__name__}: {error}") from error
        finally:
            connection.close()
    raise Refused("loop", _host(address))


def _connect(address: str, *, private: bool, limit_s: float) -> HTTPConnection:
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    if parts.scheme not in ("http", "https") or not host or parts.username is not None:
        raise Refused("no_address", address[:120])
    secure = parts.scheme == "https"
    ip = _resolve(host, port or (443 if secure else 80), private=private)
    kind = _SecureConnection if secure else _PlainConnection
    return kind(host, port, ip, limit_s)


def _resolve(host: str, port: int, *, private: bool) -> str:
    """Returns the one IP address that is then connected to: a name may not change its mind in between."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Refused("no_host", host[:80], f"no such host: {error}") from error
    ip = str(found[0][4][0])
    if not private and (not is_public(ip) or is_here(ip)):
        raise Refused("no_host", host[:80], "a private network, or this machine")
    return ip


class _PlainConnection(HTTPConnection):
    def __init__(self, host: str, port: int | None, ip: str, limit_s: float) -> None:
        super().__init__(host, port, timeout=limit_s)
        self._ip = ip

    def connect(self) -> None:
        self.sock = socket.create_connection((self._ip, self.port), self.timeout)


class _SecureConnection(HTTPSConnection):
    def __init__(self, host: str, port: int | None, ip: str, limit_s: float) -> None:
        super().__init__(host, port, timeout=limit_s)
        self._ip = ip

    def connect(self) -> None:
        plain = socket.create_connection((self._ip, self.port), self.timeout)
        self.sock = self._context.wrap_socket(plain, server_hostname=self.host)  # type: ignore[attr-defined]


def _ask(connection: HTTPConnection, address: str, agent: str) -> HTTPResponse:
    parts = urlsplit(address)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection.request("GET", path, headers={"User-Agent": agent, "Accept": "*/*"})
    return connection.getresponse()


def _take(address: str, answer: HTTPResponse) -> tuple[dict[str, Any], bytes]:
    content_type = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()[:200]
    station = answer.headers.get("icy-name", "")[:1000]
    described = {"address": address, "content_type": content_type, "station": station}
    return described, b"" if is_sound(content_type) else answer.read(MAX_BYTES)


def is_sound(content_type: str) -> bool:
    """Whether a content type is that of sound, and not of a list of addresses."""
    lists = ("audio/x-mpegurl", "audio/mpegurl", "audio/x-scpls", "audio/scpls")
    return (
        content_type.startswith("audio/") or content_type == "application/ogg"
    ) and content_type not in lists


def _host(address: str) -> str:
    return (urlsplit(address).hostname or "")[:80]


def main() -> None:
    """Answers one question."""
    asked = json.load(sys.stdin.buffer)
    if hasattr(signal, "alarm"):
        signal.alarm(int(asked["limit_s"]) + 2)  # also where the server that started it is gone
    try:
        described, content = request(**asked)
    except Refused as refused:
        described, content = {"refused": refused.code, "where": refused.where, "detail": refused.detail}, b""
    sys.stdout.buffer.write(json.dumps(described).encode() + b"\n" + content)


if __name__ == "__main__":
    main()
