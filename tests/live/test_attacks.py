"""What one hostile visitor does to the sockets, and that a well-behaved one beside it hardly notices.

`python -m benchmarks.serving.attacks` measures how much; here a visitor may wait `NOTICED_S`, a small part of what the
same attacks once cost.
"""

from __future__ import annotations

import threading
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable

import psutil
import pytest

from tests.support.live_client import Client
from tests.support.raw_websocket import BINARY, CONTINUATION, PING, TEXT, frame, raw_websocket
from tests.support.servers import Server
from tests.support.waiting import wait_until

NOTICED_S = 3.0


def slowest_beside(attack: Callable[[], object], visitor, jpeg: bytes) -> float:
    """Runs an attack and returns the longest time, in seconds, that a visitor waited for an answer meanwhile."""
    visitor.frame(jpeg)
    thread = threading.Thread(target=attack)
    thread.start()
    slowest = 0.0
    while thread.is_alive() or not slowest:
        started = time.perf_counter()
        assert visitor.frame(jpeg, seq=1)["ok"]
        slowest = max(slowest, time.perf_counter() - started)
        time.sleep(0.05)
    thread.join()
    return slowest


def num_descriptors(server: Server) -> int:
    """Returns the number of open files of the server's processes."""
    process = psutil.Process(server.process.pid)
    return sum(one.num_fds() for one in [process, *process.children(recursive=True)])


def test_compression_is_not_agreed_to_and_not_unpacked(each_server, connect, jpeg):
    """4 MB of JSON in 8 KB kept everybody waiting for 12 s."""
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = packed.compress(b'42/live,["frame",' + b"0," * 2_000_000) + packed.flush(zlib.Z_SYNC_FLUSH)
    with raw_websocket(each_server.url, "Sec-WebSocket-Extensions: permessage-deflate") as wire:
        assert b"101" in wire.answer.split(b"\r\n")[0]
        assert b"permessage-deflate" not in wire.answer.lower()
        wire.send(frame(TEXT, bomb, reserved=4))
        assert wire.is_closed()
    assert connect().frame(jpeg)["ok"]


def test_pings_without_end_do_not_stop_others(each_server, connect, jpeg):
    """Two connections stopped the server for 21 s."""

    def attack() -> None:
        with raw_websocket(each_server.url) as one, raw_websocket(each_server.url) as other:
            until_s = time.monotonic() + 5
            for wire in (one, other):
                wire.socket.settimeout(0.2)
            while time.monotonic() < until_s:
                one.send(2000 * frame(PING))
                other.send(2000 * frame(PING))

    assert slowest_beside(attack, connect(), jpeg) < NOTICED_S


def test_long_texts_are_dropped_unread(each_server, connect, jpeg):
    """24 texts of 4 MB, parsed as JSON, stopped the server for 23 s."""
    text = b'42/live,["frame",[' + b"1234567," * 200_000 + b"1]]"

    def attack() -> None:
        with raw_websocket(each_server.url) as wire:
            for _ in range(24):
                assert wire.send(frame(TEXT, text))

    assert slowest_beside(attack, connect(), jpeg) < NOTICED_S


def test_long_texts_that_are_parsed_are_read_slowly(each_server, connect, jpeg):
    """Each takes the event loop more than a millisecond, so 240 a second from four connections would fill it."""
    text = frame(TEXT, b'42/live,["nothing",' + b"1," * 7_900 + b"1]")
    visitor = connect()
    with raw_websocket(each_server.url) as wire:
        started_s = time.monotonic()
        assert wire.send(40 * text + frame(TEXT, b'42/live,77["settings",{"no":"such"}]'))
        said = b""
        while b"43/live,77[" not in said:
            said += wire.socket.recv(65536)
        assert time.monotonic() - started_s > 1.5
    assert visitor.frame(jpeg)["ok"]


@pytest.mark.parametrize("size", [65536, 1, 0])
def test_a_message_in_fragments_has_the_limit_of_a_whole_one(each_server, connect, jpeg, size):
    """400 MB were kept, since each fragment had the limit to itself."""
    with raw_websocket(each_server.url) as wire:
        wire.send(frame(BINARY, bytes(size), fin=False))
        sent = size
        wire.socket.settimeout(2)
        while sent < 8_000_000 and wire.send(100 * frame(CONTINUATION, bytes(size), fin=False)):
            sent += 100 * max(size, 1000)
        if size > 1:
            assert sent < 8_000_000
            assert wire.is_closed()
    assert connect().frame(jpeg)["ok"]


@pytest.mark.parametrize("body", [b"7", b"4" + bytes(4_200_000)], ids=["nonsense", "too large"])
def test_polling_visitors_who_post_nonsense_and_leave_give_their_places_back(
    each_server, connect, jpeg, body
):
    """1,050 of them kept 904 files open until a restart; those who post more than is accepted did the same."""
    visitor = connect()
    visitor.frame(jpeg)
    before = num_descriptors(each_server)
    address = f"{each_server.url}/socket.io/?EIO=4&transport=polling"
    for _ in range(60):
        with urllib.request.urlopen(address, timeout=30) as answer:
            sid = answer.read().decode().split('"sid":"')[1].split('"')[0]
        with pytest.raises((urllib.error.HTTPError, ConnectionError, urllib.error.URLError)):
            urllib.request.urlopen(f"{address}&sid={sid}", data=body, timeout=10)
    wait_until(
        lambda: num_descriptors(each_server) <= before + 6, 30, "the descriptors of those who have left"
    )
    assert visitor.frame(jpeg)["ok"]


@pytest.mark.parametrize(
    "body",
    [b'42/live,["x"' + b",[]" * 600_000 + b"]", b"d=4" + b"&a=1" * 400_000, b"d=", b"x", b"\xff"],
    ids=["long text", "fields of JSONP", "no field", "no packet", "no text"],
)
def test_posts_of_polling_have_the_limits_of_the_websocket(each_server, connect, jpeg, body):
    """The first two stopped everybody for half a second each, the others wrote 8 to 21 lines into the log."""
    address = f"{each_server.url}/socket.io/?EIO=4&transport=polling"
    with urllib.request.urlopen(address, timeout=30) as answer:
        sid = answer.read().decode().split('"sid":"')[1].split('"')[0]
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{address}&sid={sid}", data=body, timeout=30)
    assert refused.value.code == 400
    assert connect().frame(jpeg)["ok"]
    assert "Traceback" not in each_server.log()


def test_a_visitor_without_a_websocket_is_read(each_server, jpeg):
    client = Client(each_server.url, "polling")
    try:
        for seq in range(4):
            assert client.frame(jpeg, seq=seq)["ok"]
    finally:
        # Without asking once more, of which Engine.IO logs a line.
        client.connection.eio.disconnect(abort=True)
