"""Base64 and decimal numbers with exactly one spelling each, as signed text needs them."""

from __future__ import annotations

import base64
import binascii

from steelyard.kernel.errors import InvalidInput


def to_base64(data: bytes) -> str:
    """Standard base64 (RFC 4648 section 4) with padding.

    >>> to_base64(b"\\xff\\xfe")
    '//4='
    """
    return base64.b64encode(data).decode("ascii")


def from_base64(text: str, *, length: int | None = None) -> bytes:
    """The bytes of canonical base64; raises InvalidInput for any other spelling of the same bytes.

    Unused bits must be zero: otherwise several texts would stand for one signature.

    >>> from_base64("//4=")
    b'\\xff\\xfe'
    >>> from_base64("//5=")
    Traceback (most recent call last):
    steelyard.kernel.errors.InvalidInput: '//5=' is not canonical base64
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        data = None
    if data is None or to_base64(data) != text:
        raise InvalidInput(f"{text[:80]!r} is not canonical base64", code="not_base64")
    if length is not None and len(data) != length:
        raise InvalidInput(f"{text[:80]!r} stands for {len(data)} bytes, not {length}", code="wrong_length")
    return data


def from_decimal(text: str) -> int:
    """The whole number that ASCII digits without leading zeros stand for.

    >>> from_decimal("0"), from_decimal("20852163")
    (0, 20852163)
    """
    well_formed = text.isascii() and text.isdecimal() and len(text) <= 20
    if not well_formed or (text[0] == "0" and text != "0"):
        raise InvalidInput(f"{text[:80]!r} is not a number without leading zeros", code="not_a_number")
    return int(text)
