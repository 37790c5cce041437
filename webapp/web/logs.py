"""The log's lines: one record is one line, whatever a visitor has put into it."""

from __future__ import annotations

import datetime
import json
import logging
import re
from typing import Any

from webapp.web.request_ids import REQUEST_ID

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""What ends a line, moves a terminal's cursor or turns the direction of its text."""


class EscapingFormatter(logging.Formatter):
    """Writes control characters as escapes: a line break in an address would begin a line of the visitor's making.

    Tracebacks keep their lines, which are indented: none can pass for a record.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """Returns the line of a record, with the id of the request that it is about."""
        about = request_id()
        return escape(super().formatMessage(record)) + (f" [request {about}]" if about else "")

    def formatException(self, exc_info: Any) -> str:  # noqa: N802 - logging's name
        """Returns a traceback."""
        return _indent(super().formatException(exc_info))

    def formatStack(self, stack_info: str) -> str:  # noqa: N802 - logging's name
        """Returns a stack."""
        return _indent(super().formatStack(stack_info))


class JsonFormatter(logging.Formatter):
    """Writes each record as one line of JSON, tracebacks included: only ASCII, so nothing in it moves a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """Returns `{time, level, logger, message, request?, exception?}`; the time is in UTC."""
        at = datetime.datetime.fromtimestamp(record.created, datetime.UTC)
        said: dict[str, str] = {
            "time": at.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if about := request_id():
            said["request"] = about
        if record.exc_info:
            said["exception"] = self.formatException(record.exc_info)
        return json.dumps(said)


def formatter(log_format: str, text: str = FORMAT, date: str | None = None) -> logging.Formatter:
    """Returns the formatter of a `LOG_FORMAT`; the others say how a line of `text` looks."""
    return JsonFormatter() if log_format == "json" else EscapingFormatter(text, date)


def request_id() -> str | None:
    """Returns the id of the request that is answered now, of a socket that of its connection."""
    from flask import (
        has_request_context,
        request,
    )  # not at the start: the log comes before eventlet's patches

    return request.environ.get(REQUEST_ID) if has_request_context() else None


def escape(text: str) -> str:
    """Returns a text in one line, without anything that a terminal obeys."""
    return CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def prepare(log_format: str) -> None:
    """Sets up the log of this process; LOG_LEVEL is that of `webapp`."""
    handler = logging.StreamHandler()
    handler.setFormatter(formatter(log_format))
    logging.basicConfig(handlers=[handler])


def of_sockets(name: str) -> logging.Logger:
    """Returns a logger for the socket libraries, which would otherwise add a handler of their own to it.

    Args:
        name: Name of the library's own logger.
    """
    logger = logging.getLogger(name)
    logger.setLevel(logging.ERROR)
    return logger


def _indent(text: str) -> str:
    return "\n".join(f"    {escape(line)}" for line in text.split("\n"))
