"""Secrets: made from given randomness, kept only as their SHA-256.

A plain hash is enough because a secret has 256 random bits: nobody can try them all, as with a password.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Final

from steelyard.kernel import InvalidInput

KEY_PREFIX: Final = "sk_"
SIGN_IN_PREFIX: Final = "in_"
SESSION_PREFIX: Final = "se_"
INVITATION_PREFIX: Final = "iv_"

SECRET_BYTES: Final = 32


def make_secret(prefix: str, entropy: bytes) -> str:
    """The secret of these 32 random bytes, in letters that survive URLs and shells.

    >>> make_secret("sk_", bytes(32))
    'sk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
    """
    if len(entropy) < SECRET_BYTES:
        raise InvalidInput(f"a secret needs {SECRET_BYTES} random bytes", code="too_little_entropy")
    return prefix + base64.urlsafe_b64encode(entropy[:SECRET_BYTES]).decode().rstrip("=")


def hash_secret(secret: str) -> str:
    """What is kept of a secret: the SHA-256 of its text, in hexadecimal.

    >>> hash_secret("sk_x")[:8]
    '4bd38db5'
    """
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
