"""What one hostile client does to a server, each for so many seconds; `benchmarks.serving.attacks` measures what others
notice of it.
"""

from __future__ import annotations

import contextlib
import functools
import http.client
import io
import json
import socket
import threading
import time
import urllib.request
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from PIL import Image

from benchmarks.serving.live import make_frames
from tests.support.raw_websocket import BINARY, CONTINUATION, PING, TEXT, RawWebSocket, frame, raw_websocket

PROXY = "127.0.0.2"
"""A proxy of this machine, which passes requests on for `ADDRESS`: this machine itself has no limits."""

ADDRESS = "203.0.113.7"

Attack = Callable[[str, float], None]


def while_s(seconds: float) -> Iterator[None]:
    """Yields again and again for so many seconds."""
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s:
        yield


def post(url: str, path: str, body: bytes, content_type: str = "application/json") -> int:
    """Posts a body and returns the status of the answer, 0 without one."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60, source_address=(PROXY, 0))
    try:
        headers = {"Content-Type": content_type, "X-Forwarded-For": ADDRESS}
        connection.request("POST", path, body, headers)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


def post_file(url: str, path: str, name: str, *contents: bytes) -> int:
    """Posts files in one field of a form; see `post`."""
    head = f'--x\r\nContent-Disposition: form-data; name="{name}"; filename="a.pls"\r\n\r\n'.encode()
    body = b"".join(head + content + b"\r\n" for content in contents) + b"--x--\r\n"
    return post(url, path, body, "multipart/form-data; boundary=x")


def at_once(num: int, seconds: float, ask: Callable[[int], object]) -> None:
    """Asks from so many clients at once, each again and again."""

    def client(number: int) -> None:
        for _ in while_s(seconds):
            ask(number)

    with ThreadPoolExecutor(num) as clients:
        list(clients.map(client, range(num)))


def compressed_texts(url: str, seconds: float) -> None:
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = packed.compress(b'42/live,["frame",' + b"0," * 2_000_000) + packed.flush(zlib.Z_SYNC_FLUSH)
    for _ in while_s(seconds):
        with raw_websocket(url, "Sec-WebSocket-Extensions: permessage-deflate") as wire:
            wire.send(frame(TEXT, bomb, reserved=4))
            time.sleep(0.25)


def long_texts(url: str, seconds: float) -> None:
    text = frame(TEXT, b'42/live,["frame",[' + b"1234567," * 230_000 + b"1]]")
    with raw_websocket(url) as wire:
        for _ in while_s(seconds):
            wire.send(text)


def pings(url: str, seconds: float) -> None:
    with contextlib.ExitStack() as stack:
        wires = [stack.enter_context(raw_websocket(url)) for _ in range(2)]
        for wire in wires:
            wire.socket.settimeout(0.5)
        for _ in while_s(seconds):
            for wire in wires:
                wire.send(2000 * frame(PING))


def fragments(url: str, seconds: float) -> None:
    part = frame(CONTINUATION, bytes(65536), fin=False)
    for _ in while_s(seconds):
        with raw_websocket(url) as wire:
            wire.send(frame(BINARY, bytes(65536), fin=False))
            for _ in range(200):
                if not wire.send(part):
                    break


def large_frames(url: str, seconds: float) -> None:
    with raw_websocket(url) as wire:
        for _ in while_s(seconds):
            wire.send(frame(TEXT, b'451-/live,["frame",{"seq":1,"t_ms":1},{"_placeholder":true,"num":0}]'))
            wire.send(frame(BINARY, bytes(2_000_000)))


def announced_attachments(url: str, seconds: float) -> None:
    with raw_websocket(url) as wire:
        for _ in while_s(seconds):
            wire.send(frame(TEXT, b'48-/live,["frame",{"_placeholder":true,"num":0}]'))
            wire.send(frame(BINARY, bytes(1_900_000)))


def bad_packets(url: str, seconds: float) -> None:
    with raw_websocket(url) as wire:
        for _ in while_s(seconds):
            for junk in (b"44/live,", b"49/live,", b"9", b"4" + 15_000 * b"[", b"45-/live,[]"):
                wire.send(frame(TEXT, junk))


def long_events(url: str, seconds: float) -> None:
    text = frame(TEXT, b'42/live,["frame",' + b"1," * 7_900 + b"1]")

    def send(_: int) -> None:
        with raw_websocket(url) as wire:
            for _ in while_s(seconds):
                if not wire.send(text):
                    break

    at_once(8, seconds, send)


def polling_nonsense(url: str, seconds: float) -> None:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    for _ in while_s(seconds):
        try:
            connection.request("GET", "/socket.io/?EIO=4&transport=polling")
            sid = connection.getresponse().read().decode().split('"sid":"')[1].split('"')[0]
        except (OSError, IndexError, http.client.HTTPException):
            connection.close()
            time.sleep(0.05)
            continue
        # Leaves without the answer, as the one who filled the server's table of files did.
        other = http.client.HTTPConnection(urlsplit(url).netloc, timeout=2)
        with contextlib.suppress(OSError, http.client.HTTPException):
            other.request("POST", f"/socket.io/?EIO=4&transport=polling&sid={sid}", b"7")
            other.sock.close()


def idle_connections(url: str, seconds: float) -> None:
    wires: list[RawWebSocket] = []
    for _ in while_s(seconds):
        if len(wires) < 300:
            with contextlib.suppress(OSError):
                wires.append(RawWebSocket(url))
        else:
            time.sleep(0.1)
    for wire in wires:
        wire.close()


def bursts_of_frames(url: str, seconds: float) -> None:
    head = frame(TEXT, b'451-/live,["frame",{"seq":1,"t_ms":1},{"_placeholder":true,"num":0}]')
    pair = head + frame(BINARY, make_frames()[0])
    with raw_websocket(url) as wire:
        wire.socket.settimeout(1)
        for _ in while_s(seconds):
            wire.send(10 * pair)


def lists_in_json(url: str, seconds: float) -> None:
    body = b'{"recent": [' + b"7," * 450_000 + b"7]}"
    for _ in while_s(seconds):
        post(url, "/api/v1/music/next", body)


def deep_json(url: str, seconds: float) -> None:
    for _ in while_s(seconds):
        post(url, "/api/v1/music/next", 60_000 * b"[")
        post(url, "/api/v1/music/next", b'{"recent": [' + 5_000 * b"9" + b"]}")


def line_ends_in_a_playlist(url: str, seconds: float) -> None:
    for _ in while_s(seconds):
        post_file(url, "/api/v1/playlists/import", "file", b"[playlist]" + 900_000 * b"\n")


def thousands_of_links(url: str, seconds: float) -> None:
    for number, _ in enumerate(while_s(seconds)):
        links = b"".join(b"http://radio.example/%d/%d\n" % (number % 3, line) for line in range(4_000))
        post_file(url, "/api/v1/playlists/import", "file", links)


def journal_without_end(url: str, seconds: float) -> None:
    def note(number: int) -> None:
        line = {"listener": f"listener-{number}", "day": "2026-11-01", "label": "happy", "seconds": 1}
        post(url, "/api/v1/music/journal", json.dumps(line).encode())

    at_once(4, seconds, note)


def checks_of_a_track(url: str, seconds: float) -> None:
    with urllib.request.urlopen(f"{url}/api/v1/tracks?kind=file", timeout=60) as answer:
        track = json.load(answer)["tracks"][0]["id"]
    at_once(24, seconds, lambda _: post(url, f"/api/v1/tracks/{track}/check", b""))


@contextlib.contextmanager
def dripping() -> Iterator[str]:
    """A web server that sends a byte every three seconds, for ever; yields its address."""
    stop = threading.Event()

    def drip(peer: socket.socket) -> None:
        with peer, contextlib.suppress(OSError):
            peer.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: audio/x-scpls\r\n\r\n")
            while not stop.wait(3):
                peer.sendall(b"a")

    def serve(listener: socket.socket) -> None:
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                threading.Thread(target=drip, args=(listener.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        listener.settimeout(0.2)
        serving = threading.Thread(target=serve, args=(listener,))
        serving.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            stop.set()
            serving.join()


def pasted_addresses_that_drip(url: str, seconds: float) -> None:
    with dripping() as trap:

        def paste(number: int) -> None:
            body = {"url": f"{trap}/{number}-{time.monotonic()}.pls"}
            post(url, "/api/v1/tracks", json.dumps(body).encode())

        at_once(24, seconds, paste)


def scans(url: str, seconds: float) -> None:
    at_once(2, seconds, lambda _: post(url, "/api/v1/music/scan", b""))


def half_requests(url: str, seconds: float) -> None:
    _hold(url, seconds, 500, b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ", b"a")


def stalled_uploads(url: str, seconds: float) -> None:
    head = b"POST /api/v1/photos HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\n"
    _hold(url, seconds, 100, head + b"Content-Length: 9000000\r\n\r\n--x\r\n", b"a")


def _hold(url: str, seconds: float, num: int, begin: bytes, drip: bytes) -> None:
    """Holds connections with requests that go on a byte a second."""
    parts, peers = urlsplit(url), []
    for _ in while_s(seconds):
        if len(peers) < num:
            with contextlib.suppress(OSError):
                peers.append(socket.create_connection((parts.hostname, parts.port), 10))
                peers[-1].sendall(begin)
            continue
        time.sleep(1)
        for peer in peers:
            with contextlib.suppress(OSError):
                peer.sendall(drip)
    for peer in peers:
        peer.close()


def visitors_who_come_and_go(url: str, seconds: float) -> None:
    for number, _ in enumerate(while_s(seconds)):
        with contextlib.suppress(OSError), raw_websocket(url) as wire:
            if number % 2:
                wire.send(frame(TEXT, b"41/live,"))


@functools.cache
def png(mode: str) -> bytes:
    """A black PNG of 49 megapixels."""
    file = io.BytesIO()
    Image.new(mode, (7000, 7000)).save(file, "PNG")
    return file.getvalue()


def black_photos(url: str, seconds: float) -> None:
    at_once(4, seconds, lambda _: post_file(url, "/api/v1/photos", "photos", *(32 * [png("RGB")])))


def transparent_photos(url: str, seconds: float) -> None:
    at_once(4, seconds, lambda _: post_file(url, "/api/v1/photos", "photos", *(8 * [png("RGBA")])))


def many_photos(url: str, seconds: float) -> None:
    photos = make_frames()[:32]
    at_once(8, seconds, lambda _: post_file(url, "/api/v1/photos", "photos", *photos))


def damaged_clips(url: str, seconds: float) -> None:
    clip = b"\0\0\0\x18ftypisom" + bytes(200_000)
    at_once(4, seconds, lambda _: post_file(url, "/api/v1/videos", "video", clip))


ATTACKS: dict[str, Attack] = {
    "texts that inflate to 4 MB": compressed_texts,
    "texts of 1.8 MB": long_texts,
    "pings from two connections": pings,
    "fragments without end": fragments,
    "frames of 2 MB": large_frames,
    "announced attachments": announced_attachments,
    "malformed packets": bad_packets,
    "events of 8,000 arguments from eight connections": long_events,
    "polling visitors who post nonsense and leave": polling_nonsense,
    "300 idle connections": idle_connections,
    "bursts of frames": bursts_of_frames,
    "lists of 450,000 numbers in JSON": lists_in_json,
    "deep JSON and long numbers": deep_json,
    "900 KB of line ends in a playlist": line_ends_in_a_playlist,
    "a playlist of 4,000 links, again and again": thousands_of_links,
    "lines for the journal without end": journal_without_end,
    "24 checks of a track at once": checks_of_a_track,
    "24 pasted addresses that drip": pasted_addresses_that_drip,
    "scans of the music folder": scans,
    "500 half requests": half_requests,
    "100 stalled uploads": stalled_uploads,
    "visitors who come and go": visitors_who_come_and_go,
    "32 black photos of 49 megapixels, four times": black_photos,
    "8 transparent photos of 49 megapixels, four times": transparent_photos,
    "32 small photos, eight times": many_photos,
    "damaged clips": damaged_clips,
}
