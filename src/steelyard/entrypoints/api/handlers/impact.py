"""The impact of a candidate on usage that did happen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from steelyard.adapters.files import read_catalog_text
from steelyard.catalog import (
    Catalog,
    CustomerImpact,
    FollowTotal,
    Impact,
    ImpactTotal,
    compare,
    live_version,
    raised,
    repriced,
    source_from_json,
    version_named,
)
from steelyard.catalog import validate as validated
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.problems import item_of
from steelyard.entrypoints.api.shapes import impact as shapes
from steelyard.insight import distribution_of, impact_lines
from steelyard.kernel import Conflict, InvalidInput, parse_month, plain


def compute(call: Call) -> shapes.Impact:
    """What a catalog, a version or other prices would have charged, beside what the live catalog charges."""
    asked: shapes.ImpactIn = call.body
    candidate = _candidate(call, asked)
    found = impact_for(call, candidate, period=asked.period, customers=asked.customers)
    return _shaped(found, _changes(call, candidate), asked.limit)


def progress(call: Call) -> shapes.ImpactProgress:
    """How far the running computation is."""
    impacts = call.workspace.impacts
    return shapes.ImpactProgress(done=impacts.done, total=impacts.total)


def impact_for(
    call: Call, candidate: Catalog, *, period: str | None = None, customers: Sequence[str] | None = None
) -> Impact:
    """The impact of a valid catalog as of now; of the last whole month where no other is named."""
    month = period or last_month(call.now)
    parse_month(month)
    call.workspace.catch_up()
    return call.workspace.impacts.of(
        call.workspace.books, candidate, month=month, now=call.now, customers=customers
    )


def last_month(now: datetime) -> str:
    """The name of the calendar month before this one.

    >>> from steelyard.kernel import instant
    >>> last_month(instant("2026-01-31T12:00:00Z"))
    '2025-12'
    """
    return f"{now.replace(day=1) - timedelta(days=1):%Y-%m}"


def _candidate(call: Call, asked: shapes.ImpactIn) -> Catalog:
    repricing = asked.prices is not None or asked.percent is not None
    if sum([bool(asked.files), asked.catalog is not None, bool(asked.version), repricing]) != 1:
        message = "send one of files, catalog and version, or prices and percent"
        raise InvalidInput(message, code="invalid_body")
    if asked.version:
        return version_named(call.workspace.state, asked.version).catalog
    if repricing:
        live = live_version(call.workspace.state)
        if live is None:
            raise Conflict("no catalog is published yet; publish one first", code="no_catalog")
        return raised(repriced(live.catalog, msgspec.json.encode(asked.prices or {})), asked.percent or {})
    if asked.files:
        source = read_catalog_text({file.name: file.text for file in asked.files})
    else:
        source = source_from_json(msgspec.json.encode(asked.catalog))
    found = validated(source)
    if isinstance(found, Catalog):
        return found
    count = f"{len(found)} mistakes" if len(found) > 1 else "a mistake"
    raise InvalidInput(f"the catalog has {count}", code="invalid_catalog", problems=found)


def _changes(call: Call, candidate: Catalog) -> list[str]:
    live = live_version(call.workspace.state)
    return [change.text for change in compare(live.catalog if live else Catalog(), candidate)]


def _shaped(found: Impact, changes: list[str], limit: int) -> shapes.Impact:
    ordered = sorted(found.customers, key=lambda one: (not one.problems, -abs(one.difference), one.customer))
    return shapes.Impact(
        base=found.base,
        candidate=found.candidate,
        period=found.period,
        partial=found.partial,
        digest=found.digest,
        record_size=found.record_size,
        changes=changes,
        totals=[_total(one) for one in found.totals],
        follows=[follows_of(one) for one in found.follows],
        spread=[
            shapes.ImpactSpread(
                currency=one.currency,
                buckets=[
                    shapes.ImpactBucket(
                        text=bucket.text, customers=bucket.customers, difference=plain(bucket.difference)
                    )
                    for bucket in one.buckets
                ],
                percentiles={str(share): plain(value) for share, value in one.percentiles.items()},
            )
            for one in distribution_of(found)
        ],
        customers=[_customer(one) for one in ordered[:limit]],
        others=max(0, len(ordered) - limit),
        text=impact_lines(found),
    )


def follows_of(one: FollowTotal) -> shapes.ImpactFollows:
    """Count and money of those who follow the live catalog, or stay, as they go over the wire."""
    return shapes.ImpactFollows(
        follows=one.follows.value,
        currency=one.currency,
        customers=one.customers,
        old=plain(one.old),
        new=plain(one.new),
        moved=plain(one.moved),
    )


def _total(one: ImpactTotal) -> shapes.ImpactTotal:
    return shapes.ImpactTotal(
        currency=one.currency,
        customers=one.customers,
        winners=one.winners,
        losers=one.losers,
        broken=one.broken,
        old=plain(one.old),
        new=plain(one.new),
        moved=plain(one.moved),
        difference=plain(one.difference),
        percent=_plain(one.percent),
        cost_old=_plain(one.cost_old),
        cost_new=_plain(one.cost_new),
        margin_percent_old=_plain(one.margin_percent_old),
        margin_percent_new=_plain(one.margin_percent_new),
    )


def _customer(one: CustomerImpact) -> shapes.CustomerImpact:
    return shapes.CustomerImpact(
        customer=one.customer,
        name=one.name,
        currency=one.currency,
        plan=one.plan,
        segment=one.segment,
        follows=one.follows.value,
        old=plain(one.old),
        new=plain(one.new),
        moved=plain(one.moved),
        difference=plain(one.difference),
        percent=_plain(one.percent),
        cost_old=_plain(one.cost_old),
        cost_new=_plain(one.cost_new),
        margin_old=_plain(one.margin_old),
        margin_new=_plain(one.margin_new),
        problems=[item_of(problem) for problem in one.problems],
    )


def _plain(number: Decimal | None) -> str | None:
    return None if number is None else plain(number)
