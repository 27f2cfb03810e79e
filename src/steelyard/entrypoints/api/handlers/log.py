"""The record as a transparency log: what witnesses, monitors and holders of receipts ask for."""

from __future__ import annotations

from typing import Final

from steelyard.entrypoints.api.endpoint import Blob, Call
from steelyard.entrypoints.api.shapes import log as shapes
from steelyard.kernel import InvalidInput, NotFound
from steelyard.record.encoding import to_base64
from steelyard.record.proof import CheckpointRequest, Proof

TEXT: Final = "text/plain; charset=utf-8"


def wants_text(accept: str) -> bool:
    """Whether the asker prefers plain text to JSON.

    >>> wants_text("text/plain"), wants_text("application/json, text/plain"), wants_text("*/*")
    (True, False, False)
    """
    kinds = [part.partition(";")[0].strip().lower() for part in accept.split(",")]
    return "text/plain" in kinds and not {"application/json", "*/*"} & set(kinds)


def consistency(call: Call) -> shapes.Consistency | Blob:
    """The proof that the tree of one size is a beginning of a later one.

    As text it is the body of a request that C2SP tlog-witness calls add-checkpoint. Raises InvalidInput
    where the sizes are not in order, or past the newest.
    """
    reader = call.workspace.reader
    query: shapes.ConsistencyQuery = call.query
    newest = reader.checkpoint()
    second = int(newest.split("\n", 2)[1]) if query.to is None else query.to
    if query.from_ > second:
        raise InvalidInput("`to` must not be smaller than `from`", code="invalid_parameter")
    hashes = reader.consistency_proof(query.from_, second)
    try:
        note = newest if query.to is None else reader.checkpoint(second)
    except NotFound:
        note = None
    if wants_text(call.accept):
        if note is None:
            raise NotFound(f"no checkpoint was signed at size {second}", code="no_checkpoint")
        request = CheckpointRequest(old_size=query.from_, hashes=tuple(hashes), checkpoint=note)
        return Blob(content=str(request).encode(), media_type=TEXT)
    return shapes.Consistency(
        from_=query.from_,
        to=second,
        from_root=to_base64(reader.root(query.from_)),
        root=to_base64(reader.root(second)),
        hashes=[to_base64(one) for one in hashes],
        checkpoint=note,
    )


def proof_file(call: Call) -> Blob:
    """The proof of an entry as a C2SP tlog-proof file, under the newest checkpoint."""
    index, found = entry_proof(call)
    name = f'attachment; filename="entry-{index}.tlog-proof"'
    return Blob(content=str(found).encode(), media_type=TEXT, headers={"content-disposition": name})


def entry_proof(call: Call) -> tuple[int, Proof]:
    """The proof of the entry that the path names, if the asker may see it; NotFound otherwise."""
    reader = call.workspace.reader
    index = int(call.path["index"])
    entry = reader.entry(index)
    if not call.principal.sees(entry.customer):
        raise NotFound(f"the record has no entry {index} of yours", code="no_entry")
    note = reader.checkpoint()
    size = int(note.split("\n", 2)[1])
    return index, Proof(index=index, hashes=tuple(reader.inclusion_proof(index, size)), checkpoint=note)
