"""gunicorn's eventlet worker that leaves with its master, and in which no address takes all connections."""

from __future__ import annotations

import os
from typing import Any

from gunicorn.workers.geventlet import EventletWorker

from webapp.concurrency.seats import Seats
from webapp.core.addresses import is_in, is_own
from webapp.settings import Settings

CONNECTIONS_PER_VISITOR = 3


class GreenWorker(EventletWorker):
    """See the module; gunicorn makes it, by the name in `worker_class`."""

    def __init__(self, *args: Any, **fields: Any) -> None:
        """Takes what gunicorn gives."""
        super().__init__(*args, **fields)
        settings = Settings.from_env(os.environ)

        def is_exempt(address: str) -> bool:
            """Whether all visitors may be behind an address: it passes theirs on, and they are counted by those."""
            return is_own(address) or is_in(address, settings.trusted_proxies)

        self._seats = Seats(CONNECTIONS_PER_VISITOR * settings.visitors_per_address, is_exempt)

    def notify(self) -> None:
        """Says that the worker lives; ends it if the master does not, which would leave the port in use for ever."""
        super().notify()
        if os.getppid() != self.ppid:
            self.alive = False

    def handle(self, listener: Any, client: Any, addr: Any) -> None:
        """Serves a connection, or closes it at once if its address has too many."""
        seat = self._seats.take(addr[0])
        if seat is None:
            client.close()
            return
        with seat:
            super().handle(listener, client, addr)
