"""What to expect of a customer's events at a meter, and which event or silence is not that.

The range comes from the median and the median absolute deviation (MAD) of past values, which a few wrong ones
cannot move: C. Leys et al., "Detecting outliers: Do not use standard deviation around the mean, use absolute
deviation around the median", J. Exp. Soc. Psychology 49 (2013); the factor 1.4826 makes the MAD comparable to
a standard deviation. Where more than half of the values are equal the MAD is 0; then 1.2533 times the mean
absolute deviation takes its place (B. Iglewicz, D. Hoaglin, "How to Detect and Handle Outliers", 1993). Where
all are equal, a tenth of that value does. The order of the values never matters.
"""

from __future__ import annotations

import decimal
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from steelyard.kernel import ZERO, InvalidInput, Problem, plain

PAST_VALUES: Final = 1_000
"""So many of the newest values of a customer tell what to expect."""

REGULAR_DAYS: Final = 5
"""Who reported on at least so many of the 30 days before falling silent reported regularly."""

REGULAR_WITHIN_DAYS: Final = 30

_MAD_FACTOR: Final = Decimal("1.4826")
_MEAN_FACTOR: Final = Decimal("1.2533")
_TENTH: Final = Decimal("0.1")
_STEP: Final = Decimal("1E-12")
_WIDE: Final = decimal.Context(prec=80, rounding=decimal.ROUND_HALF_EVEN)


class AnomalyMethod(StrEnum):
    """How the expected range is found."""

    MAD = "mad"


class AnomalyAction(StrEnum):
    """What becomes of an event outside the range: shown, held before billing, or told to somebody."""

    FLAG = "flag"
    HOLD = "hold"
    ALERT = "alert"


class AnomalyKind(StrEnum):
    """What is unusual: one event's value, or that nothing comes any more."""

    OUTLIER = "outlier"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What a metric declares to be unusual: values too far from the median, and silence.

    `deviations` is how many (robust) deviations from the median are still expected; nothing is said before
    `minimum_events` values are known. `silence_hours` is None where silence means nothing.

    >>> Watch(deviations=Decimal(3)).action.value
    'flag'
    """

    method: AnomalyMethod = AnomalyMethod.MAD
    deviations: Decimal = Decimal(6)
    minimum_events: int = 50
    action: AnomalyAction = AnomalyAction.FLAG
    silence_hours: int | None = None

    def __post_init__(self) -> None:
        if self.deviations <= 0:
            problem = Problem(code="out_of_range", message="deviations must be above 0", field="deviations")
            raise InvalidInput(str(problem), code="out_of_range", problems=(problem,))


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedRange:
    """What values are expected, and from what that was found; both bounds are expected."""

    low: Decimal
    high: Decimal
    median: Decimal
    deviation: Decimal
    events: int

    def expects(self, value: Decimal) -> bool:
        """Whether the value lies in the range."""
        return self.low <= value <= self.high


def expected_range(values: Sequence[Decimal], watch: Watch) -> ExpectedRange | None:
    """The range that these values let expect, in whatever order; None where they are too few to tell.

    None also where all of them are 0: how large the first other value may be nobody knows.

    >>> watch = Watch(minimum_events=5)
    >>> found = expected_range([Decimal(n) for n in (10, 12, 11, 9, 10, 500)], watch)
    >>> found.low, found.high, found.expects(Decimal(500))
    (Decimal('1.6044'), Decimal('19.3956'), False)
    """
    if len(values) < max(1, watch.minimum_events):
        return None
    middle = median(values)
    distances = [_WIDE.abs(_WIDE.subtract(value, middle)) for value in values]
    deviation = _WIDE.multiply(_MAD_FACTOR, median(distances))
    if not deviation:
        mean = _WIDE.divide(_sum(distances), Decimal(len(distances)))
        deviation = _WIDE.multiply(_MEAN_FACTOR, mean)
    if not deviation:
        deviation = _WIDE.multiply(_TENTH, _WIDE.abs(middle))
    if not deviation:
        return None
    reach = _WIDE.multiply(watch.deviations, deviation)
    return ExpectedRange(
        low=_rounded(_WIDE.subtract(middle, reach), decimal.ROUND_FLOOR),
        high=_rounded(_WIDE.add(middle, reach), decimal.ROUND_CEILING),
        median=middle,
        deviation=_rounded(deviation, decimal.ROUND_HALF_EVEN),
        events=len(values),
    )


def median(values: Sequence[Decimal]) -> Decimal:
    """The middle of the values, or the mean of the two in the middle; at least one is needed.

    >>> median([Decimal(5), Decimal(1), Decimal(2), Decimal(100)])
    Decimal('3.5')
    """
    ordered = sorted(values)
    half = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[half]
    return _WIDE.divide(_WIDE.add(ordered[half - 1], ordered[half]), Decimal(2))


def _sum(values: Sequence[Decimal]) -> Decimal:
    total = ZERO
    for value in values:
        total = _WIDE.add(total, value)
    return total


def _rounded(value: Decimal, rounding: str) -> Decimal:
    """To 12 digits after the point, as finely as anything is metered; bounds away from the middle."""
    return value.quantize(_STEP, rounding=rounding, context=_WIDE).normalize(_WIDE)


def outlier_text(value: Decimal, expected: ExpectedRange, unit: str) -> str:
    """Why an event is an outlier, in words that a person can judge.

    >>> expected = ExpectedRange(
    ...     low=Decimal(1), high=Decimal(9), median=Decimal(5), deviation=Decimal(1), events=60
    ... )
    >>> outlier_text(Decimal(500), expected, "tokens")
    '500 tokens; from 1 to 9 are expected (median 5 of the last 60 events)'
    """
    low, high, middle = (plain(number) for number in (expected.low, expected.high, expected.median))
    return (
        f"{plain(value)} {unit}; from {low} to {high} are expected "
        f"(median {middle} of the last {expected.events} events)"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """How a customer reported to a meter: on how many of the last days, and when last."""

    customer: str
    days: int
    newest: datetime


def is_silent(reported: Reported, watch: Watch, now: datetime) -> bool:
    """Whether a customer that reported regularly has stopped for longer than expected.

    >>> from steelyard.kernel import instant
    >>> last = Reported(customer="acme", days=20, newest=instant("2026-11-01T00:00:00Z"))
    >>> is_silent(last, Watch(silence_hours=48), instant("2026-11-03T01:00:00Z"))
    True
    """
    if watch.silence_hours is None or reported.days < REGULAR_DAYS:
        return False
    return now - reported.newest > timedelta(hours=watch.silence_hours)


def silence_text(reported: Reported, watch: Watch) -> str:
    """Why a silence is unusual, in words.

    >>> from steelyard.kernel import instant
    >>> last = Reported(customer="acme", days=20, newest=instant("2026-11-01T00:00:00Z"))
    >>> silence_text(last, Watch(silence_hours=48))
    'nothing for more than 48 hours; events came on 20 of the 30 days before'
    """
    return (
        f"nothing for more than {watch.silence_hours} hours; events came on {reported.days} of the "
        f"{REGULAR_WITHIN_DAYS} days before"
    )
