"""Contracts: customers and their tree, subscriptions, and the rates that apply to them.

Owns: customers with dated attributes, the customer tree, whose subject is whose (`Directory`),
subscriptions, the effective rate card.
Does not own: the catalog (plans and prices are read from a version of it); usage; money.

Invariants: the tree has no cycle; a subject belongs to at most one customer; a change is a new dated fact
and an entry of the record, never an edit.
"""

from steelyard.contracts.model import (
    ATTRIBUTE_NAMES,
    LIVE,
    SEATS,
    Customer,
    DatedAttributes,
    NewCustomer,
    NewSubscription,
    Subscription,
    Tax,
)

__all__ = [
    "ATTRIBUTE_NAMES",
    "LIVE",
    "SEATS",
    "Customer",
    "DatedAttributes",
    "NewCustomer",
    "NewSubscription",
    "Subscription",
    "Tax",
]
