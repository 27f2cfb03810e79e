"""What all shapes have in common: exact amounts and times as text, and refusal of unknown fields."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta


class Shape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The base of every shape."""


Amount = Annotated[
    str,
    Meta(pattern=r"^-?[0-9]+(\.[0-9]+)?$", description="An exact decimal number as text, without exponent."),
]
Time = Annotated[
    str, Meta(description="RFC 3339, in UTC.", extra_json_schema={"format": "date-time"}, min_length=20)
]
Instant = Annotated[datetime, Meta(tz=True, description="RFC 3339, with an offset from UTC.")]
Exact = Annotated[Decimal, Meta(description="An exact decimal number; send it as text.")]
Key = Annotated[str, Meta(min_length=1, max_length=256)]
Month = Annotated[
    str,
    Meta(pattern=r"^(19|[2-8][0-9])[0-9]{2}-(0[1-9]|1[0-2])$", description="A calendar month: 2026-11."),
]
