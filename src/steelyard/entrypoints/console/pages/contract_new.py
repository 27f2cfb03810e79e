"""A contract that a person makes: shown first with the money of both months, and made on a yes."""

from __future__ import annotations

from typing import Final

from steelyard.entrypoints.console.answers import Asker, Json
from steelyard.entrypoints.console.forms import Form, whole
from steelyard.entrypoints.console.pages.days import begin_of
from steelyard.entrypoints.console.pages.trying import Tried, try_out
from steelyard.kernel import InvalidInput

_CONTRACTS: Final = "/api/v1/contracts"
AFTERWARDS: Final = {
    "": "It ends",
    "agreed": "It goes on if somebody renews it",
    "automatic": "It goes on by itself",
}
"""What can be agreed about the end of a contract."""


async def tried(ask: Asker, form: Form) -> Tried:
    """The contract tried out: nothing is written."""

    async def asked() -> Json:
        return await ask.post(_CONTRACTS, await _body(ask, form) | {"dry_run": True})

    return await try_out(form, asked)


async def made(ask: Asker, form: Form) -> str:
    """The id of the contract that was made. Raises Refusal where the API refuses."""
    return (await ask.post(_CONTRACTS, await _body(ask, form)))["id"]


async def _body(ask: Asker, form: Form) -> Json:
    customer = await ask.get("/api/v1/customers/{key}", {"key": form.one("customer")})
    return body_of(form, customer["timezone"])


def body_of(form: Form, timezone: str) -> Json:
    """The body of the contract that a form stands for; what is left empty is not said.

    Raises InvalidInput for what is no day or no whole number, and for terms after an end that is one.

    >>> filled = (("customer", "bolt"), ("name", "Bolt 2027"), ("start", "2027-01-01"), ("end", "2028-01-01"))
    >>> body = body_of(
    ...     Form(pairs=(*filled, ("multiplier", "0.9"), ("then", "automatic"), ("term_months", "6"))), "UTC"
    ... )
    >>> body["overrides"], body["renewal"]
    ([{'price': '*', 'multiplier': '0.9'}], {'automatic': True, 'term_months': 6})
    """
    if not form.one("start"):
        raise InvalidInput("a contract begins on a day", code="not_a_time")
    body: Json = {name: form.one(name) for name in ("customer", "name", "reason")}
    body |= {name: begin_of(day, timezone) for name in ("start", "end") if (day := form.one(name))}
    body |= {"plans": [form.one("plan")]} if form.one("plan") else {}
    if multiplier := form.one("multiplier"):
        rising = {"rising": True} if form.one("rising") == "yes" else {}
        body["overrides"] = [{"price": "*", "multiplier": multiplier, **rising}]
    if (then := form.one("then")) and "end" not in body:
        raise InvalidInput(
            "a contract goes on after its end: name the day on which it ends", code="not_a_time"
        )
    if then:
        body["renewal"] = _renewal(form, automatic=then == "automatic")
    elif any(form.one(name) for name in ("term_months", "notice_days", "uplift_percent")):
        message = "a contract that ends has no months, notice or rise after its end: say that it goes on"
        raise InvalidInput(message, code="invalid_parameter")
    return body | {name: True for name in ("shadow", "adjust") if form.one(name) == "yes"}


def _renewal(form: Form, *, automatic: bool) -> Json:
    said: Json = {"automatic": automatic}
    said |= {name: whole(text) for name in ("term_months", "notice_days") if (text := form.one(name))}
    return said | ({"uplift_percent": text} if (text := form.one("uplift_percent")) else {})
