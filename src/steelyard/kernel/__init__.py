"""The kernel: exact numbers, money, periods, ids, canonical encoding and the error tree.

Owns: what every other room needs to speak of amounts and times without ambiguity.
Does not own: anything with a side effect; no clock, no randomness, no input or output.

Invariants: a `Decimal` never meets a `float`; a `Period` is half-open and aware; equal values encode to
equal bytes. Importing this room sets the decimal context of the program (see `kernel.exact`).
"""

from steelyard.kernel.canonical import LATER, decode, digest, encode
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
from steelyard.kernel.exact import ONE, ZERO, parse_decimal, plain
from steelyard.kernel.ids import content_id, make_id
from steelyard.kernel.money import Money, Rounding, allocate, is_currency, minor_digits, round_minor
from steelyard.kernel.period import (
    Period,
    add_months,
    from_micros,
    instant,
    iso,
    micros,
    month_of,
    parse_month,
)

__all__ = [
    "LATER",
    "ONE",
    "ZERO",
    "Conflict",
    "DamagedRecord",
    "InvalidInput",
    "Money",
    "NotFound",
    "Period",
    "Problem",
    "Refused",
    "Rounding",
    "SteelyardError",
    "Unavailable",
    "add_months",
    "allocate",
    "content_id",
    "decode",
    "digest",
    "encode",
    "from_micros",
    "instant",
    "is_currency",
    "iso",
    "make_id",
    "micros",
    "minor_digits",
    "month_of",
    "parse_decimal",
    "parse_month",
    "plain",
    "round_minor",
]
