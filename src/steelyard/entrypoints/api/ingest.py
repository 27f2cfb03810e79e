"""The way of events in: bytes to decoded events, admitted, recorded, answered. As short as it can be.

This is plain ASGI, with no router and no middleware in between: at a thousand events a request, what
surrounds an event costs as much as the event.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

import anyio.to_thread
import msgspec
from starlette.types import Receive, Send
from starlette.types import Scope as AsgiScope

from steelyard.access import Principal
from steelyard.entrypoints.api import body as bodies
from steelyard.entrypoints.api.auth import admit as admit_asker
from steelyard.entrypoints.api.auth import require_for
from steelyard.entrypoints.api.dialects import ON_OUR_ADDRESS, Dialect, Sent
from steelyard.entrypoints.api.endpoint import Endpoint, scoped_key, with_idempotency
from steelyard.entrypoints.api.limits import Gate, Hold, body_limit
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
from steelyard.kernel.period import micros
from steelyard.metering import (
    WHOLE_REQUEST,
    Admitted,
    Decoded,
    RefusalCode,
    UsageEvent,
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
_NO_CONTENT: Final[dict[str, Any]] = {"type": "http.response.start", "status": 204, "headers": []}
_EMPTY: Final = {"type": "http.response.body", "body": b""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer before it is bytes; without a body it is a mere status."""

    status: int
    body: Any = None
    headers: Mapping[str, str]
    media: str = "application/json"


_NO_FIELDS: Final[Mapping[str, str]] = {}
_STORED: Final = Reply(status=204, headers=_NO_FIELDS)


@dataclass(slots=True, kw_only=True)
class Prepared:
    """Decoded and admitted events: what to write, where each came from, and what was refused.

    `sent` is how many came. `events` are those of the write, kept only for a dialect's answer.
    """

    write: Write | None
    positions: list[int]
    customers: list[str]
    refusals: list[RefusedEvent]
    sent: int
    dialect: Dialect | None = None
    events: Sequence[UsageEvent] = ()


def prepare(
    workspace: Workspace,
    decoded: Decoded,
    now: datetime,
    *,
    only_customer: str | None = None,
    dialect: Dialect | None = None,
    sender: str = "",
) -> Prepared:
    """Decoded events, ready to be recorded as the `sender`'s; never raises for what they are."""
    admitted = admit(
        decoded.events,
        workspace.directory,
        workspace.shapes,
        now,
        positions=decoded.positions,
        schemas=workspace.schemas,
        rules=workspace.rules,
    )
    batch, positions = admitted.batch, admitted.positions
    refusals = [*decoded.refusals, *admitted.refusals]
    if only_customer is not None and any(owner != only_customer for owner in admitted.owners):
        batch, positions, strangers = _of_one(admitted, only_customer)
        refusals = [*refusals, *strangers]
    return Prepared(
        write=Write(batches=(batch,), sender=sender) if batch.payloads else None,
        positions=positions,
        customers=batch.customers,
        refusals=refusals,
        sent=len(decoded.events) + len(decoded.refusals),
        dialect=dialect,
        events=() if dialect is None else _events_at(decoded, positions),
    )


def _events_at(decoded: Decoded, positions: list[int]) -> list[UsageEvent]:
    by_place = dict(zip(decoded.positions, decoded.events, strict=True))
    return [by_place[place] for place in positions]


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
            item=batch.payloads[place],
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
        RefusalCode.MALFORMED_FORM,
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
    now = datetime.now(UTC)
    decoded = workspace.decode_events(content, content_type, {}, now)
    prepared = prepare(workspace, decoded, now, sender="owner")
    written = workspace.writer.submit(prepared.write).result() if prepared.write else None
    outcome = settle(prepared, written)
    keep_refusals(workspace, outcome, content, key="owner")
    return outcome


def keep_refusals(workspace: Workspace, outcome: Outcome, content: bytes, *, key: str) -> None:
    """Note what was refused, for the list of refused events; costs the request next to nothing."""
    if outcome.refusals:
        kept = rejections_of(outcome.refusals, at=datetime.now(UTC), key=key, body=content)
        workspace.rejected.note(kept, more=len(outcome.refusals) - len(kept))


