"""TLS by an authority of the machine's own."""

from __future__ import annotations

import os
import ssl
import stat
import subprocess
import urllib.error
import urllib.request

import pytest

from tests.support.raw_websocket import BINARY, TEXT, frame, raw_websocket
from tests.support.servers import Server
from tests.support.waiting import wait_until
from webapp.web.local_tls import AUTHORITY, AUTHORITY_KEY, make_certificate, network_address, qr_code


def test_the_authority_stays_and_its_key_is_the_owners_alone(tmp_path):
    folder = tmp_path / "tls"
    first = make_certificate(folder, "127.0.0.1").read_bytes()
    authority = (folder / AUTHORITY).read_bytes()
    second = make_certificate(folder, "127.0.0.1", "localhost").read_bytes()
    assert first != second
    assert (folder / AUTHORITY).read_bytes() == authority
    for path in folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert b"PRIVATE" not in authority
    assert b"PRIVATE" in (folder / AUTHORITY_KEY).read_bytes()


def test_an_address_is_drawn_for_a_phones_camera():
    drawn = qr_code(f"https://{network_address()}:8000")
    assert len(drawn.splitlines()) > 10
    assert set(drawn) <= set(" ▄▀█\n\x1b[0123456789;m")


@pytest.mark.server
@pytest.mark.parametrize("mode", ["eventlet", "threading"])
def test_a_server_with_tls_serves_pages_and_sockets_and_prints_where(artifact, tmp_path, jpeg, mode):
    data = tmp_path / "home"
    server = Server(
        tmp_path / "log", MODEL_DIR=str(artifact), ASYNC_MODE=mode, TLS="local", XDG_DATA_HOME=str(data)
    )
    server.launch()
    try:
        wait_until(lambda: "On a phone in the same network" in server.log(), 180, "the ready line")
        authority = data / "countenance" / "tls" / AUTHORITY
        url = f"https://localhost:{server.port}"
        with urllib.request.urlopen(
            f"{url}/readyz", context=ssl.create_default_context(cafile=authority)
        ) as answer:
            assert answer.status == 200
            assert (
                answer.headers["Strict-Transport-Security"] is None
            )  # it would bind every server of localhost
        with pytest.raises(urllib.error.URLError, match="certificate verify failed"):
            urllib.request.urlopen(f"{url}/readyz", context=ssl.create_default_context())
        trusted = ssl.create_default_context(cafile=authority)
        # python-socketio's own client reads and writes TLS in two threads, and loses one connection in twenty
        # (python-engineio#461).
        with raw_websocket(url, tls=trusted) as visitor:
            visitor.receive_until(b"hello")
            visitor.send(
                frame(TEXT, b'451-/live,7["frame",{"seq":1,"t_ms":1},{"_placeholder":true,"num":0}]')
            )
            visitor.send(frame(BINARY, jpeg))
            assert b'"ok":true' in visitor.receive_until(b"43/live,7[")
        assert f"https://127.0.0.1:{server.port} (Ctrl-C" in server.log()
        assert f"https://{network_address()}:{server.port}\n" in server.log()
        assert "█" in server.log()
        server.process.terminate()
        assert server.process.wait(60) == 0
        assert "Traceback" not in server.log()
    finally:
        server.kill()


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["make", "-n", "run", "TLS=1"], "HOST=0.0.0.0 PORT=8000 TLS=local"),
        (["make", "-n", "run"], "HOST=127.0.0.1 PORT=8000 TLS=off"),
        (["make", "-n", "run", "TLS=1", "HOST=10.0.0.2"], "HOST=10.0.0.2 PORT=8000 TLS=local"),
    ],
)
def test_make_run_needs_one_word(command, said):
    environment = {name: value for name, value in os.environ.items() if name not in ("HOST", "PORT", "TLS")}
    assert said in subprocess.run(command, env=environment, capture_output=True, text=True).stdout
