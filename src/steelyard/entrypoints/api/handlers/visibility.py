"""How far back a customer is shown its own usage: what its plans promise."""

from __future__ import annotations

from datetime import UTC, datetime

from steelyard.access import SELLER_ROLES
from steelyard.billing.retention import shown_since
from steelyard.catalog import CatalogVersion, live_version
from steelyard.contracts import Subscription
from steelyard.entrypoints.api.endpoint import Call
from steelyard.kernel import Period

_END = datetime(9999, 1, 1, tzinfo=UTC)


def visible_from(call: Call) -> datetime | None:
    """From when on the asker is shown usage; None for whoever is not confined to a customer, or sees all."""
    principal = call.principal
    if principal.customer is None or principal.role in SELLER_ROLES:
        return None
    return plans_show(call, principal.customer)


def plans_show(call: Call, customer: str) -> datetime | None:
    """From when on the customer's plans show usage; None where they show all of it.

    Counts the subscriptions that run now; where none does, the one that ended last.
    """
    found = call.workspace.state.find(Subscription, customer=customer)
    running = [one for one in found if one.active_at(call.now)]
    ended = sorted((one for one in found if one.end is not None), key=lambda one: (one.end, one.id))
    counted = running or ended[-1:]
    return shown_since([_visible_days(call, one) for one in counted], call.now)


def _visible_days(call: Call, subscription: Subscription) -> int | None:
    state = call.workspace.state
    version = state.get(CatalogVersion, subscription.catalog) or live_version(state)
    plan = version.catalog.plans.get(subscription.plan) if version else None
    return plan.visible_days if plan else None


def shown_part(period: Period | None, since: datetime | None) -> Period | None:
    """The part of a period that is shown; an empty stretch at the end of time where none of it is.

    >>> from steelyard.kernel import instant
    >>> year = Period(start=instant("2026-01-01T00:00:00Z"), end=instant("2027-01-01T00:00:00Z"))
    >>> shown_part(year, instant("2026-12-01T00:00:00Z")).start.month, shown_part(year, None) == year
    (12, True)
    """
    if since is None:
        return period
    if period is None:
        return Period(start=since, end=_END)
    start = max(period.start, since)
    if start >= period.end:
        return Period(start=_END, end=_END.replace(year=9999, month=12))
    return Period(start=start, end=period.end)
