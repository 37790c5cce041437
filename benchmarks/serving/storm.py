"""Everything wrong at once: `python -m benchmarks.serving.storm [--messages 100000] [--requests 10000]`.

Sends bad messages and bad requests of all kinds to one real server, then waits at most a minute. No answer may be a
5xx, nothing may be logged, and memory, threads and open files must be as before. Ends with 1 if they are not.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import re
import socket
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

import psutil

from benchmarks.serving import bad_messages, bad_requests
from benchmarks.serving.live import make_frames, memory_mib, running_server
from tests.support.live_client import Client
from tests.support.raw_websocket import BINARY, TEXT, RawWebSocket, frame
from webapp.concurrency.strict_packets import MAX_ATTACHMENTS

CLIENTS, ASKERS = 16, 2
WARM_UP_ASKERS = 12
"""So many at once fill every pool of threads and connections."""

ON_ONE_CONNECTION = 120
ANSWER_S = 60.0
MAX_GROWTH = 0.05
WARM_UP_ROUNDS = 6
REST_S = 5.0
MORE_THREADS = 8
"""A pool that begins its threads one by one may not have had all; a leak has one for each connection or request."""
FIRST_MINUTE_S = 75.0
"""After that the music has made its copy of the day, which it begins a minute after the start."""
NOT_IMPLEMENTED = 501
"""What RFC 9112 asks for where a request has a transfer coding that the server does not know."""

OF_DECODERS = re.compile(r"libpng |(Corrupt|Premature end of|Invalid|Unsupported|Application transferred) ")
"""Beginnings of what the decoders of frames write past Python: a line of about 50 bytes for a damaged picture."""

ON_PURPOSE = re.compile(r"\S+ \S+ INFO |.*\(further occurrences of this error")
"""What the operator is to hear, such as why an address was refused, at a limited rate, and what Engine.IO says once."""

JSON = {"Content-Type": "application/json"}
POOLED = (
    bad_requests.Request("POST", "/api/v1/tracks", b'{"url": "http://127.0.0.1:1/"}', JSON),
    bad_requests.Request("POST", "/api/v1/music/scan"),
    bad_requests.Request("POST", "/api/v1/music/moods"),
    bad_requests.Request("POST", "/api/v1/tracks/1/check"),
    bad_requests.Request("GET", "/api/v1/tracks/1/audio"),
    bad_requests.upload("/api/v1/playlists/import", "file", "a.m3u", b"http://127.0.0.1:1/"),
    bad_requests.upload("/api/v1/photos", "photos", "a.jpg", make_frames()[0]),
)
"""A request for each kind of work that has threads of its own, which begin with the first of it."""

PROBE = frame(TEXT, b'42/live,987654["settings",{"no":"such"}]')
ATTACHMENTS = MAX_ATTACHMENTS * frame(BINARY)
"""What an event before the probe may still wait for."""

PROBED = b"43/live,987654["


@dataclass(frozen=True)
class Footprint:
    """What a server's processes hold."""

    mib: float
    threads: int
    files: int

    @classmethod
    def of(cls, server: psutil.Process) -> Footprint:
        """Looks at a server and its children."""
        processes = [server, *server.children(recursive=True)]
        return cls(
            memory_mib(server),
            sum(one.num_threads() for one in processes),
            sum(one.num_fds() for one in processes),
        )

    def is_as(self, before: Footprint) -> bool:
        """Whether it is what it was: within `MAX_GROWTH` of the memory, without one file more or many threads."""
        return (
            self.mib <= (1 + MAX_GROWTH) * before.mib
            and self.threads <= before.threads + MORE_THREADS
            and self.files <= before.files
        )


@dataclass
class Outcome:
    """What came of the messages and requests.

    Attributes:
        messages: Messages that were sent.
        unanswered: Connections on which a well-formed message behind the bad ones was not answered.
        kept: Connections that went on behind a message that must cost them.
        statuses: Answers to requests by status; 0 where the connection was closed without one.
        failures: Requests that were answered with a 5xx, as text.
    """

    messages: int
    unanswered: int
    kept: int
    statuses: Counter[int]
    failures: list[str]


def receive_until(wire: RawWebSocket, mark: bytes) -> bool:
    """Reads until a text comes by, and returns whether it came."""
    seen, until_s = b"", time.monotonic() + ANSWER_S
    try:
        while mark not in seen and time.monotonic() < until_s:
            piece = wire.socket.recv(65536)
            if not piece:
                return False
            seen = seen[-len(mark) :] + piece
    except OSError:
        return False
    return mark in seen


