"""Renewals: when a contract ends, until when notice can be given, and what it is once it goes on.

          notice until the deadline
running ────────────────────────────→ ends
   │  ╲___ renewed by hand, at any time ___→ runs for another term
   └── its end comes, automatic, no notice ─→ runs for another term

The deadline is a day of the customer's calendar; notice counts on that day, and is refused after it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from steelyard.contracts.contract import Amendment, Contract, Escalator, Notice
from steelyard.contracts.model import Customer
from steelyard.contracts.overlap import overlaps
from steelyard.contracts.planned import Planned, saving
from steelyard.kernel import Problem, iso
from steelyard.kernel.period import add_months, months_later, zone
from steelyard.record import Kind, State

Problems = tuple[Problem, ...]

BY_ITSELF: Final = "steelyard"
"""Who an automatic renewal is recorded as done by: nobody but the contract's own rule."""

_TERMS_MAX: Final = 100
_SATURDAY: Final = 5


class RenewalStatus(StrEnum):
    """What will become of a contract at its end, as things stand."""

    OPEN = "open"
    RENEWS = "renews"
    ENDS = "ends"
    NOTICE_GIVEN = "notice_given"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalDue:
    """A contract that ends, the last day on which notice can be given, and how many days are left to it.

    `status` is `open` while notice of an automatic renewal can be given, `renews` after that; `ends` where
    somebody has to renew it, `notice_given` where notice was, `replaced` where another contract follows it.
    """

    contract: str
    name: str
    customer: str
    end: datetime
    notice_by: date
    days_left: int
    automatic: bool
    status: RenewalStatus
    term_months: int
    renewed_until: datetime


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
    every = list(contracts)
    found: list[RenewalDue] = []
    for one in every:
        due = renewal_of(one, every, zones.get(one.customer, "UTC"), now)
        if due is not None and one.active_at(now) and due.end - now <= timedelta(days=within_days):
            found.append(due)
    return sorted(found, key=lambda due: (due.notice_by, due.contract))


def renewal_of(
    contract: Contract, others: Iterable[Contract], timezone: str, now: datetime
) -> RenewalDue | None:
    """What will become of the contract at its end; None where it has none, or says nothing of it."""
    by = notice_deadline(contract, timezone)
    if contract.end is None or contract.renewal is None or by is None or contract.shadow:
        return None
    days_left = (by - now.astimezone(zone(timezone)).date()).days
    until = months_later(contract.end, contract.renewal.term_months, timezone)
    replaced = any(overlaps(dataclasses.replace(contract, end=until), others))
    return RenewalDue(
        contract=contract.id,
        name=contract.name,
        customer=contract.customer,
        end=contract.end,
        notice_by=by,
        days_left=days_left,
        automatic=contract.renewal.automatic,
        status=_status(contract, days_left, replaced=replaced),
        term_months=contract.renewal.term_months,
        renewed_until=until,
    )


def _status(contract: Contract, days_left: int, *, replaced: bool) -> RenewalStatus:
    if contract.notice is not None:
        return RenewalStatus.NOTICE_GIVEN
    if replaced:
        return RenewalStatus.REPLACED
    if contract.renewal is None or not contract.renewal.automatic:
        return RenewalStatus.ENDS
    return RenewalStatus.OPEN if days_left >= 0 else RenewalStatus.RENEWS


def renew_contract(
    state: State, id: str, *, by: str, reason: str, at: datetime
) -> Planned[Contract] | Problems:
    """The plan by which a contract goes on for its term, its prices raised by its uplift from then on.

    A notice that was given is set aside by it: both sides agreed to go on.
    """
    contract = state.get(Contract, id)
    if contract is None:
        return (Problem(code="unknown_contract", message=f"there is no contract {id[:60]!r}", field="id"),)
    customer = state.get(Customer, contract.customer)
    if contract.end is None or contract.renewal is None or customer is None:
        message = "the contract has no end, or no terms on which it would go on"
        return (Problem(code="no_renewal", message=message, field="id"),)
    renewed = _gone_on(contract, customer.timezone, by=by, reason=reason, at=at)
    if problems := tuple(overlaps(renewed, state.find(Contract))):
        return problems
    return _saved(state, renewed)


def renew_automatically(state: State, *, now: datetime) -> list[Planned[Contract]]:
    """The plans by which every contract whose end has come goes on, where it does so by itself.

    A contract whose end came long ago goes on for as many terms as have begun. Doing it again does nothing.
    """
    every = state.find(Contract)
    found: list[Planned[Contract]] = []
    for one in every:
        customer = state.get(Customer, one.customer)
        if customer is not None:
            renewed = _by_itself(one, every, customer.timezone, now)
            if renewed != one:
                found.append(_saved(state, renewed))
    return found


def _by_itself(contract: Contract, others: Iterable[Contract], timezone: str, now: datetime) -> Contract:
    renewed = contract
    for _ in range(_TERMS_MAX):
        due = renewal_of(renewed, others, timezone, now)
        if due is None or due.end > now or due.status is not RenewalStatus.RENEWS:
            break
        renewed = _gone_on(renewed, timezone, by=BY_ITSELF, reason="its term was over", at=now)
    return renewed


def _gone_on(contract: Contract, timezone: str, *, by: str, reason: str, at: datetime) -> Contract:
    """The contract with another term, and a step of its prices where its renewal has an uplift."""
    assert contract.end is not None, "only what ends goes on"
    assert contract.renewal is not None, "only what says how goes on"
    end = months_later(contract.end, contract.renewal.term_months, timezone)
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
    return dataclasses.replace(
        contract, end=end, escalators=raised, notice=None, amendments=(*contract.amendments, note)
    )


def give_notice(
    state: State, id: str, *, given_at: datetime, by: str, reason: str, at: datetime
) -> Planned[Contract] | Problems:
    """The plan by which a contract ends at its end, or why notice comes too late.

    Notice that was given already stays as it was.
    """
    contract = state.get(Contract, id)
    customer = None if contract is None else state.get(Customer, contract.customer)
    if contract is None or customer is None:
        return (Problem(code="unknown_contract", message=f"there is no contract {id[:60]!r}", field="id"),)
    by_when = notice_deadline(contract, customer.timezone)
    if by_when is None:
        message = "the contract has no end, or does not say until when notice can be given"
        return (Problem(code="no_renewal", message=message, field="id"),)
    if contract.notice is not None:
        return Planned(record=contract, write=None)
    if given_at > at:
        return (Problem(code="in_future", message="notice is given now or was before", field="given_at"),)
    if given_at.astimezone(zone(customer.timezone)).date() > by_when:
        message = f"notice could be given until {by_when.isoformat()}"
        allowed = "an amendment that ends it, if both sides agree"
        return (Problem(code="notice_too_late", message=message, field="given_at", allowed=allowed),)
    note = Notice(given_at=given_at, by=by, recorded_at=at, reason=reason)
    return _saved(state, dataclasses.replace(contract, notice=note))


def _saved(state: State, contract: Contract) -> Planned[Contract]:
    row = state.version(Contract, contract.id)
    write = saving(Kind.CONTRACT, contract.customer, contract, contract.id, row)
    return Planned(record=contract, write=write)
