"""Which hosts a pasted address may lead to, and for how long."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from tests.music.test_isolation import dripping
from tests.music.web_server import web
from webapp.errors import NotUnderstood
from webapp.music.sources import web_request
from webapp.music.sources.fetching import Fetcher


@pytest.mark.parametrize("ip", ["93.184.216.34", "1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1"])
def test_the_public_web_is_asked(ip):
    assert web_request.is_public(ip)


@pytest.mark.parametrize(
    "ip",
    [
        *(
            "127.0.0.1",
            "10.0.0.1",
            "100.64.0.1",
            "169.254.169.254",
            "0.0.0.0",
            "192.0.2.1",
            "255.255.255.255",
        ),
        *("224.0.0.1", "239.255.255.250", "240.0.0.1"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "ff0e::1", "2001:db8::1"),
        *("64:ff9b::a00:1", "64:ff9b::8.8.8.8", "64:ff9b:1::1", "2002:a00:1::", "2001:0:1::1", "fec0::1"),
        *("::ffff:10.0.0.1", "::ffff:127.0.0.1", "::10.0.0.1"),
    ],
)
def test_networks_of_ones_own_and_ways_into_them_are_not(ip):
    assert not web_request.is_public(ip)


def test_this_machine_is_told_from_others():
    assert web_request.is_here("127.0.0.1")
    assert not web_request.is_here("192.0.2.1")


def test_an_own_address_is_refused_even_if_it_is_public(monkeypatch):
    monkeypatch.setattr(web_request, "is_public", lambda ip: True)
    with pytest.raises(web_request.Refused) as caught:
        web_request.request("http://127.0.0.1:1/", private=False, agent="x", limit_s=1)
    assert caught.value.code == "no_host"


def test_inner_names_and_names_of_nothing_sound_the_same():
    def refusal(host: str) -> str:
        with pytest.raises(NotUnderstood) as caught:
            Fetcher(private=False).get(f"http://{host}/")
        return str(caught.value).replace(host, "HOST")

    assert refusal("127.0.0.1") == refusal("no-such-host.invalid") == refusal("10.1.2.3")


def test_what_a_stranger_says_is_in_the_log_alone(caplog):
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def banner() -> None:
            with listener.accept()[0] as peer:
                peer.recv(1000)
                peer.sendall(b"SSH-2.0-OpenSSH_9.2\x1b[31m\r\n")

        thread = threading.Thread(target=banner)
        thread.start()
        with caplog.at_level("INFO"), pytest.raises(NotUnderstood) as caught:
            Fetcher(private=True).get(f"http://127.0.0.1:{listener.getsockname()[1]}/")
        thread.join()
    assert str(caught.value) == "'127.0.0.1' does not answer as a web server does."
    assert "SSH-2.0" in caplog.text
    assert "\x1b" not in caplog.text


@pytest.mark.parametrize("in_body", [True, False])
def test_the_deadline_is_for_the_whole_request(in_body):
    with dripping(in_body=in_body) as trap:
        begun_s = time.monotonic()
        with pytest.raises(NotUnderstood, match="did not answer completely"):
            Fetcher(private=True, limit_s=1.0).get(f"{trap}/x.pls")
        assert time.monotonic() - begun_s < 20


def test_redirects_are_within_the_same_deadline_and_checks():
    with web() as site:
        assert Fetcher(private=True).get(f"{site}/moved").address == f"{site}/radio.pls"
        with pytest.raises(NotUnderstood, match="leads from one address to the next"):
            Fetcher(private=True).get(f"{site}/loop")