def send_messages(url: str, num: int, seed: int) -> tuple[int, int, int]:
    """Sends messages over one connection after another; returns their number, and those connections that went wrong."""
    random, sent, unanswered, kept = Random(seed), 0, 0, 0
    while sent < num:
        wire = RawWebSocket(url)
        try:
            wire.socket.settimeout(ANSWER_S)
            wire.send(frame(TEXT, b"40/live,"))
            count = min(ON_ONE_CONNECTION, num - sent)
            for _ in range(count - 1):
                wire.send(random.choice(bad_messages.GOES_ON)(random))
            wire.send(ATTACHMENTS + PROBE)
            unanswered += not receive_until(wire, PROBED)
            wire.send(random.choice(bad_messages.ENDS_IT)(random))
            kept += not wire.is_closed()
            sent += count
        finally:
            wire.close()
    return sent, unanswered, kept


def send_raw(url: str, data: bytes) -> int:
    """Sends bytes on a connection of their own; returns the status of the answer, 0 without one."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=ANSWER_S) as peer:
        try:
            peer.sendall(data)
            peer.shutdown(socket.SHUT_WR)
            head = peer.recv(64).split()
        except TimeoutError:
            raise
        except OSError:  # the server closed the connection in the middle
            return 0
    return int(head[1]) if len(head) > 1 and head[1].isdigit() else 0


def ask(connection: http.client.HTTPConnection, one: bad_requests.Request) -> int:
    """Sends a request; returns the status of the answer, 0 if the server closed the connection instead."""
    try:
        connection.putrequest(
            one.method, one.path, skip_host="Host" in one.headers, skip_accept_encoding=True
        )
        for name, value in {**one.headers, "Content-Length": str(len(one.body))}.items():
            connection.putheader(name, value.encode("latin-1", "replace"))
        connection.endheaders(one.body)
        answer = connection.getresponse()
        answer.read()
    except (ConnectionError, http.client.HTTPException):
        connection.close()
        return 0
    return answer.status


def send_requests(url: str, num: int, seed: int) -> tuple[Counter[int], list[str]]:
    """Sends requests; returns the statuses of the answers, and what was answered with a 5xx."""
    random, statuses, failures = Random(seed), Counter[int](), []
    with urllib.request.urlopen(f"{url}/api/v1/openapi.json", timeout=ANSWER_S) as answer:
        routes = bad_requests.routes_of(answer.read())
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=ANSWER_S)
    for _ in range(num):
        one = random.choice(bad_requests.KINDS)(random, routes)
        status = send_raw(url, one.raw) if one.raw else ask(connection, one)
        statuses[status] += 1
        if status >= 500 and status != NOT_IMPLEMENTED:
            failures.append(
                f"{status} {one.method} {one.path[:80]} {one.headers} {one.raw[:80] or one.body[:80]!r}"
            )
    connection.close()
    return statuses, failures


def _shares(num: int, parts: int) -> list[int]:
    return [num // parts + (index < num % parts) for index in range(parts)]


def storm(url: str, *, messages: int, requests: int, seed: int = 0, askers: int = ASKERS) -> Outcome:
    """Sends bad messages from `CLIENTS` clients, and bad requests from `askers` at the same time."""
    with ThreadPoolExecutor(CLIENTS + askers) as clients:
        sent = [
            clients.submit(send_messages, url, share, 1000 * seed + index)
            for index, share in enumerate(_shares(messages, CLIENTS))
        ]
        asked = [
            clients.submit(send_requests, url, share, 1000 * seed + 500 + index)
            for index, share in enumerate(_shares(requests, askers))
        ]
        sums = [sum(part) for part in zip(*(one.result() for one in sent), strict=True)]
        answers = [one.result() for one in asked]
    statuses = sum((one for one, _ in answers), Counter[int]())
    return Outcome(*sums, statuses, [line for _, lines in answers for line in lines])


def warm_up(url: str, look: Callable[[], Footprint], since_s: float, *, messages: int, requests: int) -> None:
    """Sends good frames, and bad ones of all kinds until the server has all the threads and files that it wants.

    Its pools are bounded and start their threads one by one, as they are asked for.
    """
    visitor = Client(url)
    for seq, jpeg in enumerate(make_frames()):
        visitor.frame(jpeg, seq=seq)
    visitor.close()
    time.sleep(max(0.0, since_s + FIRST_MINUTE_S - time.time()))
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=ANSWER_S)
    for one in 4 * POOLED:
        ask(connection, one)
    connection.close()
    most = (0, 0)
    for round_number in range(1, WARM_UP_ROUNDS + 1):
        storm(url, messages=messages, requests=requests, seed=round_number, askers=WARM_UP_ASKERS)
        now = look()
        if now.threads <= most[0] and now.files <= most[1]:
            return
        most = now.threads, now.files


def settled(look: Callable[[], Footprint], before: Footprint, limit_s: float) -> tuple[Footprint, float]:
    """Waits until a server holds no more than before; returns what it holds then, and the seconds that it took."""
    started_s = time.monotonic()
    while True:
        now, waited_s = look(), time.monotonic() - started_s
        if now.is_as(before) or waited_s >= limit_s:
            return now, waited_s
        time.sleep(0.5)


def resting(server: psutil.Process, seconds: float) -> Footprint:
    """Waits until a server has held the same threads and files for some seconds; returns what it holds."""
    last, since_s, until_s = Footprint.of(server), time.monotonic(), time.monotonic() + 60
    while time.monotonic() - since_s < seconds and time.monotonic() < until_s:
        time.sleep(0.25)
        now = Footprint.of(server)
        if (now.threads, now.files) != (last.threads, last.files):
            since_s = time.monotonic()
        last = now
    return last


@contextlib.contextmanager
def watched_server(settings: dict[str, str]) -> Iterator[tuple[str, psutil.Process, Path]]:
    """Starts a server with data of its own; yields its address, its process and the file with its log."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with running_server({"DATA_DIR": folder, **settings}, log=log) as (url, server):
            yield url, server, log


