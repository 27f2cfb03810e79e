"""What is wrong with a value that was sent, in the words of who sent it: what it must be, with an example.

The decoder says where a value is wrong in the words of its own types; these are words for people.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum
from typing import Any, Final, Literal, get_args, get_origin

_KINDS: Final = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "decimal": "an exact number, as text or a number",
    "datetime": "a moment such as 2026-11-01T00:00:00Z",
    "date": "a day such as 2026-11-01",
    "bool": "true or false",
    "array": "a list",
    "object": "an object with named fields",
    "null": "null",
}
_PATTERNS: Final = {
    "^(19|[2-8][0-9])[0-9]{2}-(0[1-9]|1[0-2])$": "a month such as 2026-11",
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}$": "an hour such as 2026-11-01T09",
    "^[0-9a-f]{64}$": "64 hexadecimal digits",
    "^P[1-9][0-9]{0,2}[DWMY]$": "an interval such as P1D, P2W, P1M or P1Y",
}
_Words = Callable[[re.Match[str]], str]


def _bound(match: re.Match[str]) -> str:
    number = int(match["number"])
    of = {"int": "", "str": " characters", "array": " entries", "object": " entries"}[match["kind"]]
    if match["sign"] == ">=" and number == 1 and of:
        return "must not be empty"
    if of:
        return f"must have {'at least' if match['sign'] == '>=' else 'at most'} {number}{of}"
    return f"must be {number} or {'more' if match['sign'] == '>=' else 'less'}"


def _kinds(text: str) -> str:
    arms = [_KINDS.get(arm.strip(), arm.strip()) for arm in text.split("|")]
    return " or ".join(arm for arm in arms if arm != "null") or "null"


def _pattern(match: re.Match[str]) -> str:
    wanted = match["pattern"].replace("\\\\", "\\")
    return f"must be {_PATTERNS.get(wanted, f'of the form {wanted}')}"


def _other_kind(match: re.Match[str]) -> str:
    got = _KINDS.get(match["got"], match["got"]).split(" such as ")[0].split(",")[0]
    return f"must be {_kinds(match['wanted'])}, not {got}"


_SAYINGS: Final[tuple[tuple[str, _Words], ...]] = (
    (r"Expected `(?P<kind>\w+)` of length (?P<sign>[<>]=) (?P<number>\d+)", _bound),
    (r"Expected `(?P<kind>int)` (?P<sign>[<>]=) (?P<number>-?\d+)", _bound),
    (r"Expected `str` matching regex '(?P<pattern>.*)'", _pattern),
    (r"Expected `datetime` with a timezone component", lambda _: "must say its offset from UTC, such as Z"),
    (r"Expected `(?P<wanted>[^`]+)`, got `(?P<got>[^`]+)`", _other_kind),
    (r"Invalid RFC3339 encoded (?P<kind>datetime|date)", lambda m: f"must be {_KINDS[m['kind']]}"),
    (r"Invalid decimal string", lambda _: "must be a number"),
    (r"Invalid enum value (?P<value>.*)", lambda m: f"{m['value']} is not known here"),
)


def in_words(text: str) -> str:
    """What the decoder said of a value, for people; what it says otherwise stays as it is.

    >>> in_words("Expected `str` matching regex '^P[1-9][0-9]{0,2}[DWMY]$'")
    'must be an interval such as P1D, P2W, P1M or P1Y'
    >>> in_words("Expected `datetime | null`, got `int`")
    'must be a moment such as 2026-11-01T00:00:00Z, not a whole number'
    >>> in_words("Expected `str` of length >= 1"), in_words("Expected `int` <= 31")
    ('must not be empty', 'must be 31 or less')
    """
    for pattern, words in _SAYINGS:
        match = re.fullmatch(pattern, text, re.DOTALL)
        if match:
            return words(match)
    return text


def choices(shape: Any) -> str:
    """The words that a shape allows, for a value that is none of them; empty where it names none.

    >>> choices(Literal["month", "year"] | None)
    'month, year'
    """
    if isinstance(shape, type) and issubclass(shape, Enum):
        return ", ".join(str(one.value) for one in shape)
    if get_origin(shape) is Literal:
        return ", ".join(str(one) for one in get_args(shape))
    found = (choices(arm) for arm in get_args(shape) if arm is not type(None))
    return next((words for words in found if words), "")
