"""Whether a catalog is published now, waits for agreement, or is refused: the decision and what to write.

candidate ── breaks a guard rail ──────────────────────────→ refused, with every reason
    │
    ├── no governance, or low risk, or back to the version before ─→ published
    │
    └── sensitive ── agreed to exactly this ────────────────────→ published
                └── not yet ────────────────────────────────────→ a proposal that waits for its review
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from steelyard.access import NewReview, Person, Review, ReviewStatus, Role, request_review, review_status
from steelyard.catalog.change import ChangeDocument
from steelyard.catalog.governance import Governance, GuardLevel
from steelyard.catalog.guard import Finding
from steelyard.catalog.impact import Impact
from steelyard.catalog.model import Catalog, CatalogVersion
from steelyard.catalog.proposal import ABOUT, Proposal, proposal_of
from steelyard.catalog.release import ReleaseAction, live_version, releases
from steelyard.catalog.risk import Risk, RiskLevel
from steelyard.catalog.version import catalog_id
from steelyard.kernel import InvalidInput, Problem
from steelyard.record import WORKSPACE_CHAIN, Kind, State, Write
from steelyard.record.planned import saving, together

AGREED_LASTS: Final = timedelta(days=30)
"""So long after it was asked for an agreement can be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What is to be published, by whom and why, with all that is known of its effect."""

    catalog: Catalog
    at: datetime
    author: str
    note: str = ""
    action: ReleaseAction = ReleaseAction.PUBLISHED
    change: ChangeDocument | None = None
    findings: tuple[Finding, ...] = ()
    impact: Impact | None = None
    risk: Risk | None = None
    shown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Free:
    """It may be published now; `review` names the agreement that it rests on, if it needed one."""

    review: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """It waits for this review; `write` asks for it, and is None where it was asked for already."""

    proposal: Proposal
    review: Review
    write: Write | None


def governance_of(state: State, live: CatalogVersion | None, now: datetime) -> Governance | None:
    """The governance that holds: the live catalog's own, else the usual one where there is an executive."""
    if live is not None and live.catalog.governance is not None:
        return live.catalog.governance
    has_executive = any(one.holds(Role.EXECUTIVE) and one.works_at(now) for one in state.find(Person))
    return Governance() if live is not None and has_executive else None


def decide(
    state: State, candidate: Candidate, governance: Governance | None, *, entropy: bytes
) -> Free | Waiting:
    """Whether the candidate may be published now or waits; `entropy` is ten random bytes.

    Raises InvalidInput with every reason where a guard rail or the rules about documents forbid it.
    """
    _refuse(candidate, governance)
    if governance is None or candidate.risk is None or candidate.risk.level is RiskLevel.LOW:
        return Free()
    live = live_version(state)
    if live is None or _is_quick_return(state, candidate, live, governance):
        return Free()
    for proposal in _alike(state, candidate, live):
        review = state.get(Review, proposal.review)
        if review is None or review.digest != proposal.id:
            continue
        status = review_status(review, candidate.at)
        if status is ReviewStatus.AGREED and candidate.at < review.requested_at + AGREED_LASTS:
            return Free(review=review.id)
        if status is ReviewStatus.PENDING:
            return Waiting(proposal=proposal, review=review, write=None)
    return _asked(state, candidate, live, governance, entropy)


def _refuse(candidate: Candidate, governance: Governance | None) -> None:
    """Every reason at once why this cannot be published, whoever agrees."""
    problems = [
        Problem(code=one.rule.value, message=one.message, field=one.field)
        for one in candidate.findings
        if one.level is GuardLevel.REFUSE
    ]
    change = candidate.change
    if change is not None and change.review_date <= candidate.at:
        message = "the review date has passed already"
        problems.append(Problem(code="review_date_past", message=message, field="change.review_date"))
    if change is not None and change.rollout.until is not None and change.rollout.until <= candidate.at:
        message = "the day until which others stay has passed already"
        problems.append(Problem(code="date_order", message=message, field="change.rollout.until"))
    sensitive = candidate.risk is not None and candidate.risk.level is not RiskLevel.LOW
    needed = governance is not None and governance.document_required and sensitive
    if needed and change is None and candidate.action is ReleaseAction.PUBLISHED:
        message = "a sensitive change says its hypothesis, expected effect, trade-off and success measure"
        problems.append(Problem(code="change_missing", message=message, field="change"))
    if problems:
        count = "a reason forbids" if len(problems) == 1 else f"{len(problems)} reasons forbid"
        raise InvalidInput(f"{count} this publication", code="guard_rails", problems=tuple(problems))


