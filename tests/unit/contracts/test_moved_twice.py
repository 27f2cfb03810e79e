"""Changes of a subscription have names of their own, whatever the clock says."""

from __future__ import annotations

from steelyard.contracts import Subscription
from steelyard.contracts.rollout import moved_to
from steelyard.kernel import instant

DAY = instant("2027-02-01T00:00:00Z")
NOW = instant("2026-12-01T00:00:00Z")


def test_what_is_moved_there_and_back_and_there_in_one_instant_has_three_changes() -> None:
    one = Subscription(id="sub_1", customer="acme", plan="team", start=NOW)
    for version in ("cat_2", "cat_1", "cat_2"):
        one = moved_to(one, version, effective_from=DAY, now=NOW, by="ada", reason="migration n")
    assert len({change.id for change in one.changes}) == 3
