"""Revisions: billed periods that are charged by other terms than when they were billed, as people agreed.

No document changes. A revision is an entry on the customer's chain that names the billed periods; from it on
they are drafted by the subscriptions and contracts as the record tells of them before it, and the customer's
next document adjusts each by the difference, as it does when usage comes late.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from steelyard.billing.earlier import versions_of
from steelyard.billing.model import Document
from steelyard.kernel import LATER


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisedPeriod:
    """A billed period with the terms by which it is charged from a revision on.

    `document` billed it first; `versions` are the catalog versions of its subscriptions (`turned`: those to
    which they turn in it), `contracts` those that hold in it. `before` and `after` are what it came to when
    it was agreed, before credit and tax, by the usage known then.
    """

    period_name: str
    document: str
    currency: str
    before: Decimal
    after: Decimal
    versions: Mapping[str, str] = field(default_factory=dict[str, str])
    contracts: tuple[str, ...] = ()
    turned: Mapping[str, str] = field(default_factory=dict[str, str], metadata=LATER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """That billed periods of a customer are charged by what is agreed now: when, by whom and why."""

    id: str
    customer: str
    at: datetime
    by: str
    reason: str
    periods: tuple[RevisedPeriod, ...]

    def of(self, period_name: str) -> RevisedPeriod | None:
        """What it says of the period, if anything."""
        return next((one for one in self.periods if one.period_name == period_name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsTold:
    """By what a period is charged: subscriptions and contracts as told last before the entry of that index.

    `turned` are the versions to which they turned in it, `agreed_at` is when a revision said so.
    """

    index: int
    versions: Mapping[str, str]
    contracts: tuple[str, ...]
    turned: Mapping[str, str]
    agreed_at: datetime | None = None

    @property
    def every_version(self) -> set[str]:
        """All catalog versions that price anything of the period."""
        return {*self.versions.values(), *self.turned.values()}


Told = Iterable[tuple[int, Revision]]
"""Revisions of one customer, each with the index of its entry."""


def terms_told(document: Document, index: int, revisions: Told) -> TermsTold:
    """By what the document's period is charged; `index` is that of its own entry.

    The last of these revisions that names the period says it, else the document does.
    """
    found = TermsTold(
        index=index, versions=versions_of(document), contracts=document.contracts, turned=document.turned
    )
    for place, revision in sorted(revisions, key=lambda one: one[0]):
        said = revision.of(document.period_name)
        if said is not None and said.document == document.number and place > index:
            found = TermsTold(
                index=place,
                versions=said.versions,
                contracts=said.contracts,
                turned=said.turned,
                agreed_at=revision.at,
            )
    return found