class Ingest:
    """A way of events in: `POST /api/v1/events`, or an endpoint that speaks another product's language."""

    def __init__(
        self, workspace: Workspace, metrics: Metrics, row: Endpoint, gate: Gate, dialect: Dialect | None
    ) -> None:
        self._workspace = workspace
        self._metrics = metrics
        self._row = row
        self._gate = gate
        self._dialect = dialect

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Answers one request; never raises."""
        started = perf_counter()
        try:
            with self._gate.in_flight.hold() as hold:
                reply = await self._store(scope, receive, hold)
        except SteelyardError as error:
            reply = self._refused(from_error(error), getattr(error, "headers", {}))
        except Exception:  # noqa: BLE001 - answered as 500, told in the log
            reference = secrets.token_hex(6)
            _log.exception("request %s to %s failed", reference, self._row.name)
            reply = self._refused(internal(reference))
        self._metrics.observe(self._row.name, reply.status, perf_counter() - started)
        if reply.status == 204 and not reply.headers:
            await send(_NO_CONTENT)
            await send(_EMPTY)
            return
        await _send_reply(send, reply)

    async def _received(
        self, headers: dict[bytes, bytes], now: datetime, receive: Receive, hold: Hold
    ) -> tuple[Principal, bytes]:
        """Who asks, and the body; raises what either is refused with."""
        principal = admit_asker(self._workspace, headers.get(b"authorization", b""), now)
        require_for(principal, self._row)
        if principal.rate_limit is not None:
            self._gate.keys.refuse_if_empty(principal)
        return principal, await bodies.read(receive, headers, hold, limit=body_limit(principal))

    async def _store(self, scope: AsgiScope, receive: Receive, hold: Hold) -> Reply:
        headers: dict[bytes, bytes] = dict(scope["headers"])
        now = datetime.now(UTC)
        principal, content = await self._received(headers, now, receive, hold)
        key = scoped_key(
            principal, self._row, self._row.path, headers.get(b"idempotency-key", b"").decode("latin-1")
        )
        prepared = self._prepare(content, headers, key, now, principal)
        fields = _NO_FIELDS
        if principal.rate_limit is not None:
            fields = self._gate.keys.take(principal, prepared.sent)
        written = await self._write(prepared.write, key, content)
        outcome = settle(prepared, written)
        self._count(outcome)
        keep_refusals(self._workspace, outcome, content, key=principal.key_id)
        if prepared.dialect is not None:
            return self._in_dialect(prepared.dialect, prepared, outcome, written, fields, now)
        if outcome.refusals:
            return self._refused(refused_answer(outcome), fields)
        wanted = headers.get(b"prefer", b"")
        if b"return=minimal" in wanted:
            return Reply(
                status=200,
                headers=fields,
                body=EventsAccepted(accepted=outcome.accepted, duplicates=outcome.duplicates, receipts=[]),
            )
        if b"return=representation" not in wanted:
            return _STORED if fields is _NO_FIELDS else Reply(status=204, headers=fields)
        found = await anyio.to_thread.run_sync(
            receipts_of, self._workspace, written.indexes if written else []
        )
        return Reply(
            status=200,
            headers=fields,
            body=EventsAccepted(accepted=outcome.accepted, duplicates=outcome.duplicates, receipts=found),
        )

    def _prepare(
        self, content: bytes, headers: dict[bytes, bytes], key: str, now: datetime, principal: Principal
    ) -> Prepared:
        content_type = headers.get(b"content-type", b"").decode("latin-1")
        if self._dialect is None:
            decoded = self._workspace.decode_events(content, content_type, attributes_of(headers), now)
            dialect = ON_OUR_ADDRESS.get(decoded.dialect) if decoded.dialect else None
        else:
            decoded = self._dialect.decode(content, micros(now), _fallback_id(key))
            dialect = self._dialect
        return prepare(
            self._workspace,
            decoded,
            now,
            only_customer=principal.customer,
            dialect=dialect,
            sender=principal.key_id,
        )

    def _in_dialect(
        self,
        dialect: Dialect,
        prepared: Prepared,
        outcome: Outcome,
        written: Written | None,
        fields: Mapping[str, str],
        now: datetime,
    ) -> Reply:
        if outcome.refusals or written is None:
            status, said = dialect.refusal(refused_answer(outcome))
            return Reply(status=status, body=said, headers=fields)
        sent = Sent(events=prepared.events, indexes=written.indexes, customers=prepared.customers, at=now)
        return Reply(status=200, body=dialect.answer(sent), headers=fields)

    def _refused(self, answer: ProblemAnswer, headers: Mapping[str, str] = _NO_FIELDS) -> Reply:
        headers = {**headers_of(answer), **headers}
        if self._dialect is not None:
            status, said = self._dialect.refusal(answer)
            return Reply(status=status, body=said, headers=headers)
        return Reply(status=answer.status, body=answer, headers=headers, media=MEDIA_TYPE)

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


def _fallback_id(key: str) -> str:
    """The id of an event that came without one: the same for a repeat under one Idempotency-Key."""
    return "made-" + (hashlib.sha256(key.encode()).hexdigest()[:32] if key else secrets.token_hex(16))


def attributes_of(headers: dict[bytes, bytes]) -> dict[str, str]:
    """The headers that carry a CloudEvent's attributes in binary mode."""
    return {
        name.decode("latin-1"): value.decode("latin-1")
        for name, value in headers.items()
        if name.startswith(b"ce-")
    }


async def _send_reply(send: Send, reply: Reply) -> None:
    content = b"" if reply.body is None else _encode(reply.body)
    headers = [(name.encode(), value.encode()) for name, value in reply.headers.items()]
    if reply.body is not None:
        headers += [
            (b"content-type", reply.media.encode()),
            (b"content-length", str(len(content)).encode()),
        ]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
