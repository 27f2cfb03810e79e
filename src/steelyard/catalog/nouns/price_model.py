"""The price models as a catalog writes them: per model the table of its fields.

The same reading serves rates, stand-alone prices and the request of `steelyard rate`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from steelyard.catalog.fields import (
    BOOL,
    WRONG,
    Field,
    Noun,
    decimal,
    is_right,
    list_of,
    one_of,
    record,
    whole,
)
from steelyard.catalog.source import Path, Reading, did_you_mean
from steelyard.kernel import ONE, ZERO, InvalidInput
from steelyard.rating import (
    DynamicPrice,
    FlatPrice,
    GraduatedPrice,
    PackagePrice,
    PackageRounding,
    PerUnitPrice,
    PriceModel,
    Tier,
    VolumePrice,
)

AMOUNT = decimal()
_POSITIVE = decimal(above=ZERO)

TIER = Noun(
    "tier",
    (
        Field("up_to", _POSITIVE, "the last unit of the tier, inclusive; left out for the rest"),
        Field("unit_amount", AMOUNT, "the price of each unit in the tier"),
        Field("flat_amount", AMOUNT, "an amount due once the tier is reached"),
        Field("percent", AMOUNT, "a share of each unit instead of an amount, where units are money"),
    ),
)


def _tier(reading: Reading, path: Path, values: dict[str, Any]) -> Any:
    if not is_right(*values.values()):
        return WRONG
    if values["unit_amount"] is None and values["flat_amount"] is None and values["percent"] is None:
        reading.wrong(
            path, "tier_without_price", "this tier has no price", allowed="unit_amount, flat_amount, percent"
        )
        return WRONG
    return Tier(**values)


_TIERS = Field(
    "tiers", list_of(record(TIER, _tier), whole=True), "from the lowest to the highest", required=True
)
_PER = Field("per", _POSITIVE, "for how many units a price is quoted: 1, 1000, 1000000", default=ONE)
_FLAT_AT_ZERO = Field("flat_at_zero", BOOL, "whether the flat amount is due without usage", default=True)

UNIT_AMOUNT = Field("unit_amount", AMOUNT, "the price of one unit, or of `per` units", required=True)

MODELS: dict[str, tuple[type[PriceModel], tuple[Field, ...]]] = {
    "flat": (FlatPrice, (Field("amount", AMOUNT, "the amount of a period", required=True), _FLAT_AT_ZERO)),
    "per_unit": (PerUnitPrice, (UNIT_AMOUNT, _PER)),
    "graduated": (GraduatedPrice, (_TIERS, _PER, _FLAT_AT_ZERO)),
    "volume": (VolumePrice, (_TIERS, _PER, _FLAT_AT_ZERO)),
    "package": (
        PackagePrice,
        (
            Field("size", _POSITIVE, "how many units a package holds", required=True),
            Field("amount", AMOUNT, "the price of a package", required=True),
            Field(
                "round",
                one_of(PackageRounding),
                "whether a begun package is charged",
                default=PackageRounding.UP,
            ),
        ),
    ),
    "dynamic": (
        DynamicPrice,
        (
            Field("multiplier", AMOUNT, "what the amounts of the events are multiplied by", default=ONE),
            Field(
                "unit_price_decimals",
                whole(at_least=0, at_most=12),
                "decimals of the shown average",
                default=4,
            ),
        ),
    ),
}


def model_name(reading: Reading, path: Path, value: Mapping[str, Any]) -> str | None:
    """Which price model the mapping names, or None after noting that it names none."""
    name = value.get("model")
    if isinstance(name, str) and name in MODELS:
        return name
    allowed = ", ".join(MODELS)
    if name is None:
        reading.wrong(path, "missing_field", "this price has no 'model'", allowed=allowed)
    else:
        hint = did_you_mean(name, MODELS) if isinstance(name, str) else ""
        reading.wrong(
            (*path, "model"), "unknown_price_model", f"{name!r} is no price model{hint}", allowed=allowed
        )
    return None


def build_model(reading: Reading, path: Path, name: str, values: Mapping[str, Any]) -> PriceModel | None:
    """The price model from its fields, or None where they are wrong alone or together."""
    model, fields = MODELS[name]
    own = {f.name: values[f.name] for f in fields}
    if not is_right(*own.values()):
        return None
    try:
        return model(**own)
    except InvalidInput as error:
        field = {"per_not_power_of_ten": "per"}.get(error.detail_code, "tiers" if "tiers" in own else "size")
        reading.wrong((*path, field), error.detail_code, error.message)
        return None
