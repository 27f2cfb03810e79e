"""What can be asked about subscription_changes, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.
# ruff: noqa: PLR0913

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Literal, NotRequired, TypedDict

from steelyard.client.transport import Transport, path_part, without_none


class AdjustedMonth(TypedDict):
    """A billed month that is charged by other terms from now on; the next document adjusts it.

    Amounts are before credit and tax, by the usage known until now; `difference` is negative where something
    is given back."""

    customer: str
    period: str
    document: str
    currency: str
    before: str
    after: str
    difference: str


class SubscriptionChange(TypedDict):
    """One dated change of a subscription."""

    id: str
    effective_from: str
    action: Literal["amend", "cancel", "pause", "resume", "sandbox", "trial"]
    by: str
    recorded_at: str
    reason: str
    plan: str | None
    quantities: dict[str, str]
    add: builtins.list[str]
    remove: builtins.list[str]
    commitment: str | None
    catalog: str | None
    until: str | None
    withdrawn: bool
    splits_month: NotRequired[bool]


class SubscriptionChangeList(TypedDict):
    """All changes of a subscription, in the order in which they take effect, and its terms now."""

    subscription: str
    now: SubscriptionTerms
    items: builtins.list[SubscriptionChange]


class SubscriptionChanged(TypedDict):
    """The change, what it is called, the terms before and after, and the months that it touches.

    `adjusted` are billed months that the next document makes good."""

    subscription: str
    label: str
    change: SubscriptionChange
    before: SubscriptionTerms
    after: SubscriptionTerms
    months: builtins.list[TermsMonth]
    dry_run: bool
    adjusted: NotRequired[builtins.list[AdjustedMonth]]


class SubscriptionTerms(TypedDict):
    """What a subscription comes to at a moment."""

    at: str
    plan: str
    quantities: dict[str, str]
    add_ons: builtins.list[str]
    commitment: str | None
    catalog: str
    state: str
    until: str | None


class TermsLine(TypedDict):
    """A line of a month before and after; absent where it was not, or is no more."""

    title: str
    reason: str
    start: str
    end: str
    before: str | None
    after: str | None


class TermsMonth(TypedDict):
    """A month before and after a change, before tax: what is given back, what is charged, the net."""

    period_name: str
    currency: str
    before: str
    after: str
    credit: str
    charge: str
    net: str
    lines: builtins.list[TermsLine]
    problems: builtins.list[str]
    customer: NotRequired[str]


class SubscriptionChangesApi:
    """What can be asked about subscription_changes."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(
        self,
        id: str | int,
        *,
        action: Literal["amend", "cancel", "pause", "resume", "sandbox", "trial"] | None = None,
        effective_from: str | None = None,
        when: Literal["next_period", "now"] | None = None,
        plan: str | None = None,
        quantities: dict[str, str] | None = None,
        add: Sequence[str] | None = None,
        remove: Sequence[str] | None = None,
        commitment: str | None = None,
        catalog: str | None = None,
        until: str | None = None,
        reason: str | None = None,
        adjust: bool | None = None,
        dry_run: bool | None = None,
    ) -> SubscriptionChanged:
        """Change a subscription from a moment on; `dry_run` shows the prorated money."""
        return self._transport.json(
            "POST",
            f"/api/v1/subscriptions/{path_part(id)}/changes",
            body={
                **without_none(
                    {
                        "action": action,
                        "effective_from": effective_from,
                        "when": when,
                        "plan": plan,
                        "quantities": quantities,
                        "add": add,
                        "remove": remove,
                        "commitment": commitment,
                        "catalog": catalog,
                        "until": until,
                        "reason": reason,
                        "adjust": adjust,
                        "dry_run": dry_run,
                    }
                )
            },
        )

    def list(self, id: str | int) -> SubscriptionChangeList:
        """What changed, and will change, about a subscription."""
        return self._transport.json("GET", f"/api/v1/subscriptions/{path_part(id)}/changes")

    def withdraw(self, id: str | int, change: str | int) -> SubscriptionChangeList:
        """Take a change back that has not taken effect."""
        return self._transport.json(
            "POST", f"/api/v1/subscriptions/{path_part(id)}/changes/{path_part(change)}/withdraw"
        )
