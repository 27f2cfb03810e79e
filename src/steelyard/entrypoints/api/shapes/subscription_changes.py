"""Dated changes of subscriptions, and what they do to money."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from steelyard.entrypoints.api.shapes.base import Amount, Exact, Instant, Shape, Time
from steelyard.entrypoints.api.shapes.retroactive import AdjustedMonth

Action = Literal["amend", "pause", "resume", "trial", "sandbox", "cancel"]


class SubscriptionChangeIn(Shape, frozen=True, kw_only=True):
    """A change from a moment on: other terms, or another state.

    Without `effective_from` and `when` it holds now, a downgrade from the next period. With both, `when`
    `next_period` lets it hold from the first month that begins at that moment or later.
    """

    action: Action = "amend"
    effective_from: Instant | None = None
    when: Literal["now", "next_period"] | None = None
    plan: str | None = None
    quantities: Annotated[dict[str, Exact], Meta(description="Only those that change.")] = {}
    add: Annotated[list[str], Meta(description="Prices to add.")] = []
    remove: list[str] = []
    commitment: Exact | None = None
    catalog: Annotated[str | None, Meta(description="`live`, or the version it stays on.")] = None
    until: Annotated[Instant | None, Meta(description="When a trial or a pause ends by itself.")] = None
    reason: Annotated[str, Meta(max_length=1000)] = ""
    adjust: Annotated[bool, Meta(description="Make billed months good with the next document.")] = False
    dry_run: bool = False


class SubscriptionChange(Shape, frozen=True, kw_only=True):
    """One dated change of a subscription."""

    id: str
    effective_from: Time
    action: Action
    by: str
    recorded_at: Time
    reason: str
    plan: str | None
    quantities: dict[str, Amount]
    add: list[str]
    remove: list[str]
    commitment: Amount | None
    catalog: str | None
    until: Time | None
    withdrawn: bool
    splits_month: Annotated[
        bool,
        Meta(description="Whether a catalog it names is followed from its moment, else from the next month."),
    ] = False


class TermsLine(Shape, frozen=True, kw_only=True):
    """A line of a month before and after; absent where it was not, or is no more."""

    title: str
    reason: str
    start: Time
    end: Time
    before: Amount | None
    after: Amount | None


class TermsMonth(Shape, frozen=True, kw_only=True):
    """A month before and after a change, before tax: what is given back, what is charged, the net."""

    period_name: str
    currency: str
    before: Amount
    after: Amount
    credit: Amount
    charge: Amount
    net: Amount
    lines: list[TermsLine]
    problems: list[str]
    customer: Annotated[str, Meta(description="Whose month it is, where several are told.")] = ""


class SubscriptionTerms(Shape, frozen=True, kw_only=True):
    """What a subscription comes to at a moment."""

    at: Time
    plan: str
    quantities: dict[str, Amount]
    add_ons: list[str]
    commitment: Amount | None
    catalog: str
    state: str
    until: Time | None


class SubscriptionChanged(Shape, frozen=True, kw_only=True):
    """The change, what it is called, the terms before and after, and the months that it touches.

    `adjusted` are billed months that the next document makes good.
    """

    subscription: str
    label: str
    change: SubscriptionChange
    before: SubscriptionTerms
    after: SubscriptionTerms
    months: list[TermsMonth]
    dry_run: bool
    adjusted: list[AdjustedMonth] = []


class SubscriptionChangeList(Shape, frozen=True, kw_only=True):
    """All changes of a subscription, in the order in which they take effect, and its terms now."""

    subscription: str
    now: SubscriptionTerms
    items: list[SubscriptionChange]
