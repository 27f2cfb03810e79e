"""The same world in plain Python: lists and sums, nothing clever, to compare the real one with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from tests.simulation.world.facts import CUSTOMERS, SUBJECTS, Change, Fact

OWNERS = {subject: customer for customer in CUSTOMERS for subject in SUBJECTS[customer]}
Quantities = Mapping[tuple[str, ...], tuple[Decimal, Decimal | None, int]]


@dataclass
class Kept:
    """An event that was stored, and what became of it."""

    fact: Fact
    customer: str
    data: dict[str, Any]
    held: bool = False
    void: bool = False

    @property
    def counts(self) -> bool:
        return not (self.held or self.void)

    @property
    def month(self) -> str:
        return datetime.fromisoformat(self.fact.time).astimezone(UTC).strftime("%Y-%m")


class Naive:
    """What must be true of the real world."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Kept] = {}

    def send(self, fact: Fact) -> str:
        """What becomes of an event: stored, known, conflict or refused."""
        if fact.spoiled:
            return "refused"
        before = self.kept.get(fact.key)
        if before is not None:
            return "known" if before.fact == fact else "conflict"
        customer = OWNERS.get(fact.subject, "")
        self.kept[fact.key] = Kept(fact=fact, customer=customer, data=fact.data)
        return "stored"

    def change(self, change: Change) -> str:
        """What becomes of a change: done, same (nothing to do) or refused."""
        kept = self.kept.get((change.source, change.id))
        if kept is None or kept.void:
            return "refused"
        match change.action:
            case "void":
                kept.void = True
            case "hold":
                if kept.held:
                    return "refused"
                kept.held = True
            case "release":
                if not kept.held:
                    return "refused"
                kept.held = False
            case "amend":
                if not kept.held and kept.data == change.data:
                    return "same"
                kept.data, kept.held = change.data, False
            case _:
                if kept.customer or kept.held:
                    return "refused"
                kept.customer = change.customer
        return "done"

    def quantities(self, month: str) -> Quantities:
        """Quantity, amount and events by meter, customer and group of a month."""
        found: dict[tuple[str, ...], tuple[Decimal, Decimal | None, int]] = {}
        users: dict[str, set[str]] = {}
        for kept in self.kept.values():
            if not kept.counts or kept.month != month or not kept.customer:
                continue
            data = kept.data
            if kept.fact.type == "llm":
                _add(found, ("tokens", kept.customer, data["model"]), Decimal(data["tokens"]))
                users.setdefault(kept.customer, set()).add(data["user"])
                _add(found, ("users", kept.customer), Decimal(0))
            elif kept.fact.type == "sale":
                pieces = Decimal(data["pieces"])
                _add(found, ("goods", kept.customer), pieces, pieces * Decimal(data["price"]))
        for customer, names in users.items():
            _, _, events = found["users", customer]
            found["users", customer] = (Decimal(len(names)), None, events)
        return found


def _add(
    found: dict[tuple[str, ...], tuple[Decimal, Decimal | None, int]],
    group: tuple[str, ...],
    quantity: Decimal,
    amount: Decimal | None = None,
) -> None:
    before, money, events = found.get(group, (Decimal(0), None, 0))
    total = money if amount is None else (money or Decimal(0)) + amount
    found[group] = (before + quantity, total, events + 1)
