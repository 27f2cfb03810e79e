"""Changing a customer: name, address, tax, subjects, and the attributes by which prices are chosen.

Documents keep what held when they were issued, and attributes keep what held before their date; currency and
calendar never change, since what is billed rests on them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from steelyard.contracts.check import (
    attribute_problems,
    email_problems,
    subject_problems,
    tax_problems,
    text_problems,
)
from steelyard.contracts.directory import Directory
from steelyard.contracts.model import Customer, DatedAttributes, Tax
from steelyard.contracts.planned import Planned, saving
from steelyard.kernel import Problem
from steelyard.record import Kind, State


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerChange:
    """What is to be different about a customer; what is not named stays as it is.

    An empty `email` takes the address away, `untaxed` the tax, an empty attribute value that attribute.
    `attributes` hold from `effective_from` on, for that `reason`; all else from now on.
    """

    effective_from: datetime
    name: str | None = None
    email: str | None = None
    tax: Tax | None = None
    untaxed: bool = False
    attributes: Mapping[str, str] = field(default_factory=dict[str, str])
    add_subjects: tuple[str, ...] = ()
    remove_subjects: tuple[str, ...] = ()
    reason: str = ""


def change_customer(
    state: State, directory: Directory, key: str, change: CustomerChange
) -> Planned[Customer] | tuple[Problem, ...]:
    """The plan that changes the customer, or all that is wrong with the change.

    Usage under an added subject is the customer's from now on, under a removed one no longer; what came
    before stays where it is. A change that changes nothing needs no write.
    """
    # The version is read first: if the row changes in between, the write fails rather than loses a change.
    version = state.version(Customer, key)
    customer = state.get(Customer, key)
    if customer is None:
        message = f"there is no customer {key[:60]!r}"
        return (Problem(code="unknown_customer", message=message, field="customer"),)
    if problems := tuple(_problems(customer, change, directory)):
        return problems
    changed = _changed(customer, change)
    if changed == customer:
        return Planned(record=customer, write=None)
    return Planned(record=changed, write=saving(Kind.CUSTOMER, key, changed, key, version))


def _problems(customer: Customer, change: CustomerChange, directory: Directory) -> Iterator[Problem]:
    if change.name is not None:
        yield from text_problems(change.name, "name")
    if change.email:
        yield from email_problems(change.email)
    yield from tax_problems(change.tax)
    yield from attribute_problems(change.attributes)
    if change.effective_from.tzinfo is None:
        message = "the time has no UTC offset"
        yield Problem(code="not_a_time", message=message, field="effective_from")
    for found in subject_problems(customer.key, change.add_subjects, directory):
        yield replace(found, field=f"add_{found.field}")
    for place, subject in enumerate(change.remove_subjects):
        if subject not in customer.subjects:
            message = f"{subject[:60]!r} is no further subject of {customer.key!r}"
            allowed = ", ".join(customer.subjects[:20])
            where = f"remove_subjects[{place}]"
            yield Problem(code="unknown_subject", message=message, field=where, allowed=allowed)


def _changed(customer: Customer, change: CustomerChange) -> Customer:
    kept = [subject for subject in customer.subjects if subject not in change.remove_subjects]
    added = [subject for subject in change.add_subjects if subject not in kept]
    return replace(
        customer,
        name=customer.name if change.name is None else change.name,
        email=customer.email if change.email is None else change.email or None,
        tax=None if change.untaxed else change.tax or customer.tax,
        subjects=(*kept, *added),
        attributes=(*customer.attributes, *_dated(customer, change)),
    )


def _dated(customer: Customer, change: CustomerChange) -> Iterator[DatedAttributes]:
    """The attributes with their date, unless they hold from then on anyway."""
    held = customer.attributes_at(change.effective_from)
    later = any(dated.effective_from > change.effective_from for dated in customer.attributes)
    differs = later or any(held.get(name, "") != value for name, value in change.attributes.items())
    if change.attributes and differs:
        yield DatedAttributes(
            effective_from=change.effective_from, values=dict(change.attributes), reason=change.reason
        )
