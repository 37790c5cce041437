"""Whom a request is for, who sent it, and which forwarded headers count."""

from __future__ import annotations

import http.client
import ipaddress
import socket

import pytest

from tests.support.app import make_app
from tests.support.fakes import FakeClassifier, FakeDetector
from webapp import create_app
from webapp.core.addresses import address_key
from webapp.errors import SettingsError, UnknownHost
from webapp.settings import Settings
from webapp.web.origins import Hosts, resolve

HANDSHAKE = "/socket.io/?EIO=4&transport=polling"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
OWN = "http://localhost"


def settings_of(**environment: str) -> Settings:
    return Settings.from_env({"ASYNC_MODE": "threading", **environment})


def client_of(**environment: str):
    app = create_app(settings_of(**environment), classifier=FakeClassifier(), detector=FakeDetector())
    return app.test_client()


@pytest.fixture(scope="module")
def client():
    return make_app().test_client()


FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": OWN},
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": "https://localhost"},
    {"Origin": "http://localhost:3000"},
    {"Origin": "http://localhost.evil.example"},
]
OURS = [
    {},
    {"Sec-Fetch-Site": "same-origin", "Origin": OWN},
    {"Sec-Fetch-Site": "none"},
    {"Origin": OWN},
]
CHANGES = [
    ("POST", "/language"),
    ("POST", "/photos"),
    ("POST", "/api/v1/photos"),
    ("POST", "/api/v1/videos"),
    ("POST", "/api/v1/explain"),
    ("POST", "/api/v1/playlists/import"),
    ("POST", "/api/v1/playlists/1/restore"),
    ("POST", "/api/v1/tracks/1/check"),
    ("POST", "/api/v1/music/scan"),
    ("DELETE", "/api/v1/playlists/1"),
    ("PATCH", "/api/v1/tracks/1"),
    ("PUT", "/"),
]


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_a_page_of_another_site_changes_nothing(client, method, path, headers):
    answer = client.open(path, method=method, headers=headers)
    assert (answer.status_code, answer.json["code"]) == (403, "foreign_origin")


@pytest.mark.parametrize("headers", OURS)
def test_own_pages_and_programs_may(client, headers):
    answer = client.post("/language", data={"language": "de", "back": "/music"}, headers=headers)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/music")


@pytest.mark.parametrize("headers", FOREIGN)
def test_reading_needs_no_origin(client, headers):
    assert client.get("/about", headers=headers).status_code == 200


@pytest.mark.parametrize("headers", FOREIGN)
def test_a_page_of_another_site_opens_no_socket(client, headers):
    answer = client.get(HANDSHAKE, headers=headers)
    assert (answer.status_code, answer.json["code"]) == (403, "foreign_origin")


@pytest.mark.parametrize("headers", OURS)
def test_own_pages_and_programs_open_sockets(client, headers):
    assert client.get(HANDSHAKE, headers=headers).status_code == 200


def test_every_route_that_changes_something_is_on_the_list():
    """A new one is checked as well, since the check stands before all routes: this keeps the list above complete."""
    rules = {
        (method, rule.rule)
        for rule in make_app().url_map.iter_rules()
        for method in rule.methods - {"GET", "HEAD", "OPTIONS"}
    }
    client = make_app().test_client()
    for method, rule in rules:
        path = rule.replace("<int:playlist_id>", "1").replace("<int:track_id>", "1")
        path = path.replace("<int:entry_id>", "1")
        answer = client.open(path, method=method, headers={"Origin": "http://evil.example"})
        assert answer.status_code == 403, (method, path)


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("localhost", True),
        ("LOCALHOST:8000", True),
        ("app.localhost:8000", True),
        ("127.0.0.1:8000", True),
        ("[::1]:8000", True),
        ("192.168.1.20:8000", True),  # an address cannot be made to lead elsewhere
        ("evil.example", False),
        ("evil.example:8000", False),
        ("127.0.0.1.evil.example", False),
        ("localhost.evil.example", False),
        ("127.0.0.1:8000,evil.example", False),
        ("", False),
        ("@localhost", False),
        ("localhost:99999", False),
    ],
)
def test_only_own_names_are_served(host, known):
    client = client_of()
    for path in ("/", "/healthz", "/api/v1/playlists", HANDSHAKE):
        answer = client.get(path, headers={"Host": host})
        assert answer.status_code == (200 if known else 421), (path, host)
        if not known:
            assert answer.json["code"] == "unknown_host"


def test_the_machines_own_name_is_known_where_others_can_reach_it():
    name = socket.gethostname()
    for host, status in ((name, 200), (f"{name}.local:8000", 200), ("evil.example", 421)):
        assert client_of(HOST="0.0.0.0").get("/healthz", headers={"Host": host}).status_code == status
    assert client_of().get("/healthz", headers={"Host": f"{name}.local"}).status_code == 421


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("faces.example.org", True),
        ("FACES.example.org:8443", True),
        ("a.example.net", True),
        ("a.b.example.net", True),
        ("example.net", False),
        ("evilexample.net", False),
        ("localhost:8000", True),  # health checks
        ("192.168.1.20", False),
    ],
)
def test_the_operator_names_the_hosts(host, known):
    client = client_of(ALLOWED_HOSTS="Faces.example.org, *.example.net")
    assert client.get("/healthz", headers={"Host": host}).status_code == (200 if known else 421)


