"""Messages to the sockets that no client of ours sends, by kind; the same `Random` gives the same ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random

from tests.support.mutations import mutated
from tests.support.raw_websocket import BINARY, CLOSE, CONTINUATION, PING, TEXT, frame

BadMessage = Callable[[Random], bytes]

ODD_VALUES = (
    None, True, -1, 0, 1e308, 2**63, "", "a", "\u202e\x1b[31m", [], [[]], {}, {"seq": []}, "x" * 3000,
    {"constructor": {"prototype": 1}},
)  # fmt: skip
ODD_TEXTS = (
    b"", b"0", b"5", b"6", b"7", b"9", b"4", b"40", b"40/", b"40/admin,", b"41/nowhere,", b"42", b"42[]", b"42/live,[]",
    b"42/live,{}", b'42/live,["connect"]', b'42/live,["disconnect",1]', b"43/live,", b"43/live,999[]", b"44/live,",
    b"44/live,{}", b"45-/live,[]", b'459-/live,["frame"]', b"46/live,1[]", b"47", b"48-/live,[]", b"49/live,",
    b"4" + 12_000 * b"[", b"42/live," + 12_000 * b'{"a":', b"42/live,[" + 6_000 * b"9" + b"]",
    b'42/live,["frame",NaN,Infinity]', b'42/live,"\\ud800"', b"42/live,99999999999999999999[]", b"b4AAAA", b"\x00\x00",
)  # fmt: skip


def odd_packet(random: Random) -> bytes:
    """A text that is no packet, or one that no client sends."""
    return frame(TEXT, random.choice(ODD_TEXTS))


def noise(random: Random) -> bytes:
    """A packet's beginning with printable noise behind it."""
    start = random.choice((b"4", b"42", b"42/live,", b"451-/live,", b"4/", b"x"))
    return frame(TEXT, start + bytes(random.randrange(32, 127) for _ in range(random.randrange(200))))


def odd_event(random: Random) -> bytes:
    """An event, known or not, with arguments of the wrong kind."""
    name = random.choice(("frame", "faces", "settings", "hello", "nothing", "__class__", "\u0000"))
    values = [random.choice(ODD_VALUES) for _ in range(random.randrange(4))]
    return frame(TEXT, f"42/live,{random.randrange(50)}{json.dumps([name, *values])}".encode())


def odd_settings(random: Random) -> bytes:
    """Settings out of their limits, of the wrong kind, or unknown."""
    name = random.choice(("smoothing_s", "min_confidence", "detect_side", "baseline", "", "x" * 500))
    return frame(TEXT, f'42/live,1["settings",{json.dumps({name: random.choice(ODD_VALUES)})}]'.encode())


def _event_with_binary(event: str, meta: object, binary: bytes) -> bytes:
    head = json.dumps([event, meta, {"_placeholder": True, "num": 0}])
    return frame(TEXT, f"451-/live,2{head}".encode()) + frame(BINARY, binary)


def odd_meta(random: Random) -> bytes:
    """A frame with a description that is none."""
    meta = random.choice([*ODD_VALUES, {"seq": random.choice(ODD_VALUES), "t_ms": random.choice(ODD_VALUES)}])
    return _event_with_binary(random.choice(("frame", "faces")), meta, b"\xff\xd8")


def damaged_picture(random: Random) -> bytes:
    """A frame whose picture is damaged."""
    return _event_with_binary("frame", {"seq": 1, "t_ms": 1}, mutated(random.randrange(5000))[:200_000])


def odd_faces(random: Random) -> bytes:
    """Faces whose boxes or bytes do not fit."""
    boxes = [
        [random.choice((0, 0.5, 1, 2, -1, "a", None)) for _ in range(4)] for _ in range(random.randrange(30))
    ]
    size = 48 * 48 * random.randrange(4)
    return _event_with_binary("faces", {"seq": 1, "t_ms": 1, "boxes": boxes}, bytes(size))


def binary_alone(random: Random) -> bytes:
    """A binary message that nothing has announced."""
    return frame(BINARY, random.randbytes(random.randrange(3000)))


def without_attachment(random: Random) -> bytes:
    """A frame that announces attachments, followed by something else."""
    count = random.choice((1, 2, 8, 9, 1000, 10**9))
    head = frame(
        TEXT, f'45{count}-/live,["frame",{{"_placeholder":true,"num":{random.randrange(-2, 9)}}}]'.encode()
    )
    return head + random.choice((odd_packet, odd_event, binary_alone))(random)


def long_text(random: Random) -> bytes:
    """A text beyond the limit, which is dropped unread."""
    return frame(TEXT, b'42/live,["frame",[' + b"1," * random.randrange(9_000, 40_000) + b"1]]")


def pieces(random: Random) -> bytes:
    """An event in fragments, with a ping between them."""
    return (
        frame(TEXT, b'42/live,["fra', fin=False)
        + frame(PING, random.randbytes(random.randrange(125)))
        + frame(CONTINUATION, b"", fin=False)
        + frame(CONTINUATION, b'me",1,2,3]')
    )


def control(random: Random) -> bytes:
    """A websocket ping or pong that nobody asked for."""
    return frame(random.choice((PING, PING + 1)), random.randbytes(random.randrange(125)))


def many_namespaces(random: Random) -> bytes:
    """Joins a namespace that does not exist, or the same again."""
    return frame(TEXT, random.choice((b"40/live,", f"40/n{random.randrange(10**6)},".encode())))


GOES_ON: tuple[BadMessage, ...] = (
    odd_packet, noise, odd_event, odd_settings, odd_meta, damaged_picture, odd_faces, binary_alone,
    without_attachment, long_text, pieces, control, many_namespaces,
)  # fmt: skip
"""Kinds after which the connection goes on."""


def bad_utf8(random: Random) -> bytes:
    """A text that is not UTF-8."""
    return frame(TEXT, b"42/live,\xff\xfe" + random.randbytes(9))


def reserved_bits(random: Random) -> bytes:
    """A frame that claims an extension, such as compression."""
    return frame(TEXT, b"42/live,[]", reserved=random.randrange(1, 8))


def unknown_opcode(random: Random) -> bytes:
    """A frame of a kind that does not exist."""
    return frame(random.choice((3, 5, 7, 11, 15)), b"a")


def too_large(random: Random) -> bytes:
    """A binary message beyond the limit."""
    return frame(BINARY, bytes(2_200_000 + random.randrange(1000)))


def unmasked(random: Random) -> bytes:
    """A frame without the mask that clients must send."""
    return bytes([0x81, 3]) + random.randbytes(3)


def odd_close(random: Random) -> bytes:
    """A goodbye of one byte, or with a code that must not be sent."""
    return frame(CLOSE, random.choice((b"\x03", b"\x03\xed", b"\xff\xff" + b"x" * 100)))


def noise_bytes(random: Random) -> bytes:
    """Bytes that are no websocket frames."""
    return bytes([0xFF]) + random.randbytes(200)


def leave_event(_: Random) -> bytes:
    """Leaves the namespace and the connection."""
    return frame(TEXT, b"41/live,") + frame(TEXT, b"1")


ENDS_IT: tuple[BadMessage, ...] = (
    bad_utf8, reserved_bits, unknown_opcode, too_large, unmasked, odd_close, noise_bytes, leave_event,
)  # fmt: skip
"""Kinds that cost the connection."""
