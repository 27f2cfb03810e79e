"""Single items of a request that the fast path could not read: cutting them apart, saying what is wrong."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from steelyard.metering.model import RefusalCode

TOKENS_MAX: Final = 2_000_000

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[^"\[\]{},]+|.', re.DOTALL)
_PLACE = re.compile(r" - at `(?:key in )?\$?\.?([^`]*)`$")
_MISSING = re.compile(r"missing required field `([^`]*)`")


class ItemProblem(Exception):
    """Why one item cannot be read; becomes a refusal with the item's place."""

    def __init__(self, code: RefusalCode, message: str, field: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.field = code, message, field


def problem_of(error: Exception) -> ItemProblem:
    """What an error of the decoder means for the client, in words that say what to do.

    >>> problem_of(RecursionError()).code.value
    'too_deep'
    """
    if isinstance(error, ItemProblem):
        return error
    if isinstance(error, RecursionError):
        return ItemProblem(RefusalCode.TOO_DEEP, "the event is nested too deeply; use at most 64 levels")
    if isinstance(error, UnicodeDecodeError):
        message = f"byte {error.start} is not UTF-8; send JSON in UTF-8"
        return ItemProblem(RefusalCode.INVALID_UTF8, message)
    if isinstance(error, msgspec.ValidationError):
        return _validation_problem(str(error))
    return ItemProblem(RefusalCode.MALFORMED_JSON, str(error))


def _validation_problem(text: str) -> ItemProblem:
    missing = _MISSING.search(text)
    if missing:
        return ItemProblem(RefusalCode.MISSING_FIELD, f"{missing[1]} is missing", missing[1])
    place = _PLACE.search(text)
    field = place[1] if place else ""
    reason = text[: place.start()] if place else text
    if not field and "`object`" in reason:
        return ItemProblem(RefusalCode.NOT_AN_OBJECT, "an event must be a JSON object")
    if field == "time":
        message = "time must be RFC 3339 with an offset, such as 2026-11-01T00:00:00Z"
        return ItemProblem(RefusalCode.NOT_A_TIME, message, field)
    if field == "cost":
        message = "cost must be a decimal number or the text of one"
        return ItemProblem(RefusalCode.NOT_A_NUMBER, message, field)
    return ItemProblem(RefusalCode.WRONG_TYPE, f"{field or 'the event'}: {reason.lower()}", field)


def cut_array(body: bytes) -> list[bytes]:
    """The items of a JSON array, cut at its commas without looking inside, so that each can be judged alone.

    Raises ItemProblem where the array itself does not close or is not only an array.

    >>> cut_array(b'[{"a": NaN}, {"b": [1, 2]}]')
    [b'{"a": NaN}', b'{"b": [1, 2]}']
    """
    items: list[bytes] = []
    depth, start = 0, 0
    for number, token in enumerate(_TOKEN.finditer(body)):
        mark = body[token.start()] if token.end() - token.start() == 1 else 0
        if mark in b"[{" and mark:
            depth += 1
            start = token.end() if depth == 1 else start
        elif mark in b"]}" and mark:
            depth -= 1
            if depth == 0:
                return _closed(body, [*items, body[start : token.start()].strip()], token.end())
        elif mark == ord(",") and depth == 1:
            items.append(body[start : token.start()].strip())
            start = token.end()
        if number > TOKENS_MAX:
            break
    raise ItemProblem(RefusalCode.MALFORMED_JSON, "the array of events does not close; send it whole")


def _closed(body: bytes, items: list[bytes], end: int) -> list[bytes]:
    if body[end:].strip():
        raise ItemProblem(RefusalCode.MALFORMED_JSON, f"something follows the array of events at byte {end}")
    return items if items != [b""] else []
