"""Impact: what other prices, or an earlier version, would have charged for usage that did happen."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import msgspec

from steelyard.entrypoints.console.answers import Asker, Json, Refusal
from steelyard.entrypoints.console.forms import Form
from steelyard.entrypoints.console.pages.page import Page, months
from steelyard.entrypoints.console.series import Grouped, grouped
from steelyard.kernel import parse_decimal, parse_month

CUSTOMERS_SHOWN: Final = 25
WAYS: Final = {"percent": "Prices, by percent", "price": "One price, written anew", "version": "A version"}
NAMED: Final = ("way", "key", "percent", "one", "price", "version", "period", "currency")
LESS, MORE, SAME = "less", "more", "same"
UNCHANGED: Final = "no change"
STAYS: Final = {
    "live": "follow the live catalog",
    "pinned": "stay on a version",
    "until": "stay until a date",
    "mixed": "stay in part",
}


def body_of(asked: Form) -> Json | None:
    """What the form asks the API; None where it asks nothing yet.

    Raises InvalidInput for a percentage that is no number, ValueError for a price that is no JSON.

    >>> body_of(Form(pairs=(("way", "percent"), ("key", "seats"), ("percent", "+5"))))
    {'percent': {'seats': '5'}, 'limit': 25}
    >>> body_of(Form(pairs=(("way", "version"), ("version", "3"), ("period", "2026-10"))))
    {'version': '3', 'limit': 25, 'period': '2026-10'}
    """
    way, found = asked.one("way"), {}
    if way == "percent" and asked.one("key") and asked.one("percent"):
        percent = parse_decimal(asked.one("percent").replace("−", "-").removeprefix("+"))
        found = {"percent": {asked.one("key"): str(percent)}}
    elif way == "price" and asked.one("one") and asked.one("price"):
        found = {"prices": {asked.one("one"): json.loads(asked.one("price"), parse_float=str)}}
    elif way == "version" and asked.one("version"):
        found = {"version": asked.one("version")}
    if not found:
        return None
    period = asked.one("period")
    return found | {"limit": CUSTOMERS_SHOWN} | ({"period": period} if period else {})


async def load(ask: Asker, asked: Form, now: datetime) -> Page:
    """The page: the question, and its answer where one is asked."""
    catalog = await ask.get_or_none("/api/v1/catalog/versions/{id}", {"id": "live"})
    versions = await ask.get("/api/v1/catalog/versions", query={"limit": "50"})
    period = asked.one("period") or f"{now.replace(day=1) - timedelta(days=1):%Y-%m}"
    parse_month(period)
    body, answer, wrong = None, None, ""
    try:
        body = body_of(asked)
    except (ValueError, msgspec.ValidationError) as error:
        wrong = f"The price is not readable as JSON: {error}"
    if body is not None:
        try:
            answer = await ask.question("/api/v1/impact", body | {"period": period})
        except Refusal as refusal:
            wrong = _why(refusal)
    view = {
        "form": {name: asked.one(name) for name in NAMED},
        "ways": WAYS,
        "period": period,
        "cards": cards_of(catalog["catalog"]) if catalog else [],
        "written": written_prices(catalog["catalog"]) if catalog else {},
        "versions": versions["items"],
        "months": months(period, now),
        "wrong": wrong,
        "call": json.dumps(body | {"period": period}) if body else "",
        "found": answer,
        **(impact_view(answer, asked.one("currency")) if answer else {}),
    }
    return Page(template="impact.html", title="Impact", nav="impact", view=view)


def _why(refusal: Refusal) -> str:
    problems: Sequence[Json] = refusal.problem.get("errors", [])
    said = [f"{one.get('field', '')}: {one['message']}".removeprefix(": ") for one in problems]
    return "; ".join(said) or str(refusal)


def cards_of(catalog: Json) -> list[Json]:
    """The cards of a catalog with the families of prices in each, prices before costs."""
    cards: dict[str, Json] = {}
    for price in catalog["prices"].values():
        card = catalog["cards"].get(price["card"], {})
        name = card.get("name", "Prices of their own")
        found = cards.setdefault(
            price["card"],
            {"key": price["card"], "name": name, "kind": price["kind"], "families": {}},
        )
        family = found["families"].setdefault(price["family"], {"name": price["name"], "count": 0})
        family["count"] += 1
    return sorted(cards.values(), key=lambda one: (one["kind"] != "price", one["name"]))


def written_prices(catalog: Json) -> dict[str, str]:
    """Each price that customers pay, as the request of an impact writes it.

    >>> catalog = {"prices": {"fee": {"kind": "price", "model": {"amount": "5", "x": None, "model": "flat"}}}}
    >>> written_prices(catalog)
    {'fee': '{"model": "flat", "amount": "5"}'}
    """
    return {
        key: json.dumps({"model": price["model"]["model"], **_said(price["model"])}, ensure_ascii=False)
        for key, price in catalog["prices"].items()
        if price["kind"] == "price"
    }


def _said(model: Any) -> Any:
    """A model without what is left out, and without what the price says beside it."""
    if isinstance(model, list):
        return [_said(one) for one in model]
    if not isinstance(model, dict):
        return model
    apart = ("model", "included")
    return {name: _said(one) for name, one in model.items() if one is not None and name not in apart}


def impact_view(found: Json, currency: str) -> dict[str, Any]:
    """The answer as the page shows it, about one currency."""
    totals = found["totals"]
    named = {one["currency"] for one in totals}
    largest = max(totals, key=lambda one: one["customers"], default=None)
    shown = currency if currency in named else largest["currency"] if largest else ""
    spread = next((one for one in found["spread"] if one["currency"] == shown), None)
    rows = [one for one in found["customers"] if one["currency"] == shown]
    widest = max((abs(Decimal(one["difference"])) for one in rows), default=Decimal(0))
    return {
        "currency": shown,
        "total": next((one for one in totals if one["currency"] == shown), None),
        "chart": spread_chart(spread) if spread else None,
        "spread": spread,
        "stays": [
            one | {"words": STAYS[one["follows"]]}
            for one in found["follows"]
            if one["currency"] == shown and one["follows"] != "live"
        ],
        "rows": [
            one | {"share": f"{abs(Decimal(one['difference'])) * 100 / widest:.1f}" if widest else "0"}
            for one in rows
            if one["difference"] != "0" or one["problems"]
        ],
    }


def spread_chart(spread: Json) -> Grouped:
    """How many customers change by how much; what nobody does at either end is left out."""
    buckets = spread["buckets"]
    while buckets and not buckets[-1]["customers"]:
        buckets = buckets[:-1]
    while buckets and not buckets[0]["customers"]:
        buckets = buckets[1:]
    values: dict[str, dict[str, Decimal]] = {LESS: {}, MORE: {}, SAME: {}}
    for one in buckets:
        side = SAME if one["text"] == UNCHANGED else LESS if Decimal(one["difference"]) < 0 else MORE
        values[side][one["text"]] = Decimal(one["customers"])
    return grouped(
        "spread",
        title="Customers by the change of their bill",
        unit="customers",
        labels=[one["text"] for one in buckets],
        values=values,
        stacked=True,
    )
