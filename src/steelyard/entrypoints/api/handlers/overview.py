"""The home page's twin: what came in, what it is worth, is all well."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from steelyard.billing import Document, DocumentKind, DraftInvoice
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.worth import Worth, worth_of
from steelyard.entrypoints.api.shapes import overview as shapes
from steelyard.kernel import ZERO, Period, iso, month_of, parse_month, plain
from steelyard.metering import StoreCounts

if TYPE_CHECKING:
    from steelyard.entrypoints.bootstrap import Workspace

_TOP = 10
_FOLD_LAG_FINE = 50_000


def show(call: Call) -> shapes.Overview:
    """The workspace at a glance, for one month in UTC."""
    workspace = call.workspace
    month = call.query.period or month_of(call.now).label
    period = parse_month(month)
    workspace.catch_up()
    everything = workspace.usage.counts()
    within = workspace.usage.counts(period)
    worth = worth_of(workspace, month)
    root = workspace.reader.checkpoint().split("\n", 3)[2]
    verified = workspace.verified
    return shapes.Overview(
        workspace=workspace.name,
        period=month,
        at=iso(call.now),
        events=_events(call, period, everything, within),
        value=_value(worth),
        costs=_costs(worth),
        unattributed=everything.unattributed,
        unmatched=[
            shapes.UnmatchedType(type=name, events=count)
            for name, count in everything.unmatched_by_type.items()
        ],
        fold_lag=workspace.fold_lag(),
        invoices=_invoices(worth.documents),
        record=shapes.RecordState(
            size=workspace.reader.size,
            root=root,
            origin=workspace.origin,
            verified_at=iso(verified[0]) if verified else None,
            verified_ok=verified[1] if verified else None,
        ),
        checks=_checks(call, everything, worth),
        top_customers=_top(workspace, period, worth),
    )


def _events(call: Call, period: Period, everything: StoreCounts, within: StoreCounts) -> shapes.EventTotals:
    today = call.now.astimezone(UTC).date()
    days: list[shapes.DayCount] = []
    day = period.start.date()
    while day < period.end.date() and day <= today:
        name = day.isoformat()
        days.append(shapes.DayCount(day=name, events=within.by_day.get(name, 0)))
        day += timedelta(days=1)
    return shapes.EventTotals(
        total=everything.events,
        period=within.events,
        today=everything.by_day.get(today.isoformat(), 0),
        per_day=days,
    )


def _signed(document: Document) -> Decimal:
    """What a document is worth before tax: a credit note takes away."""
    return -document.subtotal if document.kind is DocumentKind.CREDIT_NOTE else document.subtotal


def _value(worth: Worth) -> dict[str, shapes.CurrencyValue]:
    billed: dict[str, Decimal] = {}
    unbilled: dict[str, Decimal] = {}
    for document in worth.documents:
        billed[document.currency] = billed.get(document.currency, ZERO) + _signed(document)
    for draft in worth.drafts:
        unbilled[draft.currency] = unbilled.get(draft.currency, ZERO) + draft.subtotal
    return {
        currency: _one_value(worth, currency, billed.get(currency, ZERO), unbilled.get(currency, ZERO))
        for currency in sorted({*billed, *unbilled})
    }


def _one_value(worth: Worth, currency: str, billed: Decimal, unbilled: Decimal) -> shapes.CurrencyValue:
    rows = [row for row in worth.costs if worth.currencies.get(row.customer) == currency and row.total]
    # Events may carry a cost without naming its currency: it is meant in the one that the customer pays in.
    same = [row for row in rows if row.currency in (currency, "")]
    cost = sum((row.total for row in same), ZERO)
    return shapes.CurrencyValue(
        billed=plain(billed),
        unbilled=plain(unbilled),
        cost=plain(cost),
        margin=plain(billed + unbilled - cost) if len(same) == len(rows) else None,
    )


def _costs(worth: Worth) -> dict[str, str]:
    """What all usage cost, by currency; blank where events named none."""
    sums: dict[str, Decimal] = {}
    for row in worth.costs:
        sums[row.currency] = sums.get(row.currency, ZERO) + row.total
    return {currency: plain(total) for currency, total in sorted(sums.items()) if total}


def _invoices(documents: Iterable[Document]) -> shapes.InvoiceCounts:
    invoices = credit_notes = 0
    totals: dict[str, Decimal] = {}
    for document in documents:
        sign = 1
        if document.kind is DocumentKind.CREDIT_NOTE:
            credit_notes, sign = credit_notes + 1, -1
        else:
            invoices += 1
        totals[document.currency] = totals.get(document.currency, ZERO) + sign * document.total
    return shapes.InvoiceCounts(
        invoices=invoices,
        credit_notes=credit_notes,
        totals={currency: plain(total) for currency, total in sorted(totals.items())},
    )


@dataclass(slots=True, kw_only=True)
class _Sum:
    name: str
    currency: str
    amount: Decimal


def _top(workspace: Workspace, period: Period, worth: Worth) -> list[shapes.TopCustomer]:
    """The customers worth most, whatever their currency; equal amounts stand by key."""
    sums: dict[str, _Sum] = {}

    def add(one: Document | DraftInvoice, amount: Decimal) -> None:
        so_far = sums.setdefault(
            one.customer, _Sum(name=one.customer_name, currency=one.currency, amount=ZERO)
        )
        so_far.amount += amount

    for document in worth.documents:
        add(document, _signed(document))
    for draft in worth.drafts:
        add(draft, draft.subtotal)
    best = sorted(sums.items(), key=lambda item: (-item[1].amount, item[0]))[:_TOP]
    return [
        shapes.TopCustomer(
            key=key,
            name=one.name,
            currency=one.currency,
            amount=plain(one.amount),
            events=workspace.usage.counts(period, customers=[key]).events,
        )
        for key, one in best
    ]


def _checks(call: Call, everything: StoreCounts, worth: Worth) -> list[shapes.Check]:
    workspace = call.workspace
    lag = workspace.fold_lag()
    verified = workspace.verified
    checks = [
        shapes.Check(
            name="usage store",
            ok=lag <= _FOLD_LAG_FINE,
            text="the usage store is up to date" if lag == 0 else f"{lag} entries behind the record",
        ),
        shapes.Check(
            name="attribution",
            ok=everything.unattributed == 0,
            text=_count(
                everything.unattributed,
                "every event belongs to a customer",
                "event belongs to no customer",
                "events belong to no customer",
            ),
        ),
        shapes.Check(
            name="meters",
            ok=everything.unmatched == 0,
            text=_count(
                everything.unmatched,
                "every event is read by a meter",
                "event is read by no meter",
                "events are read by no meter",
            ),
        ),
        shapes.Check(
            name="bills",
            ok=worth.refused == 0,
            text=_count(
                worth.refused,
                "every customer can be billed as things stand",
                "customer cannot be billed as things stand",
                "customers cannot be billed as things stand",
            ),
        ),
    ]
    if verified is not None:
        text = f"the record {'verifies' if verified[1] else 'does not verify'}, checked {iso(verified[0])}"
        checks.append(shapes.Check(name="record", ok=verified[1], text=text))
    return checks


def _count(number: int, none: str, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}" if number else none
