"""What one outcome is worth: the difference that it makes to its month, by each price that counts it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from steelyard.entrypoints.console.answers import Asker, Json
from steelyard.kernel import InvalidInput, parse_decimal, plain

_MEASURED: Final = ("count", "sum")


async def worth_of(ask: Asker, outcome: Json) -> list[Json]:
    """For each price that counts the outcome: its name, the amount that it adds to the month, and why.

    What counts is priced as the last unit of its month, what does not as the next one; discounts and
    commitments of the month come after it. Empty where no price counts it, or not by the unit alone.
    """
    live = await ask.get_or_none("/api/v1/catalog/versions/{id}", {"id": "live"})
    month = {"period": outcome["occurred_at"][:7]}
    bill = await ask.get_or_none("/api/v1/customers/{key}/preview", {"key": outcome["customer"]}, month)
    if not live or not bill:
        return []
    reads = dict(measured(live["catalog"]["metrics"], outcome))
    counts = outcome["status"] == "accepted"
    found: list[Json] = []
    for subscription in bill["subscriptions"]:
        names, at = {"id": subscription}, {"at": outcome["occurred_at"]}
        card = await ask.get_or_none("/api/v1/subscriptions/{id}/rate-card", names, at)
        for rate in card["rates"] if card else []:
            alone = [one for one in card["rates"] if one["metric"] == rate["metric"]] == [rate]
            if alone and rate["metric"] in reads:
                asked = question(rate, reads[rate["metric"]], bill, counts=counts)
                asked["price"]["currency"] = card["currency"]
                said = await ask.question("/api/v1/rate", asked)
                found.append({"name": rate["name"], "applies": rate["applies"], **said})
    return found


def measured(metrics: dict[str, Json], outcome: Json) -> Iterator[tuple[str, tuple[Decimal, Decimal | None]]]:
    """The metrics that count outcomes of this type, with the units and the amount of this one.

    >>> meter = {"event_types": ["saved"], "aggregation": "count", "value": "", "amount": "$.eur"}
    >>> outcome = {"type": "saved", "data": {"eur": "12.50"}}
    >>> [(key, str(units)) for key, (units, _) in measured({"s": {"meter": meter}}, outcome)]
    [('s', '1')]
    """
    for key, metric in metrics.items():
        meter = metric["meter"]
        if meter and outcome["type"] in meter["event_types"] and meter["aggregation"] in _MEASURED:
            units = Decimal(1) if meter["aggregation"] == "count" else _read(meter["value"], outcome["data"])
            if units is not None:
                yield key, (units, _read(meter.get("amount") or "", outcome["data"]))


def question(rate: Json, read: tuple[Decimal, Decimal | None], bill: Json, *, counts: bool) -> Json:
    """What is asked of the price: the month with the outcome, less the month without it."""
    lines = [one for one in bill["lines"] if one["price_key"] == rate["price"] and one["quantity"]]
    known = sum((parse_decimal(one["quantity"]) for one in lines), Decimal(0))
    units, amount = read
    before = known - units if counts and known >= units else known
    asked: Json = {"price": dict(rate["model"]), "unit": rate["unit"]}
    if rate["included"] not in ("", "0"):
        asked["price"]["included"] = rate["included"]
    if amount is not None:
        return {**asked, "quantity": plain(units), "amount": plain(amount)}
    return {**asked, "quantity": plain(before + units), "before": plain(before)}


def _read(path: str, data: Json) -> Decimal | None:
    """The number at a path such as `$.saving.eur`, or None."""
    at: object = data
    for step in path.removeprefix("$.").split(".") if path else ():
        at = at.get(step) if isinstance(at, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    if not path or not isinstance(at, str | int) or isinstance(at, bool):
        return None
    try:
        return parse_decimal(at)
    except InvalidInput:
        return None
