"""The way of events in: bytes to decoded events, admitted, recorded, answered. As short as it can be.

This is plain ASGI, with no router and no middleware in between: at a thousand events a request, what
surrounds an event costs as much as the event.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter
from typing import TYPE_CHECKING, Final

import anyio.to_thread
import msgspec
from starlette.types import Receive, Send
from starlette.types import Scope as AsgiScope

from steelyard.entrypoints.api import body as bodies
from steelyard.entrypoints.api.auth import admit as admit_asker
from steelyard.entrypoints.api.auth import require_for
from steelyard.entrypoints.api.endpoint import Endpoint, scoped_key, with_idempotency
from steelyard.entrypoints.api.metrics import Metrics
from steelyard.entrypoints.api.problems import (
    MEDIA_TYPE,
    EventsProblem,
    ProblemAnswer,
    ProblemItem,
    from_error,
    headers_of,
    internal,
    problem,
)
from steelyard.entrypoints.api.shapes.events import EventsAccepted, Receipt
from steelyard.kernel.errors import Conflict, SteelyardError
from steelyard.metering import (
    REFUSED_BYTES_KEPT,
    WHOLE_REQUEST,
    Admitted,
    RefusalCode,
    admit,
    conflict,
    rejections_of,
)
from steelyard.metering import Refused as RefusedEvent
from steelyard.record import Batch, Idempotency, Write, Written

if TYPE_CHECKING:
    from steelyard.entrypoints.bootstrap import Workspace

_log: Final = logging.getLogger("steelyard.api")
_encode: Final = msgspec.json.Encoder().encode
_NO_CONTENT: Final = {"type": "http.response.start", "status": 204, "headers": []}
_EMPTY: Final = {"type": "http.response.body", "body": b""}


@dataclass(slots=True, kw_only=True)
class Prepared:
    """Decoded and admitted events: what to write, where each came from, and what was refused."""

    write: Write | None
    positions: list[int]
    customers: list[str]
    refusals: list[RefusedEvent]


def prepare(
    workspace: Workspace,
    content: bytes,
    content_type: str,
    headers: dict[str, str],
    now: datetime,
    *,
    only_customer: str | None = None,
) -> Prepared:
    """The events of a body, ready to be recorded; never raises for what the bytes are."""
    decoded = workspace.decode_events(content, content_type, headers, now)
    admitted = admit(
        decoded.events,
        workspace.directory,
        workspace.shapes,
        now,
        positions=decoded.positions,
        schemas=workspace.schemas,
    )
    batch, positions = admitted.batch, admitted.positions
    refusals = [*_with_beginning(decoded.refusals, content), *admitted.refusals]
    if only_customer is not None and any(owner != only_customer for owner in admitted.owners):
        batch, positions, strangers = _of_one(admitted, only_customer)
        refusals = [*refusals, *strangers]
    return Prepared(
        write=Write(batches=(batch,)) if batch.payloads else None,
        positions=positions,
        customers=batch.customers,
        refusals=refusals,
    )


def _with_beginning(refusals: list[RefusedEvent], content: bytes) -> list[RefusedEvent]:
    """Refusals of decoding; one of the whole request shows the beginning of its body."""
    if refusals and refusals[0].index == WHOLE_REQUEST:
        return [msgspec.structs.replace(refusals[0], item=content[:REFUSED_BYTES_KEPT])]
    return refusals


def _of_one(admitted: Admitted, customer: str) -> tuple[Batch, list[int], list[RefusedEvent]]:
    """The part of a batch that is about one customer; a key confined to that customer may send no other."""
    batch, positions = admitted.batch, admitted.positions
    kept = [place for place, one in enumerate(admitted.owners) if one == customer]
    keys = batch.keys or []
    refused = [
        RefusedEvent(
            index=positions[place],
            code=RefusalCode.OTHER_CUSTOMER,
            field="subject",
            message="this key may send events of its own customer only",
            item=batch.payloads[place][:REFUSED_BYTES_KEPT],
        )
        for place, one in enumerate(admitted.owners)
        if one != customer
    ]
    confined = Batch(
        kind=batch.kind,
        customers=[batch.customers[place] for place in kept],
        payloads=[batch.payloads[place] for place in kept],
        keys=[keys[place] for place in kept],
    )
    return confined, [positions[place] for place in kept], refused


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What became of a request's events."""

    accepted: int
    duplicates: int
    refusals: list[RefusedEvent]


