"""Without Node.js a wheel gets the browser's packages from the registry, and only those of the lock."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import io
import json
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.support.servers import ROOT

PROGRAM = ROOT / "deploy" / "wheel" / "browser_packages.py"


@pytest.fixture(scope="module")
def packages():
    spec = importlib.util.spec_from_file_location("browser_packages", PROGRAM)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def archive_of(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


@pytest.fixture
def registry(packages, tmp_path):
    """A registry on this machine with made-up packages, and a checkout whose lock names them."""
    contents: dict[str, dict[str, bytes]] = {}
    for package, name in packages.FILES:
        text = f'{package} {name} from "@litertjs/wasm-utils"'.encode()
        contents.setdefault(package, {})[name] = text
    archives = {name: archive_of(files) for name, files in contents.items()}
    by_path = {f"/{name}/-/{name.rpartition('/')[2]}-1.2.3.tgz": body for name, body in archives.items()}

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self):  # noqa: N802
            body = by_path.get(self.path)
            self.send_response(404 if body is None else 200)
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_):
            pass

    def entry(body: bytes) -> dict[str, str]:
        digest = base64.b64encode(hashlib.sha512(body).digest()).decode()
        return {"version": "1.2.3", "integrity": f"sha512-{digest}"}

    lock = {"packages": {f"node_modules/{name}": entry(body) for name, body in archives.items()}}
    (tmp_path / "package-lock.json").write_text(json.dumps(lock))
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", tmp_path
        server.shutdown()


def test_every_file_comes_to_its_place(packages, registry, monkeypatch):
    address, checkout = registry
    monkeypatch.setenv("npm_config_registry", address)
    packages.main(checkout)
    vendor = checkout / "static" / "vendor"
    assert packages.is_complete(vendor)
    assert (vendor / "tone" / "Tone.js").read_text().startswith("tone build/Tone.js")
    assert (vendor / "litert" / "litert.js").read_text().endswith('from "./wasm_utils.js"')
    assert (vendor / "litert" / "litert_wasm_internal.wasm.gz").read_bytes()[:2] == b"\x1f\x8b"


def test_an_archive_that_is_not_the_one_of_the_lock_is_refused(packages, registry, monkeypatch):
    address, checkout = registry
    lock = json.loads((checkout / "package-lock.json").read_text())
    lock["packages"]["node_modules/tone"]["integrity"] = "sha512-AAAA"
    (checkout / "package-lock.json").write_text(json.dumps(lock))
    monkeypatch.setenv("npm_config_registry", address)
    with pytest.raises(SystemExit, match=r"tone-1\.2\.3\.tgz is not the archive of package-lock\.json"):
        packages.main(checkout)


def test_a_registry_that_does_not_answer_is_one_sentence(packages, registry, monkeypatch):
    address, checkout = registry
    monkeypatch.setenv("npm_config_registry", f"{address}/elsewhere")
    with pytest.raises(SystemExit, match="cannot be fetched: HTTP Error 404"):
        packages.main(checkout)


def test_what_npm_installed_is_taken_without_the_network(packages, tmp_path, monkeypatch):
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9")
    for package, name in packages.FILES:
        path = tmp_path / "node_modules" / package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    packages.main(tmp_path)
    assert packages.is_complete(tmp_path / "static" / "vendor")


def test_the_lock_has_every_package_that_the_pages_use(packages):
    entries = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    for package in {package for package, _ in packages.FILES}:
        assert entries[f"node_modules/{package}"]["integrity"].startswith("sha512-")
