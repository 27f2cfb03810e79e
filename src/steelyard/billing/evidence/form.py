"""The form of an evidence file, `steelyard.evidence/2`: canonical JSON, one spelling only.

    checkpoint   the signed note of the tree in which everything below is included
    document     the entry that tells of the invoice or credit note, with its proof
    section      the customer's chain from the first event that the document, or a period that it adjusts,
                 rests on, up to the entry before the document, with no gap. Each entry names the one before
                 it and the document names the last of them, so the document's proof proves them all
    sources      the entries outside the section that tell of customer, subscriptions, catalog versions, lots
                 of credit and erasures, each with its proof

An entry of the section is shown whole, or by its commitment alone: where it is of a kind that no bill rests
on, or was erased. Bytes (salts, hashes) are base64, times microseconds since 1970, payloads the very text
that was recorded. Names are sorted, empty fields of the section's entries are left out and there are no
blanks, so that no byte of the file is without meaning.
"""

from __future__ import annotations

from typing import Final

import msgspec

from steelyard.billing.model import DraftInvoice
from steelyard.kernel import InvalidInput
from steelyard.record import Entry, Kind

FORMAT: Final = "steelyard.evidence/2"

SHOWN: Final = frozenset(
    {
        Kind.USAGE,
        Kind.ATTRIBUTION,
        Kind.CORRECTION,
        Kind.BACKFILL,
        Kind.CUSTOMER,
        Kind.SUBSCRIPTION,
        Kind.CONTRACT,
        Kind.INVOICE,
        Kind.ERASURE,
        Kind.CREDIT,
    }
)
"""Kinds of entries that a bill may rest on: in a section these are shown whole, the others by commitment."""


class Proven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry of the record, whole, with the hashes that prove it under the checkpoint."""

    index: int
    kind: int
    customer: str
    seq: int
    prev: bytes
    recorded_at: int
    salt: bytes
    payload: str
    proof: tuple[bytes, ...]

    def entry(self) -> Entry:
        """The entry as the record has it."""
        return Entry(
            index=self.index,
            kind=Kind(self.kind),
            customer=self.customer,
            customer_seq=self.seq,
            customer_prev=self.prev,
            recorded_at=self.recorded_at,
            salt=self.salt,
            payload=self.payload.encode(),
        )


class SectionEntry(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False
):
    """An entry of the chain's section; its customer is the section's.

    It has salt and payload, or its commitment alone.
    """

    index: int
    kind: int
    seq: int
    prev: bytes
    recorded_at: int
    salt: bytes = b""
    payload: str = ""
    commitment: bytes = b""


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Consecutive entries of one customer's chain; the document's entry follows the last of them."""

    customer: str
    entries: tuple[SectionEntry, ...]


class Evidence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that is needed to check one document; `section` is None where it rests on no usage."""

    format: str
    checkpoint: str
    document: Proven
    sources: tuple[Proven, ...]
    section: Section | None


class EvidenceVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the evidence proves the document, every reason why not, and what was checked.

    `notes` are no mistakes but worth knowing, such as usage that was recorded before the document and is not
    on it. `erased` counts the entries whose payloads were erased, as the record tells: with any, quantities
    could not be measured again and are taken from the document. `events` are the entries of the section,
    `recomputed` is the draft as the evidence itself gives it.
    """

    ok: bool
    problems: tuple[str, ...]
    checks: tuple[str, ...]
    notes: tuple[str, ...] = ()
    number: str = ""
    events: int = 0
    erased: int = 0
    recomputed: DraftInvoice | None = None


_encoder = msgspec.json.Encoder(order="sorted")
_decoder = msgspec.json.Decoder(Evidence)


def write_evidence(evidence: Evidence) -> bytes:
    """The bytes of the file."""
    return _encoder.encode(evidence) + b"\n"


def read_evidence(data: bytes) -> Evidence:
    """The evidence that a file holds; raises InvalidInput unless it is exactly of the form.

    >>> read_evidence(b"{}")
    Traceback (most recent call last):
    ...
    steelyard.kernel.errors.InvalidInput: this is no evidence file: Object missing required field `format`
    """
    try:
        evidence = _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        if b'"format":"steelyard.evidence/1"' in data:
            message = "the file has an earlier form, steelyard.evidence/1; ask for the evidence again"
            raise InvalidInput(message, code="unknown_format") from None
        raise InvalidInput(f"this is no evidence file: {error}", code="not_evidence") from None
    if evidence.format != FORMAT:
        message = f"the file has the form {evidence.format[:60]!r}, this program reads {FORMAT!r}"
        raise InvalidInput(message, code="unknown_format")
    if write_evidence(evidence) != data:
        message = "the file is not written in its one canonical form; something changed its bytes"
        raise InvalidInput(message, code="not_canonical")
    return evidence
