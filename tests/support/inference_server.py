"""A server of the Open Inference Protocol in this process, that can be made to fail as servers on a network do."""

from __future__ import annotations

import contextlib
import http.server
import json
import sys
import threading
from collections.abc import Callable

import numpy as np

from webapp.inference import load_classifier
from webapp.inference.open_inference import HEADER_LENGTH, Signature, pack_response, unpack_request


class InferenceServer:
    """A model, or several, on a port of its own.

    Attributes:
        url: Its address.
        version: Version that it says it has.
        sizes: Number of crops of each call that it has answered.
        others: What computes further models, by their names.
        before_answer: Called before each answer; an exception in it closes the connection without one.
    """

    def __init__(
        self, name: str, run: Callable[[np.ndarray], np.ndarray], *, port: int = 0, host: str = "127.0.0.1"
    ) -> None:
        self.name, self.run, self.version = name, run, "1"
        self.datatype = "UINT8"
        self.sizes: list[int] = []
        self.others: dict[str, Callable[[np.ndarray], np.ndarray]] = {}
        self.before_answer: Callable[[], None] = lambda: None
        self._server = http.server.ThreadingHTTPServer((host, port), self._handler())
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self.url = f"http://{host}:{self.port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        """Stops listening."""
        self._server.shutdown()
        self._server.server_close()

    @property
    def signature(self) -> Signature:
        """What it takes and gives now."""
        return Signature("crops", self.datatype, "probabilities", self.version)

    def _handler(self) -> type[_Handler]:
        return type("Handler", (_Handler,), {"outer": self})


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    outer: InferenceServer

    def _model(self) -> str:
        """Returns the model that the path names."""
        return self.path.removesuffix("/infer").rpartition("/")[2]

    def do_GET(self) -> None:
        if self._model() not in (self.outer.name, *self.outer.others):
            return self._send(404, b'{"error": "no such model"}')
        metadata = self.outer.signature.as_metadata(self._model(), "test", 7)
        return self._send(200, json.dumps(metadata).encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        signature = self.outer.signature
        try:
            request_id, crops = unpack_request(body, int(self.headers[HEADER_LENGTH]), signature)
            run = self.outer.others.get(self._model(), self.outer.run)
            answers = run(crops.astype(np.uint8))
            answer, length = pack_response(request_id, self._model(), answers, signature)
            self.outer.before_answer()
        except ConnectionError:
            self.close_connection = True
            return None
        except Exception as error:  # noqa: BLE001 - what a server says of any failure of its own
            return self._send(500, json.dumps({"error": str(error)}).encode())
        self.outer.sizes.append(len(crops))
        return self._send(200, answer, {HEADER_LENGTH: str(length)})

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        pass

    def handle(self) -> None:
        with contextlib.suppress(OSError):  # the client has gone
            super().handle()


def main() -> None:
    """Serves artifacts: `python -m tests.support.inference_server HOST PORT MODEL_DIR...`."""
    host, port, *folders = sys.argv[1:]
    models = [load_classifier(folder, runtime="onnx", precision="float32") for folder in folders]
    server = InferenceServer(models[0].card.name, models[0].classify, port=int(port), host=host)
    server.others = {model.card.name: model.classify for model in models}
    threading.Event().wait()


if __name__ == "__main__":
    main()