def report(outcome: Outcome, before: Footprint, after: Footprint, waited_s: float, log: str) -> bool:
    """Prints the table and what broke a limit; returns whether nothing did."""
    said = log.splitlines()
    decoders = [line for line in said if OF_DECODERS.match(line)]
    lines = [line for line in said if not OF_DECODERS.match(line) and not ON_PURPOSE.match(line)]
    print("| what | before | after |\n|---|---|---|")
    print(f"| memory, MiB | {before.mib:.0f} | {after.mib:.0f} ({after.mib / before.mib - 1:+.1%}) |")
    print(f"| threads | {before.threads} | {after.threads} |")
    print(f"| open files | {before.files} | {after.files} |\n")
    statuses = ", ".join(f"{status or 'none'} x {num}" for status, num in sorted(outcome.statuses.items()))
    print(f"{outcome.messages} bad messages, {outcome.statuses.total()} bad requests: {statuses}")
    print(
        f"looked at after {waited_s:.0f} s; connections whose good message was not answered: {outcome.unanswered}; "
        f"that should have ended: {outcome.kept}; lines of log: {len(lines)}, {len(decoders)} of decoders"
    )
    for line in [*outcome.failures[:20], *lines[:20]]:
        print(line)
    good = not (outcome.failures or outcome.unanswered or outcome.kept or lines) and after.is_as(before)
    print("all limits kept" if good else "A LIMIT IS BROKEN")
    return good


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--settle-s", type=float, default=60.0, help="longest wait afterwards (default: 60)")
    parser.add_argument("--async-mode", choices=["eventlet", "threading"], default="eventlet")
    chosen = parser.parse_args(arguments)
    with watched_server({"ASYNC_MODE": chosen.async_mode}) as (url, server, log):

        def rest() -> Footprint:
            return resting(server, REST_S)

        few = {
            "messages": max(2_000, chosen.messages // 30),
            "requests": max(500, chosen.requests // 20),
        }
        warm_up(url, rest, server.create_time(), **few)
        before, num_bytes = rest(), len(log.read_bytes())
        started_s = time.monotonic()
        outcome = storm(url, messages=chosen.messages, requests=chosen.requests)
        print(f"{chosen.async_mode}, {time.monotonic() - started_s:.0f} s\n")
        after, waited_s = settled(lambda: Footprint.of(server), before, chosen.settle_s)
        good = report(outcome, before, after, waited_s, log.read_bytes()[num_bytes:].decode())
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
