"""An agreement: what a rate card follows from, besides the catalog."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from steelyard.contracts.contract import Contract
from steelyard.contracts.model import Subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """A subscription, the contract that it is under (if any), and what is known of the customer.

    `attributes` are the customer's at the moment that is asked about, with its currency; prices are selected
    by them. `timezone` is the customer's: escalators step at its midnights.

    >>> from steelyard.kernel import instant
    >>> pro = Subscription(id="sub_1", customer="acme", plan="pro", start=instant("2026-01-01T00:00:00Z"))
    >>> Agreement(subscription=pro).contract is None
    True
    """

    subscription: Subscription
    contract: Contract | None = None
    attributes: Mapping[str, str] = field(default_factory=dict[str, str])
    timezone: str = "UTC"
