"""What is wrong with a customer or subscription that is asked for: every problem at once, by field."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

from steelyard.catalog import CardKind, Catalog, Plan
from steelyard.catalog.books import chosen
from steelyard.contracts.directory import Directory
from steelyard.contracts.model import (
    ATTRIBUTE_NAMES,
    Customer,
    NewCustomer,
    NewSubscription,
    Subscription,
    Tax,
)
from steelyard.kernel import ZERO, InvalidInput, Problem, is_currency
from steelyard.kernel.period import zone

KEY: Final = re.compile(r"[A-Za-z0-9._:-]{1,128}")
KEY_ALLOWED: Final = "1 to 128 of A-Z a-z 0-9 . _ : -"
TEXT_LENGTH_MAX: Final = 256
EMAIL_LENGTH_MAX: Final = 254


def key_problems(key: str, field: str) -> Iterator[Problem]:
    """What is wrong with a key.

    >>> [problem.code for problem in key_problems("a b", "key")], list(key_problems("a-b:1", "key"))
    (['bad_key'], [])
    """
    if not KEY.fullmatch(key):
        yield Problem(code="bad_key", message=f"{key[:60]!r} is no key", field=field, allowed=KEY_ALLOWED)


def text_problems(text: str, field: str) -> Iterator[Problem]:
    """What is wrong with a name or a subject: empty, too long, or with characters that do not print."""
    if not text.strip() or len(text) > TEXT_LENGTH_MAX or not text.isprintable():
        allowed = f"1 to {TEXT_LENGTH_MAX} printing characters"
        yield Problem(code="bad_text", message=f"{text[:60]!r} is no {field}", field=field, allowed=allowed)


def customer_problems(new: NewCustomer, directory: Directory) -> Iterator[Problem]:
    """What is wrong with a new customer apart from its place in the tree."""
    yield from key_problems(new.key, "key")
    yield from text_problems(new.name, "name")
    if not is_currency(new.currency):
        message = f"{new.currency!r} is no currency"
        yield Problem(code="unknown_currency", message=message, field="currency", allowed="ISO 4217 codes")
    try:
        zone(new.timezone)
    except InvalidInput as error:
        yield Problem(
            code=error.detail_code,
            message=error.message,
            field="timezone",
            allowed="IANA names: Europe/Berlin",
        )
    if new.email is not None:
        yield from email_problems(new.email)
    yield from attribute_problems(new.attributes)
    yield from tax_problems(new.tax)
    yield from subject_problems(new.key, new.subjects, directory)
    owner = directory.customer_of(new.key, "")
    if owner not in (None, new.key):
        message = f"{new.key!r} is a subject of the customer {owner!r}"
        yield Problem(code="subject_taken", message=message, field="key")


def email_problems(email: str) -> Iterator[Problem]:
    """What is wrong with an address for mail.

    >>> [problem.code for problem in email_problems("nobody")], list(email_problems("ada@example.com"))
    (['bad_email'], [])
    """
    if len(email) > EMAIL_LENGTH_MAX or not re.fullmatch(r"[^@\s]+@[^@\s]+", email):
        yield Problem(code="bad_email", message=f"{email[:60]!r} is no e-mail address", field="email")


def attribute_problems(values: Mapping[str, str]) -> Iterator[Problem]:
    """What is wrong with attribute values; an empty value is allowed, it takes the attribute away."""
    for name, value in values.items():
        field = f"attributes.{name}"
        if name not in ATTRIBUTE_NAMES:
            allowed = ", ".join(ATTRIBUTE_NAMES)
            message = f"{name[:60]!r} is no attribute"
            yield Problem(code="unknown_attribute", message=message, field=field, allowed=allowed)
        elif value:
            yield from text_problems(value, field)


def tax_problems(tax: Tax | None) -> Iterator[Problem]:
    """What is wrong with a tax: a percentage below 0 or above 100, or no name."""
    if tax is None:
        return
    yield from text_problems(tax.name, "tax.name")
    if not tax.percent.is_finite() or not ZERO <= tax.percent <= 100:
        message = f"{tax.percent} is no percentage"
        yield Problem(code="bad_percent", message=message, field="tax.percent", allowed="0 to 100")


def subject_problems(key: str, subjects: tuple[str, ...], directory: Directory) -> Iterator[Problem]:
    """What is wrong with a customer's subjects: unreadable, given twice, or somebody else's."""
    for place, subject in enumerate(subjects):
        field = f"subjects[{place}]"
        yield from text_problems(subject, field)
        owner = directory.customer_of(subject, "")
        if owner not in (None, key):
            message = f"{subject!r} belongs to the customer {owner!r}"
            yield Problem(code="subject_taken", message=message, field=field)
        if subject in subjects[:place]:
            yield Problem(code="subject_twice", message=f"{subject!r} is given twice", field=field)


def subscription_problems(
    new: NewSubscription, customer: Customer | None, others: list[Subscription], catalog: Catalog
) -> Iterator[Problem]:
    """What is wrong with a new subscription, given its customer, the customer's others, and the catalog."""
    if customer is None:
        message = f"there is no customer {new.customer[:60]!r}"
        yield Problem(code="unknown_customer", message=message, field="customer")
    yield from time_problems(new)
    plan = catalog.plans.get(new.plan)
    if plan is None:
        allowed = ", ".join(sorted(catalog.plans)[:20])
        message = f"the catalog has no plan {new.plan[:60]!r}"
        yield Problem(code="unknown_plan", message=message, field="plan", allowed=allowed)
        return
    if customer is not None and customer.currency not in _currencies(customer, new, plan, catalog):
        message = f"the plan is billed in {plan.currency}, the customer in {customer.currency}"
        yield Problem(code="currency_mismatch", message=message, field="plan", allowed=customer.currency)
    yield from quantity_problems(new.quantities, plan)
    yield from _add_on_problems(new, plan, catalog)
    yield from _commitment_problems(new, plan)
    yield from _overlap_problems(new, others, plan, catalog)


