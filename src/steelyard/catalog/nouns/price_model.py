"""The price models as a catalog writes them: per model the table of its fields.

The same reading serves rates, stand-alone prices and the request of `steelyard rate`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from steelyard.catalog.fields import (
    BOOL,
    TEXT,
    WRONG,
    Field,
    Kind,
    Noun,
    describe,
    is_right,
    list_of,
    one_of,
    read_noun,
    record,
    whole,
)
from steelyard.catalog.nouns.amounts import AMOUNT, POSITIVE
from steelyard.catalog.nouns.parted_models import OVER, PARTED_MODELS
from steelyard.catalog.source import Path, Reading, did_you_mean
from steelyard.kernel import ONE, InvalidInput
from steelyard.rating import (
    DynamicPrice,
    FlatPrice,
    GraduatedPrice,
    MultiUnitPrice,
    PackagePrice,
    PackageRounding,
    PerUnitPrice,
    PriceModel,
    Tier,
    UnitPrice,
    VolumePrice,
)

TIER = Noun(
    "tier",
    (
        Field("up_to", POSITIVE, "the last unit of the tier, inclusive; left out for the rest"),
        Field("unit_amount", AMOUNT, "the price of each unit in the tier"),
        Field("flat_amount", AMOUNT, "an amount due once the tier is reached"),
        Field("percent", AMOUNT, "a share of each unit instead of an amount, where units are money"),
    ),
)


def read_tier(reading: Reading, path: Path, values: dict[str, Any]) -> Any:
    """The tier that the fields describe, or WRONG where they are wrong."""
    if not is_right(*values.values()):
        return WRONG
    if values["unit_amount"] is None and values["flat_amount"] is None and values["percent"] is None:
        reading.wrong(
            path, "tier_without_price", "this tier has no price", allowed="unit_amount, flat_amount, percent"
        )
        return WRONG
    return Tier(**values)


_TIERS = Field(
    "tiers", list_of(record(TIER, read_tier), whole=True), "from the lowest to the highest", required=True
)
_PER = Field("per", POSITIVE, "for how many units a price is quoted: 1, 1000, 1000000", default=ONE)
_FLAT_AT_ZERO = Field("flat_at_zero", BOOL, "whether the flat amount is due without usage", default=True)

UNIT_AMOUNT = Field("unit_amount", AMOUNT, "the price of one unit, or of `per` units", required=True)

SIMPLE_MODELS: dict[str, tuple[type[PriceModel], tuple[Field, ...]]] = {
    "flat": (FlatPrice, (Field("amount", AMOUNT, "the amount of a period", required=True), _FLAT_AT_ZERO)),
    "per_unit": (PerUnitPrice, (UNIT_AMOUNT, _PER)),
    "graduated": (GraduatedPrice, (_TIERS, _PER, _FLAT_AT_ZERO)),
    "volume": (VolumePrice, (_TIERS, _PER, _FLAT_AT_ZERO)),
    "package": (
        PackagePrice,
        (
            Field("size", POSITIVE, "how many units a package holds", required=True),
            Field("amount", AMOUNT, "the price of a package", required=True),
            Field(
                "round",
                one_of(PackageRounding),
                "whether a begun package is charged",
                default=PackageRounding.UP,
            ),
        ),
    ),
}

UNIT_MODELS = {**SIMPLE_MODELS, "block": PARTED_MODELS["block"]}
"""The models by which one kind of units among several can be priced."""

_UNIT = Field(
    "unit", TEXT, "the value of the dimension that names these units; * is any other", required=True
)
_MODEL = Field(
    "model", Kind(lambda _r, _p, v: v, {"enum": list(UNIT_MODELS)}), "its price model", required=True
)


def _unit_price(reading: Reading, path: Path, value: Any) -> Any:
    if not isinstance(value, Mapping):
        reading.wrong(
            path, "wrong_type", f"the price of a unit is a mapping of fields, not {describe(value)}"
        )
        return WRONG
    given = cast("Mapping[str, Any]", value)
    name = model_name(reading, path, given, UNIT_MODELS)
    if name is None:
        return WRONG
    values = read_noun(reading, Noun("price of a unit", (_UNIT, _MODEL, *UNIT_MODELS[name][1])), path, given)
    if values is None:
        return WRONG
    price = build_model(reading, path, name, values)
    if price is None or not is_right(values["unit"]):
        return WRONG
    return UnitPrice(unit=values["unit"], price=price)  # pyright: ignore[reportArgumentType] - a simple model


def _unit_schema() -> dict[str, Any]:
    forms = [Noun("price of a unit", (_UNIT, _MODEL, *fields)).schema() for _, fields in UNIT_MODELS.values()]
    for name, form in zip(UNIT_MODELS, forms, strict=True):
        form["properties"]["model"] = {"const": name, "description": "its price model"}
    return {"oneOf": forms}


MODELS: dict[str, tuple[type[PriceModel], tuple[Field, ...]]] = {
    **SIMPLE_MODELS,
    **PARTED_MODELS,
    "multi_unit": (
        MultiUnitPrice,
        (
            OVER,
            Field(
                "units",
                list_of(Kind(_unit_price, _unit_schema()), whole=True),
                "the price of each kind of units",
                required=True,
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


def model_name(
    reading: Reading, path: Path, value: Mapping[str, Any], known: Mapping[str, Any] | None = None
) -> str | None:
    """Which price model the mapping names, or None after noting that it names none of the known ones."""
    models = MODELS if known is None else known
    name = value.get("model")
    if isinstance(name, str) and name in models:
        return name
    allowed = ", ".join(models)
    if name is None:
        reading.wrong(path, "missing_field", "this price has no 'model'", allowed=allowed)
    else:
        hint = did_you_mean(name, models) if isinstance(name, str) else ""
        reading.wrong(
            (*path, "model"), "unknown_price_model", f"{name!r} is no price model{hint}", allowed=allowed
        )
    return None


WITHOUT_UNITS = frozenset({"flat", "dynamic", "percentage", "matrix", "multi_unit", "windowed"})
"""The models that rate no plain number of units, of which some could be included."""

_FIELDS = {
    "per_not_power_of_ten": ("per",),
    "no_tiers": ("tiers", "blocks"),
    "tier_order": ("tiers", "blocks"),
    "no_stairs": ("stairs",),
    "stair_order": ("stairs",),
    "stair_two_bounds": ("stairs",),
    "event_bounds": ("event_minimum",),
    "matrix_dimensions": ("over",),
    "one_dimension": ("over",),
    "matrix_cell": ("cells",),
    "units": ("units",),
    "window": ("window",),
    "hours": ("hours",),
    "hours_overlap": ("hours",),
}
"""Where a mistake that the model itself finds is told: the first of these fields that it has."""


def build_model(reading: Reading, path: Path, name: str, values: Mapping[str, Any]) -> PriceModel | None:
    """The price model from its fields, or None where they are wrong alone or together."""
    model, fields = MODELS[name]
    own = {f.name: values[f.name] for f in fields}
    if not is_right(*own.values()):
        return None
    try:
        return model(**own)
    except InvalidInput as error:
        fields_of_code = _FIELDS.get(error.detail_code, ("tiers", "size"))
        place = next(((*path, name) for name in fields_of_code if name in own), path)
        reading.wrong(place, error.detail_code, error.message)
        return None
