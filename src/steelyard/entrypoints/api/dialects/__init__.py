"""Answers in the words of other products, so that their published clients read them as their own server's."""

from typing import Final

from steelyard.entrypoints.api.dialects.dialect import Dialect, Sent
from steelyard.entrypoints.api.dialects.lago import LAGO_BATCH_DIALECT, LAGO_DIALECT
from steelyard.entrypoints.api.dialects.stripe import STRIPE_V1, STRIPE_V2, STRIPE_V2_STREAM

DIALECTS: Final = {
    "lago.batch": LAGO_BATCH_DIALECT,
    "stripe.meter_event": STRIPE_V1,
    "stripe.meter_event_v2": STRIPE_V2,
    "stripe.meter_event_stream": STRIPE_V2_STREAM,
}
"""The dialects of the endpoints that speak one, by the endpoint's name."""

REFUSALS: Final = {"lago": LAGO_DIALECT.refusal, "stripe": STRIPE_V1.refusal}
"""How a problem is said to the clients of a product; OpenMeter's read ours."""

ON_OUR_ADDRESS: Final = {one.name: one for one in (LAGO_DIALECT, LAGO_BATCH_DIALECT)}
"""The dialects that come to the address of our own events, told apart by their bodies."""

__all__ = [
    "DIALECTS",
    "LAGO_BATCH_DIALECT",
    "LAGO_DIALECT",
    "ON_OUR_ADDRESS",
    "REFUSALS",
    "STRIPE_V1",
    "STRIPE_V2",
    "STRIPE_V2_STREAM",
    "Dialect",
    "Sent",
]
