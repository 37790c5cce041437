"""Engine.IO made strict: our websocket under it, posts held to that one's limits, one error for bad JSON.

Visitors who are gone are let go at once.
"""

from __future__ import annotations

import json
from typing import Any

from webapp.concurrency.polling import PolledPosts
from webapp.concurrency.websocket import WebSocket
from webapp.core.addresses import address_key, is_own

PING_EVERY_S = 10
PING_ANSWER_S = 15
"""Together the longest that a visitor who left without a word keeps a place."""

ADDRESS_KEY = "countenance.address"
"""Where a visitor's environment says what counts as their address."""

FULL = "Too many visitors are connected, in all or from this address. Try again later."


class StrictJson:
    """The module `json` as Socket.IO uses it, with one kind of error for whatever is no JSON."""

    dumps = staticmethod(json.dumps)

    @staticmethod
    def loads(text: str | bytes, **options: Any) -> Any:
        """Reads JSON.

        Raises:
            ValueError: If it is none, or nested deeper than anybody's.
        """
        try:
            return json.loads(text, **options)
        except RecursionError:
            raise ValueError("the JSON is nested too deep") from None


def harden(server: Any, *, max_visitors: int, per_address: int) -> None:
    """Gives an Engine.IO server our websocket and limits, and makes it disconnect without waiting.

    Engine.IO waits until a visitor has read what is queued before it lets go; one who polls, posts nonsense and leaves
    never reads, and the thread that waits keeps its connection for ever (the same wait as python-engineio#60).

    Args:
        server: `socketio.Server`, before the first visitor.
        max_visitors: Visitors at once.
        per_address: The same from one address but this machine's own; 0 for any number.
    """
    engine = server.eio
    engine._async = {**engine._async, "websocket": WebSocket}

    def disconnect(sid: str | None = None) -> None:
        for name in [sid] if sid is not None else list(engine.sockets):
            visitor = engine.sockets.get(name)
            if visitor is not None:
                visitor.close(wait=False, reason=engine.reason.SERVER_DISCONNECT)
                engine.sockets.pop(name, None)

    engine.disconnect = disconnect
    stock_connect = engine._handle_connect

    def connect(environ: dict[str, Any], *args: Any, **fields: Any) -> Any:
        address = environ.get("REMOTE_ADDR", "")
        key = environ[ADDRESS_KEY] = "" if is_own(address) else address_key(address)
        same = sum(one.get(ADDRESS_KEY) == key for one in server.environ.values()) if key else 0
        if len(engine.sockets) >= max_visitors or (per_address and same >= per_address):
            return {**engine._bad_request(FULL), "status": "503 SERVICE UNAVAILABLE"}
        return stock_connect(environ, *args, **fields)

    engine._handle_connect = connect
    engine.handle_request = PolledPosts(engine)
