"""What a run says of itself: how many of what, and which money."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from steelyard.billing.accounts import Account
from steelyard.billing.adjust import net
from steelyard.billing.changes import Changed
from steelyard.billing.finalise import kind_of
from steelyard.billing.model import Document, DocumentKind, DraftInvoice, RunCounts, RunTotals
from steelyard.metering import EventStatus, UsageStore

HELD_COUNTED_MAX: Final = 10_000
"""So many held events of a period are counted; more than a few mean that somebody must look in any case."""


def counts_of(
    usage: UsageStore,
    accounts: Sequence[Account],
    documents: Mapping[str, Document],
    drafts: Sequence[DraftInvoice],
    changed: Changed,
) -> RunCounts:
    """The counts of a run over these accounts; `documents` are those that the period had before."""
    billed = [one for one in accounts if one.customer.key in documents]
    good = [one for one in drafts if one.lines and not one.problems]
    credit_notes = sum(kind_of(one) is DocumentKind.CREDIT_NOTE for one in good)
    refused = sum(bool(one.problems) for one in drafts)
    with_document = {one.customer for one in good}
    return RunCounts(
        customers=len(accounts),
        invoices=len(good) - credit_notes,
        credit_notes=credit_notes,
        already_billed=len(billed),
        nothing_to_bill=len(accounts) - len(billed) - len(good) - refused,
        refused=refused,
        entries=sum(one.chain.entries for one in good),
        adjustments=sum(len(_adjusted(one)) for one in good),
        late_events=sum(
            one.added + one.ended
            for customer, periods in changed.items()
            if customer not in with_document
            for one in periods
        ),
        uncontracted_events=_uncontracted_events(usage, [one for one in accounts if not one.spans]),
        held_events=_held_events(usage, accounts),
    )


def _adjusted(draft: DraftInvoice) -> set[str]:
    """The names of the periods that the draft adjusts."""
    return {line.adjusts.period_name for line in draft.lines if line.adjusts is not None}


def _uncontracted_events(usage: UsageStore, accounts: Sequence[Account]) -> int:
    """Events of customers without a subscription: kept and counted, charged by nobody."""
    return sum(
        usage.counts(some[0].period, customers=[one.customer.key for one in some]).events
        for some in _by_period(accounts)
    )


def _held_events(usage: UsageStore, accounts: Sequence[Account]) -> int:
    """Events of the period that are held: on no document before somebody releases them."""
    found = 0
    for some in _by_period(accounts):
        customers = {one.customer.key for one in some}
        held = usage.events(status=EventStatus.HELD, period=some[0].period, limit=HELD_COUNTED_MAX)
        found += sum(one.customer in customers for one in held)
    return found


def _by_period(accounts: Sequence[Account]) -> list[list[Account]]:
    """The accounts whose period is the same, together; time zones make them differ."""
    by_period: dict[tuple[datetime, datetime], list[Account]] = {}
    for one in accounts:
        by_period.setdefault((one.period.start, one.period.end), []).append(one)
    return list(by_period.values())


def totals_of(drafts: Iterable[DraftInvoice]) -> dict[str, RunTotals]:
    """Money by currency; credited amounts are positive, the net is what customers owe in all.

    >>> totals_of([])
    {}
    """
    sums: dict[str, list[Decimal]] = {}
    for one in drafts:
        owed, credited = (one.total, Decimal(0)) if one.total >= 0 else (Decimal(0), -one.total)
        parts = (owed, credited, one.total, one.tax, one.rounding_difference, net(one.lines))
        so_far = sums.get(one.currency, [Decimal(0)] * len(parts))
        sums[one.currency] = [a + b for a, b in zip(so_far, parts, strict=True)]
    return {
        currency: RunTotals(invoiced=a, credited=b, net=c, tax=d, rounding_difference=e, adjusted=f)
        for currency, (a, b, c, d, e, f) in sorted(sums.items())
    }