def _currencies(customer: Customer, new: NewSubscription, plan: Plan, catalog: Catalog) -> set[str]:
    """The currencies in which the plan can be billed to the customer: its own, those of fitting books."""
    known = customer.attributes_at(new.start)
    attributes = {**known, "currency": customer.currency, "plan": plan.key}
    books = chosen(catalog.price_books, attributes)
    return {plan.currency} | {book.currency for book in books if book.currency}


def time_problems(new: NewSubscription) -> Iterator[Problem]:
    """What is wrong with start and end."""
    moments = (
        ("start", new.start),
        ("end", new.end),
        ("trial_until", new.trial_until),
        ("catalog_until", new.catalog_until),
    )
    for field, moment in moments:
        if moment is not None and moment.tzinfo is None:
            yield Problem(code="not_a_time", message=f"{field} has no UTC offset", field=field)
            return
    if new.end is not None and new.end <= new.start:
        yield Problem(code="empty_period", message="it would end before it starts", field="end")
    for field, moment in moments[2:]:
        if moment is not None and moment <= new.start:
            yield Problem(code="empty_period", message="that is before it starts", field=field)


def quantity_problems(quantities: Mapping[str, Decimal], plan: Plan) -> Iterator[Problem]:
    """What is wrong with the agreed quantities: missing, unknown to the plan, or negative."""
    needed = {item.quantity_from for item in plan.items if item.quantity_from}
    allowed = ", ".join(sorted(needed)) or "none"
    for name in sorted(needed - set(quantities)):
        message = f"the plan {plan.key!r} needs the quantity {name!r}"
        yield Problem(code="missing_quantity", message=message, field=f"quantities.{name}")
    for name, quantity in quantities.items():
        field = f"quantities.{name}"
        if name not in needed:
            message = f"the plan {plan.key!r} has no use for {name[:60]!r}"
            yield Problem(code="unknown_quantity", message=message, field=field, allowed=allowed)
        if not quantity.is_finite() or quantity < 0:
            yield Problem(
                code="bad_quantity", message=f"{quantity} is no quantity", field=field, allowed="0 or more"
            )


def _add_on_problems(new: NewSubscription, plan: Plan, catalog: Catalog) -> Iterator[Problem]:
    in_plan = {item.price for item in plan.items}
    for place, key in enumerate(new.add_ons):
        field = f"add_ons[{place}]"
        price = catalog.prices.get(key)
        if price is None or price.kind is not CardKind.PRICE:
            yield Problem(code="unknown_price", message=f"the catalog has no price {key[:60]!r}", field=field)
        elif price.currency != plan.currency:
            message = f"{key!r} is in {price.currency}"
            yield Problem(code="currency_mismatch", message=message, field=field, allowed=plan.currency)
        elif key in in_plan or key in new.add_ons[:place]:
            yield Problem(code="duplicate_key", message=f"{key!r} is charged already", field=field)


def _commitment_problems(new: NewSubscription, plan: Plan) -> Iterator[Problem]:
    agreed = new.commitment
    if agreed is None:
        if plan.commitment is not None and plan.commitment.amount is None:
            message = f"the plan {plan.key!r} is by contract: name the amount that is committed to"
            yield Problem(code="missing_commitment", message=message, field="commitment")
        return
    if plan.commitment is None:
        message = f"the plan {plan.key!r} has no commitment that an amount could change"
        yield Problem(code="no_commitment", message=message, field="commitment", allowed="leave it out")
    if not agreed.is_finite() or agreed < 0:
        yield Problem(
            code="bad_amount", message=f"{agreed} is no amount", field="commitment", allowed="0 or more"
        )


def _overlap_problems(
    new: NewSubscription, others: list[Subscription], plan: Plan, catalog: Catalog
) -> Iterator[Problem]:
    for other in others:
        before = new.end is not None and new.end <= other.start
        after = other.end is not None and other.end <= new.start
        theirs = catalog.plans.get(other.plan)
        if not before and not after and theirs is not None and theirs.product == plan.product:
            message = f"{other.id} ({other.plan}) covers {plan.product!r} at the same time"
            yield Problem(code="overlap", message=message, field="start", allowed="end the other first")
