"""A proposal: a catalog that waits for agreement, with exactly what was shown when agreement was asked.

Its id is the hash of what was shown: of the content, of what it would replace, of the change's document, its
impact and its risk. An agreement is bound to that id, so nothing else can be published under it; once another
version is live, the proposal is of the past.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from steelyard.catalog.change import ChangeDocument
from steelyard.catalog.impact import Impact
from steelyard.catalog.model import Catalog
from steelyard.catalog.release import ReleaseAction
from steelyard.catalog.risk import Risk
from steelyard.kernel import content_id, encode

ABOUT: Final = "catalog:publish"
"""What a review of a proposal is about, in its own words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A catalog as it was proposed; `shown` are the lines that whoever agrees has seen."""

    id: str
    base: str
    candidate: str
    catalog: Catalog
    proposed_at: datetime
    proposed_by: str
    note: str
    action: ReleaseAction
    change: ChangeDocument | None
    impact: str
    risk: Risk
    shown: tuple[str, ...]
    review: str = ""


def proposal_of(  # noqa: PLR0913 - all that is shown, each part named
    *,
    base: str,
    candidate: str,
    catalog: Catalog,
    change: ChangeDocument | None,
    impact: Impact | None,
    risk: Risk,
    shown: tuple[str, ...],
    at: datetime,
    by: str,
    note: str,
    action: ReleaseAction = ReleaseAction.PUBLISHED,
) -> Proposal:
    """The proposal of a catalog, named by what is shown of it.

    >>> from steelyard.kernel import instant
    >>> kept = {"base": "", "candidate": "cat_1", "catalog": Catalog(), "change": None, "impact": None}
    >>> at = instant("2026-01-01T00:00:00Z")
    >>> one = proposal_of(**kept, risk=Risk(reasons=()), shown=("+ plan a",), at=at, by="key_1", note="")
    >>> other = proposal_of(**kept, risk=Risk(reasons=()), shown=("+ plan b",), at=at, by="key_1", note="")
    >>> one.id == other.id
    False
    """
    proposal = Proposal(
        id="",
        base=base,
        candidate=candidate,
        catalog=catalog,
        proposed_at=at,
        proposed_by=by,
        note=note,
        action=action,
        change=change,
        impact=impact.digest if impact is not None else "",
        risk=risk,
        shown=shown,
    )
    told = [base, candidate, change, proposal.impact, risk, list(shown), note, action.value]
    return replace(proposal, id=content_id("chg", encode(told)))
