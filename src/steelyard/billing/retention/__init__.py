"""Retention: until when each entry must stay, and why; who may be forgotten, and from when.

Two clocks run apart. What a plan shows (`shown_since`) is a matter of the offer; what bills rest on stays
until the invoice is final, the dispute window is over and the statutory period too. A legal hold wins over
everything.
"""

from steelyard.billing.retention.erasing import ErasurePlan, erasure_write, plan_erasure
from steelyard.billing.retention.keeping import Claims, Fact, Kept, Reason, kept, shown_since, tally
from steelyard.billing.retention.model import LegalHold, RetentionPolicy
from steelyard.billing.retention.service import lift_hold, place_hold, set_policy

__all__ = [
    "Claims",
    "ErasurePlan",
    "Fact",
    "Kept",
    "LegalHold",
    "Reason",
    "RetentionPolicy",
    "erasure_write",
    "kept",
    "lift_hold",
    "place_hold",
    "plan_erasure",
    "set_policy",
    "shown_since",
    "tally",
]
