"""Until when an entry must stay and why: the one function that erasure, reports and refusals rest on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from steelyard.billing.model import Document
from steelyard.billing.retention.model import LegalHold, RetentionPolicy
from steelyard.contracts import Subscription
from steelyard.kernel import iso, micros


class Reason(StrEnum):
    """Why an entry must stay, most compelling first; `free` must not."""

    LEGAL_HOLD = "legal_hold"
    UNBILLED = "unbilled"
    BILLING_EVIDENCE = "billing_evidence"
    SHOWN = "shown"
    FREE = "free"


class Fact(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What retention must know of an entry that could be erased; `time` is when the usage happened.

    `origin` is the index of the entry on another chain that this one brought to the customer, if it did.
    Entries with the same `about` stay or go together; one that is `decided` says nothing that is to be billed
    beyond what those others do.
    """

    index: int
    seq: int
    time: datetime
    origin: int | None = None
    about: str = ""
    decided: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What lays claim to one customer's entries: documents, subscriptions, holds, and the policy.

    `shown_from` keeps what a plan shows the customer from that time on; a person who asks to be forgotten
    need not be shown anything, so it is None then.
    """

    documents: Sequence[Document]
    subscriptions: Sequence[Subscription]
    holds: Sequence[LegalHold]
    policy: RetentionPolicy
    shown_from: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Why entries must stay and until when (None: no day is known); how many, and in words."""

    reason: Reason
    until: datetime | None
    entries: int
    text: str


def kept(fact: Fact, claims: Claims, now: datetime) -> tuple[Reason, datetime | None]:
    """Why this entry must stay, and until when; `free` where nothing asks for it any more.

    Evidence of a bill is every entry in the section of the chain that a document rests on: the chain is
    proven whole or not at all. Usage that a subscription covers and no document rests on is still to be
    billed.

    >>> from steelyard.kernel import instant
    >>> noon = instant("2026-11-01T12:00:00Z")
    >>> nothing = Claims(documents=(), subscriptions=(), holds=(), policy=RetentionPolicy())
    >>> kept(Fact(index=0, seq=0, time=noon), nothing, noon)
    (<Reason.FREE: 'free'>, None)
    """
    if any(hold.is_active for hold in claims.holds):
        return Reason.LEGAL_HOLD, None
    ends = [
        claims.policy.evidence_until(document.issued_at)
        for document in claims.documents
        if document.chain.entries and document.chain.first_seq <= fact.seq <= document.chain.last_seq
    ]
    if ends and max(ends) > now:
        return Reason.BILLING_EVIDENCE, max(ends)
    if (
        not ends
        and not fact.decided
        and any(subscription.active_at(fact.time) for subscription in claims.subscriptions)
    ):
        return Reason.UNBILLED, None
    if claims.shown_from is not None and fact.time >= claims.shown_from:
        return Reason.SHOWN, None
    return Reason.FREE, None


def verdicts(facts: Sequence[Fact], claims: Claims, now: datetime) -> list[tuple[Reason, datetime | None]]:
    """Why each of these entries must stay; what is about the same thing stays for the most compelling reason.

    >>> verdicts([], Claims(documents=(), subscriptions=(), holds=(), policy=RetentionPolicy()), datetime.max)
    []
    """
    order = list(Reason)
    own = [kept(fact, claims, now) for fact in facts]
    strictest: dict[str, tuple[Reason, datetime | None]] = {}
    for fact, verdict in zip(facts, own, strict=True):
        known = strictest.get(fact.about, verdict)
        strictest[fact.about] = min(known, verdict, key=lambda one: (order.index(one[0]), -_far(one[1])))
    return [strictest[fact.about] if fact.about else one for fact, one in zip(facts, own, strict=True)]


def _far(until: datetime | None) -> int:
    return 0 if until is None else micros(until)


def tally(found: Iterable[tuple[Reason, datetime | None]]) -> tuple[Kept, ...]:
    """The same reasons and days together, most compelling first, with words."""
    counts = Counter(found)
    order = list(Reason)
    groups = sorted(counts.items(), key=lambda item: (order.index(item[0][0]), str(item[0][1])))
    return tuple(
        Kept(reason=reason, until=until, entries=count, text=_words(reason, until, count))
        for (reason, until), count in groups
    )


def _words(reason: Reason, until: datetime | None, count: int) -> str:
    entries = f"{count} entry" if count == 1 else f"{count} entries"
    stays = "stays" if count == 1 else "stay"
    if reason is Reason.LEGAL_HOLD:
        return f"{entries} {stays} under a legal hold until it is lifted"
    if reason is Reason.UNBILLED:
        return f"{entries} {stays} because a subscription covers the time and no invoice rests on them yet"
    if reason is Reason.BILLING_EVIDENCE and until is not None:
        return f"{entries} {stays} as evidence of an invoice until {iso(until)}"
    if reason is Reason.SHOWN:
        return f"{entries} {stays} because the customer's plan still shows them"
    return f"{entries} can be erased"


def shown_since(visible_days: Sequence[int | None], now: datetime) -> datetime | None:
    """From when on a customer is shown usage: by the most generous plan; None where all is shown.

    >>> from steelyard.kernel import instant, iso
    >>> iso(shown_since([7, 30], instant("2026-11-30T00:00:00Z")))
    '2026-10-31T00:00:00Z'
    >>> shown_since([7, None], instant("2026-11-30T00:00:00Z")) is None
    True
    """
    days = [one for one in visible_days if one is not None]
    if not days or len(days) < len(visible_days):
        return None
    return now - timedelta(days=max(days))
