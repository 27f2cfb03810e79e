"""An Ed25519 key in a file of mode 0600: `DIR/record.key`, one line with the name, one with the seed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from steelyard.kernel import Conflict, InvalidInput, NotFound
from steelyard.record.encoding import from_base64, to_base64
from steelyard.record.note import verifier_key

KEY_FILE: Final = "record.key"
_FORMAT: Final = "steelyard-ed25519"


class FileSigner:
    """Signs with a key that was read from a file; the port `Signer`."""

    def __init__(self, name: str, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self._name = name
        self._vkey = str(verifier_key(name, self._key.public_key().public_bytes_raw()))

    @property
    def name(self) -> str:
        """The key's name, which is the origin of the checkpoints."""
        return self._name

    @property
    def vkey(self) -> str:
        """The verifier key to give to whoever wants to check."""
        return self._vkey

    def sign(self, message: bytes) -> bytes:
        """The Ed25519 signature of the message, 64 bytes."""
        return self._key.sign(message)


def make_signer(directory: Path, name: str, seed: bytes | None = None) -> FileSigner:
    """A new key under this name, written to the folder; raises Conflict when one is there already.

    The name is the origin of the record, such as `steelyard.local/8f3a`. `seed` is 32 random bytes, drawn
    here unless given.
    """
    signer = FileSigner(name, seed := seed or os.urandom(32))
    text = f"{_FORMAT} {name}\n{to_base64(seed)}\n"
    try:
        descriptor = os.open(directory / KEY_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Conflict(f"{directory / KEY_FILE} exists; a record keeps its key", code="key_exists") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return signer


def load_signer(directory: Path) -> FileSigner:
    """The key of the folder; raises NotFound without one, InvalidInput when the file is unreadable."""
    path = directory / KEY_FILE
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except FileNotFoundError:
        raise NotFound(f"there is no key at {path}", code="no_key") from None
    except UnicodeDecodeError:
        lines = []
    if len(lines) != 3 or not lines[0].startswith(f"{_FORMAT} ") or lines[2]:
        raise InvalidInput(f"{path} is not a key file of Steelyard", code="not_a_key")
    return FileSigner(lines[0].removeprefix(f"{_FORMAT} "), from_base64(lines[1], length=32))