def settle(prepared: Prepared, written: Written | None) -> Outcome:
    """What became of the events, once they are durable; those whose (source, id) is taken are refused."""
    if written is None:
        return Outcome(accepted=0, duplicates=0, refusals=prepared.refusals)
    total = len(prepared.positions)
    duplicates, conflicts = len(written.duplicates), len(written.conflicts)
    refusals = prepared.refusals
    if conflicts:
        refusals = [*refusals, *(_conflict(prepared, written, place) for place in sorted(written.conflicts))]
    return Outcome(accepted=total - duplicates - conflicts, duplicates=duplicates, refusals=refusals)


def _item_of(one: RefusedEvent) -> ProblemItem:
    return ProblemItem(index=one.index, code=one.code.value, field=one.field, message=one.message)


def _conflict(prepared: Prepared, written: Written, place: int) -> RefusedEvent:
    earlier = written.indexes[place]
    message = f"this source and id name another event already (entry {earlier}); give the event a new id"
    assert prepared.write is not None
    payload = prepared.write.batches[0].payloads[place]
    return conflict(payload, message, index=prepared.positions[place])


def refused_answer(outcome: Outcome) -> ProblemAnswer:
    """The problem that tells which events were refused, and that the others are stored."""
    whole = next((one for one in outcome.refusals if one.index == WHOLE_REQUEST), None)
    if whole is not None:
        code = RefusalCode(whole.code)
        return problem(status=_status_of(code), code=code.value, detail=whole.message)
    refusals = [_item_of(one) for one in sorted(outcome.refusals, key=lambda one: one.index)]
    count = len(refusals)
    stored = outcome.accepted + outcome.duplicates
    return EventsProblem(
        type="urn:steelyard:problem:events_refused",
        title="Unprocessable Entity",
        status=422,
        code="events_refused",
        detail=f"{count} event{'s were' if count > 1 else ' was'} refused, {stored} stored",
        retryable=False,
        errors=refusals,
        accepted=outcome.accepted,
        duplicates=outcome.duplicates,
    )


def _status_of(code: RefusalCode) -> int:
    if code.about_size:
        return 413
    if code is RefusalCode.UNSUPPORTED_CONTENT_TYPE:
        return 415
    if code in (
        RefusalCode.MALFORMED_JSON,
        RefusalCode.INVALID_UTF8,
        RefusalCode.EMPTY_BODY,
        RefusalCode.TOO_DEEP,
    ):
        return 400
    return 422


def receipts_of(workspace: Workspace, indexes: Sequence[int]) -> list[Receipt]:
    """One receipt an entry, in the order of the indexes."""
    entries = workspace.reader.entries(indexes)
    return [
        Receipt(index=one.index, customer=one.customer, seq=one.customer_seq, leaf=one.leaf().hex())
        for one in entries
    ]


def store(workspace: Workspace, content: bytes, content_type: str) -> Outcome:
    """Store encoded events from inside the process, and say what became of them."""
    prepared = prepare(workspace, content, content_type, {}, datetime.now(UTC))
    written = workspace.writer.submit(prepared.write).result() if prepared.write else None
    outcome = settle(prepared, written)
    keep_refusals(workspace, outcome, key="owner")
    return outcome


def keep_refusals(workspace: Workspace, outcome: Outcome, *, key: str) -> None:
    """Note what was refused, for the list of refused events; costs the request next to nothing."""
    if outcome.refusals:
        kept = rejections_of(outcome.refusals, at=datetime.now(UTC), key=key)
        workspace.rejected.note(kept, more=len(outcome.refusals) - len(kept))


