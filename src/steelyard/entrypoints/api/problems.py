"""The one place where refusals and broken promises become HTTP: RFC 9457 problem answers.

A `code` is stable and meant for programs; `detail` is meant for people; `errors` names every single place.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import msgspec

from steelyard.kernel.errors import (
    Conflict,
    DamagedRecord,
    InvalidInput,
    NotFound,
    Problem,
    Refused,
    SteelyardError,
    Unavailable,
)

MEDIA_TYPE: Final = "application/problem+json"

_STATUS: Final[tuple[tuple[type[SteelyardError], int], ...]] = (
    (InvalidInput, 422),
    (NotFound, 404),
    (Conflict, 409),
    (Refused, 403),
    (Unavailable, 503),
    (DamagedRecord, 500),
)

# Codes that mean something more exact than their class does.
_STATUS_OF_CODE: Final[dict[str, int]] = {
    "not_readable": 400,
    "unknown_parameter": 400,
    "invalid_parameter": 400,
    "invalid_cursor": 400,
    "unauthenticated": 401,
    "wrong_password": 401,
    "too_many_tries": 429,
    "retained": 409,
    "erased": 409,
    "too_large": 413,
    "too_many_events": 413,
    "unsupported_media_type": 415,
    "unsupported_encoding": 415,
    "too_slow": 408,
    "too_busy": 429,
    "rate_limited": 429,
}

CODES: Final[dict[str, str]] = {
    "unauthenticated": "No API key came, or one that is unknown, expired or revoked.",
    "not_offered": "This is not offered in the language of another product; `detail` says where ours is.",
    "forbidden": "The key lacks the scope, or sees one customer only.",
    "method_not_allowed": "The path exists, but not with this method.",
    "not_readable": "The body is no JSON, no whole gzip or zstd stream, or ended early.",
    "invalid_body": "The body's fields are not those of the request; `errors` has each of them.",
    "invalid_parameter": "A parameter of the query, or a header, is not what is allowed.",
    "invalid_cursor": "The cursor is not one that a page gave.",
    "unknown_field": "There is no such field or parameter; the message says which was probably meant.",
    "missing_field": "A required field is absent.",
    "invalid_value": "The value is of the wrong type or outside what is allowed.",
    "too_large": "The body is larger than 16 MiB, as sent or as unpacked.",
    "too_many_events": "More than 10,000 events in one request.",
    "too_many_ids": "The hours whose ids were asked for have too many events for one answer.",
    "unsupported_encoding": "The content encoding is not gzip, zstd or identity.",
    "too_slow": "The body was not whole after 60 seconds.",
    "too_busy": "Too much waits to be recorded already; nothing of this request was taken in.",
    "rate_limited": "The key sends more events a second than it may; nothing of this request was stored.",
    "events_refused": "Some events were refused, the others are stored; `errors` names them by `index`.",
    "other_customer": "The key may send events of its own customer only.",
    "idempotency_conflict": "The Idempotency-Key was used with another body before.",
    "exists": "What was to be made exists and differs.",
    "invalid_customer": "The customer cannot be made; `errors` says why.",
    "invalid_subscription": "The subscription cannot begin or end so; `errors` says why.",
    "invalid_key": "The API key cannot be made; `errors` says why.",
    "invalid_person": "Somebody cannot be invited, changed or signed up so; `errors` says why.",
    "invalid_answer": "The answer to a review is not complete; `errors` says why.",
    "wrong_password": "The address and the password do not go together; nothing says which of them is wrong.",
    "too_many_tries": "Somebody tried too often without success; `Retry-After` says when to try again.",
    "token_spent": "The link was used, taken back, or is too old.",
    "retained": "Entries must stay, so nothing was erased; `errors` says why, `detail` until when.",
    "erased": "What the entry said was erased.",
    "plan_changed": "What could be erased is no longer what the report said.",
    "erasure_pending": "The erasure is done but for older pages that something still reads.",
    "target_exists": "There is something already where a backup or a workspace was to be made.",
    "not_a_backup": "This is no backup.",
    "backup_damaged": "The backup is not what its manifest says, or does not verify.",
    "unknown_hold": "There is no legal hold of this id.",
    "held": "Another process holds the workspace's folder.",
    "address_taken": "The address to listen on is taken.",
    "workspace_exists": "The folder holds a workspace already.",
    "no_workspace": "The folder holds no workspace.",
    "no_record": "The folder holds no record.",
    "no_file": "The file to check does not exist.",
    "internal_error": "A fault of ours; the server's log tells more under the reference in `detail`.",
}
"""What the codes of the interface itself mean; those of the rooms are in the reference of errors."""


class ProblemItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One mistake in what was sent, and where it is."""

    code: str
    message: str
    index: int | None = None
    field: str = ""
    file: str = ""
    line: int = 0
    allowed: str = ""


class ProblemAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Why a request was not carried out (RFC 9457), with a stable code for programs."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    retryable: bool
    errors: list[ProblemItem] = []


class EventsProblem(ProblemAnswer, frozen=True, kw_only=True):
    """Some events of a batch were refused; the others are stored."""

    accepted: int
    duplicates: int


def status_of(error: SteelyardError) -> int:
    """The HTTP status for an error of the tree.

    >>> status_of(NotFound("no such customer")), status_of(InvalidInput("x", code="not_readable"))
    (404, 400)
    """
    if error.detail_code in _STATUS_OF_CODE:
        return _STATUS_OF_CODE[error.detail_code]
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def problem(
    *, status: int, code: str, detail: str, retryable: bool = False, errors: tuple[Problem, ...] = ()
) -> ProblemAnswer:
    """The answer that tells of one refusal.

    >>> problem(status=404, code="not_found", detail="no customer acme").title
    'Not Found'
    """
    return ProblemAnswer(
        type=f"urn:steelyard:problem:{code}",
        title=HTTPStatus(status).phrase,
        status=status,
        code=code,
        detail=detail,
        retryable=retryable,
        errors=[item_of(one) for one in errors],
    )


def item_of(one: Problem) -> ProblemItem:
    """One problem of the kernel as it goes over the wire."""
    return ProblemItem(
        code=one.code, message=one.message, field=one.field, file=one.file, line=one.line, allowed=one.allowed
    )


def from_error(error: SteelyardError) -> ProblemAnswer:
    """The answer that an error of the tree becomes."""
    return problem(
        status=status_of(error),
        code=error.detail_code,
        detail=error.message,
        retryable=error.retryable,
        errors=error.problems,
    )


def headers_of(answer: ProblemAnswer) -> dict[str, str]:
    """What a problem's status asks for beside its body."""
    if answer.status == 401:
        return {"www-authenticate": 'Bearer realm="steelyard"'}
    if answer.status in (429, 503):
        return {"retry-after": "1"}
    if answer.status == 408:
        return {"connection": "close"}
    return {}


def internal(reference: str) -> ProblemAnswer:
    """The answer to a fault of ours: nothing of its inside is shown, only where the log tells more."""
    return problem(
        status=500,
        code="internal_error",
        detail=f"an unexpected fault; the server's log tells more under {reference}",
        retryable=True,
    )
