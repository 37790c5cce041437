"""TLS without a domain: a certificate of a local authority, so that a phone on the same network may use its camera.

Browsers give the camera to `https` pages alone. The authority is made once and kept in the user's data folder; each
start signs a new certificate for the addresses that the machine has then.
"""

from __future__ import annotations

import io
import os
import socket
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from webapp.paths import user_folder

LIFETIME_DAYS = 397
"""Of a certificate; Apple's devices refuse those that live longer than 825 days, browsers those of public authorities
beyond 398."""

AUTHORITY, AUTHORITY_KEY, CERTIFICATE = "authority.pem", "authority-key.pem", "server.pem"


def data_folder(environment: Mapping[str, str]) -> Path:
    """Returns the folder of the authority: the user's, so that another checkout has the same."""
    return user_folder(environment) / "tls"


def network_address() -> str:
    """Returns this machine's address on its network, `127.0.0.1` if it has none; sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address for documentation: only the route is looked up
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


def make_certificate(folder: Path, *names: str) -> Path:
    """Signs a certificate; makes the authority at first use.

    Args:
        folder: Folder of the authority; made readable for its owner alone.
        names: Names and addresses of the server.

    Returns:
        The file with the certificate and its key.
    """
    import trustme

    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if (folder / AUTHORITY_KEY).exists():
        ours = trustme.CA.from_pem((folder / AUTHORITY).read_bytes(), (folder / AUTHORITY_KEY).read_bytes())
    else:
        ours = trustme.CA(organization_name="Countenance", organization_unit_name=socket.gethostname())
        _write(folder / AUTHORITY, ours.cert_pem.bytes())
        _write(folder / AUTHORITY_KEY, ours.private_key_pem.bytes())
    until = datetime.now(UTC) + timedelta(days=LIFETIME_DAYS)
    leaf = ours.issue_cert(*dict.fromkeys(names), common_name=names[0], not_after=until)
    path = folder / CERTIFICATE
    _write(path, leaf.private_key_and_cert_chain_pem.bytes())
    return path


def qr_code(address: str) -> str:
    """Returns an address as a QR code of block characters, for a terminal."""
    import segno

    drawn = io.StringIO()
    segno.make(address, error="l").terminal(drawn, compact=True)
    return drawn.getvalue()


def _write(path: Path, content: bytes) -> None:
    """Writes a file that only its owner can read, from its first byte on."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
