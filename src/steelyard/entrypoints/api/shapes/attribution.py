"""Attribution: rules, the queue of what waits for its customer, and bringing it there."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from steelyard.entrypoints.api.pages import PageQuery
from steelyard.entrypoints.api.shapes.base import Key, Shape, Time

BATCH_MAX = 10_000

_Text = Annotated[str, Meta(max_length=256)]
_Reason = Annotated[str, Meta(max_length=1000)]


class RuleIn(Shape, frozen=True, kw_only=True):
    """Events that meet all these conditions are this customer's, where no customer claims their subject."""

    customer: Key
    subject: _Text = ""
    subject_prefix: _Text = ""
    source: _Text = ""
    event_type: _Text = ""
    dimensions: Annotated[dict[str, str], Meta(description="Of typed dimensions, or paths: $.a.b")] = {}
    position: Annotated[
        int, Meta(ge=0, le=1_000_000, description="They are tried in this order; 0: last.")
    ] = 0
    reason: Annotated[str, Meta(min_length=1, max_length=1000)]
    dry_run: bool = False


class Rule(Shape, frozen=True, kw_only=True):
    """A rule with who made it, when and why."""

    id: str
    position: int
    customer: str
    subject: str
    subject_prefix: str
    source: str
    event_type: str
    dimensions: dict[str, str]
    reason: str
    by: str
    created_at: Time
    retired_at: Time | None
    retired_by: str


class RuleList(Shape, frozen=True, kw_only=True):
    """Rules in the order in which they are tried; those taken back only where asked for, after the others."""

    items: list[Rule]
    next: str | None


class RulesQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether rules that were taken back are shown too."""

    retired: bool = False


class QueueQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which waiting events to list."""

    quarantined: bool | None = None
    type: str | None = None
    source: str | None = None
    subject: str | None = None


class Waiting(Shape, frozen=True, kw_only=True):
    """Waiting events of one queue, type, source, subject and mismatch.

    `suggested` is the customer that the newest of them would go to now, and `rule` the rule that says so.
    `fits_now`: an event of the quarantine that its schema allows by now.
    """

    queue: Annotated[str, Meta(description="unattributed or quarantined")]
    type: str
    source: str
    subject: str
    mismatch: str
    message: Annotated[str, Meta(description="What the schema has against the newest of them, in words.")]
    events: int
    first_seen: Time
    last_seen: Time
    suggested: str | None
    rule: str
    fits_now: bool
    sample: Annotated[Any, Meta(description="The data of the newest of them.")]


class Queue(Shape, frozen=True, kw_only=True):
    """A page of what waits, the largest groups first, and how many events wait in all."""

    items: list[Waiting]
    next: str | None
    unattributed: int
    quarantined: int


class EventName(Shape, frozen=True, kw_only=True):
    """An event by its own name; `data`, where given, takes the place of what was sent."""

    source: str
    id: str
    data: Any = msgspec.UNSET


class ReplayIn(Shape, frozen=True, kw_only=True):
    """What to attribute: all that rules and subjects match now, or what is named, to whom is named.

    `accept` takes events of the quarantine as they are. Naming a customer, or accepting, needs a reason.
    """

    dry_run: bool = False
    customer: str = ""
    accept: bool = False
    reason: _Reason = ""
    quarantined: bool | None = None
    type: str | None = None
    source: str | None = None
    subject: str | None = None
    events: Annotated[list[EventName], Meta(max_length=1000)] = []
    limit: Annotated[int, Meta(ge=1, le=BATCH_MAX)] = BATCH_MAX
    cursor: str = ""


class Attributed(Shape, frozen=True, kw_only=True):
    """How many events went to a customer, and by which rule (blank: by subject, or by choice)."""

    customer: str
    rule: str
    events: int


class NotAttributed(Shape, frozen=True, kw_only=True):
    """An event that was to be attributed and was not, and why."""

    source: str
    id: str
    code: str
    message: str


class Replayed(Shape, frozen=True, kw_only=True):
    """What became of a batch of waiting events.

    `left` still wait. `next` goes on with the following batch; None: that was all. Of `refused` the first 100
    are told.
    """

    dry_run: bool
    looked_at: int
    attributed: int
    accepted: Annotated[int, Meta(description="How many of the attributed ones were in quarantine.")]
    left: int
    refused: int
    by_customer: list[Attributed]
    not_attributed: list[NotAttributed]
    next: str | None
