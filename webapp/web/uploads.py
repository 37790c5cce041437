"""Uploaded files: in memory alone, counted while they arrive, and politely received."""

from __future__ import annotations

import contextlib
import io
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, cast

from flask import Request, request
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import ClientDisconnected

from webapp.concurrency.native_threads import native_threading
from webapp.core.addresses import address_key
from webapp.errors import ContentTooLarge, ServerBusy
from webapp.services import services

OTHER_REQUEST_BYTES = 64 * 1024
"""Largest request of routes that name no limit of their own."""


RETRY_MS = 2000

SHARE_OF_ONE_ADDRESS = 0.5
"""Of all uploads' memory."""

SILENCE_S = 30.0
"""Longest pause between two pieces of a body: whoever stops sending would keep its memory for ever."""


class UploadMemory:
    """Counts the bytes of uploads that are held at this moment, all visitors together, of one address a share.

    Bytes are counted as they arrive, not as announced: a stalled upload takes up no room that it has not filled.
    """

    def __init__(self, max_bytes: int, *, max_request_bytes: int) -> None:
        """Begins with nothing held.

        Args:
            max_bytes: Bytes of all uploads together.
            max_request_bytes: Bytes of the largest request, for which the share of an address has room.
        """
        self._max_bytes = max_bytes
        self._max_of_address = max(int(SHARE_OF_ONE_ADDRESS * max_bytes), max_request_bytes)
        self._held = 0
        self._of_address: Counter[str] = Counter()
        self._lock = threading.Lock()

    @property
    def held(self) -> int:
        """Bytes held now."""
        return self._held

    def take(self, num_bytes: int, address: str) -> None:
        """Counts bytes in.

        Args:
            num_bytes: Bytes that have arrived.
            address: Whose, see `address_key`.

        Raises:
            ServerBusy: If more would be held than allowed, by all or by this address; nothing is counted then.
        """
        with self._lock:
            if self._held + num_bytes > self._max_bytes:
                raise _full(self._held, self._max_bytes, "Uploads")
            if self._of_address[address] + num_bytes > self._max_of_address:
                raise _full(self._of_address[address], self._max_of_address, "Uploads from this address")
            self._held += num_bytes
            self._of_address[address] += num_bytes

    def give_back(self, num_bytes: int, address: str) -> None:
        """Counts bytes out."""
        with self._lock:
            self._held -= num_bytes
            self._of_address[address] -= num_bytes
            if not self._of_address[address]:
                del self._of_address[address]


class UploadRequest(Request):
    """A request whose files stay in memory: Werkzeug would write those above 500 KB to the disk."""

    _taken, _address = 0, ""
    _memory: UploadMemory | None = None
    _patience: tuple[Any, float | None] | None = None

    def limit_upload(self, max_bytes: int) -> None:
        """Sets how large this request may be; to be called before its files are looked at.

        Raises:
            ContentTooLarge: If it says itself that it is larger.
        """
        self.max_content_length = max_bytes
        if (self.content_length or 0) > max_bytes:
            raise ContentTooLarge(
                f"The request has {self.content_length} bytes, at most {max_bytes} are accepted. Send fewer files."
            )
        connection = self.environ.get("gunicorn.socket") or self.environ.get("werkzeug.socket")
        if connection is not None and self._patience is None:
            self._patience = connection, connection.gettimeout()
            connection.settimeout(SILENCE_S)

    def _load_form_data(self) -> None:
        try:
            super()._load_form_data()
        except ClientDisconnected:
            self._end_reading()
            raise

    def _end_reading(self) -> None:
        """Lets gunicorn's native threads see the end of a body that broke off: they would wait without limit."""
        if self._patience is not None and native_threading() is threading:
            with contextlib.suppress(OSError):
                # Not an SSL socket's own method, which would also give up encryption.
                socket.socket.shutdown(self._patience[0], socket.SHUT_RD)

    def _get_file_stream(self, *_: Any, **__: Any) -> io.BytesIO:  # type: ignore[override]
        self._memory, self._address = services().upload_memory, address_key(self.remote_addr)
        return _Received(self)

    def take(self, num_bytes: int) -> None:
        """Counts received bytes, until the request ends."""
        if self._memory is not None:
            self._memory.take(num_bytes, self._address)
            self._taken += num_bytes

    def close(self) -> None:
        """Lets go of the files."""
        super().close()
        if self._patience is not None:
            connection, timeout_s = self._patience
            with contextlib.suppress(OSError):  # closed meanwhile
                connection.settimeout(timeout_s)
            self._patience = None
        if self._memory is not None:
            self._memory.give_back(self._taken, self._address)
            self._taken = 0


def body_limit(max_bytes: int) -> Callable[[], None]:
    """Returns what a blueprint runs before its requests if they may be larger than others.

    Args:
        max_bytes: Bytes of one request.
    """
    return lambda: cast(UploadRequest, request).limit_upload(max_bytes)


def received(file: FileStorage) -> bytes:
    """Returns an uploaded file's content, without a copy of it."""
    return cast(io.BytesIO, file.stream).getvalue()


def _full(held: int, most: int, what: str) -> ServerBusy:
    return ServerBusy(
        f"{what} already take {held} of {most} bytes. Try again later.", retry_after_ms=RETRY_MS
    )


class _Received(io.BytesIO):
    """A file as it arrives. Other green threads run between two pieces: a fast upload would never yield to them."""

    def __init__(self, request: UploadRequest) -> None:
        super().__init__()
        self._request = request

    def write(self, data: Any, /) -> int:
        time.sleep(0)  # eventlet's, where it is patched: yields
        self._request.take(len(data))
        return super().write(data)
