"""Rating: what a quantity costs by a price, exactly, with every step in words.

Owns: the price models, their options, the calculation and its explanation.
Does not own: what was used (metering), who pays which price (contracts), rounding to cents on documents
(billing). It reads no clock and keeps nothing.

Invariants: amounts are exact and never rounded; the steps of a charge sum to its amount; charging in parts
(`rate_between`) sums to charging at once (`rate`).
"""

from steelyard.rating.model import (
    DynamicPrice,
    FlatPrice,
    GraduatedPrice,
    PackagePrice,
    PackageRounding,
    PerUnitPrice,
    PriceModel,
    Rated,
    Refusal,
    RefusalCode,
    Step,
    StepKind,
    Tier,
    Usage,
    VolumePrice,
)
from steelyard.rating.rate import explain, rate, rate_between, refusal
from steelyard.rating.wording import Wording

__all__ = [
    "DynamicPrice",
    "FlatPrice",
    "GraduatedPrice",
    "PackagePrice",
    "PackageRounding",
    "PerUnitPrice",
    "PriceModel",
    "Rated",
    "Refusal",
    "RefusalCode",
    "Step",
    "StepKind",
    "Tier",
    "Usage",
    "VolumePrice",
    "Wording",
    "explain",
    "rate",
    "rate_between",
    "refusal",
]
