"""Whether prices can see what they look at: weight tables, dimensions and events that the metric has."""

from __future__ import annotations

from dataclasses import replace

from steelyard.catalog.nouns.rate import Written
from steelyard.catalog.source import Path, Reading
from steelyard.catalog.written import Sheet
from steelyard.kernel import InvalidInput
from steelyard.metering import Aggregation, Meter
from steelyard.rating import Breakdown, Exchange


def resolve_weights(reading: Reading, sheet: Sheet) -> None:
    """Gives every price the weights that it names, and judges how it divides the usage."""
    told: set[Path] = set()
    for key, written in sheet.prices.items():
        sheet.prices[key] = resolved = _with_weights(reading, sheet, written, told)
        path = _place(written)
        if path not in told and not _judge(reading, sheet, resolved, path):
            told.add(path)


def _place(written: Written) -> Path:
    """Where the entry stands; the rows of a table share one."""
    return written.path[: written.path.index("table")] if "table" in written.path else written.path


def _with_weights(reading: Reading, sheet: Sheet, written: Written, told: set[Path]) -> Written:
    name = written.price.weight_table
    if not name:
        return written
    if name in sheet.weight_tables:
        table = sheet.weight_tables[name][0]
        return replace(written, price=replace(written.price, weights=table.weights))
    known = sheet.declared.get("weight_tables", set())
    path = _place(written)
    if name not in known and path not in told:
        reading.unknown((*path, "weights"), "unknown_weight_table", "weight table", name, known)
    told.add(path)
    return written


def resolve_exchanges(reading: Reading, sheet: Sheet) -> None:
    """Gives every price in a credit unit what one unit is worth in its currency."""
    for key, written in sheet.prices.items():
        price, path = written.price, (*_place(written), "credit_unit")
        if not price.credit_unit:
            continue
        known = sheet.declared.get("credit_units", set())
        found = sheet.credit_units.get(price.credit_unit)
        rate = found[0].rate(price.currency) if found else None
        if price.credit_unit not in known:
            reading.unknown(path, "unknown_credit_unit", "credit unit", price.credit_unit, known)
        elif found and rate is None:
            message = f"{price.credit_unit!r} has no rate in {price.currency}"
            reading.wrong(path, "no_exchange_rate", message, allowed=", ".join(sorted(found[0].rates)))
        elif rate is not None:
            exchange = Exchange(unit=price.credit_unit, rate=rate)
            sheet.prices[key] = replace(written, price=replace(price, exchange=exchange))


def _judge(reading: Reading, sheet: Sheet, written: Written, path: Path) -> bool:
    """Whether the price can have its usage divided as it wants."""
    price = written.price
    try:
        wanted = price.breakdown
    except InvalidInput as error:
        reading.wrong(path, error.detail_code, error.message)
        return False
    if not wanted:
        return True
    if price.metric is None:
        reading.wrong(path, "no_metric", "a price that divides the usage needs a metric that measures it")
        return False
    if price.metric not in sheet.metrics:
        return True
    return _judge_meter(reading, path, wanted, sheet.metrics[price.metric][0].meter)


def _judge_meter(reading: Reading, path: Path, wanted: Breakdown, meter: Meter) -> bool:
    before = len(reading.problems)
    for name in wanted.over:
        if name not in meter.dimensions:
            reading.unknown((*path, "over"), "unknown_dimension", "dimension", name, meter.dimensions)
    if wanted.events and meter.aggregation is not Aggregation.SUM:
        message = f"the price looks at single events, and {meter.key!r} sums none"
        reading.wrong(
            (*path, "metric"), "no_single_events", message, allowed="a metric with aggregation: sum"
        )
    return len(reading.problems) == before
