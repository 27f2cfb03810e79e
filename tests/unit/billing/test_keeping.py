"""What retention keeps: usage that is to be billed, what bills rest on, and what is said of either."""

from __future__ import annotations

from dataclasses import replace

from steelyard.billing.retention import Claims, Fact, LegalHold, Reason, RetentionPolicy
from steelyard.billing.retention.keeping import verdicts
from steelyard.contracts import Subscription
from steelyard.kernel import instant

NOON = instant("2026-11-01T12:00:00Z")
RUNNING = Subscription(id="s", customer="acme", plan="pro", start=instant("2026-01-01T00:00:00Z"))
CLAIMS = Claims(documents=(), subscriptions=(RUNNING,), holds=(), policy=RetentionPolicy())


def reasons(*facts: Fact, claims: Claims = CLAIMS) -> list[Reason]:
    return [reason for reason, _ in verdicts(facts, claims, NOON)]


def test_what_is_decided_waits_for_no_bill_of_its_own():
    usage = Fact(index=0, seq=0, time=NOON)
    note = Fact(index=1, seq=1, time=NOON, decided=True)
    assert reasons(usage, note) == [Reason.UNBILLED, Reason.FREE]


def test_what_is_said_of_one_thing_stays_and_goes_together():
    event = Fact(index=1, seq=1, time=NOON, about="out_1")
    steps = [Fact(index=n, seq=n, time=NOON, about="out_1", decided=True) for n in (0, 2)]
    other = Fact(index=3, seq=3, time=NOON, about="out_2", decided=True)
    assert reasons(*steps, event, other) == [Reason.UNBILLED] * 3 + [Reason.FREE]
    assert reasons(*steps, other) == [Reason.FREE] * 3


def test_a_legal_hold_keeps_what_is_decided():
    hold = LegalHold(id="h", customer="acme", reason="r", by="b", at=NOON)
    held = replace(CLAIMS, holds=(hold,))
    assert reasons(Fact(index=0, seq=0, time=NOON, decided=True), claims=held) == [Reason.LEGAL_HOLD]
