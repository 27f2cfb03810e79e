"""Lago's answers to its events, single and batched."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import msgspec

from steelyard.entrypoints.api.dialects.dialect import Dialect, Sent
from steelyard.entrypoints.api.problems import ProblemAnswer, ProblemItem
from steelyard.entrypoints.api.shapes.lago import LagoError, LagoEvent, LagoEventAnswer, LagoEventsAnswer
from steelyard.kernel import from_micros, iso
from steelyard.metering import UsageEvent, decode_lago
from steelyard.record import UNATTRIBUTED

_THEIR_CODES: Final = {
    "conflict": "value_already_exist",
    "missing_field": "value_is_mandatory",
    "not_a_time": "invalid_format",
    "not_a_number": "invalid_format",
    "wrong_type": "invalid_type",
}
_THEIR_FIELDS: Final = {"id": "transaction_id", "type": "code", "time": "timestamp", "data": "properties"}


def shown(event: UsageEvent, index: int, customer: str, at: str) -> LagoEvent:
    """A stored event as Lago shows it; its own ids are the index of our entry and our customer's key."""
    return LagoEvent(
        lago_id=str(index),
        transaction_id=event.id,
        lago_customer_id=None if customer == UNATTRIBUTED else customer,
        lago_subscription_id=None,
        external_subscription_id=event.subject,
        code=event.type,
        timestamp=iso(from_micros(event.time)),
        precise_total_amount_cents=None,
        properties=event.data if bytes(event.data) else msgspec.Raw(b"{}"),
        created_at=at,
    )


def _all(sent: Sent) -> list[LagoEvent]:
    at = iso(sent.at)
    return [
        shown(event, index, customer, at)
        for event, index, customer in zip(sent.events, sent.indexes, sent.customers, strict=True)
    ]


def _one_answer(sent: Sent) -> LagoEventAnswer:
    return LagoEventAnswer(event=_all(sent)[0])


def _batch_answer(sent: Sent) -> LagoEventsAnswer:
    return LagoEventsAnswer(events=_all(sent))


def _details(item: ProblemItem) -> dict[str, list[str]]:
    name = item.field.removeprefix("data.")
    return {_THEIR_FIELDS.get(name, name) or "base": [_THEIR_CODES.get(item.code, item.code)]}


def _error(answer: ProblemAnswer) -> LagoError:
    single = answer.code in ("unauthenticated", "forbidden") or answer.status != 422
    return LagoError(
        status=answer.status,
        error=HTTPStatus(answer.status).phrase,
        code=answer.code if single else "validation_errors",
        detail=answer.detail,
    )


def _one_refusal(answer: ProblemAnswer) -> tuple[int, LagoError]:
    details = {field: codes for item in answer.errors for field, codes in _details(item).items()}
    return answer.status, msgspec.structs.replace(_error(answer), error_details=details)


def _batch_refusal(answer: ProblemAnswer) -> tuple[int, LagoError]:
    details = {str(item.index): _details(item) for item in answer.errors if item.index is not None}
    return answer.status, msgspec.structs.replace(_error(answer), error_details=details)


LAGO_DIALECT: Final = Dialect(
    name="lago",
    decode=lambda body, arrival, _: decode_lago(body, arrival),
    answer=_one_answer,
    refusal=_one_refusal,
)
LAGO_BATCH_DIALECT: Final = Dialect(
    name="lago_batch",
    decode=lambda body, arrival, _: decode_lago(body, arrival),
    answer=_batch_answer,
    refusal=_batch_refusal,
)
