"""Renewals: when a contract ends, until when notice can be given, and what it is once it goes on."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from steelyard.contracts.contract import Amendment, Contract, Escalator
from steelyard.contracts.model import Customer
from steelyard.contracts.planned import Planned, saving
from steelyard.kernel import Problem, iso
from steelyard.kernel.period import add_months, months_later, zone
from steelyard.record import Kind, State

_SATURDAY = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalDue:
    """A contract that ends, the last day on which notice can be given, and how many days are left to it."""

    contract: str
    name: str
    customer: str
    end: datetime
    notice_by: date
    days_left: int
    automatic: bool


def notice_deadline(contract: Contract, timezone: str) -> date | None:
    """The last day on which notice can be given, on the customer's calendar; None for a contract without end.

    >>> from steelyard.contracts.contract import Renewal
    >>> from steelyard.kernel import instant
    >>> year = Contract(
    ...     id="c", customer="a", name="A", start=instant("2026-01-01T00:00:00Z"),
    ...     end=instant("2027-01-01T00:00:00Z"),
    ...     renewal=Renewal(notice_months=3, notice_days=1, working_days=True),
    ... )  # fmt: skip
    >>> notice_deadline(year, "UTC")  # three months before is 1 October, a day more 30 September
    datetime.date(2026, 9, 30)
    """
    if contract.end is None or contract.renewal is None:
        return None
    terms = contract.renewal
    last = contract.end.astimezone(zone(timezone)).date()
    day = add_months(last, -terms.notice_months) - timedelta(days=terms.notice_days)
    while terms.working_days and day.weekday() >= _SATURDAY:
        day -= timedelta(days=1)
    return day


def renewals_due(
    contracts: Iterable[Contract], customers: Iterable[Customer], *, now: datetime, within_days: int
) -> list[RenewalDue]:
    """The contracts that run and end within so many days, by their deadlines.

    >>> from steelyard.kernel import instant
    >>> renewals_due([], [], now=instant("2026-01-01T00:00:00Z"), within_days=90)
    []
    """
    zones = {one.key: one.timezone for one in customers}
    found: list[RenewalDue] = []
    for one in contracts:
        timezone = zones.get(one.customer, "UTC")
        by = notice_deadline(one, timezone)
        if one.end is None or one.renewal is None or by is None or not one.active_at(now):
            continue
        if one.end - now <= timedelta(days=within_days):
            today = now.astimezone(zone(timezone)).date()
            found.append(
                RenewalDue(
                    contract=one.id,
                    name=one.name,
                    customer=one.customer,
                    end=one.end,
                    notice_by=by,
                    days_left=(by - today).days,
                    automatic=one.renewal.automatic,
                )
            )
    return sorted(found, key=lambda due: (due.notice_by, due.contract))


def renew_contract(
    state: State, id: str, *, by: str, reason: str, at: datetime
) -> Planned[Contract] | tuple[Problem, ...]:
    """The plan by which a contract goes on for its term, its prices raised by its uplift from then on."""
    row = state.version(Contract, id)
    contract = state.get(Contract, id)
    if contract is None:
        return (Problem(code="unknown_contract", message=f"there is no contract {id[:60]!r}", field="id"),)
    customer = state.get(Customer, contract.customer)
    if contract.end is None or contract.renewal is None or customer is None:
        message = "the contract has no end, or no terms on which it would go on"
        return (Problem(code="no_renewal", message=message, field="id"),)
    end = months_later(contract.end, contract.renewal.term_months, customer.timezone)
    raised = contract.escalators
    if contract.renewal.uplift_percent:
        step = Escalator(
            first_at=contract.end,
            percent=contract.renewal.uplift_percent,
            every_months=1200,
            reason=f"renewal of {iso(contract.end)[:10]}",
        )
        raised = (*raised, step)
    note = Amendment(
        number=len(contract.amendments) + 1,
        at=at,
        by=by,
        reason=reason,
        effective_from=contract.end,
        added=(f"renewed until {iso(end)[:10]}",),
    )
    renewed = dataclasses.replace(
        contract, end=end, escalators=raised, amendments=(*contract.amendments, note)
    )
    return Planned(record=renewed, write=saving(Kind.CONTRACT, renewed.customer, renewed, id, row))
