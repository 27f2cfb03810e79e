"""What can be asked about outcomes, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.
# ruff: noqa: PLR0913

from __future__ import annotations

import builtins
from collections.abc import Iterator
from typing import Any, Literal, TypedDict

from steelyard.client.generated.impact import ProblemItem
from steelyard.client.transport import Transport, follow, path_part, without_none


class Outcome(TypedDict):
    """A result and everything that was done about it; `has_event` tells that it is a usage event."""

    id: str
    customer: str
    type: str
    key: str
    occurred_at: str
    acted_at: str | None
    window_days: int
    decide_by: str
    data: dict[str, Any]
    status: Literal["accepted", "claimed", "confirmed", "contested", "reversed"]
    steps: builtins.list[OutcomeStep]
    has_event: bool


class OutcomeList(TypedDict):
    """A page of outcomes, by id."""

    items: builtins.list[Outcome]
    next: str | None


class OutcomeStep(TypedDict):
    """Something that somebody did about an outcome, and why."""

    action: Literal["accept", "claim", "confirm", "contest", "reverse"]
    at: str
    by: str
    reason: str


class Settled(TypedDict):
    """The outcomes that were settled, or would be; `problems` say which could not, and why."""

    dry_run: bool
    outcomes: builtins.list[Outcome]
    problems: builtins.list[ProblemItem]


class OutcomesApi:
    """What can be asked about outcomes."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def claim(
        self,
        *,
        customer: str,
        type: str,
        key: str,
        occurred_at: str,
        acted_at: str | None = None,
        window_days: int | None = None,
        data: dict[str, Any] | None = None,
        reason: str | None = None,
        dry_run: bool | None = None,
    ) -> Outcome:
        """Claim that a result was reached; one result has one outcome, for ever."""
        return self._transport.json(
            "POST",
            "/api/v1/outcomes",
            body={
                "customer": customer,
                "type": type,
                "key": key,
                "occurred_at": occurred_at,
                **without_none(
                    {
                        "acted_at": acted_at,
                        "window_days": window_days,
                        "data": data,
                        "reason": reason,
                        "dry_run": dry_run,
                    }
                ),
            },
        )

    def list(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        customer: str | None = None,
        status: Literal["accepted", "claimed", "confirmed", "contested", "reversed"] | None = None,
        type: str | None = None,
    ) -> OutcomeList:
        """Outcomes, by id."""
        return self._transport.json(
            "GET",
            "/api/v1/outcomes",
            query={"limit": limit, "cursor": cursor, "customer": customer, "status": status, "type": type},
        )

    def each(
        self,
        *,
        limit: int | None = None,
        customer: str | None = None,
        status: Literal["accepted", "claimed", "confirmed", "contested", "reversed"] | None = None,
        type: str | None = None,
    ) -> Iterator[Outcome]:
        """Outcomes, by id, page after page."""
        return follow(
            lambda cursor: self.list(limit=limit, customer=customer, status=status, type=type, cursor=cursor)
        )

    def show(self, id: str | int) -> Outcome:
        """One outcome and everything that was done about it."""
        return self._transport.json("GET", f"/api/v1/outcomes/{path_part(id)}")

    def confirm(self, id: str | int, *, reason: str | None = None, dry_run: bool | None = None) -> Outcome:
        """Confirm that the result was reached."""
        return self._transport.json(
            "POST",
            f"/api/v1/outcomes/{path_part(id)}/confirm",
            body={**without_none({"reason": reason, "dry_run": dry_run})},
        )

    def contest(self, id: str | int, *, reason: str | None = None, dry_run: bool | None = None) -> Outcome:
        """Contest it within its window; what counts already is held until somebody decides."""
        return self._transport.json(
            "POST",
            f"/api/v1/outcomes/{path_part(id)}/contest",
            body={**without_none({"reason": reason, "dry_run": dry_run})},
        )

    def accept(self, id: str | int, *, reason: str | None = None, dry_run: bool | None = None) -> Outcome:
        """Let it count: it becomes a usage event, and meters, prices and proofs follow."""
        return self._transport.json(
            "POST",
            f"/api/v1/outcomes/{path_part(id)}/accept",
            body={**without_none({"reason": reason, "dry_run": dry_run})},
        )

    def reverse(self, id: str | int, *, reason: str | None = None, dry_run: bool | None = None) -> Outcome:
        """Let it never count; what was billed for it is given back by the next document."""
        return self._transport.json(
            "POST",
            f"/api/v1/outcomes/{path_part(id)}/reverse",
            body={**without_none({"reason": reason, "dry_run": dry_run})},
        )

    def settle(self, *, customer: str | None = None, dry_run: bool | None = None) -> Settled:
        """Settle outcomes whose window is over; doing it again settles nothing more."""
        return self._transport.json(
            "POST",
            "/api/v1/outcomes/settle",
            body={**without_none({"customer": customer, "dry_run": dry_run})},
        )
