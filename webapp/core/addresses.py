"""IP addresses as text: what one is, whose it is, and what counts as one visitor's."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def read_address(text: str) -> Address | None:
    """Returns the address that a text holds, `None` if it holds none; an IPv4 address in IPv6's clothes is that."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def is_in(text: str, networks: Iterable[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    """Whether a text holds an address of one of these networks."""
    address = read_address(text)
    return address is not None and any(address in network for network in networks)


def is_own(text: str) -> bool:
    """Whether a connection comes from this machine: a loopback address, or none, which a Unix socket has."""
    address = read_address(text)
    return address is None or address.is_loopback


def address_key(text: str | None) -> str:
    """Returns what counts as one address: of IPv6 its first 64 bits, since each connection has so many to choose from.

    Args:
        text: Address of a visitor.
    """
    found = read_address(text or "")
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
