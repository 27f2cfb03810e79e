"""What a person does about a customer's credit: each is shown first, and carried out on a yes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from steelyard.entrypoints.console.answers import Asker, Json, Refusal
from steelyard.entrypoints.console.forms import Form
from steelyard.entrypoints.console.pages.outcomes import moment
from steelyard.kernel import InvalidInput

_LOTS: Final = "/api/v1/credits/lots"
_ORDERS: Final = "/api/v1/credits/orders"
_REMOVE: Final = "remove"
_NONE: Final[dict[str, str]] = {}
_FIELDS: Final = (
    *("do", "lot", "order", "rule", "to", "name", "amount", "unit", "threshold", "cost_basis", "reason"),
    *("expires_at", "priority", "valid_days", "at_once", "next_document"),
)
BLANK: Final = dict.fromkeys(_FIELDS, "")
"""The forms before anybody filled them in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What a form would do, in words; or why it is refused; `fields` fill the form again."""

    doing: str
    fields: dict[str, str]
    words: str = ""
    refused: tuple[str, ...] = ()


async def tried(ask: Asker, customer: str, form: Form) -> Tried:
    """The form tried out: nothing is written."""
    doing = form.one("do")
    try:
        if doing == _REMOVE:
            answer = await _rule_named(ask, customer, form.one("rule"))
        else:
            path, names, body = _request(customer, form)
            answer = await ask.post(path, body | {"dry_run": True}, names)
    except Refusal as refusal:
        return Tried(doing=doing, fields=form.fields, refused=refusal.reasons)
    except InvalidInput as error:
        return Tried(doing=doing, fields=form.fields, refused=(str(error),))
    return Tried(doing=doing, fields=form.fields, words=words_of(doing, answer))


async def carried_out(ask: Asker, customer: str, form: Form) -> None:
    """The form carried out. Raises Refusal where the API refuses, InvalidInput for what nobody can do."""
    path, names, body = _request(customer, form)
    await ask.post(path, None if form.one("do") == _REMOVE else body | {"dry_run": False}, names)


async def _rule_named(ask: Asker, customer: str, id: str) -> Json:
    """A rule that is still in force. Raises InvalidInput where there is none of this id."""
    rules = await ask.get("/api/v1/credits/top-ups", query={"customer": customer})
    found = [one for one in rules["items"] if one["id"] == id and one["removed_at"] is None]
    if not found:
        raise InvalidInput("there is no such rule any more", code="unknown_top_up")
    return found[0]


def _request(customer: str, form: Form) -> tuple[str, dict[str, str], Json]:
    """The endpoint, its names and its body that a form stands for."""
    reason = form.one("reason")
    match form.one("do"):
        case "grant":
            return _LOTS, _NONE, _granted(customer, form)
        case "buy":
            return _ORDERS, _NONE, _bought(customer, form)
        case "top-up":
            return "/api/v1/credits/top-ups", _NONE, _rule(customer, form)
        case "void":
            return f"{_LOTS}/{{id}}/void", {"id": form.one("lot")}, {"reason": reason}
        case "transfer":
            body = {"to": form.one("to"), "amount": form.one("amount"), "reason": reason}
            return f"{_LOTS}/{{id}}/transfer", {"id": form.one("lot")}, body
        case "cancel":
            return f"{_ORDERS}/{{id}}/cancel", {"id": form.one("order")}, {}
        case "remove":  # which is not tried out: its endpoint has no dry run
            return "/api/v1/credits/top-ups/{id}/remove", {"id": form.one("rule")}, {}
        case other:
            raise InvalidInput(f"nobody can {other[:40]!r} credit", code="invalid_parameter")


def _named(form: Form, *names: str) -> Json:
    """The fields that are filled in, by name."""
    return {name: text for name in names if (text := form.one(name))}


def _granted(customer: str, form: Form) -> Json:
    body = _named(form, "name", "unit", "amount", "reason", "cost_basis")
    body |= {"customer": customer, "priority": _whole(form, "priority", 100)}
    if expires := moment(form.one("expires_at")):
        body["expires_at"] = expires
    return body


def _bought(customer: str, form: Form) -> Json:
    body = _named(form, "name", "unit", "amount", "reason", "cost_basis")
    body |= {"customer": customer, "at_once": form.one("at_once") == "yes"}
    if form.one("valid_days"):
        body["valid_days"] = _whole(form, "valid_days", 0)
    return body


def _rule(customer: str, form: Form) -> Json:
    body = _named(form, "name", "unit", "amount", "threshold", "cost_basis")
    return body | {"customer": customer, "next_document": form.one("next_document") == "yes"}


def _whole(form: Form, name: str, otherwise: int) -> int:
    try:
        return int(form.one(name) or otherwise)
    except ValueError:
        raise InvalidInput(f"{form.one(name)[:40]!r} is no whole number", code="not_a_number") from None


def words_of(doing: str, answer: Json) -> str:
    """What a form would do, as a sentence.

    >>> words_of("top-up", {"threshold": "20", "unit": "USD", "amount": "50"})
    'Whenever less than 20 USD are left, lots of 50 USD come on top'
    """
    what = f"{answer.get('amount', '')} {answer.get('unit', '')}"
    match doing:
        case "grant":
            until = f" until {answer['expires_at'][:10]}" if answer["expires_at"] else ""
            return f"{what} as {answer['name']}, from {answer['effective_at'][:10]}{until}"
        case "buy":
            order = answer["order"]
            granted = "the lot is there at once" if answer["lot"] else "that document grants the lot"
            units = f"{order['amount']} {order['unit']}"
            return f"The next document charges {order['cost']} before tax for {units}; {granted}"
        case "top-up":
            below = f"{answer['threshold']} {answer['unit']}"
            return f"Whenever less than {below} are left, lots of {what} come on top"
        case "void":
            return f"{answer['name']} ends now; what is left of it pays nothing more"
        case "transfer":
            return f"{what} of {answer['name']} move to {answer['customer']}, on the same terms"
        case "remove":
            return f"The rule {answer['name']} tops nothing up any more; the lots that it gave stay"
        case _:
            return f"The order of {what} is cancelled; no document charges for it"
