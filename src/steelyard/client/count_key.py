"""The key with which a client signs its own count: made once, kept in a file of mode 0600 beside the count.

Ed25519 where the package `cryptography` is installed: anybody can check the count by the public key. Else
HMAC-SHA256 with a local secret: then only who has the secret can check it. The key file says which.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

KEY_FILE: Final = "count.key"
ED25519: Final = "ed25519"
HMAC: Final = "hmac-sha256"


class CountKey(NamedTuple):
    """A key: its kind, its public part (for HMAC only a name of the secret), the secret; in hexadecimal."""

    kind: str
    public: str
    secret: str = ""

    def sign(self, message: bytes) -> str:
        """The signature of a message, in hexadecimal."""
        if self.kind == HMAC:
            return hmac.new(bytes.fromhex(self.secret), message, hashlib.sha256).hexdigest()
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(self.secret)).sign(message).hex()

    def verifies(self, signature: str, message: bytes) -> bool:
        """Whether the signature is this key's. An HMAC needs the secret; without it nothing verifies."""
        if self.kind == HMAC:
            return bool(self.secret) and hmac.compare_digest(self.sign(message), signature)
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.public)).verify(
                bytes.fromhex(signature), message
            )
        except (InvalidSignature, ValueError):
            return False
        return True


def made() -> CountKey:
    """A new key, of the best kind that there is here."""
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    except ImportError:
        secret = os.urandom(32)
        return CountKey(HMAC, hashlib.sha256(secret).hexdigest()[:16], secret.hex())
    key = Ed25519PrivateKey.generate()
    return CountKey(ED25519, key.public_key().public_bytes_raw().hex(), key.private_bytes_raw().hex())


def load(folder: Path) -> CountKey | None:
    """The folder's key, if it has one."""
    try:
        said = json.loads((folder / KEY_FILE).read_text())
    except FileNotFoundError:
        return None
    return CountKey(said["kind"], said["public"], said["secret"])


def load_or_make(folder: Path) -> CountKey:
    """The folder's key; of several processes that begin together one makes it, and all have it."""
    kept = load(folder)
    if kept is not None:
        return kept
    fresh = folder / f"{KEY_FILE}.{os.getpid()}.{os.urandom(3).hex()}"
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, json.dumps(made()._asdict()).encode() + b"\n")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    try:
        os.link(fresh, folder / KEY_FILE)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    kept = load(folder)
    assert kept is not None, "the key was linked, by us or by another"
    return kept
