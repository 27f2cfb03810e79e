"""What waits, unattributed or in quarantine: whose it is as things stand, and what to write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from steelyard.metering.attribution_rules import Rules
from steelyard.metering.corrections import ChangeRefused, PlannedChange, attribute
from steelyard.metering.event_schema import EventSchemas
from steelyard.metering.events_now import EventNow
from steelyard.metering.model import UsageEvent
from steelyard.metering.ports import SubjectDirectory
from steelyard.record import QUARANTINED, Batch, Kind, Save, Write


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """To whom what waits is attributed, where a person chose: the customer (blank: whoever it is), and why.

    `accept` takes also what its schema still does not allow.
    """

    customer: str = ""
    accept: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """Whose a waiting event is and by what: a rule, or the words that say why."""

    customer: str
    rule: str
    reason: str
    event: UsageEvent


def decide(
    now: EventNow, directory: SubjectDirectory, rules: Rules, schemas: EventSchemas, choice: Choice
) -> Decided | None:
    """Whose a waiting event is as things stand, or None where it has to wait on.

    An event of the quarantine is attributed only if its schema allows it now, or if `choice` accepts it.
    """
    event = now.event
    if now.customer == QUARANTINED:
        fits = not schemas.mismatches([event])
        if not fits and not choice.accept:
            return None
        event = _fitting(event) if fits else event
    if choice.customer:
        return Decided(customer=choice.customer, rule="", reason=choice.reason, event=event)
    who = event.customer or event.subject
    owner = directory.customer_of(who, event.source)
    if owner is not None:
        reason = choice.reason or f"{who!r} is a subject of this customer"
        return Decided(customer=owner, rule="", reason=reason, event=event)
    rule = rules.rule_for(event)
    if rule is None:
        return None
    return Decided(customer=rule.customer, rule=rule.id, reason=choice.reason or rule.reason, event=event)


def _fitting(event: UsageEvent) -> UsageEvent:
    return msgspec.structs.replace(event, mismatch="") if event.mismatch else event


@dataclass(slots=True, kw_only=True)
class AttributionPlan:
    """What attributing a batch of waiting events comes to: changes to write, and what was refused."""

    changes: list[PlannedChange] = field(default_factory=list[PlannedChange])
    refused: list[tuple[EventNow, ChangeRefused]] = field(
        default_factory=list[tuple[EventNow, ChangeRefused]]
    )
    left: int = 0
    accepted: int = 0

    def add(self, now: EventNow, decided: Decided | None, by: str) -> None:
        """Takes in what was decided about one event."""
        if decided is None:
            self.left += 1
            return
        planned = attribute(
            now,
            decided.customer,
            by=by,
            reason=decided.reason,
            rule=decided.rule,
            event=decided.event,
        )
        if isinstance(planned, ChangeRefused):
            self.refused.append((now, planned))
            return
        self.changes.append(planned)
        self.accepted += now.customer == QUARANTINED


def write_together(changes: Sequence[PlannedChange]) -> Write:
    """What to write for many attributions: one batch, all of it or nothing."""
    entries = [one.entry for one in changes]
    return Write(
        batches=(
            Batch(
                kind=Kind.ATTRIBUTION,
                customers=[customer for _, customer, _ in entries],
                payloads=[payload for _, _, payload in entries],
            ),
        ),
        rows=tuple(Save(record=one.change, told_by=place) for place, one in enumerate(changes)),
        expect=tuple(expect for one in changes for expect in one.expect),
    )
