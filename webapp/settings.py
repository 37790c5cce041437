"""The settings of a server: name, type, default, range and meaning, each stated once (docs/reference/settings.md).

Parsing is ours and strict: a library would take `8_000` or `" yes "` where an operator has mistyped, and each error
here is one sentence with what was received.
"""

from __future__ import annotations

import ipaddress
import os
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from webapp import paths
from webapp.errors import SettingsError


@dataclass(frozen=True)
class Kind:
    """What a setting's text may be.

    Attributes:
        words: The type in words, for the table and for errors.
        parse: Text to value; raises `ValueError` for any other text.
        is_secret: Whether errors leave out what was received.
    """

    words: str
    parse: Callable[[str], Any]
    is_secret: bool = False


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


def _whole_or_cores(low: int, high: int) -> Kind:
    whole = _whole(low, high)
    return Kind(
        f"{whole.words}, or `auto`",
        lambda value: min(num_cores(), high) if value == "auto" else whole.parse(value),
    )


def num_cores() -> int:
    """Returns how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _number(low: float, high: float) -> Kind:
    def parse(value: str) -> float:
        if not re.fullmatch(r"[0-9]+(\.[0-9]+)?|\.[0-9]+", value) or not low <= float(value) <= high:
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


def _networks(value: str) -> tuple[Network, ...]:
    words = _words(value)
    return ANYWHERE if words == ["*"] else tuple(ipaddress.ip_network(word) for word in words)


def _hosts(value: str) -> tuple[str, ...] | None:
    if value == "auto":
        return None
    words = [word.lower() for word in _words(_some(value))]
    if not all(word == "*" or re.fullmatch(r"(\*\.)?[a-z0-9_.-]+|[0-9a-f:.]+", word) for word in words):
        raise ValueError
    return tuple(words)


def _servers(value: str) -> tuple[str, ...]:
    urls = [word.rstrip("/") for word in _words(value)]
    if not all(re.fullmatch(r"http://([a-zA-Z0-9_.-]+|\[[0-9a-f:]+\])(:[0-9]{1,5})?", url) for url in urls):
        raise ValueError
    return tuple(dict.fromkeys(urls))


def _words(value: str) -> list[str]:
    return [word.strip() for word in value.split(",")] if value else []


def _token(value: str) -> str:
    if value and not re.fullmatch(r"[!-~]{16,200}", value):
        raise ValueError
    return value


Network = ipaddress.IPv4Network | ipaddress.IPv6Network
ANYWHERE = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))
NETWORKS = Kind("addresses or networks, or `*`, separated by commas", _networks)
HOSTS = Kind("names separated by commas, or `auto`", _hosts)
TOKEN = Kind("16 to 200 letters, digits and signs, or nothing", _token, is_secret=True)
TEXT = Kind("a text", _some)
FOLDER = Kind("a folder", lambda value: paths.resolve(_some(value)))
SECRET = Kind("a text or nothing", str)
FOLDER_OR_NOTHING = Kind("a folder or nothing", lambda value: paths.resolve(value) if value else None)
DATA_FOLDER = Kind(
    "a folder, or `auto`",
    lambda value: paths.data_folder(os.environ) if value == "auto" else paths.resolve(_some(value)),
)


def _picture_or_nothing(value: str) -> Path | None:
    path = paths.resolve(value)
    if value and (path.suffix.lower() not in PICTURE_SUFFIXES or not path.is_file()):
        raise ValueError
    return path if value else None


PICTURE_SUFFIXES = (".svg", ".png", ".jpg", ".jpeg", ".webp", ".avif")
PICTURE_OR_NOTHING = Kind(
    "an existing picture (SVG, PNG, JPEG, WebP or AVIF) or nothing", _picture_or_nothing
)
FILE_OR_NOTHING = Kind("a file or nothing", lambda value: paths.resolve(value) if value else None)


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
    tls: str = _setting(
        "off",
        _one_of("off", "local"),
        "`local`: `https` by an authority of this machine, for phones in its network; `make run TLS=1` sets it.",
    )
    allowed_hosts: tuple[str, ...] | None = _setting(
        "auto",
        HOSTS,
        "Names by which browsers may call the server, besides `localhost` and addresses; `*.example.org` for all names "
        "below one, `*` for any. `auto`: `HOST`, the machine's own name, and what a trusted proxy names.",
    )
    trusted_proxies: tuple[Network, ...] = _setting(
        "127.0.0.1, ::1",
        NETWORKS,
        "Proxies whose `X-Forwarded-For`, `-Proto` and `-Host` are believed; from all others they are ignored.",
    )
    access_token: str = _setting(
        "",
        TOKEN,
        "Token that every visitor must have, if set: `openssl rand -base64 24` makes one. People type it once.",
    )
    operator_token: str = _setting(
        "",
        TOKEN,
        "Token of the operator, who may also change what all share with `MUSIC_EDITS=nobody`, and sees `/operator`.",
    )
    requests_per_minute: int = _setting(
        "1200",
        _whole(0, 1000000),
        "HTTP requests from one address, a fifth of which may change something; 0 for any number. Frames and photos "
        "are not counted, nor is the server's own machine.",
    )
    redis_url: str = _setting(
        "",
        SECRET,
        "Redis that several servers count requests in together, such as `redis://host:6379/0`; empty to count alone.",
    )
    model_dir: Path = _setting(
        "models/model2-ferplus-balanced",
        FOLDER,
        "Folder with a model and its `card.json`; relative to the repository, or, installed as a package, to the "
        "folder of the start and then to what is shipped.",
    )
    model_signature: str = _setting(
        "auto",
        _one_of("auto", "required", "off"),
        "`card.json.sig`, the signature beside a model's card: `auto` refuses a wrong one, `required` also a model "
        "without one, `off` looks at none.",
    )
    model_key: Path | None = _setting(
        "",
        FILE_OR_NOTHING,
        "Public key of signed models, PEM; empty for the key of the models in this repository.",
    )
    classifier: str = _setting(
        "auto",
        _one_of("auto", "keras", "onnx", "openvino", "remote"),
        "What computes the labels: `keras` (TensorFlow, or JAX with KERAS_BACKEND=jax), `onnx` (ONNX Runtime), "
        "`openvino`, or `remote`, the servers of `CLASSIFIER_URL`. `auto`: Keras where it sees a GPU, otherwise the "
        "faster of ONNX Runtime and OpenVINO.",
    )
    classifier_url: tuple[str, ...] = _setting(
        "",
        Kind("addresses `http://HOST:PORT` separated by commas, or nothing", _servers),
        "Servers that have the model, for `CLASSIFIER=remote`: Ray Serve, Triton, OpenVINO Model Server or KServe.",
    )
    classifier_timeout_s: float = _setting(
        "1",
        _number(0.05, 60),
        "Longest wait for an answer of such a server, in seconds; then another one is asked.",
    )
    classifier_fallback: str = _setting(
        "none",
        _one_of("none", "local"),
        "What works while none of these servers answers: `local`, ONNX Runtime or OpenVINO in this process, or nothing:"
        " visitors are told when to try again.",
    )
    precision: str = _setting(
        "auto",
        _one_of("auto", "float32", "bfloat16", "int8"),
        "Precision of the labels' computation without Keras: `int8` is the model's quantized variant (`NAME-int8`), "
        "`bfloat16` is for OpenVINO on processors that have it. `auto`: `int8` where there is such a variant.",
    )
    async_mode: str = _setting(
        "eventlet",
        _one_of("eventlet", "threading"),
        "How sockets are served: `eventlet`, or `threading` (also on Windows; at most 100 visitors).",
    )
    frame_threads: int = _setting(
        "auto",
        _whole_or_cores(1, 256),
        "Frames worked on at once, each by one CPU thread; `auto`: as many as the server has cores.",
    )
    classify_threads: int = _setting("2", _whole(1, 256), "CPU threads of the model with `CLASSIFIER=keras`.")
    max_waiting_faces: int = _setting(
        "256",
        _whole(1, 100000),
        "Faces that may wait for the model; more make the server say that it is busy.",
    )
    max_visitors: int = _setting(
        "800",
        _whole(1, 20_000),
        "Visitors connected to the live and music pages at once; more are told to try later. HTTP has 200 connections "
        "more to itself.",
    )
    visitors_per_address: int = _setting(
        "100",
        _whole(0, 20_000),
        "The same from one address; 0 for any number. With `ASYNC_MODE=eventlet` an address may also hold at most "
        "three connections for each. A school or an office may be one address.",
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
    max_upload_pixels: int = _setting(
        "400000000",
        _whole(4096, 100000000000),
        "Pixels of one request's photos together; those beyond are refused by name.",
    )
    max_upload_memory_bytes: int = _setting(
        "268435456",
        _whole(1024, 1099511627776),
        "Bytes of uploads held in memory at once, all visitors together, and half of them from one address; more make "
        "the server say that it is busy.",
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
        "1",
        _whole(1, 64),
        "Photos decoded at once of each size but the largest, at a lower priority than live frames.",
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
    camera_sends: str = _setting(
        "frames",
        _one_of("frames", "faces"),
        "What browsers send where the visitor has not chosen: whole `frames`, or only the `faces`, found and cut in "
        "the browser.",
    )
    reuse_ms: int = _setting(
        "200",
        _whole(0, 1000),
        "Milliseconds for which the reading of a live face that hardly changes is used again; 0 reads every frame.",
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
    label_strength: float | None = _setting(
        "card",
        _number_or_card(0, 1),
        "How common expressions are taken to be where the visitor has not chosen, 0..1: at 0 as common as in the "
        "model's training (reserved: in doubt neutral), at 1 all alike (sensitive); `card`: what was chosen for the "
        "model.",
    )
    settle_s: float = _setting(
        "1.5", _number(0, 60), "Seconds that an expression must last to count as settled."
    )
    data_dir: Path = _setting(
        "auto",
        DATA_FOLDER,
        "Folder for the music's database, made at first use; relative as `MODEL_DIR`. `auto`: `data` of the "
        "repository; installed as a package, `~/.local/share/countenance`.",
    )
    database_url: str = _setting(
        "",
        SECRET,
        "Database of the music, such as `postgresql://user:password@host/name`; empty for a file in `DATA_DIR`.",
    )
    music_dir: Path | None = _setting(
        "",
        FOLDER_OR_NOTHING,
        "Folder with music to play; only read, but for one file of moods on request. Empty for none.",
    )
    music_policies: Path | None = _setting(
        "",
        FILE_OR_NOTHING,
        "Policy file instead of `webapp/music/policies.toml`; docs/reference/music.md describes it.",
    )
    music_edits: str = _setting(
        "auto",
        _one_of("auto", "everyone", "own", "nobody"),
        "Whose playlists and pasted addresses are: `everyone` shares them, and everyone may change them, correct moods "
        "and start scans; with `own` each visitor has their own, which nobody else sees; with `nobody` all stays as it "
        "is. `auto`: `everyone` on this machine (`HOST` and the browser's address are localhost), otherwise `own`. "
        "Likes and the journal are always each visitor's own.",
    )
    web_fetch: str = _setting(
        "public",
        _one_of("public", "any", "off"),
        "What the server fetches for pasted addresses of music (playlists of stations, titles): from the `public` web, "
        "also from its own network (`any`), or nothing (`off`).",
    )
    kiosk_notice: str = _setting(
        "",
        SECRET,
        "Your own words at the kiosk (`/?kiosk=1`), above the button that starts the camera: who runs it, and what "
        "visitors agree to.",
    )
    kiosk_logo: Path | None = _setting(
        "",
        PICTURE_OR_NOTHING,
        "Your logo at the kiosk; relative as `MODEL_DIR`.",
    )
    log_level: str = _setting(
        "info",
        _one_of("debug", "info", "warning", "error"),
        "What the server logs; never a face or a frame. `debug` also has a line for each HTTP answer.",
    )
    log_format: str = _setting(
        "text",
        _one_of("text", "json"),
        "Form of the log: `json` has one object a line, `{time, level, logger, message, request?, exception?}`.",
    )
    secret_key: str = _setting(
        "", SECRET, "Signs what Flask signs; random per start if empty. Nothing is signed today."
    )

    @property
    def scheme(self) -> str:
        """`https` with TLS of its own, else `http`."""
        return "http" if self.tls == "off" else "https"

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
            f"The setting {name} must be {setting.kind.words}. "
            f"Received: {f'{len(value)} characters' if setting.kind.is_secret else repr(value[:80])}."
        ) from error


def as_markdown() -> str:
    """Returns the table of docs/reference/settings.md."""
    rows = [
        f"| `{name}` | {f'`{one.default}`' if one.default else 'none'} | {one.kind.words} | {one.help} |"
        for name, one in all_settings()
    ]
    return "\n".join(["| setting | default | type | meaning |", "|---|---|---|---|", *rows])
