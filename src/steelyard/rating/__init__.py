"""Rating: what a quantity costs by a price, exactly, with every step in words.

Owns: the price models, their options, the calculation and its explanation.
Does not own: what was used (metering), who pays which price (contracts), rounding to cents on documents
(billing). It reads no clock and keeps nothing.

Invariants: amounts are exact and never rounded; the steps of a charge sum to its amount; charging in parts
(`rate_between`) sums to charging at once (`rate`).
"""

from steelyard.rating.blocks import BlockPolicy, BlockTier, rate_blocks
from steelyard.rating.commitment import HourTerms, Settled, WindowTerms, settle_window, terms_at
from steelyard.rating.conversion import Conversion, ConversionOp, WholeUnits
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
from steelyard.rating.models.dynamic import average
from steelyard.rating.models.package import packages
from steelyard.rating.prorated_tiers import UnitsChange, rate_changes
from steelyard.rating.proration import prorate
from steelyard.rating.rate import explain, net_of_included, rate, rate_between, refusal
from steelyard.rating.spend import Capped, LinePlace, Term, cap, cap_each, minimum_line, true_up
from steelyard.rating.wording import Wording

__all__ = [
    "BlockPolicy",
    "BlockTier",
    "Capped",
    "Conversion",
    "ConversionOp",
    "DynamicPrice",
    "FlatPrice",
    "GraduatedPrice",
    "HourTerms",
    "LinePlace",
    "PackagePrice",
    "PackageRounding",
    "PerUnitPrice",
    "PriceModel",
    "Rated",
    "Refusal",
    "RefusalCode",
    "Settled",
    "Step",
    "StepKind",
    "Term",
    "Tier",
    "UnitsChange",
    "Usage",
    "VolumePrice",
    "WholeUnits",
    "WindowTerms",
    "Wording",
    "average",
    "cap",
    "cap_each",
    "explain",
    "minimum_line",
    "net_of_included",
    "packages",
    "prorate",
    "rate",
    "rate_between",
    "rate_blocks",
    "rate_changes",
    "refusal",
    "settle_window",
    "terms_at",
    "true_up",
]