def test_any_host_if_the_operator_says_so():
    assert client_of(ALLOWED_HOSTS="*").get("/healthz", headers={"Host": "evil.example"}).status_code == 200


def test_a_person_reads_a_page_about_an_unknown_host(client):
    answer = client.get("/", headers={"Host": "evil.example", "Accept": BROWSER, "Accept-Language": "de"})
    text = answer.get_data(as_text=True)
    assert (answer.status_code, answer.mimetype) == (421, "text/html")
    assert "ALLOWED_HOSTS" in text
    assert '<html lang="de">' in text


def seen(trusted: str = "127.0.0.1, ::1", *, peer: str = "127.0.0.1", **headers: str) -> tuple[str, str, str]:
    """Returns address, scheme and host as the app sees them."""
    settings = settings_of(TRUSTED_PROXIES=trusted)
    environ = {
        "REMOTE_ADDR": peer,
        "wsgi.url_scheme": "http",
        "HTTP_HOST": "localhost:8000",
        "PATH_INFO": "/",
    }
    environ |= {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    after = resolve(environ, settings.trusted_proxies, Hosts.of(settings))
    assert not [name for name in after if "FORWARDED" in name]
    return after["REMOTE_ADDR"], after["wsgi.url_scheme"], after["HTTP_HOST"]


def test_a_trusted_proxy_names_address_scheme_and_host():
    said = {"host": "faces.example.org", "x_forwarded_for": "203.0.113.9", "x_forwarded_proto": "https"}
    assert seen(**said) == ("203.0.113.9", "https", "faces.example.org")
    said = {"x_forwarded_host": "faces.example.org:443", "x_forwarded_proto": "https"}
    assert seen(**said) == ("127.0.0.1", "https", "faces.example.org")


def test_forwarded_headers_of_others_are_ignored():
    said = {"x_forwarded_for": "127.0.0.1", "x_forwarded_proto": "https", "x_forwarded_host": "a.example"}
    assert seen(peer="203.0.113.9", **said) == ("203.0.113.9", "http", "localhost:8000")
    assert seen(trusted="", **said) == ("127.0.0.1", "http", "localhost:8000")
    with pytest.raises(UnknownHost):
        seen(peer="203.0.113.9", host="evil.example", **said)


@pytest.mark.parametrize(
    ("chain", "address"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("198.51.100.1, 203.0.113.9", "203.0.113.9"),  # what the visitor wrote stands to the left
        ("198.51.100.1, 203.0.113.9, 10.0.0.7", "203.0.113.9"),  # two proxies
        ("203.0.113.9:5412", "203.0.113.9"),
        ("[2001:db8::1]:5412", "2001:db8::1"),
        ("10.0.0.8, 10.0.0.7", "10.0.0.8"),
        ("203.0.113.9, nonsense", "127.0.0.1"),
        ("", "127.0.0.1"),
    ],
)
def test_the_visitors_address_is_the_last_that_no_trusted_proxy_has(chain, address):
    trusted = "127.0.0.1, 10.0.0.0/8"
    assert seen(trusted, x_forwarded_for=chain, x_forwarded_proto="https")[0] == address


def test_a_network_of_ipv6_is_one_address():
    assert address_key("2001:db8:1:2::7") == address_key("2001:db8:1:2:ffff::1") == "2001:db8:1:2::/64"
    assert address_key("::ffff:203.0.113.9") == address_key("203.0.113.9") == "203.0.113.9"
    assert address_key(None) == address_key("") == "None"


def test_a_page_that_makes_its_name_lead_here_cannot_pass_for_a_proxy():
    """Its requests come from this machine, and it may add any header but `Host`, which has the server's own port."""
    lies = {"x_forwarded_host": "localhost", "x_forwarded_for": "1.2.3.4", "x_forwarded_proto": "http"}
    with pytest.raises(UnknownHost):
        seen(host="evil.example:8000", **lies)


@pytest.mark.parametrize("value", ["example.org/x", "", "a b", "http://a.example", "*.*"])
def test_an_impossible_host_stops_the_start(value):
    with pytest.raises(SettingsError):
        settings_of(ALLOWED_HOSTS=value)


def test_proxies_are_addresses_or_networks():
    assert settings_of(TRUSTED_PROXIES="10.0.0.0/8,::1").trusted_proxies == (
        ipaddress.ip_network("10.0.0.0/8"),
        ipaddress.ip_network("::1/128"),
    )
    for value in ("proxy.example", "10.0.0.1/8", "1.2.3.4;"):
        with pytest.raises(SettingsError):
            settings_of(TRUSTED_PROXIES=value)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Origin": "http://evil.example"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({}, 101),
    ],
)
def test_a_real_server_checks_sockets_before_it_opens_them(each_server, headers, status):
    upgrade = {
        "Host": f"127.0.0.1:{each_server.port}",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    connection = http.client.HTTPConnection("127.0.0.1", each_server.port, timeout=20)
    connection.request("GET", "/socket.io/?EIO=4&transport=websocket", headers={**upgrade, **headers})
    assert connection.getresponse().status == status
    connection.close()
