"""The record from outside: checkpoint, tiles, proofs, live entries, verification."""

from __future__ import annotations

import hashlib

from steelyard.entrypoints.api.endpoint import Blob, Call
from steelyard.entrypoints.api.handlers.log import TEXT, entry_proof, wants_text
from steelyard.entrypoints.api.handlers.shaping import shaped
from steelyard.entrypoints.api.shapes import record as shapes
from steelyard.entrypoints.audit import audit_open
from steelyard.kernel import InvalidInput, NotFound, from_micros, iso
from steelyard.record import Entry, Kind
from steelyard.record.telling import told
from steelyard.record.tiles import parse_tile_path

_FOR_EVER = "public, max-age=31536000, immutable"


def checkpoint(call: Call) -> Blob:
    """The newest signed checkpoint."""
    return Blob(
        content=call.workspace.reader.checkpoint().encode(),
        media_type=TEXT,
        headers={"cache-control": "no-cache"},
    )


def key(call: Call) -> Blob:
    """The verifier key of the checkpoints."""
    return Blob(content=f"{call.workspace.reader.vkey}\n".encode(), media_type=TEXT)


def tile(call: Call) -> Blob:
    """A tile or entry bundle, which never changes and may be kept for ever: a partial one is what it is."""
    reader = call.workspace.reader
    try:
        named = parse_tile_path(f"tile/{call.path['rest']}")
    except InvalidInput as error:
        raise NotFound(error.message, code="no_tile") from None
    if named.level is None:
        content = reader.entry_bundle(named.n, named.width)
    else:
        content = reader.tile(named.level, named.n, named.width)
    headers = {"cache-control": _FOR_EVER, "etag": f'"{hashlib.sha256(content).hexdigest()[:32]}"'}
    return Blob(content=content, media_type="application/octet-stream", headers=headers)


def proof(call: Call) -> shapes.Proof | Blob:
    """The proof that an entry is in the newest tree; a tlog-proof file where text is asked for."""
    index, found = entry_proof(call)
    if wants_text(call.accept):
        return Blob(content=str(found).encode(), media_type=TEXT)
    return shapes.Proof(
        index=index,
        size=int(found.checkpoint.split("\n", 2)[1]),
        leaf=call.workspace.reader.entry(index).leaf().hex(),
        hashes=[one.hex() for one in found.hashes],
        checkpoint=found.checkpoint,
        text=str(found),
    )


def entries(call: Call) -> shapes.RecordEntries:
    """Entries of the record, newest first."""
    reader = call.workspace.reader
    query: shapes.EntriesQuery = call.query
    size = reader.size
    end = size if query.before is None else min(query.before, size)
    start = max(0, end - query.limit)
    found = reader.entries(range(end - 1, start - 1, -1))
    return shapes.RecordEntries(
        items=[_shown(one) for one in found], next=start if start else None, size=size
    )


def verify(call: Call) -> shapes.VerifyAnswer:
    """Check the whole record and the state that it tells of."""
    return shaped(audit_open(call.workspace, call.now, call.query.key), shapes.VerifyAnswer)


def _shown(entry: Entry) -> shapes.RecordEntry:
    return shapes.RecordEntry(
        index=entry.index,
        kind=entry.kind.name.lower(),
        customer=entry.customer,
        customer_seq=entry.customer_seq,
        recorded_at=iso(from_micros(entry.recorded_at)),
        leaf=entry.leaf().hex(),
        text=_text(entry),
    )


def _text(entry: Entry) -> str:
    """What the entry is about, in a few words."""
    if entry.erased:
        return "erased"
    if entry.kind is Kind.USAGE:
        from steelyard.metering import read

        event = read(entry.payload)
        return f"{event.type} {event.id}"
    said = told(entry.payload)
    return said.what.replace("_", " ") if said is not None else entry.kind.name.lower()
