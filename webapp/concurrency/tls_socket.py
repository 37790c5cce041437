"""A TLS connection that one thread reads while another one writes."""

from __future__ import annotations

import select
import socket
import ssl
import threading


class TlsSocket:
    """Makes the reader and the writer of one `ssl.SSLSocket` take turns.

    OpenSSL's objects may be used by one thread at a time, which Python sees to only in its newest versions
    (cpython#134698); before, connections end at random, or the process does (cpython#151508).
    """

    def __init__(self, connection: ssl.SSLSocket) -> None:
        """Takes the connection over; nobody else may use it any more. It no longer blocks."""
        connection.setblocking(False)
        self._connection = connection
        self._turn = threading.Lock()

    def recv(self, num_bytes: int) -> bytes:
        """Waits for bytes and returns at most so many, none at the end.

        Raises:
            OSError: If the connection is broken.
        """
        while True:
            with self._turn:
                try:
                    return self._connection.recv(num_bytes)
                except ssl.SSLWantReadError:
                    awaited = select.POLLIN
                except ssl.SSLWantWriteError:
                    awaited = select.POLLOUT
            self._wait(awaited)

    def sendall(self, data: bytes) -> None:
        """Sends all bytes; for one thread at a time, since OpenSSL wants what it could not send once more.

        Raises:
            OSError: If the connection is broken.
        """
        unsent = memoryview(data)
        while unsent:
            awaited = 0
            with self._turn:
                try:
                    unsent = unsent[self._connection.send(unsent) :]
                except ssl.SSLWantReadError:
                    awaited = select.POLLIN
                except ssl.SSLWantWriteError:
                    awaited = select.POLLOUT
            if awaited:
                self._wait(awaited)

    def shutdown(self, how: int) -> None:
        """Ends the connection in one direction or both, and wakes whoever waits for it.

        Raises:
            OSError: If it has ended.
        """
        with self._turn:
            self._connection.shutdown(how)

    def _wait(self, awaited: int) -> None:
        """Waits until the system can read or write; a connection that has ended can do both."""
        number = self._connection.fileno()
        if number < 0:
            raise ConnectionError("the connection is closed")
        poll = select.poll()
        poll.register(number, awaited)
        poll.poll()


def in_turns(connection: socket.socket) -> socket.socket | TlsSocket:
    """Returns what several threads may use: the connection itself unless it is one with TLS."""
    return TlsSocket(connection) if isinstance(connection, ssl.SSLSocket) else connection
