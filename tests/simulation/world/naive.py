"""The same world in plain Python: lists and sums, nothing clever, to compare the real one with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from tests.simulation.world.facts import CUSTOMERS, SUBJECTS, Change, Fact, Filling

OWNERS = {subject: customer for customer in CUSTOMERS for subject in SUBJECTS[customer]}
Quantities = Mapping[tuple[str, ...], tuple[Decimal, Decimal | None, int]]


@dataclass
class Kept:
    """An event that was stored, and what became of it."""

    fact: Fact
    customer: str
    data: dict[str, Any]
    filling: str = ""
    reasons: set[str] = field(default_factory=set[str])
    """Why it does not count: void, held, pending, withdrawn, or set aside."""

    @property
    def counts(self) -> bool:
        return not self.reasons

    @property
    def month(self) -> str:
        return datetime.fromisoformat(self.fact.time).astimezone(UTC).strftime("%Y-%m")


class Naive:
    """What must be true of the real world."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, ...], Kept] = {}

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
        if kept is None or kept.reasons - {"held"}:
            return "refused"
        held = "held" in kept.reasons
        match change.action:
            case "void":
                kept.reasons.add("void")
            case "hold":
                if held:
                    return "refused"
                kept.reasons.add("held")
            case "release":
                if not held:
                    return "refused"
                kept.reasons.discard("held")
            case "amend":
                if not held and kept.data == change.data:
                    return "same"
                kept.data = change.data
                kept.reasons.discard("held")
            case _:
                if kept.customer or held:
                    return "refused"
                kept.customer = change.customer
        return "done"

    def begin(self, filling: Filling) -> None:
        """Its events are there, and do not count yet."""
        for fact in filling.brings:
            self._bring(fact.key, fact, filling)
        for fact in filling.again:
            self._bring((*fact.key, filling.name), fact, filling)

    def _bring(self, key: tuple[str, ...], fact: Fact, filling: Filling) -> None:
        customer = OWNERS.get(fact.subject, "")
        kept = Kept(fact=fact, customer=customer, data=fact.data, filling=filling.name, reasons={"pending"})
        self.kept[key] = kept

    def end(self, filling: Filling, action: str) -> None:
        """It is committed, reverted or abandoned, as a whole."""
        for kept in self.kept.values():
            if kept.filling == filling.name:
                if action == "commit":
                    kept.reasons.discard("pending")
                else:
                    kept.reasons = kept.reasons - {"pending"} | {"withdrawn"}
            elif action == "revert":
                kept.reasons.discard("set aside")
            elif action == "commit" and _is_inside(kept, filling) and "void" not in kept.reasons:
                kept.reasons.add("set aside")

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


def _is_inside(kept: Kept, filling: Filling) -> bool:
    return (
        kept.month == filling.month
        and filling.type in ("", kept.fact.type)
        and filling.customer in ("", kept.customer)
    )


def _add(
    found: dict[tuple[str, ...], tuple[Decimal, Decimal | None, int]],
    group: tuple[str, ...],
    quantity: Decimal,
    amount: Decimal | None = None,
) -> None:
    before, money, events = found.get(group, (Decimal(0), None, 0))
    total = money if amount is None else (money or Decimal(0)) + amount
    found[group] = (before + quantity, total, events + 1)
