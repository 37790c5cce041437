"""Takes the pictures of docs/img from a real server and browser, of free pictures only.

`python -m tests.support.browser.screenshots [FOLDER] [--all]`: every page at 390 x 844 and 1440 x 900, in light and in
dark; with `--all` the dark ones in German, and all in full length too, for looking at.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.serving.pages import pages_of
from tests.support.browser import videos
from tests.support.browser.chrome import DESKTOP, PHONE, chrome
from tests.support.servers import ROOT, SHIPPED, Server

SIZES = {"phone": PHONE, "desktop": DESKTOP}
MOST_BYTES = 280_000
NUM_OWN = 48


def start_camera(page: Page) -> None:
    page.click("#start")
    page.wait_for_selector("#reading[data-state=sure]", timeout=60_000)
    page.wait_for_timeout(6000)
    # The fake camera's name is its file's path; a real one has a real name.
    page.evaluate("document.querySelectorAll('#camera option').forEach(one => one.textContent = 'Webcam')")


def show_photos(page: Page) -> None:
    """Two crops of the portrait, and a cup of coffee, which has no face."""
    from skimage import data

    coffee = cv2.cvtColor(data.coffee(), cv2.COLOR_RGB2BGR)
    photos = {"astronaut.jpg": videos.portrait(512), "close-up.jpg": close_up(), "coffee.jpg": coffee}
    files = [
        {"name": name, "mimeType": "image/jpeg", "buffer": cv2.imencode(".jpg", photo)[1].tobytes()}
        for name, photo in photos.items()
    ]
    page.set_input_files("#files", files)
    page.wait_for_function(
        "() => document.querySelectorAll('.photo[data-state=done]').length === 3", timeout=60_000
    )
    page.wait_for_timeout(1000)


def nothing(page: Page) -> None:
    page.wait_for_timeout(300)


STEPS: dict[str, Callable[[Page], None]] = {"live": start_camera, "photos": show_photos}
"""What is done on a page before its picture is taken, by the page's name."""


def close_up() -> np.ndarray:
    """The portrait as a webcam would frame it, 640 x 480; without the film's grain, which makes pictures large."""
    framed = videos.portrait(512)[:330, 20:460]
    large = cv2.resize(framed, (videos.WIDTH, videos.HEIGHT), interpolation=cv2.INTER_CUBIC)
    return cv2.bilateralFilter(large, 7, 22, 5)


def sway(frame: np.ndarray) -> Iterator[np.ndarray]:
    """A hand that is not quite still."""
    for at in range(videos.NUM_FRAMES):
        move = np.float32([[1, 0, at % 3 - 1], [0, 1, at // 3 % 3 - 1]])
        yield cv2.warpAffine(frame, move, (videos.WIDTH, videos.HEIGHT), borderMode=cv2.BORDER_REPLICATE)


def few_colours(picture: Image.Image) -> Image.Image:
    """Returns the picture with 256 colours: the page's own exactly, the photo's as near as the rest allows.

    That is a third of the bytes. Pillow's own choice of 256 tints the paper.
    """
    pixels = np.asarray(picture.convert("RGB")).reshape(-1, 3)
    colours, counts = np.unique(pixels, axis=0, return_counts=True)
    own = colours[np.argsort(counts)[::-1][:NUM_OWN]]
    rest = picture.convert("RGB").quantize(256 - len(own), method=Image.Quantize.MEDIANCUT).getpalette()
    palette = Image.new("P", (1, 1))
    palette.putpalette([*own.reshape(-1).tolist(), *rest[: 3 * (256 - len(own))]])
    return picture.convert("RGB").quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG)


def save(page: Page, path: Path, *, whole: bool = False) -> None:
    """Writes what the page looks like; a picture for the documentation must be small."""
    page.screenshot(path=path, full_page=whole, animations="disabled")
    with Image.open(path) as picture:
        few = few_colours(picture)
    few.save(path, optimize=True)
    if not whole and path.stat().st_size > MOST_BYTES:
        raise SystemExit(f"{path} has {path.stat().st_size} bytes, more than {MOST_BYTES}")
    print(path)


def take(browser: Browser, address: str, out: Path, look: str, *, whole: bool, **context) -> None:
    """Takes one page in one look, also in full length if `whole`; of the live page also its start."""
    name = address.rstrip("/").rpartition("/")[2] or "live"
    name = "live" if "127.0.0.1" in name else name
    page = browser.new_context(**context).new_page()
    page.goto(address, wait_until="networkidle")
    if name == "live":
        save(page, out / f"start-{look}.png")
    STEPS.get(name, nothing)(page)
    save(page, out / f"{name}-{look}.png")
    if whole:
        save(page, out / f"{name}-{look}-whole.png", whole=True)
    page.context.close()


def looks(everything: bool) -> list[tuple[str, dict]]:
    """Returns names and browser contexts."""
    dark = {"color_scheme": "dark", "locale": "de" if everything else "en"}
    return [
        (name + suffix, {"viewport": size, **context})
        for name, size in SIZES.items()
        for suffix, context in (("", {"color_scheme": "light"}), ("-dark", dark))
    ]


def main(out: Path, everything: bool) -> None:
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        video = videos.write_y4m(Path(folder) / "face.y4m", sway(close_up()))
        server = Server(Path(folder) / "log", MODEL_DIR=str(SHIPPED), DATA_DIR=folder).start()
        try:
            with sync_playwright() as playwright, chrome(playwright, video=video) as browser:
                for address in pages_of(browser.new_page(), server.url):
                    for look, context in looks(everything):
                        take(browser, address, out, look, whole=everything, **context)
        finally:
            server.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "docs" / "img")
    parser.add_argument("--all", action="store_true")
    options = parser.parse_args()
    main(options.folder, options.all)
