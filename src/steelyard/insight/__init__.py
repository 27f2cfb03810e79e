"""Insight: what usage of the past says about a change, a price, or what should be charged for.

Owns: the impact of a catalog on real usage, its distribution and its words; the scores by which value metrics
are compared before one is chosen.
Does not own: facts. It reads and computes, and writes nothing; whoever publishes judges the `Impact` that it
gives (catalog), bills are billing's, quantities are metering's.

Invariants: amounts of an impact come from `billing.draft` and from nowhere else, so that they are what
billing would charge; usage is read once for all catalogs that are compared; money of different currencies is
never added; what is only an estimate never becomes an amount.
"""

from steelyard.insight.distribution import Bucket, Distribution, distribution_of
from steelyard.insight.impact import impact_of
from steelyard.insight.words import impact_lines

__all__ = ["Bucket", "Distribution", "distribution_of", "impact_lines", "impact_of"]
