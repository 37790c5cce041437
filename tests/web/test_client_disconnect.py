"""Who hangs up has left; who waits, or has sent something more, has not."""

import select
import socket

import pytest

from tests.support.waiting import wait_until
from webapp.web.client_disconnect import disconnect_check

pytestmark = pytest.mark.skipif(
    not hasattr(select, "POLLRDHUP"), reason="only Linux says that the other end is closed"
)


@pytest.fixture
def connection():
    """Both ends of a real connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        theirs = socket.create_connection(server.getsockname())
        ours, _ = server.accept()
    with ours, theirs:
        yield ours, theirs


def test_a_client_that_waits_is_there_and_one_that_closed_has_left(connection):
    ours, theirs = connection
    is_disconnected = disconnect_check({"gunicorn.socket": ours})
    assert not is_disconnected()
    theirs.sendall(b"GET /next HTTP/1.1\r\n")  # unread, and no sign of leaving
    assert not is_disconnected()
    theirs.close()
    wait_until(is_disconnected, what="the client's departure")  # the system may need a moment
    assert ours.recv(3) == b"GET"


def test_a_client_whose_connection_broke_has_left(connection):
    ours, theirs = connection
    is_disconnected = disconnect_check({"gunicorn.socket": ours})
    theirs.setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0"
    )  # a reset instead of a goodbye
    theirs.close()
    wait_until(is_disconnected, what="the client's departure")


def test_a_server_that_hands_out_no_socket_never_says_so():
    assert not disconnect_check({})()
