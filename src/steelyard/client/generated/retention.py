"""What can be asked about retention, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.

from __future__ import annotations

import builtins
from typing import TypedDict

from steelyard.client.generated.erasures import Erasure, Kept
from steelyard.client.transport import Transport, without_none


class Applied(TypedDict):
    """What was erased, customer by customer."""

    entries: int
    erasures: builtins.list[Erasure]


class CustomerRetention(TypedDict):
    """How many entries of a customer could be erased now, and why others must stay."""

    customer: str
    erasable: int
    kept: builtins.list[Kept]


class Policy(TypedDict):
    """How long billing evidence stays after its invoice is final; `at` is null while the defaults hold."""

    dispute_days: int
    statutory_years: int
    by: str
    reason: str
    at: str | None


class Report(TypedDict):
    """What could be erased now; `plan` names exactly this, for applying it."""

    plan: str
    erasable: int
    customers: builtins.list[CustomerRetention]


class RetentionApi:
    """What can be asked about retention."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def show(self) -> Policy:
        """How long billing evidence stays after its invoice is final."""
        return self._transport.json("GET", "/api/v1/retention")

    def set(self, *, dispute_days: int, statutory_years: int, reason: str) -> Policy:
        """Change how long billing evidence stays; who and why is recorded."""
        return self._transport.json(
            "PUT",
            "/api/v1/retention",
            body={"dispute_days": dispute_days, "statutory_years": statutory_years, "reason": reason},
        )

    def report(self, *, customer: str | None = None) -> Report:
        """What could be erased now, customer by customer, and why the rest must stay."""
        return self._transport.json("GET", "/api/v1/retention/report", query={"customer": customer})

    def apply(self, *, plan: str, reason: str, dry_run: bool | None = None) -> Applied:
        """Erase what a report said could go."""
        return self._transport.json(
            "POST",
            "/api/v1/retention/apply",
            body={"plan": plan, "reason": reason, **without_none({"dry_run": dry_run})},
        )
