"""Event types: listed with how their events come in, and given a schema from examples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec
import yaml

from steelyard.adapters.duckdb import TypeSigns, type_signs
from steelyard.catalog import Catalog, live_version
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.shapes import event_types as shapes
from steelyard.entrypoints.sampling import DAY_MICROS
from steelyard.kernel import NotFound, from_micros, iso, micros
from steelyard.metering import EventType, Profile, derive_schema, drift, schema_value

BEFORE_DAYS = 14
"""With so many days before the present one its data is compared."""

_NOTHING = Profile()
_read = msgspec.json.Decoder(float_hook=Decimal).decode


@dataclass(frozen=True, slots=True)
class Known:
    """What is needed to tell of every event type, read once for all of them."""

    catalog: Catalog
    signs: Mapping[str, TypeSigns]
    recent: Mapping[str, Profile]
    before: Mapping[str, Profile]
    priced: frozenset[str]

    @property
    def names(self) -> list[str]:
        """Every type that is declared, read by a meter or stored, by name."""
        read = {name for meter in self.catalog.meters for name in meter.event_types}
        return sorted({*self.catalog.event_types, *self.signs, *read})


def known(call: Call) -> Known:
    """What is known of the event types now."""
    workspace = call.workspace
    workspace.catch_up()
    workspace.sampler.take_in()
    live = live_version(workspace.state)
    catalog = live.catalog if live else Catalog()
    today = micros(call.now) // DAY_MICROS
    return Known(
        catalog=catalog,
        signs={one.type: one for one in workspace.usage.ask(lambda view: type_signs(view, micros(call.now)))},
        recent=workspace.profiles.between(today, today),
        before=workspace.profiles.between(today - BEFORE_DAYS, today - 1),
        priced=priced_types(catalog),
    )


def priced_types(catalog: Catalog) -> frozenset[str]:
    """The event types that some price of a plan or card rests on."""
    metrics = {price.metric for price in catalog.prices.values() if price.metric}
    meters = [catalog.metrics[key].meter for key in metrics if key in catalog.metrics]
    return frozenset(name for meter in meters for name in meter.event_types)


def list_types(call: Call) -> shapes.EventTypeList:
    """All event types: declared ones, those that a meter reads, and those only seen."""
    found = known(call)
    items = [shapes.EventType(**_head(found, name)) for name in found.names]
    return shapes.EventTypeList(items=items, next=None)


def show(call: Call) -> shapes.EventTypeFull:
    """One event type, with its schema and the fields of its data."""
    name, found = call.path["type"], known(call)
    if name not in found.names:
        raise NotFound(f"there is no event type {name[:100]!r}", code="unknown_event_type")
    declared = found.catalog.event_types.get(name)
    recent, before = found.recent.get(name, _NOTHING), found.before.get(name, _NOTHING)
    return shapes.EventTypeFull(
        **_head(found, name),
        schema=_plain(schema_value(declared.schema)) if declared and declared.schema else None,
        looked_at=recent.events,
        looked_at_before=before.events,
        fields=_fields(recent),
        fields_before=_fields(before),
    )


def _fields(profile: Profile) -> list[shapes.SeenField]:
    return [shapes.SeenField(field=path, types=types) for path, types in profile.fields.items()]


def _head(found: Known, name: str) -> dict[str, Any]:
    declared = found.catalog.event_types.get(name)
    signs = found.signs.get(name)
    meters = sorted(meter.key for meter in found.catalog.meters if name in meter.event_types)
    return {
        "type": name,
        "declared": declared is not None,
        "class_": declared.cls.value if declared else "billable" if meters else "technical",
        "description": declared.description if declared else "",
        "has_schema": bool(declared and declared.schema),
        "on_mismatch": declared.on_mismatch.value if declared and declared.schema else None,
        "events": signs.events if signs else 0,
        "last_day": signs.last_day if signs else 0,
        "newest": iso(from_micros(signs.newest)) if signs else None,
        "mismatches": signs.mismatches if signs else 0,
        "mismatches_last_day": signs.mismatches_last_day if signs else 0,
        "quarantined": signs.quarantined if signs else 0,
        "unattributed": signs.unattributed if signs else 0,
        "meters": meters,
        "priced": name in found.priced,
        "drift": drifts(found, name, declared),
    }


def drifts(found: Known, name: str, declared: EventType | None) -> list[shapes.Drift]:
    """Where the data of today differs from that of the days before and from the schema."""
    schema = schema_value(declared.schema) if declared and declared.schema else None
    recent, before = found.recent.get(name, _NOTHING), found.before.get(name, _NOTHING)
    return [
        shapes.Drift(kind=one.kind.value, field=one.field, before=one.before, now=one.now)
        for one in drift(before, recent, schema)
    ]


def derive(call: Call) -> shapes.DerivedSchema:
    """A schema from the newest stored events of a type, ready for the catalog; nothing is written."""
    name = call.path["type"]
    asked: shapes.SchemaAsk = call.body
    call.workspace.catch_up()
    rows = call.workspace.usage.events(event_type=name, limit=asked.examples, newest_first=True)
    if not rows:
        raise NotFound(f"there are no events of the type {name[:100]!r} to learn from", code="no_examples")
    schema = derive_schema(_read(row.data) if row.data else None for row in rows)
    entry = [{"name": name, "on_mismatch": "tag", "schema": schema}]
    text = yaml.safe_dump({"event_types": entry}, sort_keys=False, allow_unicode=True, width=100)
    return shapes.DerivedSchema(type=name, examples=len(rows), schema=schema, yaml=text)


def _plain(value: Any) -> Any:
    """A schema's values as JSON can show them, numbers as numbers."""
    if isinstance(value, Decimal):
        return msgspec.Raw(str(value).encode())
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value
