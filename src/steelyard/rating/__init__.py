"""Rating: what a quantity costs by a price, exactly, with every step in words.

Owns: the price models, their options, the calculation and its explanation.
Does not own: what was used (metering), who pays which price (contracts), rounding to cents on documents
(billing). It reads no clock and keeps nothing.

Invariants: amounts are exact and never rounded; the steps of a charge sum to its amount; charging in parts
(`rate_between`) sums to charging at once (`rate`).
"""

from steelyard.rating.amounts import amount_of
from steelyard.rating.commitment import HourTerms, Settled, WindowTerms, settle_window, terms_at
from steelyard.rating.conversion import Conversion, ConversionOp, WholeUnits
from steelyard.rating.exchange import Exchange
from steelyard.rating.model import (
    Rated,
    Refusal,
    RefusalCode,
    Step,
    StepKind,
    Usage,
    UsagePart,
)
from steelyard.rating.models.dynamic import average
from steelyard.rating.models.package import packages
from steelyard.rating.models.percentage import free_of, values_needed
from steelyard.rating.models.windowed import settle
from steelyard.rating.prices import (
    ANY,
    BlockPolicy,
    BlockPrice,
    BlockTier,
    FreeWindow,
    MatrixCell,
    MatrixPrice,
    MultiUnitPrice,
    PercentagePrice,
    PriceModel,
    Stair,
    StairstepPrice,
    UnitPrice,
    WindowedPrice,
    WindowSize,
)
from steelyard.rating.pricing import (
    Pricing,
    bounded,
    charge,
    charge_amount,
    charge_between,
    charged_usage,
    sold_unit,
    why_not,
)
from steelyard.rating.prorated_tiers import UnitsChange, rate_changes
from steelyard.rating.proration import prorate
from steelyard.rating.rate import explain, net_of_included, rate, rate_between, refusal
from steelyard.rating.scope import Breakdown, Scope, breakdown_of, takes_included
from steelyard.rating.simple_prices import (
    DynamicPrice,
    FlatPrice,
    GraduatedPrice,
    PackagePrice,
    PackageRounding,
    PerUnitPrice,
    Tier,
    VolumePrice,
)
from steelyard.rating.spend import Capped, LinePlace, Term, cap, cap_each, minimum_line, true_up
from steelyard.rating.weights import Weight, Weights
from steelyard.rating.wording import Wording

__all__ = [
    "ANY",
    "BlockPolicy",
    "BlockPrice",
    "BlockTier",
    "Breakdown",
    "Capped",
    "Conversion",
    "ConversionOp",
    "DynamicPrice",
    "Exchange",
    "FlatPrice",
    "FreeWindow",
    "GraduatedPrice",
    "HourTerms",
    "LinePlace",
    "MatrixCell",
    "MatrixPrice",
    "MultiUnitPrice",
    "PackagePrice",
    "PackageRounding",
    "PerUnitPrice",
    "PercentagePrice",
    "PriceModel",
    "Pricing",
    "Rated",
    "Refusal",
    "RefusalCode",
    "Scope",
    "Settled",
    "Stair",
    "StairstepPrice",
    "Step",
    "StepKind",
    "Term",
    "Tier",
    "UnitPrice",
    "UnitsChange",
    "Usage",
    "UsagePart",
    "VolumePrice",
    "Weight",
    "Weights",
    "WholeUnits",
    "WindowSize",
    "WindowTerms",
    "WindowedPrice",
    "Wording",
    "amount_of",
    "average",
    "bounded",
    "breakdown_of",
    "cap",
    "cap_each",
    "charge",
    "charge_amount",
    "charge_between",
    "charged_usage",
    "explain",
    "free_of",
    "minimum_line",
    "net_of_included",
    "packages",
    "prorate",
    "rate",
    "rate_between",
    "rate_changes",
    "refusal",
    "settle",
    "settle_window",
    "sold_unit",
    "takes_included",
    "terms_at",
    "true_up",
    "values_needed",
    "why_not",
]
