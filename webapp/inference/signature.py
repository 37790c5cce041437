"""Signatures of models: a hash in the card says that a file is whole, a signature of the card who made both.

Ed25519 over the bytes of `card.json`, which holds the hash of each file of the artifact. `card.json.sig` is the bare
signature of 64 bytes, so OpenSSL checks it as well (docs/guide/operating.md).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from webapp.errors import ModelError
from webapp.settings import Settings

SIGNATURE_SUFFIX = ".sig"
SHIPPED_KEY = Path(__file__).with_name("model_key.pem")
"""Public key of the models in this repository. It lies with the code: beside a model, it would be exchanged with it."""

MODES = ("auto", "required", "off")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SignaturePolicy:
    """Which signatures an operator asks for.

    Attributes:
        mode: One of `MODES`. `auto`: a signature must be good where there is one; `required`: there must be one.
        key: File with the public key, PEM; `None` for `SHIPPED_KEY`.
    """

    mode: str = "auto"
    key: Path | None = None

    @classmethod
    def of(cls, settings: Settings) -> SignaturePolicy:
        """Returns what an operator's settings ask for."""
        return cls(settings.model_signature, settings.model_key)

    def check(self, card_path: Path, card: bytes) -> None:
        """Checks the signature of a card before anything in it is believed.

        Args:
            card_path: Place of the card; its signature lies beside it.
            card: Bytes of the card.

        Raises:
            ModelError: If the signature is wrong, or missing although one is required.
        """
        if self.mode == "off":
            return
        path = card_path.with_name(card_path.name + SIGNATURE_SUFFIX)
        try:
            signature = path.read_bytes()
        except FileNotFoundError:
            if self.mode == "required":
                raise ModelError(
                    f"{card_path} is not signed, and MODEL_SIGNATURE=required. Choose a signed model, or sign this "
                    f"one: `python -m training sign {card_path.parent} --key …`."
                ) from None
            log.debug("%s is not signed.", card_path)
            return
        except OSError as error:
            raise ModelError(f"The signature {path} cannot be read ({error.strerror}).") from error
        if not _is_valid(signature, card, self._key()):
            raise ModelError(
                f"{card_path} is not what was signed, or not by the key in {self.key or SHIPPED_KEY}. Put the right "
                f"folder back. If you changed the card yourself, delete {path.name}; if you signed it, set MODEL_KEY."
            )

    def _key(self) -> bytes:
        path = self.key or SHIPPED_KEY
        try:
            return path.read_bytes()
        except OSError as error:
            raise ModelError(
                f"No public key at {path} ({error.strerror}). Set MODEL_KEY to a PEM file."
            ) from error


def _is_valid(signature: bytes, content: bytes, key: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        public = load_pem_public_key(key)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ModelError("The file that MODEL_KEY names holds no public key in PEM.") from error
    if not isinstance(public, Ed25519PublicKey):
        raise ModelError("The public key that MODEL_KEY names is of another kind. Expected: Ed25519.")
    try:
        public.verify(signature, content)
    except InvalidSignature:
        return False
    return True
