"""Stock clients' packets pass; everything else is dropped without a trace in memory or log."""

import logging

import pytest
from socketio import packet

from webapp.concurrency.strict_packets import (
    MAX_HEADER_CHARS,
    MalformedMessageError,
    StrictPacket,
    init_logging,
)

FRAME = '51-/live,7["frame",{"seq":1,"t_ms":2},{"_placeholder":true,"num":0}]'


def test_a_frame_is_read():
    received = StrictPacket(encoded_packet=FRAME)
    assert received.add_attachment(b"jpeg")
    assert (received.packet_type, received.namespace, received.id) == (packet.BINARY_EVENT, "/live", 7)
    assert received.data == ["frame", {"seq": 1, "t_ms": 2}, b"jpeg"]


def test_what_the_server_sends_is_encoded_as_ever():
    for data in (["hello", {"labels": ["happy"]}], ["picture", b"bytes"]):
        assert StrictPacket(data=data, namespace="/live").encode() == (
            packet.Packet(data=data, namespace="/live").encode()
        )


@pytest.mark.parametrize(
    "text", ["0/live,", '0/live,{"token":1}', "1/live,", "3/live,5[]", '2/live,["unknown"]']
)
def test_other_sound_packets_pass(text):
    assert StrictPacket(encoded_packet=text).namespace == "/live"


@pytest.mark.parametrize(
    "message",
    [
        "",
        b"",
        b"stray attachment",
        "x",
        ["settings", {}],  # `4["settings",{}]` on the wire, which Engine.IO takes apart
        [[2]],
        {"2": 1},
        "\ud800",
        "2/live,{",
        "2/live,[" + 150 * "9" + "]",
        "2/live," + 100_000 * "[",
        "2/live,",
        "2/live,7",
        "2/live,[]",
        "2/live,[1]",
        '2/live,[["frame"]]',
        '2/live,["connect"]',
        '2/live,["disconnect","x"]',
        '21-/live,["frame"]',
        '50-/live,["frame"]',
        '59-/live,["frame"]',
        '5999999999-/live,["frame",{"_placeholder":true,"num":0}]',
        '51-/live,["disconnect",{"_placeholder":true,"num":0}]',
        '51-/live,["frame","' + MAX_HEADER_CHARS * "x" + '"]',
        "61-/live,5[]",
        "6",
    ],
)
def test_anything_else_is_malformed(message):
    with pytest.raises(MalformedMessageError):
        StrictPacket(encoded_packet=message)


@pytest.mark.parametrize("num", ["7", '"x"', "null", "[]"])
def test_an_attachment_without_a_place_ends_its_event_and_nothing_more(num):
    received = StrictPacket(encoded_packet=f'51-/live,["frame",{{"_placeholder":true,"num":{num}}}]')
    assert received.add_attachment(b"jpeg")  # so the server stops waiting for attachments
    assert received.data == [""]


def test_of_several_attachments_only_their_number_is_kept():
    received = StrictPacket(encoded_packet='52-/live,["frame",{"_placeholder":true,"num":0},7]')
    assert not received.add_attachment(bytes(4_000_000))
    assert received.attachments == [b""]
    assert received.add_attachment(bytes(4_000_000))
    assert received.data == ["frame", b"", 7]


def test_a_malformed_message_is_one_line_for_debugging_and_other_failures_stay_loud(caplog):
    init_logging()
    theirs = logging.getLogger("engineio.server")
    with caplog.at_level(logging.DEBUG, logger="webapp.concurrency.strict_packets"):
        for failure in (MalformedMessageError("why"), KeyError("ours")):
            try:
                raise failure
            except (MalformedMessageError, KeyError):
                theirs.exception("message handler error")
    assert [(r.levelname, r.message) for r in caplog.records] == [
        ("DEBUG", "dropped a malformed message: why"),
        ("ERROR", "message handler error"),
    ]
