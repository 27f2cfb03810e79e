"""What of a catalog its id is made of, so that an id stays what it is when the catalog learns new fields.

Ids of published versions stand in invoices and evidence for ever. The fields of the first form always count;
any field that came later counts only where it says something else than its default.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

import msgspec

from steelyard.kernel.canonical import to_builtins

_FIRST_FORM: Final = {
    "Catalog": "event_types metrics features products cards prices plans",
    "EventType": "name cls description schema on_mismatch",
    "ValueMetric": "key name owner definition meter anomalies",
    "Meter": (
        "key event_types aggregation name value group_by filters unit amount unit_price allow_negative "
        "dimension_types percentile approximate time_unit windowed formula parts"
    ),
    "Filter": "path op values type",
    "Windowed": "size inner outer",
    "Watch": "method deviations minimum_events action silence_hours",
    "Feature": "key name owner definition",
    "Product": "key name owner definition features",
    "RateCard": "key name owner definition kind currency prices",
    "Price": (
        "key name owner definition card family currency model kind metric group included dimensions excluded"
    ),
    "Plan": (
        "key name owner definition product currency tier items commitment limits features visible_days "
        "by_contract"
    ),
    "PlanItem": "price quantity quantity_from included group",
    "Commitment": "amount covers",
    "Tier": "up_to unit_amount flat_amount percent",
    "FlatPrice": "amount flat_at_zero",
    "PerUnitPrice": "unit_amount per",
    "GraduatedPrice": "tiers per flat_at_zero",
    "VolumePrice": "tiers per flat_at_zero",
    "PackagePrice": "size amount included round",
    "DynamicPrice": "multiplier unit_price_decimals",
}
_ALWAYS: Final = {name: frozenset(fields.split()) for name, fields in _FIRST_FORM.items()}


def content_of(value: Any) -> Any:
    """The value as plain JSON types, without later fields that are at their default.

    >>> from steelyard.rating import FlatPrice
    >>> from decimal import Decimal
    >>> content_of(FlatPrice(amount=Decimal("49.00")))
    {'amount': '49', 'flat_at_zero': True, 'model': 'flat'}
    """
    if isinstance(value, msgspec.Struct):
        found = dict(_fields(value, _struct_defaults(value)))
        config = value.__struct_config__
        if config.tag_field is not None and config.tag is not None:
            found[config.tag_field] = config.tag
        return found
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dict(_fields(value, _record_defaults(value)))
    if isinstance(value, Mapping):
        return {str(key): content_of(item) for key, item in cast("Mapping[Any, Any]", value).items()}
    if isinstance(value, (list, tuple)):
        return [content_of(item) for item in cast("list[Any]", value)]
    return to_builtins(value)


def _fields(value: Any, defaults: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    always = _ALWAYS.get(type(value).__name__, frozenset[str]())
    for name, default in defaults.items():
        said = getattr(value, name)
        if name in always or said != default:
            yield name, content_of(said)


def _record_defaults(value: Any) -> dict[str, Any]:
    """The default of each field; a field without one has a default that nothing equals."""
    return {
        field.name: field.default_factory()
        if field.default_factory is not dataclasses.MISSING
        else field.default
        for field in dataclasses.fields(value)
    }


def _struct_defaults(value: msgspec.Struct) -> dict[str, Any]:
    return {
        field.name: field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
        for field in msgspec.structs.fields(value)
    }
