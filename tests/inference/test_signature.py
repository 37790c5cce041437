"""Signatures of models: what they catch that a hash in the card cannot."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from training.cli import main as training
from webapp.errors import ModelError
from webapp.inference import load_classifier
from webapp.inference.card import read_card
from webapp.inference.signature import SignaturePolicy
from webapp.paths import PACKAGES as ROOT

MODELS = sorted(path.parent for path in ROOT.glob("models/*/card.json"))
SHIPPED = ROOT / "models" / "model2-ferplus-balanced"


def write_keys(folder: Path, private) -> tuple[Path, Path]:
    """Writes a private and its public key; returns where they are."""
    secret, public = folder / "signing-key.pem", folder / "public.pem"
    secret.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    public.write_bytes(
        private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    return secret, public


@pytest.fixture
def keys(tmp_path):
    return write_keys(tmp_path, ed25519.Ed25519PrivateKey.generate())


@pytest.fixture
def model(tmp_path):
    """A copy of the app's model, to be changed."""
    return Path(shutil.copytree(SHIPPED, tmp_path / SHIPPED.name))


def change(model: Path) -> None:
    """Does what whoever exchanges a model does: also writes the hash that fits."""
    card = json.loads((model / "card.json").read_text())
    card["crop"]["margin"] = 0.9
    (model / "card.json").write_text(json.dumps(card, indent=1) + "\n")


@pytest.mark.parametrize("model_dir", MODELS, ids=lambda path: path.name)
def test_every_model_of_the_repository_is_signed(model_dir):
    """After a change of a card: `python -m training sign models/* --key …`."""
    assert read_card(model_dir, SignaturePolicy("required")).name == model_dir.name


def test_a_changed_card_is_refused_although_it_fits_its_file(model):
    change(model)
    with pytest.raises(ModelError, match=r"not what was signed.*delete card\.json\.sig"):
        load_classifier(model, runtime="onnx", precision="float32")
    read_card(model, SignaturePolicy("off"))


def test_a_card_is_not_parsed_before_it_is_believed(model):
    (model / "card.json").write_text("{")
    with pytest.raises(ModelError, match="not what was signed"):
        read_card(model, SignaturePolicy())


def test_a_model_without_a_signature_is_ones_own_unless_one_is_required(model):
    (model / "card.json.sig").unlink()
    change(model)
    read_card(model, SignaturePolicy())
    with pytest.raises(ModelError, match="is not signed, and MODEL_SIGNATURE=required"):
        load_classifier(model, signatures=SignaturePolicy("required"))


def test_the_int8_variant_and_the_model_that_explains_it_are_checked_too(model):
    variant = Path(shutil.copytree(f"{SHIPPED}-int8", f"{model}-int8"))
    load_classifier(model, runtime="onnx", signatures=SignaturePolicy("required")).close()
    change(variant)
    with pytest.raises(ModelError, match=r"-int8/card\.json is not what was signed"):
        load_classifier(model, runtime="onnx", precision="auto")
    (variant / "card.json.sig").unlink()
    change(model)
    with pytest.raises(ModelError, match=r"balanced/card\.json is not what was signed"):
        load_classifier(variant, runtime="onnx")


@pytest.mark.parametrize("signature", [b"", b"x" * 64, b"x" * 5000])
def test_what_is_no_signature_is_refused(model, signature):
    (model / "card.json.sig").write_bytes(signature)
    with pytest.raises(ModelError, match="not what was signed"):
        read_card(model, SignaturePolicy())


def test_ones_own_key_signs_ones_own_model(model, keys, capsys):
    secret, public = keys
    change(model)
    assert training(["sign", str(model), "--key", str(secret)]) == 0
    assert capsys.readouterr().out.strip() == str(model / "card.json.sig")
    read_card(model, SignaturePolicy("required", public))
    with pytest.raises(ModelError, match="not by the key in"):
        read_card(model, SignaturePolicy("required"))


def test_signing_loads_no_tensorflow(model, keys):
    program = """
        import sys
        from training.cli import main
        assert main(["sign", sys.argv[1], "--key", sys.argv[2]]) == 0
        print([name for name in ("keras", "tensorflow", "jax", "torch") if name in sys.modules])
    """
    command = [sys.executable, "-c", textwrap.dedent(program), model, keys[0]]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_nothing_is_signed_whose_files_are_not_the_cards(model, keys, capsys):
    (model / "model.onnx").write_bytes(b"another")
    assert training(["sign", str(model), "--key", str(keys[0])]) == 1
    assert "model.onnx is not the file that its card describes" in capsys.readouterr().err


def test_a_card_that_training_writes_loses_its_signature(model):
    from training.artifacts.card import write_card

    write_card(model, json.loads((model / "card.json").read_text()))
    assert not (model / "card.json.sig").exists()


@pytest.mark.parametrize("content", [None, "no key", "another kind"])
def test_a_key_that_is_none_is_said(tmp_path, model, content, capsys):
    secret, public = write_keys(tmp_path, ec.generate_private_key(ec.SECP256R1()))
    for path in (secret, public):
        if content is None:
            path.unlink()
        elif content == "no key":
            path.write_text(content)
    with pytest.raises(ModelError, match=r"MODEL_KEY|of another kind"):
        read_card(model, SignaturePolicy("auto", public))
    assert training(["sign", str(model), "--key", str(secret)]) == 1
    assert capsys.readouterr().err.startswith("error: ")
