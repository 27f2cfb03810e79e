"""Contracts: customers and their tree, subscriptions, and the rates that apply to them.

Owns: customers with dated attributes, the customer tree, whose subject is whose (`Directory`),
subscriptions, the effective rate card.
Does not own: the catalog (plans and prices are read from a version of it); usage; money.

Invariants: the tree has no cycle; a subject belongs to at most one customer; a change is a new dated fact
and an entry of the record, never an edit.
"""

from steelyard.contracts.agreement import Agreement
from steelyard.contracts.arrangement import Arrangement, arrangement_of
from steelyard.contracts.changes import ChangeAction, RunState, SubscriptionChange
from steelyard.contracts.commitments import CommitmentScope, CommitmentTerms, Cycle
from steelyard.contracts.committing import attach_commitment, end_commitment
from steelyard.contracts.contract import Contract
from steelyard.contracts.customer_changes import CustomerChange, change_customer
from steelyard.contracts.directory import Directory
from steelyard.contracts.discounts import AgreedDiscount, DiscountSlots, Redemption
from steelyard.contracts.model import (
    ATTRIBUTE_NAMES,
    LIVE,
    Customer,
    DatedAttributes,
    NewCustomer,
    NewSubscription,
    Subscription,
    Tax,
)
from steelyard.contracts.planned import Planned, or_raise, together
from steelyard.contracts.rate_card import AgreedCommitment, RateCard, RatedItem, effective_rate_card
from steelyard.contracts.redeeming import Asked, redeem
from steelyard.contracts.service import (
    PlannedCustomers,
    create_customer,
    create_customers,
    move_customer,
)
from steelyard.contracts.subscribing import end_subscription, subscribe, subscription_id
from steelyard.contracts.tree import TREE_DEPTH_MAX, Tree

__all__ = [
    "ATTRIBUTE_NAMES",
    "LIVE",
    "TREE_DEPTH_MAX",
    "AgreedCommitment",
    "AgreedDiscount",
    "Agreement",
    "Arrangement",
    "Asked",
    "ChangeAction",
    "CommitmentScope",
    "CommitmentTerms",
    "Contract",
    "Customer",
    "CustomerChange",
    "Cycle",
    "DatedAttributes",
    "Directory",
    "DiscountSlots",
    "NewCustomer",
    "NewSubscription",
    "Planned",
    "PlannedCustomers",
    "RateCard",
    "RatedItem",
    "Redemption",
    "RunState",
    "Subscription",
    "SubscriptionChange",
    "Tax",
    "Tree",
    "arrangement_of",
    "attach_commitment",
    "change_customer",
    "create_customer",
    "create_customers",
    "effective_rate_card",
    "end_commitment",
    "end_subscription",
    "move_customer",
    "or_raise",
    "redeem",
    "subscribe",
    "subscription_id",
    "together",
]
