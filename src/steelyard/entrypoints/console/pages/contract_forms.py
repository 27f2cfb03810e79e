"""What a person adds to a contract: shown first with the money of both months, and carried out on a yes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from steelyard.entrypoints.console.answers import Asker, Json
from steelyard.entrypoints.console.forms import Form
from steelyard.entrypoints.console.pages.days import begin_of
from steelyard.entrypoints.console.pages.trying import Tried, try_out
from steelyard.kernel import InvalidInput

_AMENDMENTS: Final = "/api/v1/contracts/{id}/amendments"


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One field of a form: its label, what may stand in it, whether it must be filled in."""

    name: str
    label: str
    kind: str = "text"
    need: bool = False
    hint: str = ""


_FROM: Final = Input(name="effective_from", label="From the day", kind="date", need=True)
_UNTIL: Final = Input(name="effective_until", label="Until", kind="date")
_PRICE: Final = Input(name="price", label="Price", kind="price", need=True)

PARTS: Final[dict[str, tuple[str, str, tuple[Input, ...]]]] = {
    "overrides": (
        "Another price",
        "a price times a number, or with more included",
        (
            _PRICE,
            Input(name="multiplier", label="Times", hint="0.9 is ten percent off"),
            Input(name="included", label="Or included units"),
            _FROM,
            _UNTIL,
            Input(name="rising", label="It may cost more than the list", kind="check"),
        ),
    ),
    "phases": (
        "A phase",
        "plan, quantities and commitment from a day on: a ramp",
        (
            Input(name="name", label="Name", need=True),
            _FROM,
            Input(name="plan", label="Plan", kind="plan"),
            Input(name="quantities", label="Quantities", hint="seats=600"),
            Input(name="commitment", label="Committed a month"),
        ),
    ),
    "fees": (
        "A fee",
        "an amount in advance, every so many months",
        (
            Input(name="name", label="Name on documents", need=True),
            Input(name="amount", label="Amount", need=True),
            Input(name="every_months", label="Every months", kind="whole", need=True, hint="12"),
            _FROM,
            _UNTIL,
        ),
    ),
    "escalators": (
        "An escalator",
        "prices step by a percentage",
        (
            Input(name="percent", label="Percent", need=True, hint="3"),
            Input(name="first_at", label="First on the day", kind="date", need=True),
            Input(name="every_months", label="Every months", kind="whole", need=True, hint="12"),
            Input(name="maximum_percent", label="At most percent in all"),
        ),
    ),
    "locks": (
        "A price lock",
        "a price stays as the catalog has it now",
        (_PRICE, _FROM, Input(name="effective_until", label="Until", kind="date", need=True)),
    ),
    "members": (
        "A member",
        "a further customer to whom it applies",
        (
            Input(name="customer", label="Customer", kind="customer", need=True),
            _FROM,
            Input(name="share", label="Share, where they split", hint="0.35"),
        ),
    ),
    "end": (
        "Another end",
        "longer or shorter",
        (Input(name="end", label="Ends on the day", kind="date", need=True),),
    ),
}


async def tried(ask: Asker, id: str, form: Form, timezone: str) -> Tried:
    """The amendment tried out: nothing is written."""

    async def asked() -> Json:
        return await ask.post(_AMENDMENTS, body_of(form, timezone) | {"dry_run": True}, {"id": id})

    return await try_out(form, asked)


async def carried_out(ask: Asker, id: str, form: Form) -> None:
    """The form carried out. Raises Refusal where the API refuses."""
    contract = await ask.get("/api/v1/contracts/{id}", {"id": id})
    customer = await ask.get("/api/v1/customers/{key}", {"key": contract["customer"]})
    await ask.post(_AMENDMENTS, body_of(form, customer["timezone"]), {"id": id})


def body_of(form: Form, timezone: str) -> Json:
    """The body of the amendment that a form stands for; what is left empty is not said.

    >>> filled = (("part", "members"), ("customer", "bolt"), ("effective_from", "2027-01-01"), ("share", ""))
    >>> body_of(Form(pairs=(*filled, ("reason", "they joined"))), "UTC")["members"]
    [{'customer': 'bolt', 'effective_from': '2027-01-01T00:00:00Z'}]
    """
    part = form.one("part")
    if part not in PARTS:
        raise InvalidInput(f"nobody can add {part[:40]!r} to a contract", code="invalid_parameter")
    said: Json = {}
    for one in PARTS[part][2]:
        if text := form.one(one.name):
            said[one.name] = _value(one, text, timezone)
    body: Json = {"reason": form.one("reason")}
    body |= {"adjust": True} if form.one("adjust") == "yes" else {}
    if part == "end":
        return {"end": said.get("end"), **body}
    if part == "fees" and "name" in said:
        said["key"] = re.sub(r"[^a-z0-9]+", "-", said["name"].lower()).strip("-") or "fee"
    return {part: [said], **body}


def _value(one: Input, text: str, timezone: str) -> object:
    match one.kind:
        case "date":
            return begin_of(text, timezone)
        case "check":
            return text == "yes"
        case "whole":
            return int(text) if text.isdecimal() and len(text) < 5 else _no_number(text)
        case _ if one.name == "quantities":
            return dict(_pair(each) for each in text.replace(",", " ").split())
        case _:
            return text


def _no_number(text: str) -> int:
    raise InvalidInput(f"{text[:40]!r} is no whole number", code="not_a_number")


def _pair(text: str) -> tuple[str, str]:
    name, sign, number = text.partition("=")
    if not sign or not name or not number:
        raise InvalidInput(f"{text[:40]!r} is not like seats=600", code="invalid_parameter")
    return name, number
