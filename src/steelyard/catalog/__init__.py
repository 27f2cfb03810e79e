"""Catalog: what is sold and how it is priced, validated as a whole and published as immutable versions.

Owns: value metrics, features, products, rate cards and cost cards, plans; their names, owners and public
definitions; the messages that say what is wrong in them; versions and what changed between two.
Does not own: customers and what they agreed to (contracts), the price calculation (rating), reading files
(adapters).

Invariants: a `Catalog` is consistent; a version is named by its content, so equal content is one version;
no price ever passes through a binary fraction.
"""

from steelyard.catalog.credit_units import CreditUnit
from steelyard.catalog.diff import Change, ChangeKind, compare
from steelyard.catalog.discounts import Discount, Floor
from steelyard.catalog.impact import CustomerImpact, Follows, FollowTotal, Impact, ImpactTotal
from steelyard.catalog.model import (
    CardKind,
    Catalog,
    CatalogVersion,
    Commitment,
    Feature,
    Group,
    Plan,
    PlanItem,
    Price,
    Product,
    RateCard,
    ValueMetric,
)
from steelyard.catalog.proposal import Proposal
from steelyard.catalog.readable import Readable, explained
from steelyard.catalog.release import (
    Release,
    ReleaseAction,
    live_version,
    releases,
    version_at,
    version_named,
)
from steelyard.catalog.repriced import raised, repriced
from steelyard.catalog.request import answer_rating, answer_request
from steelyard.catalog.schema import schema
from steelyard.catalog.service import Publication, earlier_catalog, publish
from steelyard.catalog.source import Source, source_from_json
from steelyard.catalog.validate import Examined, examine, validate
from steelyard.catalog.version import LIVE_KEY, LiveCatalog, catalog_id, read_catalog, read_version

__all__ = [
    "LIVE_KEY",
    "CardKind",
    "Catalog",
    "CatalogVersion",
    "Change",
    "ChangeKind",
    "Commitment",
    "CreditUnit",
    "CustomerImpact",
    "Discount",
    "Examined",
    "Feature",
    "Floor",
    "FollowTotal",
    "Follows",
    "Group",
    "Impact",
    "ImpactTotal",
    "LiveCatalog",
    "Plan",
    "PlanItem",
    "Price",
    "Product",
    "Proposal",
    "Publication",
    "RateCard",
    "Readable",
    "Release",
    "ReleaseAction",
    "Source",
    "ValueMetric",
    "answer_rating",
    "answer_request",
    "catalog_id",
    "compare",
    "earlier_catalog",
    "examine",
    "explained",
    "live_version",
    "publish",
    "raised",
    "read_catalog",
    "read_version",
    "releases",
    "repriced",
    "schema",
    "source_from_json",
    "validate",
    "version_at",
    "version_named",
]
