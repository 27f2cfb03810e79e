"""A discount or a commitment for a subscription: its month shown first, and carried out on a yes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from steelyard.entrypoints.console.answers import Asker, Json, Refusal
from steelyard.entrypoints.console.forms import Form, whole
from steelyard.entrypoints.console.pages.days import begin_of
from steelyard.entrypoints.console.pages.discounts import with_words
from steelyard.kernel import InvalidInput
from steelyard.kernel.period import zone

PATHS: Final = {
    "discounts": "/api/v1/subscriptions/{id}/discounts",
    "commitments": "/api/v1/subscriptions/{id}/commitments",
}
"""What can be agreed for a subscription, and the endpoint of each."""
PAID: Final = {
    "prepaid": "paid at the start of each term",
    "scheduled": "paid by its schedule",
    "postpaid": "paid as it is used, the rest at the end of each term",
}
"""How a commitment is paid, in words."""
_COURSE: Final = ("amount", "every", "payment", "percent", "overage_factor", "burst", "rollover", "scope")


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreeing:
    """What a form would agree, as the API answers; or why it is refused; `fields` fill the form again."""

    kind: str
    form: Form
    answer: Json | None = None
    refused: tuple[str, ...] = ()

    @property
    def fields(self) -> dict[str, str]:
        """Each field with its last text."""
        return self.form.fields


async def tried(ask: Asker, id: str, kind: str, form: Form, timezone: str, now: datetime) -> Agreeing:
    """The form tried out, with the month in which it begins, at the earliest this one: nothing is written."""
    try:
        body = body_of(kind, form, timezone)
        later = form.one("start")[:7]
        period = max(later, f"{now.astimezone(zone(timezone)):%Y-%m}")
        answer = await ask.post(PATHS[kind], body | {"dry_run": True, "period": period}, {"id": id})
    except Refusal as refusal:
        return Agreeing(kind=kind, form=form, refused=refusal.reasons)
    except InvalidInput as error:
        return Agreeing(kind=kind, form=form, refused=(str(error),))
    return Agreeing(kind=kind, form=form, answer=answer)


async def carried_out(ask: Asker, id: str, kind: str, form: Form) -> None:
    """The form carried out. Raises Refusal where the API refuses."""
    customer = (await ask.get("/api/v1/subscriptions/{id}", {"id": id}))["customer"]
    timezone = (await ask.get("/api/v1/customers/{key}", {"key": customer}))["timezone"]
    await ask.post(PATHS[kind], body_of(kind, form, timezone), {"id": id})


def body_of(kind: str, form: Form, timezone: str) -> Json:
    """The body that a form stands for; what is left empty is not said.

    Raises InvalidInput for what is no day.

    >>> body_of("discounts", Form(pairs=(("discount", "launch"), ("confirmed", "a reference"))), "UTC")
    {'discount': 'launch', 'confirmed': ['a reference']}
    >>> filled = (("name", "Year 1"), ("amount", "1200"), ("every", "year"), ("start", "2027-01-01"))
    >>> said = body_of(
    ...     "commitments", Form(pairs=(*filled, ("schedule", "400 800"), ("priority", "2"))), "UTC"
    ... )
    >>> said["key"], said["schedule"], said["priority"]
    ('year-1', ['400', '800'], 2)
    """
    days = {name: begin_of(day, timezone) for name in ("start", "end") if (day := form.one(name))}
    more = {"adjust": True} if form.one("adjust") == "yes" else {}
    if kind == "discounts":
        said = {name: text for name in ("discount", "code") if (text := form.one(name))}
        return said | days | {"confirmed": form.all("confirmed")} | more
    if "start" not in days:
        raise InvalidInput("a commitment begins on a day", code="not_a_time")
    said: Json = {name: text for name in _COURSE if (text := form.one(name))}
    said |= {"schedule": parts} if (parts := re.split(r"[\s;]+", form.one("schedule")))[0] else {}
    said |= {"covers": covers} if (covers := form.all("covers")) else {}
    said |= {"priority": whole(text)} if (text := form.one("priority")) else {}
    said |= {"true_up": False} if form.one("true_up") == "no" else {}
    key = re.sub(r"[^a-z0-9]+", "-", form.one("name").lower()).strip("-")
    return said | days | {"key": key or "commitment"} | more


def coverable(rates: Sequence[Json]) -> dict[str, str]:
    """What a commitment can cover: prices and tables of prices that charge for usage, with their names.

    >>> usage = [{"price": "t:in:m", "name": "In, m", "metric": "in"}, {"price": "t:out:m", "metric": "out"}]
    >>> coverable([{"price": "fee", "metric": None}, {"price": "r", "name": "Calls", "metric": "r"}, *usage])
    {'r': 'Calls', 't': 'every price of t'}
    """
    found: dict[str, str] = {}
    for one in rates:
        table, _, rest = one["price"].partition(":")
        if one["metric"]:
            found.setdefault(table, f"every price of {table}" if rest else one["name"])
    return found


async def offered(ask: Asker, subscription: Json, now: datetime) -> dict[str, Any]:
    """The discounts that the live catalog offers this subscription, and the names of those it does not."""
    found = await ask.get_or_none("/api/v1/discounts")
    every: Sequence[Json] = found["items"] if found else ()
    held = [one["discount"] for one in subscription.get("discounts", [])]
    open = [
        one
        for one in every
        if _is_open(one, subscription["plan"], now) and held.count(one["key"]) < one["per_customer"]
    ]
    return {
        "offers": [with_words(one) for one in open],
        "closed": [one["name"] for one in every if one not in open],
    }


def _is_open(discount: Json, plan: str, now: datetime) -> bool:
    """Whether a slot is left, it runs today, and it is for this plan; the API decides about all else.

    >>> one = {"left": 3, "ends": None, "starts": None, "plans": ["pro"]}
    >>> today = datetime(2026, 11, 1, tzinfo=UTC)
    >>> _is_open(one, "pro", today), _is_open(one, "team", today), _is_open({**one, "left": 0}, "pro", today)
    (True, False, False)
    """
    today = now.astimezone(UTC).isoformat()
    runs = (discount["starts"] or "") <= today and (not discount["ends"] or today < discount["ends"])
    return discount["left"] != 0 and runs and (not discount["plans"] or plan in discount["plans"])
