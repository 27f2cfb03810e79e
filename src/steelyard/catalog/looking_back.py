"""What became of a change of prices: its success measure looked at on its review date, and a verdict.

A change that says when somebody looks at it is due from that day on, until somebody says what was found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from steelyard.catalog.release import Release, release_key
from steelyard.kernel import Conflict, InvalidInput, NotFound, Problem
from steelyard.record import WORKSPACE_CHAIN, Kind, State
from steelyard.record.planned import Planned, saving

FINDING_LENGTH_MAX = 4000


class Verdict(StrEnum):
    """What a team makes of a change: it holds, it is to be adjusted, taken back, or nobody can tell yet."""

    KEEP = "keep"
    ADJUST = "adjust"
    TAKE_BACK = "take_back"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeOutcome:
    """What was found when somebody looked at the change of a release, by whom and when.

    An unclear one is looked at again on `again_at`, which is due like a review date.
    """

    release: int
    verdict: Verdict
    finding: str
    by: str
    at: datetime
    again_at: datetime | None = None

    @property
    def key(self) -> str:
        """The key of its release."""
        return release_key(self.release)


def due_at(release: Release, outcome: ChangeOutcome | None) -> datetime | None:
    """When somebody looks at the change of a release next; None where nothing is left to be looked at."""
    if release.change is None:
        return None
    return release.change.review_date if outcome is None else outcome.again_at


def due(
    releases: Iterable[Release], outcomes: Mapping[int, ChangeOutcome], *, until: datetime
) -> list[tuple[Release, datetime]]:
    """The releases whose change is to be looked at by then, the most overdue first.

    >>> from steelyard.kernel import instant
    >>> due([], {}, until=instant("2026-01-01T00:00:00Z"))
    []
    """
    found = [(one, due_at(one, outcomes.get(one.number))) for one in releases]
    kept = [(one, when) for one, when in found if when is not None and when <= until]
    return sorted(kept, key=lambda pair: (pair[1], pair[0].number))


def look_back(
    state: State,
    number: int,
    *,
    verdict: Verdict,
    finding: str,
    by: str,
    at: datetime,
    again_at: datetime | None = None,
) -> Planned[ChangeOutcome]:
    """The plan that keeps what was found; a later finding about the same change takes its place.

    Raises NotFound for an unknown release, Conflict where it has no change to look at, InvalidInput with
    every problem of what was found.
    """
    release = state.get(Release, release_key(number))
    if release is None:
        raise NotFound(f"there is no release {number}", code="unknown_release")
    if release.change is None:
        raise Conflict(f"release {number} says no success measure to look at", code="no_change_document")
    problems: list[Problem] = []
    if not finding.strip() or len(finding) > FINDING_LENGTH_MAX:
        allowed = f"1 to {FINDING_LENGTH_MAX} characters"
        message = "say what the success measure shows"
        problems.append(Problem(code="bad_text", message=message, field="finding", allowed=allowed))
    if (verdict is Verdict.UNCLEAR) != (again_at is not None):
        message = "what is unclear is looked at again on a day, and nothing else is"
        problems.append(Problem(code="date_missing", message=message, field="again_at"))
    elif again_at is not None and again_at <= at:
        message = "that day has passed already"
        problems.append(Problem(code="date_order", message=message, field="again_at"))
    if problems:
        raise InvalidInput("the finding has mistakes", code="invalid_finding", problems=tuple(problems))
    outcome = ChangeOutcome(
        release=number, verdict=verdict, finding=finding.strip(), by=by, at=at, again_at=again_at
    )
    known = state.version(ChangeOutcome, outcome.key)
    return Planned(record=outcome, write=saving(Kind.CATALOG, WORKSPACE_CHAIN, outcome, outcome.key, known))
