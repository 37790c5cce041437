"""Makes the icons and the picture of shared links in static/img, shaped as icon.svg: part of `make samples`."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tests.support.servers import ROOT

OUT = ROOT / "static" / "img"
FACE = ROOT / "static" / "samples" / "loop.webp"
TEAL, WHITE = (15, 118, 110), (255, 255, 255)
NIGHT, INK, SOFT = (20, 37, 42), (244, 242, 238), (213, 218, 217)
UNITS = 64
"""Side of icon.svg's view box."""
SMOOTH = 8
SHARE_SIZE = (1200, 630)


def icon(side: int, *, corner: float = 18, scale: float = 1) -> Image.Image:
    """Draws the icon.

    Args:
        side: Width and height in pixels.
        corner: Radius of its corners in the units of icon.svg; 0 for systems that cut the shape themselves.
        scale: Size of the face; less than 1 keeps it inside the circle that a maskable icon may be cut to.
    """
    unit = side * SMOOTH / UNITS
    image = Image.new("RGBA", (side * SMOOTH, side * SMOOTH))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((0, 0, side * SMOOTH - 1, side * SMOOTH - 1), corner * unit, fill=TEAL)

    def dot(x: float, y: float, radius: float) -> None:
        middle = UNITS / 2
        x, y, radius = middle + (x - middle) * scale, middle + (y - middle) * scale, radius * scale
        draw.ellipse([unit * part for part in (x - radius, y - radius, x + radius, y + radius)], fill=WHITE)

    dot(23, 26, 4.2)
    dot(41, 26, 4.2)
    for t in np.linspace(0, 1, 400):  # the mouth of icon.svg: a Bézier curve drawn by a round pen
        weights = np.array([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3])
        x, y = weights @ np.array([(19, 39), (26, 47.5), (38, 47.5), (45, 39)])
        dot(x, y, 2.3)
    return image.resize((side, side), Image.Resampling.LANCZOS)


def share_picture() -> Image.Image:
    """Draws what chats show beside a shared link: the face of the first page, the name, and what it does."""
    width, height = SHARE_SIZE
    image = Image.new("RGB", SHARE_SIZE, NIGHT)
    face = Image.open(FACE).convert("RGB").resize((height, height), Image.Resampling.LANCZOS)
    fade = np.clip((np.arange(height) - 0.04 * height) / (0.42 * height), 0, 1) * 0.85 * 255
    image.paste(face, (width - height, 0), Image.fromarray(np.tile(fade.astype(np.uint8), (height, 1))))
    draw = ImageDraw.Draw(image)
    mark = icon(76)
    image.paste(mark, (72, 84), mark)
    draw.text((168, 96), "Countenance", font=ImageFont.load_default(46), fill=INK)
    draw.multiline_text(
        (72, 236), "See what\nyour face says", font=ImageFont.load_default(78), fill=INK, spacing=16
    )
    draw.text((72, 488), "Expressions, live from your webcam.", font=ImageFont.load_default(32), fill=SOFT)
    return image


def main(out: Path) -> None:
    """Makes every picture."""
    for side in (192, 512):
        icon(side).save(out / f"icon-{side}.png", optimize=True)
    icon(512, corner=0, scale=0.8).save(out / "icon-maskable-512.png", optimize=True)
    icon(180, corner=0).convert("RGB").save(out / "apple-touch-icon.png", optimize=True)
    icon(48).save(out / "favicon.ico", sizes=[(16, 16), (32, 32), (48, 48)])
    share_picture().save(out / "share.jpg", quality=82, optimize=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT)
    main(parser.parse_args().out)
