"""One review: what was shown, who is asked, who said what, and this person's answer."""

from __future__ import annotations

from datetime import UTC, datetime

from steelyard.entrypoints.console.answers import Asker
from steelyard.entrypoints.console.forms import Form
from steelyard.entrypoints.console.pages.page import Page
from steelyard.entrypoints.console.pages.reviews import review_row
from steelyard.entrypoints.console.role_words import role_name


def time_left(expires_at: str, now: datetime) -> str:
    """How long a review waits before time refuses it, in words, rounded down.

    >>> now = datetime(2026, 11, 1, tzinfo=UTC)
    >>> time_left("2026-11-03T05:00:00Z", now), time_left("2026-11-01T05:30:00Z", now)
    ('2 days', '5 hours')
    >>> time_left("2026-11-01T00:00:30Z", now)
    'less than an hour'
    """
    hours = int((datetime.fromisoformat(expires_at) - now).total_seconds() // 3600)
    if hours < 1:
        return "less than an hour"
    count, word = (hours // 24, "day") if hours >= 48 else (hours, "hour")
    return f"{count} {word}{'s' if count > 1 else ''}"


async def load(ask: Asker, id: str) -> Page:
    """The page of a review."""
    found = review_row(await ask.get("/api/v1/reviews/{id}", {"id": id}))
    found["answers"] = [row | {"role_name": role_name(row["role"])} for row in found["answers"]]
    ways = [row | {"role_name": role_name(row["role"])} for row in found["you_may"]]
    is_pending = found["status"] == "pending"
    view = {
        "review": found,
        "ways": ways,
        "is_author": ask.principal.author == found["requested_by"],
        "is_consent": "/api/v1/" in found["about"],
        "time_left": time_left(found["expires_at"], datetime.now(UTC)) if is_pending else "",
    }
    return Page(template="review.html", title=found["summary"], nav="reviews", view=view)


async def answer(ask: Asker, id: str, form: Form) -> str:
    """Agree or refuse; the address of the review.

    The digest is that of the page that the person saw: if the review were about something else by now, the
    API would refuse the answer.
    """
    body = {
        "agreed": form.one("answer") == "agree",
        "reason": form.one("reason"),
        "digest": form.one("digest"),
        "role": form.one("role") or None,
    }
    await ask.post("/api/v1/reviews/{id}/answers", body, {"id": id})
    return f"/console/reviews/{id}"
