"""A TLS connection that is read and written at once."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import threading
import time

import pytest
import trustme

from webapp.concurrency.tls_socket import TlsSocket, in_turns

PIECE = bytes(range(256)) * 16
NUM_PIECES = 800


@pytest.fixture
def ends():
    """The two ends of a connection; the first is the server's."""
    authority = trustme.CA()
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(ours)
    theirs = ssl.create_default_context()
    authority.configure_trust(theirs)
    plain = socket.socketpair()
    for one in plain:
        one.settimeout(30)
    wrapped = []
    server = threading.Thread(target=lambda: wrapped.append(ours.wrap_socket(plain[0], server_side=True)))
    server.start()
    with theirs.wrap_socket(plain[1], server_hostname="localhost") as client:
        server.join()
        with wrapped[0]:
            yield wrapped[0], client


def echo_by_select(client, num_bytes):
    """One thread that sends and receives so many bytes at once; returns what came."""
    client.setblocking(False)
    received, unsent = bytearray(), memoryview(PIECE * NUM_PIECES)
    while len(received) < num_bytes or unsent:
        with contextlib.suppress(ssl.SSLWantReadError):
            received += client.recv(65536)
        try:
            unsent = unsent[client.send(unsent[:16384]) :] if unsent else unsent
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            select.select([client], [client], [], 1)
    return bytes(received)


def test_what_is_written_while_it_is_read_arrives_whole(ends):
    connection, client = ends
    served = in_turns(connection)
    heard = bytearray()

    def read():
        while len(heard) < len(PIECE) * NUM_PIECES:
            heard.extend(served.recv(65536))

    def write():
        for _ in range(NUM_PIECES):
            served.sendall(PIECE)

    threads = [threading.Thread(target=work, daemon=True) for work in (read, write)]
    for thread in threads:
        thread.start()
    assert echo_by_select(client, len(PIECE) * NUM_PIECES) == PIECE * NUM_PIECES
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    assert bytes(heard) == PIECE * NUM_PIECES


class Watched:
    """Stands in for a connection that notices when two threads are in it."""

    def __init__(self):
        self.connection, self.peer = socket.socketpair()
        self.inside, self.met, self.reads = 0, 0, 0

    @contextlib.contextmanager
    def entered(self):
        self.inside += 1
        time.sleep(0.001)
        self.met += self.inside > 1
        self.inside -= 1
        yield

    def recv(self, num_bytes):
        with self.entered():
            self.reads += 1
            if self.reads <= 50:
                raise ssl.SSLWantWriteError
            return b""

    def send(self, data):
        with self.entered():
            return 1

    def setblocking(self, flag):
        assert not flag

    def fileno(self):
        return self.connection.fileno()


def test_two_threads_are_never_in_it_at_once():
    watched = Watched()
    with watched.connection, watched.peer:
        served = TlsSocket(watched)
        reader = threading.Thread(target=served.recv, args=(10,))
        reader.start()
        served.sendall(bytes(50))
        reader.join(30)
    assert (watched.reads, watched.met) == (51, 0)


def test_a_reader_wakes_when_the_connection_ends(ends):
    served = TlsSocket(ends[0])
    answers = []
    reader = threading.Thread(target=lambda: answers.append(served.recv(10)), daemon=True)
    reader.start()
    served.shutdown(socket.SHUT_RDWR)
    reader.join(10)
    assert answers == [b""]


def test_a_reader_hears_that_the_visitor_has_left(ends):
    connection, client = ends
    client.close()
    assert TlsSocket(connection).recv(10) == b""


def test_one_without_tls_stays_what_it_is():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert in_turns(ours) is ours
