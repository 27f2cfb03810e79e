"""The rows of the record as a transparency log."""

from __future__ import annotations

from typing import Final

from steelyard.access import Scope
from steelyard.entrypoints.api.endpoint import Endpoint
from steelyard.entrypoints.api.handlers import log, rotation
from steelyard.entrypoints.api.shapes import log as shapes
from steelyard.entrypoints.api.shapes import rotation as keys

ROWS: Final = (
    Endpoint(
        method="GET", path="/record/consistency", name="record.consistency",
        summary="The proof that the tree of one size is a beginning of a later one (RFC 9162).",
        handler=log.consistency, query=shapes.ConsistencyQuery, answer=shapes.Consistency, problems=(404,),
    ),
    Endpoint(
        method="GET", path="/record/proof/{index}.tlog-proof", name="record.proof_file",
        summary="The proof of an entry as a file (C2SP tlog-proof).",
        handler=log.proof_file, scope=Scope.RECORD_READ, media_type="text/plain", customer_may=True,
        many_customers=True,
    ),
    Endpoint(
        method="GET", path="/record/keys", name="record.keys",
        summary="The record's verifier keys, first to newest, each proven by the one before.",
        handler=rotation.keys, answer=keys.Keys,
    ),
    Endpoint(
        method="POST", path="/api/v1/record/rotation", name="record.rotate",
        summary="Change the key that signs the record; the record names the new one.",
        handler=rotation.change, scope=Scope.RECORD_ADMIN, body=keys.RotationIn, answer=keys.Rotated,
    ),
)  # fmt: skip
