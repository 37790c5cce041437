"""Where a request comes from and whom it asks for: forwarded headers, host names, the page that sent it.

A browser sends requests wherever any page tells it to, also to a server on the visitor's own machine or network. So
each request must name this server, and each change and each socket must come from one of its own pages.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from webapp.core.addresses import is_in, read_address
from webapp.errors import AppError, ForeignOrigin, UnknownHost
from webapp.settings import Network, Settings

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
SOCKETS = "/socket.io"
OWN_SITES = ("same-origin", "none")
"""Values of `Sec-Fetch-Site`, which no page can set: its own pages, or a person who typed the address."""

FORWARDED = (
    "HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_PREFIX", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_SSL", "HTTP_X_REAL_IP",
)  # fmt: skip
DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Hosts:
    """The names of a server.

    Attributes:
        names: Names that are its own, in lower case; `*.` before one stands for all below it, `*` for any.
        port: Port that the server itself listens on.
        automatic: Whether addresses, and names that a trusted proxy passes on, are its own too.
    """

    names: frozenset[str]
    port: int
    automatic: bool

    @classmethod
    def of(cls, settings: Settings) -> Hosts:
        """Returns the names that the operator's settings give."""
        if settings.allowed_hosts is not None:
            return cls(frozenset(settings.allowed_hosts), settings.port, automatic=False)
        names = {settings.host.lower()}
        if not is_local(settings.host):
            machine = socket.gethostname().lower()
            names |= {machine, f"{machine}.local"}
        return cls(frozenset(names), settings.port, automatic=True)

    def check(self, host: str, *, proxied: bool, scheme: str) -> str:
        """Checks the host that a request names; returns it in lower case, without the scheme's own port.

        A page that makes its own name lead to this server is always a name, never an address, and its browser adds the
        port that it connects to. A proxy passes on the port at which browsers reach the proxy. This tells the two
        apart where the proxy is on the same machine as the browser and as trusted.

        Args:
            host: Value of the header `Host` or `X-Forwarded-Host`.
            proxied: Whether a trusted proxy sent the request.
            scheme: `http` or `https`, as the visitor sees it.

        Raises:
            UnknownHost: If it is not this server's.
        """
        name, port = split_host(host, scheme)
        if name and (self._knows(name) or (self.automatic and proxied and port != self.port)):
            return _in_url(name) if port == DEFAULT_PORTS[scheme] else f"{_in_url(name)}:{port}"
        raise UnknownHost(
            f"This server is not known as {host[:80]!r}. Its operator can add the name to ALLOWED_HOSTS."
        )

    def _knows(self, name: str) -> bool:
        if is_local(name) or name in self.names or "*" in self.names:
            return True
        parents = name.split(".")[1:]
        wildcards = (f"*.{'.'.join(parents[index:])}" for index in range(len(parents)))
        is_address = self.automatic and read_address(name) is not None
        return is_address or any(wildcard in self.names for wildcard in wildcards)


def resolve(environ: Mapping[str, Any], trusted: Sequence[Network], hosts: Hosts) -> dict[str, Any]:
    """Returns the environment as the visitor sees the server, without forwarded headers.

    `REMOTE_ADDR`, `wsgi.url_scheme` and `HTTP_HOST` are the visitor's; those of a trusted proxy are replaced by what it
    forwards, and everybody else's forwarded headers are dropped.

    Args:
        environ: WSGI environment.
        trusted: Networks of the trusted proxies.
        hosts: The names of the server.

    Raises:
        UnknownHost: If the request is not for this server.
    """
    seen = {name: value for name, value in environ.items() if name not in FORWARDED}
    chain = [*_listed(environ, "HTTP_X_FORWARDED_FOR"), environ.get("REMOTE_ADDR", "")]
    proxied = is_in(chain[-1], trusted) and any(name in environ for name in FORWARDED)
    seen.setdefault("HTTP_HOST", f"{_in_url(environ.get('SERVER_NAME', 'localhost'))}:{hosts.port}")
    if proxied:
        seen["REMOTE_ADDR"] = _first_untrusted(chain, trusted)
        scheme = (_listed(environ, "HTTP_X_FORWARDED_PROTO") or [""])[-1]
        if scheme in DEFAULT_PORTS:
            seen["wsgi.url_scheme"] = scheme
    forwarded = _listed(environ, "HTTP_X_FORWARDED_HOST") if proxied else []
    for host in (seen["HTTP_HOST"], *forwarded[-1:]):
        seen["HTTP_HOST"] = hosts.check(host, proxied=proxied, scheme=seen["wsgi.url_scheme"])
    return seen


def check_origin(environ: Mapping[str, Any]) -> None:
    """Checks that a change or a socket comes from a page of this server, or from no browser at all.

    Args:
        environ: WSGI environment, from `resolve`.

    Raises:
        ForeignOrigin: If a page of another site sent it.
    """
    if environ["REQUEST_METHOD"] in SAFE_METHODS and not is_socket(environ):
        return
    site, origin = environ.get("HTTP_SEC_FETCH_SITE"), environ.get("HTTP_ORIGIN")
    own = f"{environ['wsgi.url_scheme']}://{environ['HTTP_HOST']}".lower()
    is_own = site in OWN_SITES if site is not None else origin is None or origin.lower() == own
    if not is_own:
        raise ForeignOrigin("A page of another site sent this. Open this server's own page and try again.")


def is_socket(environ: Mapping[str, Any]) -> bool:
    """Whether a request belongs to a socket, which never reaches Flask."""
    return str(environ.get("PATH_INFO", "")).startswith(SOCKETS)


def refusal_of(environ: Mapping[str, Any]) -> AppError | None:
    """Returns why a request is not answered, if the middleware has found a reason."""
    return environ.get(REFUSAL)


REFUSAL = "countenance.refusal"


def split_host(host: str, scheme: str) -> tuple[str, int]:
    """Returns the name, in lower case, and the port; an empty name if it cannot be read."""
    if not re.fullmatch(r"[A-Za-z0-9_.-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?", host):
        return "", 0
    try:
        parts = urlsplit(f"//{host}")
        return (parts.hostname or "").removesuffix("."), parts.port or DEFAULT_PORTS[scheme]
    except ValueError:
        return "", 0


def is_local(name: str) -> bool:
    """Whether a name or an address is that of the server's own machine."""
    address = read_address(name)
    return address.is_loopback if address else name == "localhost" or name.endswith(".localhost")


def _first_untrusted(chain: Sequence[str], trusted: Sequence[Network]) -> str:
    """Returns the visitor's address: each proxy adds the address that it sees, so the list is read from its end."""
    client = chain[-1]
    for text in reversed(chain):
        address = read_address(text.strip("[]") if text.endswith("]") else _without_port(text))
        if address is None:
            break
        client = str(address)
        if not is_in(client, trusted):
            break
    return client


def _without_port(text: str) -> str:
    """Returns `1.2.3.4` of `1.2.3.4:5678`, as some proxies write it, and `::1` of `[::1]:5678`."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text


def _listed(environ: Mapping[str, Any], name: str) -> list[str]:
    return [part.strip() for part in environ.get(name, "").split(",") if part.strip()]


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
