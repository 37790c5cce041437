"""How long the server takes to refuse decompression bombs: `python -m benchmarks.serving.decompression_bombs`.

Each is first decoded in this process, then sent to a real server. Most of the time of such a request is the upload, so
each is interleaved with as many zeros, which are refused at the first look.
"""

from __future__ import annotations

import time

import numpy as np
import requests

from benchmarks.serving.live import running_server
from tests.support.photos import bombs, encode
from webapp.errors import AppError
from webapp.recognition.photo_decoding import DecodedImage, decode_photo
from webapp.settings import Settings

DEFAULTS = Settings.from_env({})
ROUNDS = 5


def post(session: requests.Session, url: str, data: bytes) -> tuple[str, float]:
    """Returns the outcome of one photo (an error code, `read`, or a status other than 200) and the seconds it took."""
    started_s = time.perf_counter()
    answer = session.post(f"{url}/api/v1/photos", files={"photos": ("x", data)}, timeout=60)
    spent_s = time.perf_counter() - started_s
    if answer.status_code != 200:
        return f"HTTP {answer.status_code}", spent_s
    (result,) = answer.json()["results"]
    return result["error"]["code"] if "error" in result else "read", spent_s


def decode(data: bytes) -> DecodedImage:
    """Decodes a photo within the server's limits; see `decode_photo`."""
    return decode_photo(data, max_bytes=DEFAULTS.max_photo_bytes, max_pixels=DEFAULTS.max_photo_pixels)


def decode_bombs() -> None:
    """Decodes every decompression bomb and prints the slowest of several times."""
    decode(encode("PNG"))  # the formats are known by now
    print("| file | bytes | refused with | slowest of 5, ms |\n|---|---|---|---|")
    for name, data in bombs().items():
        times_ms = []
        for _ in range(ROUNDS):
            started_s = time.perf_counter()
            try:
                decode(data)
                code = "nothing: it was decoded"
            except AppError as error:
                code = error.code
            times_ms.append((time.perf_counter() - started_s) * 1000)
        print(f"| {name} | {len(data):,} | `{code}` | {max(times_ms):.1f} |")
    print()


def send_bombs(url: str) -> None:
    """Sends every decompression bomb to a server, interleaved with as many zeros, and prints both."""
    session = requests.Session()
    print(
        "| file, in a request | bytes | refused with | median, ms | as many zeros, ms |\n|---|---|---|---|---|"
    )
    for name, data in bombs().items():
        zeros = bytes(len(data))
        pairs = [(post(session, url, data), post(session, url, zeros)) for _ in range(ROUNDS)]
        code = pairs[0][0][0]
        bomb_ms, zeros_ms = (1000 * np.median([pair[at][1] for pair in pairs]) for at in (0, 1))
        print(f"| {name} | {len(data):,} | `{code}` | {bomb_ms:.0f} | {zeros_ms:.0f} |")
    print()


def main() -> None:
    decode_bombs()
    with running_server({}) as (url, _):
        for _ in range(20):  # the server is warm by now
            post(requests.Session(), url, encode("PNG"))
        send_bombs(url)


if __name__ == "__main__":
    main()
