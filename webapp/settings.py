"""Every operator knob in one table: name, default, type, meaning. docs/settings.md is tested against it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from webapp.errors import SettingsError

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Kind:
    """What a setting's text may be.

    Attributes:
        words: The type in words, for the table and for errors.
        parse: Text to value; raises `ValueError` for any other text.
    """

    words: str
    parse: Callable[[str], Any]


def _some(value: str) -> str:
    if not value:
        raise ValueError
    return value


def _whole(low: int, high: int) -> Kind:
    def parse(value: str) -> int:
        if not re.fullmatch(r"[0-9]{1,12}", value) or not low <= int(value) <= high:
            raise ValueError
        return int(value)

    return Kind(f"a whole number from {low} to {high}", parse)


def _number(low: float, high: float) -> Kind:
    def parse(value: str) -> float:
        if not re.fullmatch(r"[0-9]*\.?[0-9]+", value) or not low <= float(value) <= high:
            raise ValueError
        return float(value)

    return Kind(f"a number from {low:g} to {high:g}", parse)


def _number_or_card(low: float, high: float) -> Kind:
    number = _number(low, high)
    return Kind(f"{number.words}, or `card`", lambda value: None if value == "card" else number.parse(value))


def _one_of(*choices: str) -> Kind:
    def parse(value: str) -> str:
        if value not in choices:
            raise ValueError
        return value

    return Kind(f"one of {', '.join(choices)}", parse)


def _whole_of(*choices: int) -> Kind:
    one_of = _one_of(*map(str, choices))
    return Kind(one_of.words, lambda value: int(one_of.parse(value)))


TEXT = Kind("a text", _some)
FOLDER = Kind("a folder", lambda value: ROOT / _some(value))
SECRET = Kind("a text or nothing", str)
FOLDER_OR_NOTHING = Kind("a folder or nothing", lambda value: ROOT / value if value else None)
FILE_OR_NOTHING = Kind("a file or nothing", lambda value: ROOT / value if value else None)


@dataclass(frozen=True)
class Knob:
    """One setting: its environment variable, its default as one would write it there, and what it does."""

    name: str
    default: str
    kind: Kind
    help: str


KNOBS = (
    Knob(
        "HOST",
        "127.0.0.1",
        TEXT,
        "Address to listen on; `0.0.0.0` for all. Cameras need HTTPS except on localhost.",
    ),
    Knob("PORT", "8000", _whole(1, 65535), "Port to listen on."),
    Knob(
        "MODEL_DIR",
        "models/model2-ferplus-balanced",
        FOLDER,
        "Folder with `model.keras` and `card.json`; relative to the repository.",
    ),
    Knob(
        "ASYNC_MODE",
        "eventlet",
        _one_of("eventlet", "threading"),
        "How sockets are served: `eventlet`, or `threading` (also on Windows; at most 100 visitors).",
    ),
    Knob("CLASSIFY_THREADS", "2", _whole(1, 256), "CPU threads of the model."),
    Knob(
        "MAX_WAITING_FACES",
        "256",
        _whole(1, 100000),
        "Faces that may wait for the model; more make the server say that it is busy.",
    ),
    Knob("MAX_FRAME_BYTES", "524288", _whole(1024, 2097152), "Largest frame in bytes."),
    Knob(
        "MAX_FRAME_PIXELS",
        "2500000",
        _whole(4096, 100000000),
        "Largest frame in pixels, checked before it is decoded.",
    ),
    Knob("MAX_PHOTOS", "32", _whole(1, 1000), "Photos of one request."),
    Knob("MAX_PHOTO_BYTES", "20971520", _whole(1024, 1073741824), "Largest photo in bytes."),
    Knob(
        "MAX_PHOTO_PIXELS",
        "50000000",
        _whole(4096, 1000000000),
        "Largest photo in pixels, checked before it is decoded.",
    ),
    Knob(
        "MAX_UPLOAD_BYTES",
        "104857600",
        _whole(1024, 10737418240),
        "Largest request with photos in bytes, all files together.",
    ),
    Knob(
        "MAX_UPLOAD_MEMORY_BYTES",
        "268435456",
        _whole(1024, 1099511627776),
        "Bytes of uploads held in memory at once, all visitors together; more make the server say that it is busy.",
    ),
    Knob("MAX_VIDEO_BYTES", "67108864", _whole(1024, 1073741824), "Largest uploaded clip in bytes."),
    Knob("MAX_VIDEO_S", "60", _number(1, 86400), "Longest uploaded clip in seconds."),
    Knob(
        "MAX_VIDEO_PIXELS",
        "8912896",
        _whole(4096, 100000000),
        "Largest frame of a clip in pixels, checked before it is decoded; 4K by default.",
    ),
    Knob(
        "MAX_VIDEO_SAMPLES",
        "300",
        _whole(1, 100000),
        "Pictures looked at in an uploaded clip: its seconds times the rate.",
    ),
    Knob(
        "PHOTO_THREADS",
        "1",
        _whole(1, 64),
        "Photos decoded at once, at a lower priority than live frames.",
    ),
    Knob("MAX_FACES", "16", _whole(1, 256), "Faces read per picture, the largest first."),
    Knob("DETECT_THRESHOLD", "0.65", _number(0.05, 0.99), "How sure the face detector must be, 0..1."),
    Knob(
        "DETECT_SIDE",
        "384",
        _whole_of(256, 384),
        "Longer side in pixels at which frames are searched for faces: 256 misses far ones. Visitors may choose less.",
    ),
    Knob(
        "MIN_CONFIDENCE",
        "card",
        _number_or_card(0, 1),
        "From this probability, 0..1, a label is sure; `card`: what was chosen for the model.",
    ),
    Knob(
        "SMOOTHING_S",
        "card",
        _number_or_card(0.01, 10),
        "Time constant in seconds of the smoothing of a face's probabilities; `card`: what was chosen for the model.",
    ),
    Knob("SETTLE_S", "1.5", _number(0, 60), "Seconds that an expression must last to count as settled."),
    Knob(
        "DATA_DIR",
        "data",
        FOLDER,
        "Folder for the music's database, made at first use; relative to the repository.",
    ),
    Knob(
        "DATABASE_URL",
        "",
        SECRET,
        "Database of the music, such as `postgresql://user:password@host/name`; empty for a file in `DATA_DIR`.",
    ),
    Knob("MUSIC_DIR", "", FOLDER_OR_NOTHING, "Folder with music to play; only read. Empty for none."),
    Knob(
        "MUSIC_POLICIES",
        "",
        FILE_OR_NOTHING,
        "Policy file instead of `webapp/music/policies.toml`; docs/music.md describes it.",
    ),
    Knob(
        "MUSIC_EDITS",
        "everyone",
        _one_of("everyone", "nobody"),
        "Who may change playlists, add music and start scans; likes and the journal are each visitor's own. "
        "`nobody` for a public server.",
    ),
    Knob(
        "WEB_FETCH",
        "public",
        _one_of("public", "any", "off"),
        "What the server fetches for pasted addresses of music (playlists of stations, titles): from the `public` web, "
        "also from its own network (`any`), or nothing (`off`).",
    ),
    Knob(
        "LOG_LEVEL",
        "info",
        _one_of("debug", "info", "warning", "error"),
        "What the server logs; never a face or a frame.",
    ),
    Knob(
        "SECRET_KEY",
        "",
        SECRET,
        "Signs what Flask signs; random per start if empty. Nothing is signed today.",
    ),
)


@dataclass(frozen=True)
class Settings:
    """The settings of one server; the fields are `KNOBS` in lower case."""

    host: str
    port: int
    model_dir: Path
    async_mode: str
    classify_threads: int
    max_waiting_faces: int
    max_frame_bytes: int
    max_frame_pixels: int
    max_photos: int
    max_photo_bytes: int
    max_photo_pixels: int
    max_upload_bytes: int
    max_upload_memory_bytes: int
    max_video_bytes: int
    max_video_s: float
    max_video_pixels: int
    max_video_samples: int
    photo_threads: int
    max_faces: int
    detect_threshold: float
    detect_side: int
    min_confidence: float | None
    smoothing_s: float | None
    settle_s: float
    data_dir: Path
    database_url: str
    music_dir: Path | None
    music_policies: Path | None
    music_edits: str
    web_fetch: str
    log_level: str
    secret_key: str

    @property
    def url_host(self) -> str:
        """The host as an address in a URL has it: IPv6 in brackets."""
        return f"[{self.host}]" if ":" in self.host else self.host

    @classmethod
    def from_env(cls, environment: Mapping[str, str]) -> Settings:
        """Reads the settings from environment variables; an unset one has its default.

        Raises:
            SettingsError: If a value cannot be read; the message names it and what was expected.
        """
        values = {knob.name.lower(): _read(knob, environment) for knob in KNOBS}
        values["secret_key"] = values["secret_key"] or secrets.token_hex(32)
        return cls(**values)


def _read(knob: Knob, environment: Mapping[str, str]) -> Any:
    value = environment.get(knob.name, knob.default).strip()
    try:
        return knob.kind.parse(value)
    except ValueError as error:
        raise SettingsError(
            f"The setting {knob.name} must be {knob.kind.words}. Received: {value[:80]!r}."
        ) from error


def as_markdown() -> str:
    """Returns the table of docs/settings.md."""
    rows = [
        f"| `{k.name}` | {f'`{k.default}`' if k.default else 'none'} | {k.kind.words} | {k.help} |"
        for k in KNOBS
    ]
    return "\n".join(["| setting | default | type | meaning |", "|---|---|---|---|", *rows])
