"""A subscription: by what it is charged at a moment and why, and everything that changed or will."""

from __future__ import annotations

from datetime import datetime

from steelyard.entrypoints.console.answers import Asker
from steelyard.entrypoints.console.forms import Form
from steelyard.entrypoints.console.pages.page import Page
from steelyard.kernel import InvalidInput, instant, iso
from steelyard.kernel.period import zone


async def load(ask: Asker, id: str, form: Form, now: datetime) -> Page:
    """The page of one subscription, at a day where one is named."""
    subscription = await ask.get("/api/v1/subscriptions/{id}", {"id": id})
    customer = await ask.get("/api/v1/customers/{key}", {"key": subscription["customer"]})
    day = form.one("day")
    at = {"at": iso(_noon(day, customer["timezone"]))} if day else {}
    card = await ask.get("/api/v1/subscriptions/{id}/rate-card", {"id": id}, at)
    changes = await ask.get("/api/v1/subscriptions/{id}/changes", {"id": id})
    view = {
        "subscription": subscription,
        "customer": customer,
        "card": card,
        "changes": changes,
        "coming": [
            {"at": at, "day": f"{instant(at).astimezone(zone(customer['timezone'])):%Y-%m-%d}"}
            for at in card["changes_at"][:3]
        ],
        "day": day or f"{now.astimezone(zone(customer['timezone'])):%Y-%m-%d}",
    }
    title = f"{card['plan_name']} for {customer['name']}"
    return Page(template="subscription.html", title=title, nav="customers", view=view)


def _noon(day: str, timezone: str) -> datetime:
    try:
        return datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=zone(timezone))
    except ValueError:
        raise InvalidInput(f"{day[:20]!r} is no day such as 2026-11-30", code="not_a_time") from None
