"""Events that were refused: by why, what to do about each, and what came."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from steelyard.entrypoints.console.answers import Asker
from steelyard.entrypoints.console.forms import Form
from steelyard.entrypoints.console.pages.page import people

SHOWN: Final = 100
ADVICE: Final = {
    "malformed_json": "The sender builds JSON by hand, or cut it off. Use a JSON library, or our client.",
    "invalid_utf8": "Text must be UTF-8; the sender uses another encoding.",
    "missing_field": "Every event needs an id and a type.",
    "wrong_type": "A field holds another kind of value than it should; the message names it.",
    "too_long": "Shorten ids, types and subjects; long texts belong into the data.",
    "not_a_time": "Write times as RFC 3339 with an offset: 2026-10-31T17:00:00Z.",
    "time_in_future": "The sender's clock is fast. Set it, then send the events again.",
    "time_too_early": "The time is before anything that can be billed; look at the sender's clock.",
    "not_a_number": "A meter reads a number here and found something else. Send a plain number.",
    "number_too_large": "More digits than money has; the sender probably uses another unit.",
    "negative_value": "The meter takes nothing away. Allow it in its definition, or send a correction.",
    "unknown_currency": "Currencies are three letters of ISO 4217, such as EUR.",
    "conflict": "The id is taken by another event of this source. Ids are unique for ever.",
    "schema_mismatch": "The data does not fit the type's schema. Ask the sender, or change the schema.",
    "too_deep": "Nested too deeply; flatten the data.",
}
OTHER_ADVICE: Final = "The message says what is wrong; fix it at the sender and send the event again."


def by_code(items: list[Any]) -> list[dict[str, Any]]:
    """The codes among these refusals with how often they stand there and what to do, the most frequent first.

    >>> [
    ...     (row["code"], row["events"])
    ...     for row in by_code([{"code": "conflict"}, {"code": "x"}, {"code": "x"}])
    ... ]
    [('x', 2), ('conflict', 1)]
    """
    return [
        {"code": code, "events": events, "advice": ADVICE.get(code, OTHER_ADVICE)}
        for code, events in Counter(item["code"] for item in items).most_common()
    ]


async def view(ask: Asker, asked: Form) -> dict[str, Any]:
    """What the tab shows: the newest refusals, of one code where the page's query names it."""
    query = {name: asked.one(name) for name in ("code", "type", "cursor") if asked.one(name)}
    found = await ask.get("/api/v1/events/rejected", query={"limit": str(SHOWN)} | query)
    return {
        "items": found["items"],
        "people": await people(ask),
        "next": found["next"],
        "codes": by_code(found["items"]),
        "code": asked.one("code"),
        "type": asked.one("type"),
        "advice": ADVICE.get(asked.one("code"), OTHER_ADVICE) if asked.one("code") else "",
    }
