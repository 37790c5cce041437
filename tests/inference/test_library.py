"""Models that visitors may compare: known by name, loaded when they are first asked for, one at a time."""

from __future__ import annotations

import json
import shutil
from types import SimpleNamespace

import numpy as np
import pytest

from tests.support.artifacts import make_artifact
from tests.support.fakes import FakeClassifier
from tests.support.servers import ROOT
from webapp.errors import ModelError, NotThere, ServerBusy
from webapp.inference.card import read_card
from webapp.inference.library import ModelLibrary, load_other
from webapp.inference.signature import SignaturePolicy


class Closable(FakeClassifier):
    def __init__(self, name):
        super().__init__()
        self.card = SimpleNamespace(name=name)
        self.closed = False

    def close(self):
        self.closed = True


def make_library(names=("a", "b")):
    default = FakeClassifier()
    default.card.name = "model2-fer2013"
    made = []

    def load(model_dir, card):
        made.append(Closable(card.name))
        return made[-1]

    return ModelLibrary(default, ROOT / "models" / "model2-fer2013", load), made


def test_the_models_of_the_folder_are_known_by_name_without_variants():
    library, made = make_library()
    assert list(library.cards) == [
        "model2-fer2013", "model2-fer2013-best", "model2-ferplus", "model2-ferplus-balanced"
    ]  # fmt: skip
    assert made == []


def test_a_quantized_server_s_model_stands_for_the_one_that_it_was_made_from():
    default = FakeClassifier()
    default.card = read_card(ROOT / "models" / "model2-ferplus-balanced-int8")
    cards = ModelLibrary(default, ROOT / "models" / "model2-ferplus-balanced").cards
    assert list(cards)[0] == "model2-ferplus-balanced-int8"
    assert "model2-ferplus-balanced" not in cards


def test_models_to_compare_obey_the_servers_signatures(tmp_path, caplog):
    for name in ("model2-fer2013", "model2-ferplus"):
        shutil.copytree(ROOT / "models" / name, tmp_path / name)
    other = tmp_path / "model2-ferplus"
    default = FakeClassifier()
    default.card.name = "model2-fer2013"

    def names(mode):
        signatures = SignaturePolicy(mode)
        return list(ModelLibrary(default, tmp_path / "model2-fer2013", signatures=signatures).cards)

    assert names("required") == ["model2-fer2013", "model2-ferplus"]
    (other / "card.json.sig").unlink()
    assert names("required") == ["model2-fer2013"]
    assert names("auto") == ["model2-fer2013", "model2-ferplus"]
    (other / "card.json.sig").write_bytes(b"x" * 64)
    assert names("auto") == ["model2-fer2013"]
    assert "cannot be compared" in caplog.text
    assert names("off") == ["model2-fer2013", "model2-ferplus"]


def test_a_changed_model_is_refused_also_when_it_is_loaded(tmp_path):
    """The card was read at the start, and another one lies there by now."""
    for name in ("model2-fer2013", "model2-ferplus"):
        shutil.copytree(ROOT / "models" / name, tmp_path / name)
    default = FakeClassifier()
    default.card.name = "model2-fer2013"
    library = ModelLibrary(default, tmp_path / "model2-fer2013", signatures=SignaturePolicy())
    card = tmp_path / "model2-ferplus" / "card.json"
    card.write_text(card.read_text() + "\n")
    with pytest.raises(ModelError, match="not what was signed"), library.use("model2-ferplus"):
        pass
    library.close()


def test_a_model_is_loaded_once_and_leaves_for_the_next():
    library, made = make_library()
    for _ in range(2):
        with library.use("model2-ferplus") as classifier:
            assert classifier.card.name == "model2-ferplus"
    assert len(made) == 1
    with library.use("model2-fer2013-best"):
        assert made[0].closed
        with library.use(None) as own, library.use("model2-fer2013") as same:
            assert own is same
    library.close()
    library.close()
    assert [one.closed for one in made] == [True, True]


def test_a_model_in_use_is_never_taken_away():
    library, made = make_library()
    with library.use("model2-ferplus"):
        with pytest.raises(ServerBusy) as caught, library.use("model2-fer2013-best"):
            pass
        assert caught.value.retry_after_ms > 0
        assert not made[0].closed
    with library.use("model2-fer2013-best"):
        assert made[0].closed


@pytest.mark.parametrize("name", ["../../etc", "/etc/passwd", "", "model2-ferplus/../model2-ferplus"])
def test_no_path_leads_to_a_model(name):
    library, made = make_library()
    with pytest.raises(NotThere), library.use(name):
        pass
    assert made == []


@pytest.mark.slow
def test_a_model_without_onnx_is_read_in_a_process_of_its_own(tmp_path):
    folder = make_artifact(tmp_path / "tiny", with_onnx=True)
    crops = np.random.default_rng(0).integers(0, 256, (3, 48, 48, 1), dtype=np.uint8)
    fast = load_other(folder, read_card(folder))
    alone = tmp_path / "alone"
    shutil.copytree(folder, alone)
    content = json.loads((alone / "card.json").read_text())
    del content["files"]["model.onnx"]
    (alone / "card.json").write_text(json.dumps(content))
    slow = load_other(alone, read_card(alone))
    assert slow.classify(crops) == pytest.approx(fast.classify(crops), abs=1e-3)
    fast.close()
    slow.close()
