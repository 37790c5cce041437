"""Behind a real nginx with the recipe of deploy/, and two servers that count requests together in a real Redis."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from pathlib import Path

import pytest
import requests
import websocket

from tests.support.servers import ROOT, Server, free_port
from tests.support.waiting import wait_until
from webapp.web.local_tls import AUTHORITY, make_certificate

pytestmark = pytest.mark.server
NAME = "faces.example.org"


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def recipe(folder: Path, *, to: int, port: int) -> str:
    """Returns the recipe with a test's ports and certificate, inside what nginx needs around it."""
    certificate = make_certificate(folder / "tls", NAME)
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    for old, new in {
        r"127\.0\.0\.1:8000": f"127.0.0.1:{to}",
        r"listen \[::\].*": "",
        r"listen 80": f"listen {free_port()}",
        r"listen 443": f"listen {port}",
        r"/etc/letsencrypt\S+\.pem": str(certificate),
    }.items():
        text, count = re.subn(old, new, text)
        assert count, old
    own = f"daemon off; pid {folder}/pid; error_log {folder}/errors; events {{}}"
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return f"{own} http {{ access_log off; {temporary} {text} }}"


@pytest.mark.skipif(not shutil.which("nginx"), reason="this machine has no nginx")
def test_the_recipe_for_nginx_serves_pages_and_sockets(artifact, start_server, tmp_path):
    server, port = start_server(MODEL_DIR=str(artifact), ALLOWED_HOSTS=NAME), free_port()
    (tmp_path / "nginx.conf").write_text(recipe(tmp_path, to=server.port, port=port))
    proxy = subprocess.Popen(["nginx", "-e", f"{tmp_path}/errors", "-c", f"{tmp_path}/nginx.conf"])
    try:
        wait_until(lambda: is_listening(port), what="nginx")
        with requests.Session() as session:
            session.trust_env, session.verify = (
                False,
                False,
            )  # its certificate is for a name that leads nowhere
            requests.packages.urllib3.disable_warnings()
            session.headers["Host"] = NAME
            own = {"Origin": f"https://{NAME}"}
            page = session.get(f"https://127.0.0.1:{port}/about")
            assert page.status_code == 200
            assert page.headers["Strict-Transport-Security"] == "max-age=31536000"
            form = {"language": "de"}
            chosen = session.post(
                f"https://127.0.0.1:{port}/language", form, headers=own, allow_redirects=False
            )
            assert chosen.status_code == 303
            assert "Secure" in chosen.headers["Set-Cookie"]
            lie = {"X-Forwarded-Host": "evil.example", "Origin": "https://evil.example"}
            assert session.post(f"https://127.0.0.1:{port}/language", form, headers=lie).status_code == 403
        for origin, is_ours in ((f"https://{NAME}", True), ("https://evil.example", False)):
            assert opens_a_socket(port, tmp_path, origin) == is_ours
    finally:
        proxy.terminate()
        proxy.wait(10)


def opens_a_socket(port: int, folder: Path, origin: str) -> bool:
    trust = {"ca_certs": str(folder / "tls" / AUTHORITY), "server_hostname": NAME}
    address = f"wss://127.0.0.1:{port}/socket.io/?EIO=4&transport=websocket"
    try:
        opened = websocket.create_connection(address, origin=origin, host=NAME, sslopt=trust, timeout=20)
    except websocket.WebSocketBadStatusException as error:
        assert error.status_code == 403
        return False
    opened.close()
    return True


@pytest.mark.skipif(not shutil.which("redis-server"), reason="this machine has no Redis")
def test_two_servers_count_together_and_each_alone_while_redis_is_gone(artifact, start_server, tmp_path):
    port = free_port()
    redis = subprocess.Popen(
        ["redis-server", "--port", str(port), "--save", "", "--dir", str(tmp_path)], stdout=subprocess.DEVNULL
    )
    try:
        wait_until(lambda: is_listening(port), what="Redis")
        settings = {
            "MODEL_DIR": str(artifact),
            "REDIS_URL": f"redis://127.0.0.1:{port}/0",
            "REQUESTS_PER_MINUTE": "40",
        }
        servers = [start_server(**settings) for _ in range(2)]
        together = [status(server, "203.0.113.5") for server in servers for _ in range(21)]
        assert together == [200] * 40 + [429] * 2
    finally:
        redis.kill()
        redis.wait(10)
    assert [status(servers[0], "203.0.113.6") for _ in range(41)] == [200] * 40 + [429]


def status(server: Server, address: str) -> int:
    return requests.get(f"{server.url}/about", headers={"X-Forwarded-For": address}, timeout=20).status_code
