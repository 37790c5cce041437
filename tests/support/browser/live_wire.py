"""The live socket between page and server, as a test changes it: answers altered on the way, frames measured."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from playwright.sync_api import Page, WebSocketRoute

ACK = re.compile(r"(43/live,\d+)(\[.*\])", re.DOTALL)
"""Text of an acknowledgement: Engine.IO's message, Socket.IO's `ACK`, its id and its one argument."""


@dataclass(frozen=True)
class SentFrame:
    """A frame that a page sent.

    Attributes:
        pause_s: Seconds since the last acknowledgement went to the page; infinite for the first frame.
        side: Its longer side in pixels.
    """

    pause_s: float
    side: int


class LiveWire:
    """Passes the messages on, and notes every frame. Set it up before the page connects.

    Attributes:
        alter: Makes the acknowledgement that the page gets from the server's; may be replaced at any time.
        frames: The frames that the page has sent.
    """

    def __init__(self, page: Page) -> None:
        """Takes its place on the page's next connection."""
        self.alter: Callable[[dict], dict] = dict
        self.frames: list[SentFrame] = []
        self._acked_s = -np.inf
        page.route_web_socket(re.compile("/socket.io/"), self._join)

    def _join(self, page_end: WebSocketRoute) -> None:
        server_end = page_end.connect_to_server()

        def to_server(message: str | bytes) -> None:
            if isinstance(message, bytes):
                image = cv2.imdecode(np.frombuffer(message, np.uint8), cv2.IMREAD_COLOR)
                self.frames.append(SentFrame(time.monotonic() - self._acked_s, max(image.shape)))
            server_end.send(message)

        def to_page(message: str | bytes) -> None:
            if isinstance(message, str) and (found := ACK.fullmatch(message)):
                message = found[1] + json.dumps([self.alter(json.loads(found[2])[0])])
                self._acked_s = time.monotonic()
            page_end.send(message)

        page_end.on_message(to_server)
        server_end.on_message(to_page)
