"""A small web: a radio station with its playlists, redirects, and a server with odd answers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Web(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        here = f"http://127.0.0.1:{self.server.server_address[1]}"
        pages = {
            "/radio": ("audio/mpeg", b"\xff\xfb\x90\x00" * 50, {"icy-name": " Test  Radio "}),
            "/radio.pls": ("audio/x-scpls", f"[playlist]\nFile1={here}/radio\nTitle1=By PLS\n".encode(), {}),
            "/radio.m3u": ("audio/x-mpegurl", b"#EXTM3U\n#EXTINF:-1,By M3U\nradio\nfile:///etc/passwd\n", {}),
            "/two.m3u": ("audio/x-mpegurl", f"{here}/radio\n{here}/other\n".encode(), {}),
            "/plain.m3u": ("text/plain", f"{here}/radio\n".encode(), {}),
            "/hls.m3u8": ("application/vnd.apple.mpegurl", b"#EXTM3U\n#EXT-X-VERSION:3\n", {}),
            "/broken-lines.m3u": (
                "audio/x-mpegurl",
                "http://[\nhttp://[::1\nhttp://a\u2100b.com/\nhttp://x:99999/\nradio\n".encode(),
                {},
            ),
            "/only-broken.pls": ("audio/x-scpls", b"[playlist]\nFile1=http://[\n", {}),
            "/unknown-encoding.xspf": (
                "application/xspf+xml",
                b'<?xml version="1.0" encoding="rot13"?><playlist/>',
                {},
            ),
            "/page": ("text/html", b"<html>", {}),
            "/empty.m3u": ("audio/x-mpegurl", b"#EXTM3U\n", {}),
            "/oembed": ("application/json", b'{"title": "A  nice\\n list"}', {}),
            "/oembed-odd": ("application/json", b'{"title": {"a": 1}}', {}),
        }
        if self.path in ("/moved", "/loop"):
            self.answer(
                302, "text/plain", b"", {"Location": "/radio.pls" if self.path == "/moved" else "/loop"}
            )
        elif self.path in pages:
            self.answer(200, *pages[self.path])
        else:
            self.answer(404, "text/plain", b"no", {})

    def answer(self, status: int, kind: str, body: bytes, more: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **more}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def web() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Web)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