def _is_quick_return(
    state: State, candidate: Candidate, live: CatalogVersion, governance: Governance
) -> bool:
    """Whether this goes back to the version right before the live one, which was live not long ago."""
    if candidate.action is not ReleaseAction.ROLLED_BACK:
        return False
    newest = next(iter(releases(state)), None)
    fresh = candidate.at < live.published_at + timedelta(days=governance.rollback_days)
    before = state.get(CatalogVersion, newest.previous_id) if newest is not None else None
    return before is not None and before.catalog == candidate.catalog and fresh


def _alike(state: State, candidate: Candidate, live: CatalogVersion) -> list[Proposal]:
    """The proposals of just this content and document, in place of what is live now, newest first.

    One that was shown as less risky than the candidate is now is none: usage grew since it was agreed to.
    """
    found = state.find(Proposal, candidate=catalog_id(candidate.catalog), base=live.id)
    assert candidate.risk is not None, "only what has a risk is asked about"
    level = list(RiskLevel).index(candidate.risk.level)
    same = [
        one
        for one in found
        if one.change == candidate.change
        and one.action is candidate.action
        and list(RiskLevel).index(one.risk.level) >= level
    ]
    return sorted(same, key=lambda one: one.proposed_at, reverse=True)


def _asked(
    state: State, candidate: Candidate, live: CatalogVersion, governance: Governance, entropy: bytes
) -> Waiting:
    assert candidate.risk is not None, "only what has a risk is asked about"
    proposal = proposal_of(
        base=live.id,
        candidate=catalog_id(candidate.catalog),
        catalog=candidate.catalog,
        change=candidate.change,
        impact=candidate.impact,
        risk=candidate.risk,
        shown=candidate.shown,
        at=candidate.at,
        by=candidate.author,
        note=candidate.note,
        action=candidate.action,
    )
    high = candidate.risk.level is RiskLevel.HIGH
    requires = tuple(Role(word) for word in (governance.high if high else governance.medium))
    new = NewReview(
        about=ABOUT,
        digest=proposal.id,
        summary=_summary(candidate),
        by=candidate.author,
        reason=candidate.change.hypothesis if candidate.change else candidate.note or "going back",
        requires=requires,
        expires_at=candidate.at + timedelta(hours=governance.review_hours),
        executive=_executive(state, candidate, governance) if Role.EXECUTIVE in requires else None,
        shown="\n".join(candidate.shown)[:20_000],
    )
    planned = request_review(state, new, at=candidate.at, entropy=entropy)
    if isinstance(planned, tuple):
        raise InvalidInput(f"nobody can be asked: {planned[0]}", code="review_impossible", problems=planned)
    proposal = replace(proposal, review=planned.record.id)
    kept = saving(Kind.CATALOG, WORKSPACE_CHAIN, proposal, proposal.id, state.version(Proposal, proposal.id))
    write = together([kept, planned.write])
    return Waiting(proposal=proposal, review=planned.record, write=write)


def _summary(candidate: Candidate) -> str:
    assert candidate.risk is not None, "only what has a risk is asked about"
    did = "Go back to an earlier catalog" if candidate.action is ReleaseAction.ROLLED_BACK else "New prices"
    words: Sequence[str] = [reason.text for reason in candidate.risk.reasons[:3]]
    text = f"{did}, risk {candidate.risk.level.value} ({candidate.risk.score}): {'; '.join(words)}"
    return text[:500]


def _executive(state: State, candidate: Candidate, governance: Governance) -> str | None:
    """The id of the named executive; None (anyone of that role) where none is named or it is the author."""
    if not governance.executive:
        return None
    named = [one for one in state.find(Person) if one.email.lower() == governance.executive.lower()]
    if not named:
        message = f"the executive {governance.executive!r} of the governance is nobody here"
        problem = Problem(code="not_an_executive", message=message, field="governance.executive")
        raise InvalidInput(message, code="review_impossible", problems=(problem,))
    return None if named[0].id == candidate.author else named[0].id
