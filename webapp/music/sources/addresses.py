"""What counts as an address of the web, wherever a visitor's text names one."""

from __future__ import annotations

from urllib.parse import SplitResult, urljoin, urlsplit


def split_address(text: str) -> SplitResult | None:
    """Returns the parts of an address; `None` if it is none, or names no host that can be read."""
    try:
        parts = urlsplit(text)
        is_whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # such as an IPv6 address without its end, or a port beyond 65535
        return None
    return parts if is_whole else None


def resolve_address(base: str, reference: str) -> str | None:
    """Returns what a line of a list at `base` leads to; `None` if that is no address."""
    try:
        found = urljoin(base, reference)
    except ValueError:
        return None
    return found if split_address(found) else None
