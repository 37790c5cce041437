"""Socket.IO packets, read more strictly than python-socketio 5.18 does: what no client of ours sends is dropped.

The stock class lets a packet announce a thousand million binary attachments and keeps those that came in memory,
also after the visitor has left; lets a visitor send `connect` and `disconnect` as if they were events; and every
malformed message writes twenty lines into the log.
"""

from __future__ import annotations

import logging
from typing import Any

from socketio import packet

MAX_ATTACHMENTS = 8
MAX_HEADER_CHARS = 4096
"""Of the part before an attachment, which is kept until that comes; a frame's has about 100."""

FROM_CLIENTS = frozenset((packet.CONNECT, packet.DISCONNECT, packet.EVENT, packet.ACK))
"""Packets without attachments that a client may send; others, known or not, would cost a line of the log each."""

RESERVED = ("connect", "disconnect")
UNHANDLED_EVENT = [""]

log = logging.getLogger(__name__)


class MalformedMessageError(ValueError):
    """A message that is no packet; the visitor's connection goes on."""


class StrictPacket(packet.Packet):
    """A packet whose event, if it is one, has a name, and that keeps one attachment at most."""

    def __init__(self, *args: Any, encoded_packet: str | bytes | None = None, **fields: Any) -> None:
        """Takes what `socketio.packet.Packet` takes.

        Args:
            args: The fields of a packet to send.
            encoded_packet: A received one instead.
            fields: Further fields of a packet to send.

        Raises:
            MalformedMessageError: See `decode`.
        """
        if encoded_packet is not None and not encoded_packet:
            raise MalformedMessageError(
                "an empty message"
            )  # the stock class takes it for an event without data
        if fields.get("packet_type", args[0] if args else None) == packet.ACK:
            # Ours hold no binary, and looking for it in each takes a fifth of a millisecond.
            fields["binary"] = False
        super().__init__(*args, encoded_packet=encoded_packet, **fields)

    def decode(self, encoded_packet: object) -> int:
        """Reads a packet and returns how many attachments will follow.

        Raises:
            MalformedMessageError: If it is none, or not one that we would keep in memory.
        """
        if not isinstance(encoded_packet, str | bytes):  # Engine.IO reads a text as JSON where it can
            raise MalformedMessageError("JSON in place of a packet")
        try:
            num_attachments = super().decode(encoded_packet)
        except (ValueError, TypeError, RecursionError) as error:
            raise MalformedMessageError(f"not a packet: {type(error).__name__}") from None
        if self.packet_type in (packet.EVENT, packet.BINARY_EVENT) and not _has_name(self.data):
            raise MalformedMessageError("an event without a name, or with a reserved one")
        if self.packet_type == packet.BINARY_EVENT:
            if not 1 <= num_attachments <= MAX_ATTACHMENTS or len(str(encoded_packet)) > MAX_HEADER_CHARS:
                raise MalformedMessageError(f"{num_attachments} attachments announced, or with too much text")
        elif num_attachments or self.packet_type not in FROM_CLIENTS:
            raise MalformedMessageError("a packet that no client sends, or attachments to one that has none")
        return num_attachments

    def add_attachment(self, attachment: object) -> bool:
        """Takes an attachment in and returns whether it was the last.

        No event of ours has several, so theirs are not kept, only their number. One without a place in its event
        turns that into one without a handler: an error would leave the server waiting for ever.
        """
        try:
            return super().add_attachment(attachment if self.attachment_count == 1 else b"")
        except (TypeError, IndexError, RecursionError):
            self.data = UNHANDLED_EVENT
            return True


def init_logging() -> None:
    """Logs a malformed message in one line at level debug; by default it takes twenty, which could fill a disk."""
    logging.getLogger("engineio.server").addFilter(_is_worth_logging)


def _has_name(data: object) -> bool:
    return isinstance(data, list) and len(data) > 0 and isinstance(data[0], str) and data[0] not in RESERVED


def _is_worth_logging(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, MalformedMessageError):
        log.debug("dropped a malformed message: %s", error)
        return False
    return True
