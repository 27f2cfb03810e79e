"""Value metrics side by side: what could be charged for, judged by the same rules, and templates to take."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

from steelyard.entrypoints.console.answers import Asker, Json, Refusal
from steelyard.entrypoints.console.forms import Form
from steelyard.entrypoints.console.pages.page import Page, months
from steelyard.entrypoints.console.series import Grouped, side_by_side
from steelyard.kernel import parse_month

GATES: Final = ("measurable", "auditable", "observable")
MEANINGS: Final = {
    "measurable": "enough customers and days have events, and fresh ones",
    "auditable": "every unit has a receipt in the record",
    "observable": "metrics and traces exist, its event types are described, and its events fit",
    "correlated": "it ranks customers as the outcome does",
}


async def load(ask: Asker, asked: Form, now: datetime) -> Page:
    """The page: all published metrics, and the template that somebody tries beside them."""
    period = asked.one("period") or f"{now.replace(day=1) - timedelta(days=1):%Y-%m}"
    parse_month(period)
    templates = (await ask.get("/api/v1/metrics/templates"))["items"]
    meters = (await ask.get("/api/v1/meters"))["items"]
    types = await ask.get_or_none("/api/v1/event-types")
    outcome, wrong = asked.one("outcome"), ""
    query = {"period": period} | ({"outcome": outcome} if outcome else {})
    found: Json = {"items": [], "text": ""}
    try:
        tried = candidate(templates, asked)
        if tried is None:
            found = await ask.get("/api/v1/metrics/scores", query=query)
        else:
            names = [one["slug"] for one in meters]
            found = await ask.question(
                "/api/v1/metrics/scores", {**query, "metric": names, "candidates": [tried]}
            )
    except Refusal as refusal:
        wrong = _why(refusal)
    view = {
        "form": {name: asked.one(name) for name in ("outcome", "try", "type", "value", "done")},
        "period": period,
        "months": months(period, now),
        "more": "&" + urlencode({"outcome": outcome}) if outcome else "",
        "meters": meters,
        "types": [one["type"] for one in types["items"]] if types else [],
        "templates": templates,
        "wrong": wrong,
        "text": found["text"],
        "meanings": MEANINGS,
        "rows": [score_row(one) for one in found["items"]],
        "chart": score_chart(found["items"]),
    }
    return Page(template="metrics.html", title="Value metrics", nav="metrics", view=view)


def candidate(templates: list[Json], asked: Form) -> Json | None:
    """The template that the form tries, with the event type and value that it names; None for none.

    >>> jobs = {"key": "jobs", "metric": {"key": "jobs", "owner": "", "meter": {"event_types": ["a"]}}}
    >>> candidate([jobs], Form(pairs=(("try", "jobs"), ("type", "b"))))
    {'key': 'jobs', 'owner': 'a candidate', 'meter': {'event_types': ['b']}}
    """
    chosen = next((one for one in templates if one["key"] == asked.one("try")), None)
    if chosen is None:
        return None
    meter = dict(chosen["metric"]["meter"])
    if asked.one("type"):
        meter["event_types"] = [asked.one("type")]
    if asked.one("value") and "value" in meter:
        meter["value"] = asked.one("value")
    return {**chosen["metric"], "owner": asked.one("owner") or "a candidate", "meter": meter}


async def take(ask: Asker, form: Form) -> str:
    """Take a template into the catalog as a new version; the address that says so.

    Raises Refusal where the API refuses.
    """
    templates = (await ask.get("/api/v1/metrics/templates"))["items"]
    metric = candidate(templates, form)
    if metric is None:
        raise Refusal(404, {"title": "Not Found", "detail": f"there is no template {form.one('try')!r}"})
    outcome = {"outcome": form.one("outcome")} if form.one("outcome") else {}
    note = f"takes the template {form.one('try')}"
    await ask.post("/api/v1/meters", {**metric, **outcome, "note": note})
    return "/console/metrics?" + urlencode({"done": metric["key"], **outcome})


def _why(refusal: Refusal) -> str:
    problems: list[Json] = refusal.problem.get("errors", [])
    return "; ".join(one["message"] for one in problems) or str(refusal)


def score_row(one: Json) -> dict[str, Any]:
    """One candidate as the table shows it: each gate with what fails, and how it goes with its outcome."""
    gates = {gate["name"]: gate for gate in one["gates"]}
    return one | {
        "cells": [
            {
                "name": name,
                "passed": gates[name]["passed"],
                "share": f"{Decimal(gates[name]['score']) * 100:.0f}",
                "checks": gates[name]["checks"],
            }
            for name in GATES
        ],
        "rho": one["correlated"]["rho"],
    }


def score_chart(items: list[Json]) -> Grouped:
    """The four scores of each candidate, from 0 to 1; a correlation against the outcome counts as none."""
    values: dict[str, dict[str, Decimal]] = {name: {} for name in (*GATES, "correlated")}
    for one in items:
        for gate in one["gates"]:
            values[gate["name"]][one["name"]] = Decimal(gate["score"])
        values["correlated"][one["name"]] = max(Decimal(one["correlated"]["rho"] or 0), Decimal(0))
    return side_by_side(
        "scores",
        title="Scores of each candidate",
        unit="score",
        labels=[one["name"] for one in items],
        values=values,
    )
