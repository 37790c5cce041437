import logging
import warnings

import numpy as np
import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # eventlet's warning about itself
    from eventlet import websocket

from webapp.concurrency import eventlet_patches

stock = websocket.RFC6455WebSocket.__dict__["_apply_mask"].__func__


@pytest.mark.parametrize("length", [*range(10), 1000, 1003])
@pytest.mark.parametrize("offset", [0, 1, 2, 3, 4, 1001])
def test_it_agrees_with_the_stock_function(length, offset):
    data = np.random.default_rng(length).integers(0, 256, length, dtype=np.uint8).tobytes()
    mask = (17, 255, 0, 3)  # eventlet passes four numbers
    assert eventlet_patches.apply_mask(data, mask, length=length, offset=offset) == stock(
        data, mask, length=length, offset=offset
    )


def test_it_uses_only_the_length_asked_for():
    assert eventlet_patches.apply_mask(bytes(8), (1, 2, 3, 4), length=5) == bytes((1, 2, 3, 4, 1))


def test_it_takes_the_place_of_the_stock_function(monkeypatch):
    monkeypatch.setattr(websocket.RFC6455WebSocket, "_apply_mask", staticmethod(stock))
    assert eventlet_patches.patch_unmask()
    assert websocket.RFC6455WebSocket._apply_mask is eventlet_patches.apply_mask


def test_an_eventlet_that_moved_it_keeps_its_own_and_warns(monkeypatch, caplog):
    monkeypatch.delattr(websocket.RFC6455WebSocket, "_apply_mask")
    with caplog.at_level(logging.WARNING):
        assert not eventlet_patches.patch_unmask()
    assert "another websocket unmask than expected" in caplog.text


def test_an_eventlet_that_changed_it_keeps_its_own(monkeypatch):
    monkeypatch.setattr(websocket.RFC6455WebSocket, "_apply_mask", staticmethod(lambda data: data))
    assert not eventlet_patches.patch_unmask()
