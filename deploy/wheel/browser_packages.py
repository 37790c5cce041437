"""Puts the browser's packages and the face detector's model into static/vendor, from npm, pinned by package-lock.json.

Taken from node_modules where `npm ci` has run; otherwise downloaded from the registry (`npm_config_registry`, or
npm's own), each archive checked against the lock: building a wheel needs no Node.js. Standard library alone.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import os
import sys
import tarfile
import urllib.request
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REGISTRY = "https://registry.npmjs.org/"
LIMIT_S = 120

LITERT_BUILDS = ("litert_wasm_internal", "litert_wasm_compat_internal")
FILES = {
    ("socket.io-client", "dist/socket.io.esm.min.js"): "socket.io.esm.min.js",
    ("tone", "build/Tone.js"): "tone/Tone.js",
    ("tone", "LICENSE.md"): "tone/LICENSE.md",
    ("uplot", "dist/uPlot.iife.min.js"): "uplot/uPlot.iife.min.js",
    ("uplot", "dist/uPlot.min.css"): "uplot/uPlot.min.css",
    ("uplot", "LICENSE"): "uplot/LICENSE",
    ("@mediapipe/face_detection", "face_detection_short_range.tflite"): (
        "litert/face_detection_short_range.tflite"
    ),
    ("@litertjs/wasm-utils", "dist/index.js"): "litert/wasm_utils.js",
    ("@litertjs/core", "dist/index.js"): "litert/litert.js",
    **{("@litertjs/core", f"wasm/{name}.js"): f"litert/{name}.js" for name in LITERT_BUILDS},
    **{("@litertjs/core", f"wasm/{name}.wasm"): f"litert/{name}.wasm.gz" for name in LITERT_BUILDS},
}
"""Package and file in it, to the place below static/vendor."""

Reader = Callable[[str, str], bytes]


def is_complete(vendor: Path) -> bool:
    """Whether every file is there."""
    return all((vendor / place).is_file() for place in FILES.values())


def fill(vendor: Path, read: Reader) -> None:
    """Writes every file.

    Args:
        vendor: Folder `static/vendor`.
        read: Returns the bytes of a package's file.
    """
    for (package, name), place in FILES.items():
        content = read(package, name)
        if place == "litert/litert.js":
            content = content.replace(b'"@litertjs/wasm-utils"', b'"./wasm_utils.js"')
        if place.endswith(".gz"):
            content = gzip.compress(content, compresslevel=9, mtime=0)
        path = vendor / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def from_node_modules(folder: Path) -> Reader:
    """Reads from what npm has installed."""
    return lambda package, name: (folder / package / name).read_bytes()


def from_registry(lock: Path, registry: str) -> Reader:
    """Downloads each package once.

    Raises:
        OSError: If the registry does not answer.
        ValueError: If an archive is not the one of the lock.
    """
    entries = json.loads(lock.read_text(encoding="utf-8"))["packages"]
    archives: dict[str, dict[str, bytes]] = {}

    def read(package: str, name: str) -> bytes:
        if package not in archives:
            archives[package] = _download(package, entries[f"node_modules/{package}"], registry)
        return archives[package][name]

    return read


def _download(package: str, entry: dict[str, str], registry: str) -> dict[str, bytes]:
    archive = f"{package.rpartition('/')[2]}-{entry['version']}.tgz"
    with urllib.request.urlopen(f"{registry.rstrip('/')}/{package}/-/{archive}", timeout=LIMIT_S) as answer:
        content = answer.read()
    digest = "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()
    if digest != entry["integrity"]:
        raise ValueError(f"{archive} is not the archive of package-lock.json: {digest}")
    wanted = {name for one, name in FILES if one == package}
    with tarfile.open(fileobj=io.BytesIO(content)) as members:
        # Members are below one folder, mostly `package/`.
        return {
            name: file.read()
            for member in members
            if (name := member.name.partition("/")[2]) in wanted and (file := members.extractfile(member))
        }


def main(root: Path = ROOT) -> None:
    """Fills static/vendor of a checkout."""
    installed = root / "node_modules"
    if all((installed / package / name).is_file() for package, name in FILES):
        read = from_node_modules(installed)
    else:
        read = from_registry(
            root / "package-lock.json",
            os.environ.get("npm_config_registry") or REGISTRY,  # noqa: SIM112 - npm's
        )
    try:
        fill(root / "static" / "vendor", read)
    except (OSError, ValueError) as error:
        sys.exit(f"The browser's packages cannot be fetched: {error}. `npm ci` brings them, too.")


if __name__ == "__main__":
    main()
