"""An Ed25519 key in a file of mode 0600: `DIR/record.key`, one line with the name, one with the seed.

While the key changes its successor lies in `record.key.next`; keys that are out of force keep their files,
under the name `record.key.` and their key id.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from steelyard.kernel import Conflict, InvalidInput, NotFound
from steelyard.record.encoding import from_base64, to_base64
from steelyard.record.note import parse_note, parse_vkey, verifier_key

KEY_FILE: Final = "record.key"
NEXT_FILE: Final = "record.key.next"
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
    try:
        return _write(directory / KEY_FILE, name, seed or os.urandom(32))
    except FileExistsError:
        raise Conflict(f"{directory / KEY_FILE} exists; a record keeps its key", code="key_exists") from None


def make_successor(directory: Path, name: str, seed: bytes | None = None) -> FileSigner:
    """A new key under the record's name, beside the one in force, which stays so until `put_in_force`."""
    (directory / NEXT_FILE).unlink(missing_ok=True)
    return _write(directory / NEXT_FILE, name, seed or os.urandom(32))


def put_in_force(directory: Path) -> Path:
    """Makes the successor the key of the folder; gives where the old one lies from now on, mode 0600.

    At no moment is there no key: the old file gets a second name before the new one takes its place.
    """
    old = load_signer(directory)
    aside = directory / f"{KEY_FILE}.{parse_vkey(old.vkey).key_id.hex()}"
    if not aside.exists():
        os.link(directory / KEY_FILE, aside)
    (directory / NEXT_FILE).replace(directory / KEY_FILE)
    _sync(directory)
    return aside


def settle_keys(directory: Path, note: str | None) -> None:
    """Brings a rotation that was cut off to its end: the successor is in force if it signed the newest note.

    `note` is that checkpoint, None where there is none. A successor that signed nothing is dropped.
    """
    path = directory / NEXT_FILE
    if not path.exists():
        return
    try:
        successor = parse_vkey(_read(path).vkey)
    except InvalidInput:
        path.unlink()
        return
    signatures = [] if note is None else parse_note(note).signatures
    if any((one.name, one.key_id) == (successor.name, successor.key_id) for one in signatures):
        put_in_force(directory)
    else:
        path.unlink()


def _write(path: Path, name: str, seed: bytes) -> FileSigner:
    signer = FileSigner(name, seed)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(f"{_FORMAT} {name}\n{to_base64(seed)}\n")
        file.flush()
        os.fsync(file.fileno())
    _sync(path.parent)
    return signer


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def load_signer(directory: Path) -> FileSigner:
    """The key of the folder; raises NotFound without one, InvalidInput when the file is unreadable."""
    return _read(directory / KEY_FILE)


def _read(path: Path) -> FileSigner:
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except FileNotFoundError:
        raise NotFound(f"there is no key at {path}", code="no_key") from None
    except UnicodeDecodeError:
        lines = []
    if len(lines) != 3 or not lines[0].startswith(f"{_FORMAT} ") or lines[2]:
        raise InvalidInput(f"{path} is not a key file of Steelyard", code="not_a_key")
    return FileSigner(lines[0].removeprefix(f"{_FORMAT} "), from_base64(lines[1], length=32))
