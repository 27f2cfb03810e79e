"""The payload of a usage event: the bytes that its entry in the record stands for.

JSON in UTF-8 with a fixed order of names; absent texts are left out; `data` is the client's own text,
untouched, so that a receipt proves exactly what was sent.
"""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from typing import Any, Final, cast

import msgspec

from steelyard.kernel import DamagedRecord
from steelyard.metering.model import UsageEvent

KEY_SEPARATOR: Final = "\x1f"

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(UsageEvent)
encode = _encoder.encode


class _Key(msgspec.Struct, gc=False):
    source: str
    id: str
    backfill: str = ""
    again: bool = False


_key_decoder = msgspec.json.Decoder(_Key)


def read(payload: bytes) -> UsageEvent:
    """The event that a stored payload stands for; raises DamagedRecord where it is none.

    >>> read(encode(UsageEvent(source="api", id="e1", type="t", time=7, data=msgspec.Raw(b'{"n": 1}')))).time
    7
    """
    try:
        return _decoder.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DamagedRecord(f"the payload is no usage event: {error}") from None


def key_of(payload: bytes) -> bytes:
    """The deduplication key of a stored payload: source, U+001F, id.

    An event that a backfill sent `again` has the backfill's id behind that, after another U+001F.

    >>> key_of(encode(UsageEvent(source="api", id="e1", type="t", time=7)))
    b'api\\x1fe1'
    >>> key_of(encode(UsageEvent(source="api", id="e1", type="t", time=7, backfill="bf_1", again=True)))
    b'api\\x1fe1\\x1fbf_1'
    """
    key = _key_decoder.decode(payload)
    if key.again:
        return f"{key.source}{KEY_SEPARATOR}{key.id}{KEY_SEPARATOR}{key.backfill}".encode()
    return f"{key.source}{KEY_SEPARATOR}{key.id}".encode()


def same_content(stored: bytes, offered: bytes) -> bool:
    """Whether two payloads say the same, however they are spelled.

    Order of names, blanks, escapes and the spelling of numbers (`1.0`, `1`, `1e0`) do not matter. Where both
    events came without a time, the times of their arrival are not compared: a client that sends an event
    again says nothing new. What admission noted (`mismatch`) is not the client's and is not compared either.

    >>> same_content(b'{"time":1,"data":{"a":1.0,"b":2}}', b'{"time":1,"data":{"b":2,"a":1}}')
    True
    """
    if stored == offered:
        return True
    try:
        one, other = tree(stored), tree(offered)
        if isinstance(one, dict) and isinstance(other, dict):
            first, second = cast("dict[str, Any]", one), cast("dict[str, Any]", other)
            if first.get("arrival") is True and second.get("arrival") is True:
                first.pop("time", None)
                second.pop("time", None)
            first.pop("mismatch", None)
            second.pop("mismatch", None)
        return _equal(one, other)
    except (ValueError, RecursionError):
        return False


def tree(text: bytes) -> Any:
    """JSON as Python values: numbers as Decimal (as text where too large).

    Of a repeated name the last one counts, as with every common reader of JSON.

    >>> tree(b'{"a": 0.10, "a": 2}')
    {'a': Decimal('2')}
    """
    # As json.loads reads bytes, with the decoder made once.
    return _tree_decoder.decode(text.decode(errors="surrogatepass"))


def _number(text: str) -> Decimal | tuple[str]:
    try:
        return Decimal(text)
    except InvalidOperation:
        return (text,)


# Whole numbers always have a Decimal; only an exponent can be out of range.
_tree_decoder = json.JSONDecoder(parse_float=_number, parse_int=Decimal)


def _equal(one: Any, other: Any) -> bool:
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        first, second = cast("dict[str, Any]", one), cast("dict[str, Any]", other)
        return first.keys() == second.keys() and all(_equal(first[name], second[name]) for name in first)
    if isinstance(one, list):
        items, others = cast("list[Any]", one), cast("list[Any]", other)
        return len(items) == len(others) and all(map(_equal, items, others))
    return bool(one == other)
