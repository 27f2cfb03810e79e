"""What can be asked about journal, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.

from __future__ import annotations

import builtins
from collections.abc import Iterator
from typing import TypedDict

from steelyard.client.transport import Transport, follow


class Balance(TypedDict):
    """What an account holds in one currency."""

    account: str
    name: str
    currency: str
    debit: str
    credit: str
    balance: str


class JournalEntry(TypedDict):
    """Postings that sum to zero."""

    id: str
    posted_at: str
    description: str
    about: str
    postings: builtins.list[Posting]


class JournalList(TypedDict):
    """A page of the journal."""

    items: builtins.list[JournalEntry]
    next: str | None


class Posting(TypedDict):
    """One leg: debit is positive, credit negative."""

    account: str
    customer: str | None
    currency: str
    amount: str


class TrialBalance(TypedDict):
    """All accounts; balanced when each currency sums to zero."""

    accounts: builtins.list[Balance]
    balanced: bool
    entries: int


class JournalApi:
    """What can be asked about journal."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(
        self, *, limit: int | None = None, cursor: str | None = None, about: str | None = None
    ) -> JournalList:
        """The journal, entry by entry."""
        return self._transport.json(
            "GET", "/api/v1/journal", query={"limit": limit, "cursor": cursor, "about": about}
        )

    def each(self, *, limit: int | None = None, about: str | None = None) -> Iterator[JournalEntry]:
        """The journal, entry by entry, page after page."""
        return follow(lambda cursor: self.list(limit=limit, about=about, cursor=cursor))

    def trial_balance(self) -> TrialBalance:
        """What every account holds; each currency sums to zero."""
        return self._transport.json("GET", "/api/v1/journal/trial-balance")
