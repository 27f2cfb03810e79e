"""The record from outside: checkpoint, tiles, proofs, live entries, verification."""

from __future__ import annotations

from steelyard.entrypoints.api.endpoint import Blob, Call
from steelyard.entrypoints.api.handlers.shaping import shaped
from steelyard.entrypoints.api.shapes import record as shapes
from steelyard.entrypoints.audit import audit_open
from steelyard.kernel import NotFound, from_micros, iso
from steelyard.record import Entry, Kind
from steelyard.record.proof import Proof
from steelyard.record.telling import told
from steelyard.record.tiles import parse_tile_path

_TEXT = "text/plain; charset=utf-8"
_WHOLE_TILE = 256


def checkpoint(call: Call) -> Blob:
    """The newest signed checkpoint."""
    return Blob(
        content=call.workspace.reader.checkpoint().encode(),
        media_type=_TEXT,
        headers={"cache-control": "no-cache"},
    )


def key(call: Call) -> Blob:
    """The verifier key of the checkpoints."""
    return Blob(content=f"{call.workspace.reader.vkey}\n".encode(), media_type=_TEXT)


def tile(call: Call) -> Blob:
    """A tile or entry bundle; whole tiles never change and may be kept for ever."""
    reader = call.workspace.reader
    named = parse_tile_path(f"tile/{call.path['rest']}")
    if named.level is None:
        content = reader.entry_bundle(named.n, named.width)
    else:
        content = reader.tile(named.level, named.n, named.width)
    kept = "public, max-age=31536000, immutable" if named.width == _WHOLE_TILE else "no-cache"
    return Blob(content=content, media_type="application/octet-stream", headers={"cache-control": kept})


def proof(call: Call) -> shapes.Proof:
    """The proof that an entry is in the tree of the newest checkpoint."""
    reader = call.workspace.reader
    index = int(call.path["index"])
    entry = reader.entry(index)
    if call.principal.customer not in (None, entry.customer):
        raise NotFound(f"the record has no entry {index} of yours")
    note = reader.checkpoint()
    size = int(note.split("\n", 2)[1])
    hashes = reader.inclusion_proof(index, size)
    text = str(Proof(index=index, hashes=tuple(hashes), checkpoint=note))
    return shapes.Proof(
        index=index,
        size=size,
        leaf=entry.leaf().hex(),
        hashes=[one.hex() for one in hashes],
        checkpoint=note,
        text=text,
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
    return shaped(audit_open(call.workspace, call.now), shapes.VerifyAnswer)


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
    if entry.kind is Kind.USAGE:
        from steelyard.metering import read

        event = read(entry.payload)
        return f"{event.type} {event.id}"
    said = told(entry.payload)
    return said.what.replace("_", " ") if said is not None else entry.kind.name.lower()
