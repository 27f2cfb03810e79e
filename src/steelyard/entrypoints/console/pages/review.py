"""One review: what was shown, who is asked, who said what, and this person's answer."""

from __future__ import annotations

from steelyard.entrypoints.console.answers import Asker
from steelyard.entrypoints.console.forms import Form
from steelyard.entrypoints.console.pages.page import Page
from steelyard.entrypoints.console.pages.reviews import review_row
from steelyard.entrypoints.console.role_words import role_name


async def load(ask: Asker, id: str) -> Page:
    """The page of a review."""
    found = review_row(await ask.get("/api/v1/reviews/{id}", {"id": id}))
    found["answers"] = [row | {"role_name": role_name(row["role"])} for row in found["answers"]]
    ways = [row | {"role_name": role_name(row["role"])} for row in found["you_may"]]
    view = {"review": found, "ways": ways, "is_author": ask.principal.author == found["requested_by"]}
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