class Ingest:
    """`POST /api/v1/events`."""

    def __init__(self, workspace: Workspace, metrics: Metrics, row: Endpoint) -> None:
        self._workspace = workspace
        self._metrics = metrics
        self._row = row

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Answers one request; never raises."""
        started = perf_counter()
        try:
            answer = await self._store(scope, receive)
        except SteelyardError as error:
            answer = from_error(error)
        except Exception:  # noqa: BLE001 - answered as 500, told in the log
            reference = secrets.token_hex(6)
            _log.exception("request %s to events.send failed", reference)
            answer = internal(reference)
        status = 204 if answer is None else answer.status if isinstance(answer, ProblemAnswer) else 200
        self._metrics.observe("events.send", status, perf_counter() - started)
        if answer is None:
            await send(_NO_CONTENT)
            await send(_EMPTY)
            return
        await _send_json(send, status, answer)

    async def _store(self, scope: AsgiScope, receive: Receive) -> EventsAccepted | ProblemAnswer | None:
        headers: dict[bytes, bytes] = dict(scope["headers"])
        now = datetime.now(UTC)
        principal = admit_asker(self._workspace.keys, headers.get(b"authorization", b""), now)
        require_for(principal, self._row)
        content = await bodies.read(receive, headers)
        content_type = headers.get(b"content-type", b"").decode("latin-1")
        prepared = prepare(
            self._workspace,
            content,
            content_type,
            _attributes(headers),
            now,
            only_customer=principal.customer,
        )
        key = scoped_key(
            principal, self._row, self._row.path, headers.get(b"idempotency-key", b"").decode("latin-1")
        )
        written = await self._write(prepared.write, key, content)
        outcome = settle(prepared, written)
        self._count(outcome)
        keep_refusals(self._workspace, outcome, key=principal.key_id)
        if outcome.refusals:
            return refused_answer(outcome)
        if b"return=representation" not in headers.get(b"prefer", b""):
            return None
        found = await anyio.to_thread.run_sync(
            receipts_of, self._workspace, written.indexes if written else []
        )
        return EventsAccepted(accepted=outcome.accepted, duplicates=outcome.duplicates, receipts=found)

    async def _write(self, write: Write | None, key: str, content: bytes) -> Written | None:
        """Record the events; with a key of idempotency, refuse another body under the same key.

        A repeat needs no stored answer: its events are duplicates, so it gets what the first one got.
        """
        if write is None:
            return None
        if key:
            request_hash = hashlib.sha256(content).digest()
            kept = await anyio.to_thread.run_sync(self._workspace.state.idempotent_answer, key)
            if kept is not None and kept[0] != request_hash:
                raise Conflict(
                    "this Idempotency-Key was used with another body; use a new key",
                    code="idempotency_conflict",
                )
            if kept is None:
                with_key = with_idempotency(
                    write, Idempotency(key=key, request_hash=request_hash, answer=b"")
                )
                try:
                    return await self._workspace.writer.awrite(with_key)
                except Conflict:
                    return await self._write(write, key, content)
        return await self._workspace.writer.awrite(write)

    def _count(self, outcome: Outcome) -> None:
        if outcome.accepted:
            self._metrics.accepted.inc(outcome.accepted)
        if outcome.duplicates:
            self._metrics.duplicate.inc(outcome.duplicates)
        if outcome.refusals:
            self._metrics.refused.inc(len(outcome.refusals))
            self._metrics.refuse(one.code.value for one in outcome.refusals)


def _attributes(headers: dict[bytes, bytes]) -> dict[str, str]:
    """The headers that carry a CloudEvent's attributes in binary mode."""
    return {
        name.decode("latin-1"): value.decode("latin-1")
        for name, value in headers.items()
        if name.startswith(b"ce-")
    }


async def _send_json(send: Send, status: int, answer: EventsAccepted | ProblemAnswer) -> None:
    content = _encode(answer)
    problem_like = isinstance(answer, ProblemAnswer)
    headers = [
        (b"content-type", (MEDIA_TYPE if problem_like else "application/json").encode()),
        (b"content-length", str(len(content)).encode()),
    ]
    if problem_like:
        headers += [(name.encode(), value.encode()) for name, value in headers_of(answer).items()]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
