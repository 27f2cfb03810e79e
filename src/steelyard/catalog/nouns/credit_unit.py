"""Credit units of one's own, with their exchange rates."""

from __future__ import annotations

from typing import Any

from steelyard.catalog.credit_units import CreditUnit
from steelyard.catalog.fields import Field, Noun, decimal, describe, is_right, mapping_to
from steelyard.catalog.nouns.defined import DEFINED
from steelyard.catalog.source import Path, Reading
from steelyard.kernel import ZERO, is_currency

CREDIT_UNIT = Noun(
    "credit unit",
    (
        *DEFINED,
        Field("rates", mapping_to(decimal(above=ZERO)), "what one unit pays, by currency", required=True),
    ),
)


def credit_unit(reading: Reading, path: Path, values: dict[str, Any]) -> CreditUnit | None:
    """The credit unit that the fields describe, or None where one is wrong."""
    if not is_right(*values.values()):
        return None
    if not values["rates"]:
        reading.wrong((*path, "rates"), "missing_field", "a credit unit pays in at least one currency")
        return None
    for currency in values["rates"]:
        if not is_currency(currency):
            message = f"{describe(currency)} is not a currency"
            reading.wrong((*path, "rates", currency), "unknown_currency", message, allowed="ISO 4217 codes")
            return None
    if is_currency(values["key"].upper()) and len(values["key"]) == 3:
        message = f"{values['key']!r} reads like the currency {values['key'].upper()}"
        reading.wrong((*path, "key"), "bad_key", message, allowed="another name")
        return None
    return CreditUnit(**values)
