"""Metrics whose meters are formulas: the metrics that they name, found; what names itself, refused."""

from __future__ import annotations

from steelyard.catalog.model import ValueMetric
from steelyard.catalog.nouns.metric import WrittenFormula, build_metric
from steelyard.catalog.source import Path, Reading
from steelyard.catalog.written import Sheet
from steelyard.metering import Meter, names_of, parse_expression

Found = dict[str, tuple[ValueMetric, Path]]


def resolve_formulas(reading: Reading, sheet: Sheet) -> Found:
    """The metrics by key in the order written, each formula with the meters that it rests on.

    Unknown names and circles are noted; a formula over something that is itself wrong stays silent.
    """
    found: Found = {}
    for key, (written, path) in sheet.written_metrics.items():
        if isinstance(written, ValueMetric):
            found[key] = (written, path)
    told: set[str] = set()
    for key, (written, _) in sheet.written_metrics.items():
        if isinstance(written, WrittenFormula):
            _resolve(reading, sheet, key, (), found, told)
    return {key: found[key] for key in sheet.written_metrics if key in found}


def _resolve(
    reading: Reading, sheet: Sheet, key: str, above: tuple[str, ...], found: Found, told: set[str]
) -> Meter | None:
    """The meter of a metric, its parts resolved first; None where that cannot be."""
    if key in found:
        return found[key][0].meter
    written, path = sheet.written_metrics.get(key, (None, ()))
    if not isinstance(written, WrittenFormula) or key in told:
        return None
    place = (*path, "meter", "formula")
    if key in above:
        circle = " → ".join([*above[above.index(key) :], key])
        reading.wrong(place, "circular_formula", f"this formula rests on itself: {circle}")
        told.update(above)
        return None
    parts: dict[str, Meter] = {}
    names = names_of(parse_expression(written.formula))
    for name in names:
        if name not in sheet.written_metrics:
            _unknown(reading, sheet, place, name)
            continue
        part = _resolve(reading, sheet, name, (*above, key), found, told)
        if part is not None:
            parts[name] = part
    if len(parts) < len(names):
        told.add(key)
        return None
    metric = build_metric(reading, path, written.values, parts)
    if metric is None:
        told.add(key)
        return None
    found[key] = (metric, path)
    return metric.meter


def _unknown(reading: Reading, sheet: Sheet, place: Path, name: str) -> None:
    known = sheet.declared.get("metrics", set())
    if name in known:
        return
    if any(part in known for part in name.split("-")):
        message = f"there is no metric {name!r}; to subtract, write blanks around the minus"
        reading.wrong(place, "unknown_metric", message)
        return
    reading.unknown(place, "unknown_metric", "metric", name, known)
