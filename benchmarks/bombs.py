"""How long a photo that is built to exhaust the server takes to be refused: `python -m benchmarks.bombs`."""

from __future__ import annotations

import time

from tests.photos.samples import bombs, encode
from webapp.errors import AppError
from webapp.photos.decoding import decode_photo

LIMITS = {"max_bytes": 20_971_520, "max_pixels": 50_000_000}
ROUNDS = 5


def main() -> None:
    decode_photo(encode("PNG"), **LIMITS)  # the formats are known by now
    print("| file | bytes | refused with | slowest of 5, ms |\n|---|---|---|---|")
    for name, data in bombs().items():
        times_ms = []
        for _ in range(ROUNDS):
            started_s = time.perf_counter()
            try:
                decode_photo(data, **LIMITS)
                code = "nothing: it was decoded"
            except AppError as error:
                code = error.code
            times_ms.append((time.perf_counter() - started_s) * 1000)
        print(f"| {name} | {len(data):,} | `{code}` | {max(times_ms):.1f} |")


if __name__ == "__main__":
    main()
