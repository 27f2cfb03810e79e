"""Signed notes (C2SP signed-note) and witness cosignatures (C2SP tlog-cosignature), read strictly.

A note is text, a blank line, and signature lines. Signatures of unknown keys are ignored; one bad
signature of a known key refuses the whole note.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from steelyard.kernel.errors import DamagedRecord, InvalidInput
from steelyard.record.encoding import from_base64, from_decimal, to_base64

ED25519: Final = 0x01
COSIGNATURE: Final = 0x04

NOTE_BYTES_MAX: Final = 1_000_000
SIGNATURES_MAX: Final = 100

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierKey:
    """A public key with the name and the four bytes of hash under which its signatures appear."""

    name: str
    key_id: bytes
    algorithm: int
    public_key: bytes

    def __str__(self) -> str:
        key = to_base64(bytes([self.algorithm]) + self.public_key)
        return f"{self.name}+{self.key_id.hex()}+{key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One signature line of a note: whose, and what follows the four bytes of key id."""

    name: str
    key_id: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"— {self.name} {to_base64(self.key_id + self.signature)}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A signed note, taken apart; nothing about its signatures is known yet."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        return f"{self.text}\n{''.join(map(str, self.signatures))}"


def verifier_key(name: str, public_key: bytes, algorithm: int = ED25519) -> VerifierKey:
    """The verifier key for a name and an Ed25519 public key of 32 bytes.

    Key id: the first four bytes of SHA-256(name ‖ newline ‖ type ‖ public key).
    """
    if not _is_key_name(name):
        raise InvalidInput(f"{name!r} cannot name a key: no blanks, no plus sign", code="not_a_key_name")
    data = name.encode() + b"\n" + bytes([algorithm]) + public_key
    key_id = hashlib.sha256(data).digest()[:4]
    return VerifierKey(name=name, key_id=key_id, algorithm=algorithm, public_key=public_key)


@lru_cache(maxsize=64)
def parse_vkey(text: str) -> VerifierKey:
    """The verifier key that C2SP text `name+hash+base64` stands for; the hash must be right.

    >>> parse_vkey("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k").name
    'example.com/foo'
    """
    name, _, rest = text.partition("+")
    key_id, _, encoded = rest.partition("+")
    data = from_base64(encoded)
    if len(data) != 33 or data[0] not in (ED25519, COSIGNATURE):
        raise InvalidInput("the verifier key is not an Ed25519 key", code="not_a_verifier_key")
    key = verifier_key(name, data[1:], data[0])
    if key.key_id.hex() != key_id:
        raise InvalidInput("the verifier key's hash does not fit its key", code="not_a_verifier_key")
    return key


def _is_key_name(name: str) -> bool:
    has_blank = any(char.isspace() for char in name)
    return bool(name) and not has_blank and "+" not in name and not _CONTROL.search(name)


def signature_line(key: VerifierKey, signature: bytes) -> str:
    """The line that carries a signature by this key, newline included."""
    return str(Signature(name=key.name, key_id=key.key_id, signature=signature))


def parse_note(data: str | bytes) -> Note:
    """A note taken apart; raises InvalidInput when it is not exactly of the form.

    >>> parse_note("text\\n\\n— who AAAAAAA=\\n").signatures[0].name
    'who'
    """
    try:
        note = data if isinstance(data, str) else data.decode("utf-8")
        size = len(note.encode("utf-8"))
    except UnicodeError:
        raise InvalidInput("the note is not UTF-8", code="not_a_note") from None
    text, separator, block = note.rpartition("\n\n")
    if size > NOTE_BYTES_MAX or _CONTROL.search(note) or not separator or not block.endswith("\n"):
        raise InvalidInput("this is not a signed note", code="not_a_note")
    lines = block[:-1].split("\n")
    if len(lines) > SIGNATURES_MAX:
        raise InvalidInput(f"the note has more than {SIGNATURES_MAX} signatures", code="not_a_note")
    return Note(text=text + "\n", signatures=tuple(_parse_signature(line) for line in lines))


def _parse_signature(line: str) -> Signature:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    if dash != "—" or not _is_key_name(name):
        raise InvalidInput(f"{line[:80]!r} is not a signature line", code="not_a_note")
    data = from_base64(encoded)
    if len(data) < 5:
        raise InvalidInput(f"{line[:80]!r} carries no signature", code="not_a_note")
    return Signature(name=name, key_id=data[:4], signature=data[4:])


def open_note(data: str | bytes, keys: Sequence[VerifierKey]) -> Note:
    """The note with only the signatures of known keys, each of which verified.

    Raises InvalidInput when it is no note, DamagedRecord when a known key's signature is wrong or when no
    known key signed.
    """
    note = parse_note(data)
    known = {(key.name, key.key_id): key for key in keys}
    verified: list[Signature] = []
    for signature in note.signatures:
        key = known.get((signature.name, signature.key_id))
        if key is None:
            continue
        if not verify_signature(key, note.text, signature.signature):
            raise DamagedRecord(f"the signature of {key.name} does not verify", code="bad_signature")
        verified.append(signature)
    if not verified:
        raise DamagedRecord("no known key signed this note", code="unsigned")
    return Note(text=note.text, signatures=tuple(verified))


def verify_signature(key: VerifierKey, text: str, signature: bytes) -> bool:
    """Whether these bytes are this key's signature (or timestamped cosignature) of a note's text."""
    message = text.encode()
    if key.algorithm == COSIGNATURE:
        if len(signature) != 72:
            return False
        message = cosignature_message(int.from_bytes(signature[:8]), text)
        signature = signature[8:]
    try:
        Ed25519PublicKey.from_public_bytes(key.public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def cosignature_message(timestamp: int, text: str) -> bytes:
    """What a witness signs: that it saw this checkpoint at this time (seconds since 1970).

    >>> cosignature_message(1679315147, "o\\n1\\nr\\n")
    b'cosignature/v1\\ntime 1679315147\\no\\n1\\nr\\n'
    """
    return f"cosignature/v1\ntime {timestamp}\n{text}".encode()


def parse_cosignature_message(message: bytes) -> tuple[int, str]:
    """The timestamp and the checkpoint text of a cosigned message.

    >>> parse_cosignature_message(b"cosignature/v1\\ntime 7\\no\\n1\\nr\\n")
    (7, 'o\\n1\\nr\\n')
    """
    version, _, rest = message.decode("utf-8").partition("\n")
    time, _, text = rest.partition("\n")
    if version != "cosignature/v1" or not time.startswith("time "):
        raise InvalidInput("this is not a cosigned message", code="not_a_cosignature")
    return from_decimal(time.removeprefix("time ")), text
