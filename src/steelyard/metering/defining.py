"""The names under which meters find things: dimensions that are always there, paths, and expressions."""

from __future__ import annotations

from typing import Final

from steelyard.kernel import InvalidInput
from steelyard.metering.expressions import names_of, parse_expression
from steelyard.metering.paths import parse_path

RESERVED_DIMENSIONS: Final = ("feature", "integration", "agent", "team", "role", "environment")
"""Dimensions that every event may carry; always free for grouping and filtering."""

FREE_DIMENSIONS: Final = ("subject", "source", "type", "mismatch", *RESERVED_DIMENSIONS)
"""Every dimension that a meter offers without declaring it."""


def is_path(text: str) -> bool:
    """Whether the text is one path, and no arithmetic.

    >>> is_path("$.a-b"), is_path("$.a - $.b")
    (True, False)
    """
    try:
        parse_path(text)
    except InvalidInput:
        return False
    return True


def paths_of(text: str) -> tuple[str, ...]:
    """The paths that a value reads: its own, or those of the expression that it is.

    >>> paths_of("$.a"), paths_of("$.a - $.b"), paths_of("")
    (('$.a',), ('$.a', '$.b'), ())
    """
    if not text or is_path(text):
        return (text,) if text else ()
    return names_of(parse_expression(text))
