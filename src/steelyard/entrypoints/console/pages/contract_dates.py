"""Everything dated in a contract, as rows of a table that a person can read aloud."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from steelyard.entrypoints.console import figures
from steelyard.entrypoints.console.answers import Json
from steelyard.kernel import parse_decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """How keys are said: prices and customers by name, amounts in the customer's currency."""

    prices: Mapping[str, str] = field(default_factory=dict[str, str])
    customers: Mapping[str, str] = field(default_factory=dict[str, str])
    currency: str = ""

    def price(self, key: str) -> str:
        """A price, a table or a card by its name; the key where it has none."""
        return "every price" if key == "*" else self.prices.get(key, key)

    def customer(self, key: str) -> str:
        """A customer by its name; the key where nobody may know it."""
        return self.customers.get(key, key)

    def money(self, amount: str) -> str:
        """An amount with its currency.

        >>> Said(currency="USD").money("25000")
        '$25,000.00'
        """
        return figures.amount(amount, self.currency) if self.currency else figures.number(amount)


AS_KEYS: Final = Said()
"""Everything by its key."""


def dates_of(contract: Json, due: Json | None, say: Said = AS_KEYS) -> Iterator[dict[str, Any]]:
    """Everything dated in the contract, as rows of a table: from when, until when, what, why."""
    yield _row(contract["start"], contract["end"], "Contract", contract["name"], contract["reason"])
    for one in contract["phases"]:
        said = [f"plan {one['plan']}"] if one["plan"] else []
        said += [f"{figures.number(number)} {name}" for name, number in one["quantities"].items()]
        said += [f"{say.money(one['commitment'])} a month committed"] if one["commitment"] else []
        said += [f"{say.price(change['price'])} {change_words(change)}" for change in one["overrides"]]
        yield _row(one["effective_from"], None, "Phase", f"{one['name']}: {', '.join(said) or 'as agreed'}")
    for one in contract["overrides"]:
        since = one["effective_from"] or contract["start"]
        text = f"{say.price(one['price'])} {change_words(one)}"
        yield _row(since, one["effective_until"], "Price", text, one["reason"])
    for one in contract["locks"]:
        text = f"{say.price(one['price'])} stays as in {one['catalog_version'][:12]}"
        yield _row(one["effective_from"], one["effective_until"], "Lock", text, one["reason"])
    for one in contract["escalators"]:
        what = ", ".join(say.price(price) for price in one["prices"])
        text = f"{what} by {one['percent']} % every {_months(one['every_months'])}"
        text += f", at most {one['maximum_percent']} % in all" if one["maximum_percent"] else ""
        yield _row(one["first_at"], None, "Escalator", text, one["reason"])
    for one in contract["fees"]:
        text = f"{one['name']}: {say.money(one['amount'])} every {_months(one['every_months'])}"
        yield _row(one["effective_from"], one["effective_until"], "Fee", text)
    for one in contract["commitments"]:
        text = f"{say.money(one['amount'])} a {one['every']}, {one['payment']}"
        yield _row(one["start"], one["end"], "Commitment", text)
    for one in contract["members"]:
        share = f", a share of {one['share']}" if one["share"] else ""
        yield _row(
            one["effective_from"], one["effective_until"], "Member", say.customer(one["customer"]) + share
        )
    if contract["notice"]:
        yield _row(contract["notice"]["given_at"], None, "Notice", "given", contract["notice"]["reason"])
    if due and due["status"] in ("open", "renews"):
        yield _row(
            due["end"], due["renewed_until"], "Renewal", f"for {figures.count(due['term_months'], 'month')}"
        )


def _row(start: str, end: str | None, kind: str, what: str, why: str = "") -> dict[str, Any]:
    return {"from": start, "until": end, "kind": kind, "what": what, "why": why}


def change_words(change: Json) -> str:
    """What a change does to a price, shortly.

    >>> nothing = {"multiplier": None, "tiers": [], "model": None, "included": None}
    >>> change_words({**nothing, "multiplier": "0.8"}), change_words({**nothing, "included": "5"})
    ('× 0.8', '5 included')
    """
    if change["multiplier"]:
        return f"× {parse_decimal(change['multiplier']).normalize():f}"
    if change["tiers"]:
        return "own tiers"
    if change["model"]:
        return "own price"
    return f"{change['included']} included"


def _months(count: int) -> str:
    """
    >>> _months(1), _months(12)
    ('month', '12 months')
    """
    return "month" if count == 1 else f"{count} months"
