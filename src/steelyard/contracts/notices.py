"""Notices to customers: what somebody must be told of, until when, and whether they were.

    due ──→ told ──→ acknowledged
     │ ╲──────────────↗
     └──→ withdrawn

A notice is made in the same write as what it is about. Nobody is written to by this: a person, a mail or a
portal takes the text up and says so here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from steelyard.contracts.migration import Migration
from steelyard.contracts.model import Customer
from steelyard.kernel import Problem, content_id, encode, iso, minor_digits
from steelyard.kernel.period import zone
from steelyard.rating import Wording

_REVERSAL_TOLD_WITHIN: Final = timedelta(days=1)


class NoticeState(StrEnum):
    """How a notice stands."""

    DUE = "due"
    TOLD = "told"
    ACKNOWLEDGED = "acknowledged"
    WITHDRAWN = "withdrawn"


NOTICE_TRANSITIONS: Final = {
    NoticeState.DUE: (NoticeState.TOLD, NoticeState.ACKNOWLEDGED, NoticeState.WITHDRAWN),
    NoticeState.TOLD: (NoticeState.ACKNOWLEDGED,),
    NoticeState.ACKNOWLEDGED: (),
    NoticeState.WITHDRAWN: (),
}
"""What may become of a notice; who was told of something is told anew where it is taken back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerNotice:
    """What a customer is to be told until `tell_by`: the text, and that of which it tells (`about`).

    `how` says by what way they were told, `note` what they answered.
    """

    id: str
    customer: str
    about: str
    text: str
    made_at: datetime
    tell_by: datetime
    effective_at: datetime
    state: NoticeState = NoticeState.DUE
    told_at: datetime | None = None
    told_by: str = ""
    how: str = ""
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
    note: str = ""

    def is_late(self, now: datetime) -> bool:
        """Whether the customer should have been told and was not."""
        return self.state is NoticeState.DUE and self.tell_by < now


@dataclass(frozen=True, slots=True, kw_only=True)
class BillsCompared:
    """What a customer pays for a month (such as `2026-10`) and would pay, before tax."""

    month: str
    currency: str
    old: Decimal
    new: Decimal


def notices_of(
    migration: Migration,
    customers: Mapping[str, Customer],
    bills: Mapping[str, BillsCompared],
    *,
    tell_by: datetime,
    text: str = "",
) -> tuple[CustomerNotice, ...]:
    """One notice for each customer that a migration moves; `text` in place of the words made here."""
    keys = sorted({one.customer for one in migration.moved})
    return tuple(
        _notice(
            migration,
            key,
            text or _announcing(migration, customers[key].timezone, bills.get(key)),
            made_at=migration.announced_at,
            tell_by=max(migration.announced_at, tell_by),
            effective_at=migration.holds_from(customers[key].timezone),
        )
        for key in keys
    )


def taken_back_notices(
    reversed_: Migration, before: Iterable[CustomerNotice], customers: Mapping[str, Customer]
) -> Iterator[CustomerNotice]:
    """What becomes of a migration's notices when it is reversed.

    One that nobody was told of is withdrawn; who was told is to be told of the reversal within a day.
    """
    at = reversed_.reversed_at
    assert at is not None, "the migration is reversed"
    for one in before:
        if one.state is NoticeState.DUE:
            yield replace(one, state=NoticeState.WITHDRAWN)
        elif one.state is not NoticeState.WITHDRAWN:
            day = _day(one.effective_at, customers[one.customer].timezone)
            if one.effective_at > at:
                text = f"Your subscription keeps its prices: the move to other prices on {day} is called off."
            else:
                text = f"Your subscription goes back to the prices that it had before {day}."
            tell_by = at + _REVERSAL_TOLD_WITHIN
            yield _notice(reversed_, one.customer, text, made_at=at, tell_by=tell_by, effective_at=at)


def told(notice: CustomerNotice, *, at: datetime, by: str, how: str) -> CustomerNotice | Problem:
    """The notice once its customer was told, or why nobody can be told any more.

    >>> from steelyard.kernel import instant
    >>> now = instant("2026-11-01T00:00:00Z")
    >>> one = CustomerNotice(
    ...     id="n", customer="a", about="m", text="t", made_at=now, tell_by=now, effective_at=now
    ... )
    >>> told(one, at=now, by="eve", how="mail").state.value
    'told'
    >>> told(told(one, at=now, by="eve", how="mail"), at=now, by="eve", how="mail").message
    'the notice is told already'
    """
    if (no := _refused(notice, NoticeState.TOLD)) is not None:
        return no
    return replace(notice, state=NoticeState.TOLD, told_at=at, told_by=by, how=how)


def acknowledged(notice: CustomerNotice, *, at: datetime, by: str, note: str) -> CustomerNotice | Problem:
    """The notice once its customer said that they know, or why there is nothing to acknowledge."""
    if (no := _refused(notice, NoticeState.ACKNOWLEDGED)) is not None:
        return no
    return replace(notice, state=NoticeState.ACKNOWLEDGED, acknowledged_at=at, acknowledged_by=by, note=note)


def _refused(notice: CustomerNotice, wanted: NoticeState) -> Problem | None:
    if wanted in NOTICE_TRANSITIONS[notice.state]:
        return None
    message = f"the notice is {notice.state.value}; it cannot be {wanted.value}"
    if notice.state is wanted:
        message = f"the notice is {wanted.value} already"
    return Problem(code="notice_state", message=message, field="id")


def _notice(
    migration: Migration,
    customer: str,
    text: str,
    *,
    made_at: datetime,
    tell_by: datetime,
    effective_at: datetime,
) -> CustomerNotice:
    return CustomerNotice(
        id=content_id("ntc", encode([migration.id, customer, iso(made_at)])),
        customer=customer,
        about=migration.id,
        text=text,
        made_at=made_at,
        tell_by=tell_by,
        effective_at=effective_at,
    )


def _announcing(migration: Migration, timezone: str, bills: BillsCompared | None) -> str:
    day = _day(migration.holds_from(timezone), timezone)
    said = f"From {day} on your subscription has other prices."
    if bills is None:
        return said
    wording = Wording(decimals=minor_digits(bills.currency))
    old, new = wording.amount(bills.old), wording.amount(bills.new)
    month = f"{date.fromisoformat(f'{bills.month}-01'):%B %Y}"
    return (
        f"{said} By your usage of {month} a month comes to {new} {bills.currency} before tax; "
        f"until then it comes to {old} {bills.currency}."
    )


def _day(moment: datetime, timezone: str) -> str:
    local = moment.astimezone(zone(timezone))
    return f"{local.day} {local:%B %Y}"
