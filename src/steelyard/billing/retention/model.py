"""What retention keeps as state: the workspace's policy, and legal holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

POLICY_KEY: Final = "retention"
DISPUTE_DAYS: Final = 60
STATUTORY_YEARS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionPolicy:
    """How long billing evidence stays after its invoice is final, who decided that, and why.

    `dispute_days` is how long an invoice can be contested, `statutory_years` what the law asks for after
    that. The one row of a workspace has the key `retention`; without one, the defaults hold.
    """

    dispute_days: int = DISPUTE_DAYS
    statutory_years: int = STATUTORY_YEARS
    by: str = ""
    reason: str = ""
    at: datetime | None = None
    key: str = POLICY_KEY

    def evidence_until(self, issued_at: datetime) -> datetime:
        """Until when the evidence of an invoice must stay.

        >>> from steelyard.kernel import instant, iso
        >>> iso(RetentionPolicy().evidence_until(instant("2026-11-03T00:00:00Z")))
        '2037-01-02T00:00:00Z'
        """
        contested = issued_at + timedelta(days=self.dispute_days)
        year = contested.year + self.statutory_years
        if (contested.month, contested.day) == (2, 29):
            return contested.replace(year=year, month=3, day=1)
        return contested.replace(year=year)


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalHold:
    """That nothing of a customer may be erased, since when and why, and who lifted that, if anybody did."""

    id: str
    customer: str
    reason: str
    by: str
    at: datetime
    lifted_at: datetime | None = None
    lifted_by: str = ""
    lifted_reason: str = ""

    @property
    def is_active(self) -> bool:
        """Whether the hold holds."""
        return self.lifted_at is None
