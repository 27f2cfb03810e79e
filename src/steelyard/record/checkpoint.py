"""Checkpoints (C2SP tlog-checkpoint): the size and root of the tree, under the log's name, as signed text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from steelyard.kernel.errors import DamagedRecord, InvalidInput
from steelyard.record.encoding import from_base64, from_decimal, to_base64
from steelyard.record.note import VerifierKey, open_note, parse_vkey, signature_line
from steelyard.record.ports import Signer


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What a log says of itself at one moment: how many entries, and the root over them."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def text(self) -> str:
        """The text to be signed: origin, size, root, extension lines.

        >>> Checkpoint(origin="steelyard.local/x", size=2, root=bytes(32)).text().splitlines()[:2]
        ['steelyard.local/x', '2']
        """
        return "\n".join((self.origin, str(self.size), to_base64(self.root), *self.extensions, ""))


def parse_checkpoint(text: str) -> Checkpoint:
    """The checkpoint that a note's text stands for; raises InvalidInput for anything but its one spelling."""
    if not text.endswith("\n"):
        raise InvalidInput("a checkpoint ends with a newline", code="not_a_checkpoint")
    lines = text[:-1].split("\n")
    if len(lines) < 3 or not all(lines):
        raise InvalidInput("a checkpoint is origin, size and root, no empty line", code="not_a_checkpoint")
    origin, size, root, *extensions = lines
    return Checkpoint(
        origin=origin,
        size=from_decimal(size),
        root=from_base64(root, length=32),
        extensions=tuple(extensions),
    )


def open_checkpoint(
    note: str | bytes, vkey: str | VerifierKey, *, witnesses: Sequence[VerifierKey] = ()
) -> Checkpoint:
    """The checkpoint of a note that the log's own key signed; its origin is the name of that key.

    Raises InvalidInput when the note is malformed, DamagedRecord when it does not verify.
    """
    key = parse_vkey(vkey) if isinstance(vkey, str) else vkey
    opened = open_note(note, (key, *witnesses))
    checkpoint = parse_checkpoint(opened.text)
    signed_by_log = any((s.name, s.key_id) == (key.name, key.key_id) for s in opened.signatures)
    if not signed_by_log or checkpoint.origin != key.name:
        raise DamagedRecord(f"the checkpoint is not one of {key.name}", code="unsigned")
    return checkpoint


def sign_checkpoint(*, size: int, root: bytes, signer: Signer, successor: Signer | None = None) -> str:
    """The signed note of a checkpoint, whose origin is the signer's name; `successor` signs it as well."""
    text = Checkpoint(origin=signer.name, size=size, root=root).text()
    signers = [signer] if successor is None else [signer, successor]
    lines = [signature_line(parse_vkey(one.vkey), one.sign(text.encode())) for one in signers]
    return f"{text}\n{''.join(lines)}"
