"""The settings of a server: name, type, default, range and meaning, each stated once (docs/reference/settings.md).

Parsing is ours and strict: a library would take `8_000` or `" yes "` where an operator has mistyped, and each error
here is one sentence with what was received.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
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
class Setting:
    """One setting: its default as one would write it into the environment, what it may be, and what it does."""

    default: str
    kind: Kind
    help: str


def _setting(default: str, kind: Kind, help: str) -> Any:  # noqa: A002
    return field(metadata={"setting": Setting(default, kind, help)})


@dataclass(frozen=True)
class Settings:
    """The settings of one server; each field is an environment variable in upper case."""

    host: str = _setting(
        "127.0.0.1", TEXT, "Address to listen on; `0.0.0.0` for all. Cameras need HTTPS except on localhost."
    )
    port: int = _setting("8000", _whole(1, 65535), "Port to listen on.")
    model_dir: Path = _setting(
        "models/model2-ferplus-balanced",
        FOLDER,
        "Folder with `model.keras` and `card.json`; relative to the repository.",
    )
    async_mode: str = _setting(
        "eventlet",
        _one_of("eventlet", "threading"),
        "How sockets are served: `eventlet`, or `threading` (also on Windows; at most 100 visitors).",
    )
    classify_threads: int = _setting("2", _whole(1, 256), "CPU threads of the model.")
    max_waiting_faces: int = _setting(
        "256",
        _whole(1, 100000),
        "Faces that may wait for the model; more make the server say that it is busy.",
    )
    max_frame_bytes: int = _setting("524288", _whole(1024, 2097152), "Largest frame in bytes.")
    max_frame_pixels: int = _setting(
        "2500000", _whole(4096, 100000000), "Largest frame in pixels, checked before it is decoded."
    )
    max_photos: int = _setting("32", _whole(1, 1000), "Photos of one request.")
    max_photo_bytes: int = _setting("20971520", _whole(1024, 1073741824), "Largest photo in bytes.")
    max_photo_pixels: int = _setting(
        "50000000", _whole(4096, 1000000000), "Largest photo in pixels, checked before it is decoded."
    )
    max_upload_bytes: int = _setting(
        "104857600", _whole(1024, 10737418240), "Largest request with photos in bytes, all files together."
    )
    max_upload_memory_bytes: int = _setting(
        "268435456",
        _whole(1024, 1099511627776),
        "Bytes of uploads held in memory at once, all visitors together; more make the server say that it is busy.",
    )
    max_video_bytes: int = _setting("67108864", _whole(1024, 1073741824), "Largest uploaded clip in bytes.")
    max_video_s: float = _setting("60", _number(1, 86400), "Longest uploaded clip in seconds.")
    max_video_pixels: int = _setting(
        "8912896",
        _whole(4096, 100000000),
        "Largest frame of a clip in pixels, checked before it is decoded; 4K by default.",
    )
    max_video_samples: int = _setting(
        "300", _whole(1, 100000), "Pictures looked at in an uploaded clip: its seconds times the rate."
    )
    photo_threads: int = _setting(
        "1", _whole(1, 64), "Photos decoded at once, at a lower priority than live frames."
    )
    max_faces: int = _setting("16", _whole(1, 256), "Faces read per picture, the largest first.")
    detect_threshold: float = _setting(
        "0.65", _number(0.05, 0.99), "How sure the face detector must be, 0..1."
    )
    detect_side: int = _setting(
        "384",
        _whole_of(256, 384),
        "Longer side in pixels at which frames are searched for faces: 256 misses far ones. Visitors may choose less.",
    )
    min_confidence: float | None = _setting(
        "card",
        _number_or_card(0, 1),
        "From this probability, 0..1, a label is sure; `card`: what was chosen for the model.",
    )
    smoothing_s: float | None = _setting(
        "card",
        _number_or_card(0.01, 10),
        "Time constant in seconds of the smoothing of a face's probabilities; `card`: what was chosen for the model.",
    )
    settle_s: float = _setting(
        "1.5", _number(0, 60), "Seconds that an expression must last to count as settled."
    )
    data_dir: Path = _setting(
        "data", FOLDER, "Folder for the music's database, made at first use; relative to the repository."
    )
    database_url: str = _setting(
        "",
        SECRET,
        "Database of the music, such as `postgresql://user:password@host/name`; empty for a file in `DATA_DIR`.",
    )
    music_dir: Path | None = _setting(
        "", FOLDER_OR_NOTHING, "Folder with music to play; only read. Empty for none."
    )
    music_policies: Path | None = _setting(
        "",
        FILE_OR_NOTHING,
        "Policy file instead of `webapp/music/policies.toml`; docs/reference/music.md describes it.",
    )
    music_edits: str = _setting(
        "everyone",
        _one_of("everyone", "nobody"),
        "Who may change playlists, add music and start scans; likes and the journal are each visitor's own. "
        "`nobody` for a public server.",
    )
    web_fetch: str = _setting(
        "public",
        _one_of("public", "any", "off"),
        "What the server fetches for pasted addresses of music (playlists of stations, titles): from the `public` web, "
        "also from its own network (`any`), or nothing (`off`).",
    )
    log_level: str = _setting(
        "info", _one_of("debug", "info", "warning", "error"), "What the server logs; never a face or a frame."
    )
    secret_key: str = _setting(
        "", SECRET, "Signs what Flask signs; random per start if empty. Nothing is signed today."
    )

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
        values = {name.lower(): _read(name, setting, environment) for name, setting in all_settings()}
        values["secret_key"] = values["secret_key"] or secrets.token_hex(32)
        return cls(**values)


def all_settings() -> Iterator[tuple[str, Setting]]:
    """Yields the environment variable of each setting with its description, in the order of the documentation."""
    for one in fields(Settings):
        yield one.name.upper(), one.metadata["setting"]


def _read(name: str, setting: Setting, environment: Mapping[str, str]) -> Any:
    value = environment.get(name, setting.default).strip()
    try:
        return setting.kind.parse(value)
    except ValueError as error:
        raise SettingsError(
            f"The setting {name} must be {setting.kind.words}. Received: {value[:80]!r}."
        ) from error


def as_markdown() -> str:
    """Returns the table of docs/reference/settings.md."""
    rows = [
        f"| `{name}` | {f'`{one.default}`' if one.default else 'none'} | {one.kind.words} | {one.help} |"
        for name, one in all_settings()
    ]
    return "\n".join(["| setting | default | type | meaning |", "|---|---|---|---|", *rows])
