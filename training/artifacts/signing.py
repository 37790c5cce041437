"""Signs an artifact's card with an Ed25519 key; the server checks it (webapp/inference/signature.py)."""

from __future__ import annotations

from pathlib import Path

from training.artifacts.card import SIGNATURE_FILE, check_file, read_card
from training.errors import TrainingError
from training.files import replacing


def sign_artifact(model_dir: Path, key_path: Path) -> Path:
    """Writes `card.json.sig` beside a card whose files are the ones that it describes.

    Args:
        model_dir: Folder of the artifact.
        key_path: Private key, PEM without a password.

    Returns:
        Place of the signature.

    Raises:
        TrainingError: If the artifact or the key is not usable.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(key_path.read_bytes(), password=None)
    except OSError as error:
        raise TrainingError(f"No private key at {key_path} ({error.strerror}).") from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise TrainingError(f"{key_path} holds no private key in PEM without a password.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise TrainingError(f"{key_path} holds a key of another kind. Expected: Ed25519.")
    card = read_card(
        model_dir
    )  # a signature of a card that does not describe its files would vouch for nothing
    for name in card["files"]:
        check_file(model_dir, card, name)
    path = model_dir / SIGNATURE_FILE
    try:
        with replacing(path) as file:
            file.write(key.sign((model_dir / "card.json").read_bytes()))
    except OSError as error:
        raise TrainingError(
            f"The signature in {model_dir} could not be written ({error.strerror})."
        ) from error
    return path
