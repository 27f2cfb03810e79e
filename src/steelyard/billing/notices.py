"""What a run tells besides its documents: changes of billed or empty months that no document can take up.

Nothing here keeps anybody from being billed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from steelyard.billing.accounts import Account, Months, by_customer
from steelyard.billing.changes import Changed
from steelyard.billing.coming import active_part
from steelyard.billing.model import BillingRun, CreditNote, Invoice
from steelyard.contracts import Subscription
from steelyard.kernel import Problem, from_micros
from steelyard.metering import KnownUsage, UsageStore
from steelyard.record import RecordReader, State

_RUNS_LOOKED_AT: Final = 24


def erased_notices(changed: Changed) -> list[Problem]:
    """The billed months that changed after usage of them was erased: they cannot be worked out anew.

    >>> erased_notices({})
    []
    """
    return [
        Problem(
            code="erased",
            message=f"{customer}: {one.billed.name} ({one.billed.first.number}) changed since, by "
            f"+{one.added} and -{one.ended} events, but usage of it was erased: it cannot be worked out "
            "anew and is not adjusted",
            field=one.billed.name,
        )
        for customer, periods in changed.items()
        for one in periods
        if one.erased
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Empty:
    """A customer's month that was run and had nothing to bill, and when it was run last."""

    customer: str
    month: str
    known: KnownUsage


def unbilled_notices(
    state: State,
    usage: UsageStore,
    reader: RecordReader,
    accounts: Sequence[Account],
    *,
    known_at: datetime | None,
) -> list[Problem]:
    """The months that were run, and of which customers with nothing to pay then have usage now."""
    empty = list(_empty_months(state, reader, accounts))
    if not empty:
        return []
    read = {name for meter in usage.meters for name in meter.event_types}
    subscriptions = by_customer(state.find(Subscription))
    months = {(one.customer, one.known.period): one.month for one in empty}
    events: dict[str, int] = {}
    customers: dict[str, set[str]] = {}
    for change in usage.changed_since([one.known for one in empty], as_of=known_at):
        ran = (active_part(one, change.period) for one in subscriptions.get(change.customer, []))
        if change.added and change.event_type in read and any(ran):
            month = months[change.customer, change.period]
            events[month] = events.get(month, 0) + change.added
            customers.setdefault(month, set()).add(change.customer)
    return [
        Problem(
            code="month_to_run_again",
            message=f"{month}: usage came after its run (events: {events[month]}, customers: "
            f"{len(customers[month])}) of customers who have no document for it; run it again to bill them",
            field=month,
        )
        for month in sorted(events)
    ]


def _empty_months(state: State, reader: RecordReader, accounts: Sequence[Account]) -> Iterable[_Empty]:
    """The months run before for which these customers have no document."""
    sizes = _sizes(state.find(BillingRun))
    billed = {
        (customer, name)
        for kind in (Invoice, CreditNote)
        for customer, name in state.columns(kind, "customer", "period_name")
    }
    for month in sorted(sizes)[-_RUNS_LOOKED_AT:]:
        since = from_micros(reader.entry(sizes[month] - 1).recorded_at)
        months = Months(month)
        for one in accounts:
            key = one.customer.key
            period = months.period(one.customer.timezone)
            if (key, month) not in billed and period.end <= one.period.start:
                known = KnownUsage(customer=key, period=period, since=since)
                yield _Empty(customer=key, month=month, known=known)


def _sizes(runs: Iterable[BillingRun]) -> Mapping[str, int]:
    """How much of the record the last run of each month saw; runs that saw none are left out."""
    found: dict[str, int] = {}
    for one in runs:
        if one.record_size:
            found[one.period] = max(found.get(one.period, 0), one.record_size)
    return found
