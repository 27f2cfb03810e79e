"""Whether metrics, products and prices fit together: references, dimensions, and no usage priced twice."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from steelyard.catalog.model import CardKind, Price
from steelyard.catalog.nouns.rate import Written
from steelyard.catalog.source import Path, Reading
from steelyard.catalog.written import Sheet
from steelyard.metering import DimensionType, typed
from steelyard.rating import DynamicPrice, FlatPrice

PAIRS_MAX: Final = 200
"""So many overlaps are told."""


def judge_metrics(reading: Reading, sheet: Sheet) -> None:
    """Every meter listens to declared types of events, and every outcome is another metric."""
    known = sheet.declared.get("event_types", set())
    metrics = sheet.declared.get("metrics", set())
    for metric, path in sheet.metrics.values():
        if metric.outcome == metric.key:
            why = f"{metric.key!r} is named as its own outcome, with which it would always correlate"
            reading.wrong((*path, "outcome"), "own_outcome", why, allowed="another metric")
        elif metric.outcome and metric.outcome not in metrics:
            reading.unknown((*path, "outcome"), "unknown_metric", "metric", metric.outcome, metrics)
        for name in metric.meter.event_types:
            if name not in known:
                reading.unknown(
                    (*path, "meter", "event_types"), "unknown_event_type", "event type", name, known
                )


def judge_products(reading: Reading, sheet: Sheet) -> None:
    """Every feature of a product exists."""
    for product, path in sheet.products.values():
        judge_features(reading, sheet, product.features, (*path, "features"))


def judge_features(reading: Reading, sheet: Sheet, keys: Iterable[str], path: Path) -> None:
    """Notes each feature that does not exist."""
    known = sheet.declared.get("features", set())
    for index, key in enumerate(keys):
        if key not in known:
            reading.unknown((*path, index), "unknown_feature", "feature", key, known)


def judge_prices(reading: Reading, sheet: Sheet) -> None:
    """Every price has a metric that can feed it, and no two costs are for the same usage."""
    told: set[tuple[Path, str]] = set()
    for written in sheet.prices.values():
        _judge_metric(reading, sheet, written, told)
    costs = [written for written in sheet.prices.values() if written.price.kind is CardKind.COST]
    for first, second in overlaps(costs):
        message = (
            f"the same usage would cost twice: {first.price.key!r} and {second.price.key!r} both take it"
        )
        reading.wrong(second.path, "overlap", message, allowed="different values of a dimension")


def _judge_metric(reading: Reading, sheet: Sheet, written: Written, told: set[tuple[Path, str]]) -> None:
    """What is wrong with the metric of a price; of the rows of a table it is told once."""
    price = written.price
    path = written.path[: written.path.index("table")] if "table" in written.path else written.path
    if (path, price.metric or "") in told:
        return
    told.add((path, price.metric or ""))
    known_features = sheet.declared.get("features", set())
    if price.feature is not None and price.feature not in known_features:
        reading.unknown((*path, "feature"), "unknown_feature", "feature", price.feature, known_features)
    if price.metric is None:
        if price.dimension_names:
            reading.wrong((*path, "dimensions"), "no_metric", "without a metric there are no dimensions")
        if isinstance(price.model, DynamicPrice):
            reading.wrong(path, "no_metric", "a dynamic price needs a metric whose events carry amounts")
        return
    if price.metric not in sheet.metrics:
        known = sheet.declared.get("metrics", set())
        if price.metric not in known:
            reading.unknown((*path, written.metric_field), "unknown_metric", "metric", price.metric, known)
        return
    meter = sheet.metrics[price.metric][0].meter
    for name in price.dimension_names:
        place = (*path, "by") if name == written.by else (*path, "dimensions", name)
        if name not in meter.dimensions:
            reading.unknown(place, "unknown_dimension", "dimension", name, meter.dimensions)
        else:
            _judge_values(reading, place, written, name, meter.type_of(name))
    if meter.is_approximate:
        message = f"{price.metric!r} is an estimate, and nobody is charged by an estimate"
        reading.wrong((*path, written.metric_field), "approximate_metric", message, allowed="an exact metric")
    if isinstance(price.model, DynamicPrice) and not meter.carries_amount:
        message = f"the events of {price.metric!r} carry no amount for a dynamic price"
        reading.wrong((*path, "metric"), "no_amount", message, allowed="a metric with amount or unit_price")


def _judge_values(reading: Reading, place: Path, written: Written, name: str, kind: DimensionType) -> None:
    """The values of a dimension are spelled as the dimension spells them, so that they can be met."""
    price = written.price
    for value in (*price.dimensions.get(name, ()), *price.excluded.get(name, ())):
        spelled = typed(value, kind)
        if spelled != value:
            message = f"{value!r} is not how the dimension {name!r} writes a {kind.value}"
            reading.wrong(place, "dimension_value", message, allowed=spelled or "true, false, or a number")


def overlaps(prices: Iterable[Written]) -> list[tuple[Written, Written]]:
    """Pairs of prices that would both take some of the same usage; flat prices take none.

    At most so many pairs as anybody reads.
    """
    takers = [w for w in prices if w.price.metric is not None and not isinstance(w.price.model, FlatPrice)]
    takers.sort(key=lambda written: written.price.metric or "")
    pairs: list[tuple[Written, Written]] = []
    for _, group in itertools.groupby(takers, key=lambda written: written.price.metric):
        alike = list(group)
        place = {id(one): n for n, one in enumerate(alike)}
        found = itertools.islice(_overlapping(alike), PAIRS_MAX - len(pairs))
        pairs += [(a, b) if place[id(a)] < place[id(b)] else (b, a) for a, b in found]
    return pairs


def _overlapping(prices: list[Written]) -> Iterator[tuple[Written, Written]]:
    """The pairs among prices of one metric.

    Prices that name one value of one dimension are told apart by it, whole tables of them at once; only the
    others are held against each.
    """
    others: list[Written] = []
    by_value: dict[tuple[str, str], list[Written]] = {}
    for one in prices:
        only = one.price.dimensions
        if len(only) == 1 and not one.price.excluded and len(next(iter(only.values()))) == 1:
            ((name, (value,)),) = only.items()
            by_value.setdefault((name, value), []).append(one)
        else:
            others.append(one)
    for alike in by_value.values():
        yield from _not_apart(itertools.combinations(alike, 2))
    yield from _not_apart(itertools.combinations(others, 2))
    by_name: dict[str, list[Written]] = {}
    for (name, _), alike in by_value.items():
        by_name.setdefault(name, []).extend(alike)
    yield from _not_apart(
        (first, other) for alike in by_value.values() for first in alike for other in others
    )
    for first, second in itertools.combinations(by_name.values(), 2):
        yield from _not_apart(itertools.product(first, second))


def _not_apart(pairs: Iterable[tuple[Written, Written]]) -> Iterator[tuple[Written, Written]]:
    return ((first, second) for first, second in pairs if not _apart(first.price, second.price))


def _apart(a: Price, b: Price) -> bool:
    """Whether some dimension tells the two prices apart for certain."""
    return any(_disjoint(a, b, name) for name in {*a.dimension_names, *b.dimension_names})


def _disjoint(a: Price, b: Price, name: str) -> bool:
    only_a, only_b = _values(a.dimensions, name), _values(b.dimensions, name)
    if only_a is not None and only_b is not None:
        return not only_a & only_b
    if only_a is not None:
        return only_a <= (_values(b.excluded, name) or frozenset())
    if only_b is not None:
        return only_b <= (_values(a.excluded, name) or frozenset())
    return False


def _values(limits: Mapping[str, tuple[str, ...]], name: str) -> frozenset[str] | None:
    return frozenset(limits[name]) if name in limits else None
