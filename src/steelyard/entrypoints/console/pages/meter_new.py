"""A new meter: choose what happens, see what such events carry, try a definition out, publish it."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from steelyard.entrypoints.console.answers import Asker, Json, Refusal
from steelyard.entrypoints.console.definition_text import metric_yaml
from steelyard.entrypoints.console.fields import SeenField, fields_of
from steelyard.entrypoints.console.forms import Form
from steelyard.entrypoints.console.pages.page import Page
from steelyard.kernel import instant, iso, parse_decimal
from steelyard.metering import FREE_DIMENSIONS, RESERVED_DIMENSIONS

EVENTS_READ: Final = 200
CUSTOMERS_SHOWN: Final = 12
AGGREGATIONS: Final = {
    "count": "how many events there are",
    "sum": "the sum of a number",
    "max": "the highest number",
    "min": "the lowest number",
    "average": "the average of a number",
    "latest": "the latest number",
    "unique": "how many different values there are",
    "percentile": "a percentile of a number",
    "time_weighted_sum": "a level held over time (seats, storage)",
    "windowed": "a figure per hour or day, then those together",
}
INNER: Final = {
    "max": "the highest number",
    "min": "the lowest number",
    "sum": "the sum of a number",
    "average": "the average of a number",
    "latest": "the latest number",
    "unique": "different values",
    "count": "how many events",
}
OUTER: Final = {"sum": "added up", "max": "the highest", "average": "averaged"}
TIME_UNITS: Final = {"hours": "hours", "days": "days", "months": "months"}
# Only of these does it matter whether an event may take away.
_SIGNED: Final = ("sum", "min", "max")
OPERATORS: Final = {
    "in": "is one of",
    "not_in": "is none of",
    "exists": "is there",
    "absent": "is not there",
    "gt": "is above",
    "gte": "is at least",
    "lt": "is below",
    "lte": "is at most",
}


def types_seen(catalog: Json, overview: Json, meters: Json) -> list[dict[str, Any]]:
    """The event types to choose from: first those that came in and that no meter reads."""
    read: dict[str, list[str]] = {}
    for meter in meters["items"]:
        for name in meter["event_types"]:
            read.setdefault(name, []).append(meter["name"])
    declared = catalog.get("event_types", {})
    waiting = {row["type"]: row["events"] for row in overview["unmatched"]}
    names = dict.fromkeys([*waiting, *read, *declared])
    return [
        {
            "name": name,
            "description": declared.get(name, {}).get("description", ""),
            "cls": declared.get(name, {}).get("cls", ""),
            "waiting": waiting.get(name, 0),
            "meters": read.get(name, []),
        }
        for name in names
    ]


def source_of(asked: Form, event_type: str, fields: list[SeenField]) -> Json:
    """The metric that the form describes, as a catalog writes it.

    >>> asked = Form(pairs=(("key", "calls"), ("aggregation", "count"), ("dimension", "$.model")))
    >>> source_of(asked, "call", [])["meter"]
    {'event_types': ['call'], 'aggregation': 'count', 'group_by': {'model': '$.model'}}
    """
    aggregation = asked.one("aggregation") or "count"
    meter: Json = {"event_types": [event_type], "aggregation": aggregation}
    meter |= _options(aggregation, asked)
    group_by = dimensions_of(asked.all("dimension"))
    if group_by:
        meter["group_by"] = group_by
    condition = _filter_of(asked)
    if condition:
        meter["filters"] = [condition]
    if aggregation in _SIGNED and not asked.one("negative"):
        meter["allow_negative"] = False
    return {
        "key": asked.one("key"),
        "name": asked.one("name"),
        "owner": asked.one("owner"),
        "definition": asked.one("definition"),
        "unit": asked.one("unit"),
        "meter": meter,
    }


def dimensions_of(paths: list[str]) -> dict[str, str]:
    """A name for each path: its last part, or all its parts where that name is taken.

    What every event may carry under its own name (`team`, `agent`, …) is free for grouping without this.

    >>> dimensions_of(["$.model", "$.user.team", "$.team", "$.base.model"])
    {'model': '$.model', 'user_team': '$.user.team', 'base_model': '$.base.model'}
    """
    named: dict[str, str] = {}
    for path in paths:
        parts = path.removeprefix("$.").split(".")
        if len(parts) == 1 and parts[0] in RESERVED_DIMENSIONS:
            continue
        is_taken = parts[-1] in named or parts[-1] in FREE_DIMENSIONS
        named["_".join(parts) if is_taken else parts[-1]] = path
    return named


def _options(aggregation: str, asked: Form) -> Json:
    """What an aggregation needs beside the event types."""
    reads = asked.one("inner") if aggregation == "windowed" else aggregation
    options: Json = {} if reads == "count" else {"value": asked.one("value_path")}
    if aggregation == "percentile":
        options["percentile"] = asked.one("percentile") or "95"
    if aggregation == "time_weighted_sum":
        options["time_unit"] = asked.one("time_unit") or "hours"
    if aggregation == "windowed":
        size, outer = asked.one("size") or "HOUR", asked.one("outer") or "sum"
        options["window"] = {"size": size, "inner": asked.one("inner") or "max", "outer": outer}
    return options


def _filter_of(asked: Form) -> Json | None:
    path, op = asked.one("filter_path"), asked.one("filter_op") or "in"
    if not path:
        return None
    if op in ("exists", "absent"):
        return {"path": path, "op": op}
    values = [text.strip() for text in asked.one("filter_values").split(",") if text.strip()]
    return {"path": path, "op": op, "values": values}


def problems_by_field(refusal: Refusal, source: Json) -> dict[str, list[str]]:
    """What the API says is wrong, by the field of the form that it is about; `""` for everything else."""
    places = {
        "meter.value": "value_path",
        "meter.aggregation": "aggregation",
        "meter.percentile": "percentile",
        "meter.window": "inner",
        "meter.filters": "filter_path",
        "meter.group_by": "dimension",
    }
    found: dict[str, list[str]] = {}
    for one in refusal.problem.get("errors") or [{"message": str(refusal), "field": ""}]:
        field = one.get("field", "")
        name = next((to for start, to in places.items() if field.startswith(start)), field.split(".")[0])
        allowed = f" (allowed: {one['allowed']})" if one.get("allowed") else ""
        message = "Please fill this in." if source.get(field) == "" else one["message"] + allowed
        found.setdefault(name if name != "meter" else "", []).append(message)
    return found


def preview_view(preview: Json) -> dict[str, Any]:
    """The table of a preview: the largest customers, their share of the largest, the rest as a number."""
    rows = [row | {"quantity": parse_decimal(row["quantity"])} for row in preview["data"]]
    highest = max((row["quantity"] for row in rows), default=Decimal(0))
    for row in rows:
        row["share"] = int(max(row["quantity"], Decimal(0)) * 100 / highest) if highest > 0 else 0
    return {"answer": preview, "rows": rows[:CUSTOMERS_SHOWN], "more": max(0, len(rows) - CUSTOMERS_SHOWN)}


async def _try(ask: Asker, source: Json, newest: datetime) -> dict[str, Any]:
    """What the definition measures and what publishing it would change, or what is wrong with it."""
    try:
        period = {"from": iso(newest - timedelta(days=30)), "to": iso(newest)}
        preview = await ask.post("/api/v1/meters/preview", {"metric": source, **period})
        planned = await ask.post("/api/v1/meters", {**source, "dry_run": True})
    except Refusal as refusal:
        return {"problems": problems_by_field(refusal, source), "preview": None, "planned": None}
    return {"problems": {}, "preview": preview_view(preview), "planned": planned}


async def load(ask: Asker, asked: Form, owner: str, now: datetime) -> Page:
    """The page: the choice of an event type, or with one the form, and what the definition comes to."""
    event_type = asked.one("type")
    if not event_type:
        live = await ask.get_or_none("/api/v1/catalog/versions/{id}", {"id": "live"})
        overview = await ask.get("/api/v1/overview")
        meters = await ask.get("/api/v1/meters")
        types = types_seen(live["catalog"] if live else {}, overview, meters)
        return Page(template="meter_types.html", title="New meter", nav="meters", view={"types": types})
    events = await ask.get("/api/v1/events", query={"type": event_type, "limit": str(EVENTS_READ)})
    items = events["items"]
    fields = fields_of(items)
    newest = max((instant(one["time"]) for one in items), default=now)
    newest = max(newest + timedelta(seconds=1), min(now, newest + timedelta(days=30)))
    tried = asked.one("key") != "" or asked.one("name") != ""
    source = source_of(asked, event_type, fields)
    nothing: dict[str, Any] = {"problems": {}, "preview": None, "planned": None}
    found = await _try(ask, source, newest) if tried else nothing
    view = {
        "type": event_type,
        "events": items,
        "fields": fields,
        "filled": asked.pairs,
        "values": asked.fields,
        "dimensions": asked.all("dimension"),
        "owner": asked.one("owner") or owner,
        "tried": tried,
        "yaml": metric_yaml(source) if tried else "",
        "aggregations": AGGREGATIONS,
        "operators": OPERATORS,
        "inner": INNER,
        "outer": OUTER,
        "time_units": TIME_UNITS,
        **found,
    }
    return Page(template="meter_new.html", title="New meter", nav="meters", view=view)


async def publish(ask: Asker, form: Form) -> str:
    """Publish the definition of the form; the address of the new meter's page.

    Raises Refusal where the API refuses.
    """
    source = source_of(form, form.one("type"), [])
    await ask.post("/api/v1/meters", {**source, "note": form.one("note")})
    return f"/console/meters/{source['key']}"
