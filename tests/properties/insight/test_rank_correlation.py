"""Rank correlation beside Pearson's coefficient of average ranks, worked out the long way in fractions."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import isqrt

from hypothesis import given
from hypothesis import strategies as st

from steelyard.insight.correlation import rank_correlation

VALUES = st.integers(-50, 50).map(Decimal)
PAIRS = st.lists(st.tuples(VALUES, VALUES), min_size=3, max_size=40)


def average_ranks(values: list[Decimal]) -> list[Fraction]:
    """The rank of each value by counting: those below, and half of those equal."""
    return [
        Fraction(sum(one < value for one in values)) + Fraction(sum(one == value for one in values) + 1, 2)
        for value in values
    ]


def pearson_squared(x: list[Fraction], y: list[Fraction]) -> tuple[Fraction, int]:
    """The square of Pearson's coefficient, and its sign."""
    none = Fraction(0)
    mean_x, mean_y = sum(x, none) / len(x), sum(y, none) / len(y)
    together = sum(((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)), none)
    spread = sum(((a - mean_x) * (a - mean_x) for a in x), none)
    spread *= sum(((b - mean_y) * (b - mean_y) for b in y), none)
    sign = (together > 0) - (together < 0)
    return (together * together / spread if spread else none), sign


@given(PAIRS)
def test_it_is_pearsons_coefficient_of_the_average_ranks(pairs: list[tuple[Decimal, Decimal]]) -> None:
    found = rank_correlation(pairs)
    x, y = average_ranks([a for a, _ in pairs]), average_ranks([b for _, b in pairs])
    square, sign = pearson_squared(x, y)
    if len(set(x)) == 1 or len(set(y)) == 1:
        assert found is None
        return
    assert found is not None
    scale = 10**12
    root = Fraction(isqrt(square.numerator * scale * scale // square.denominator), scale)
    assert abs(Fraction(found) - sign * root) <= Fraction(1, 10_000)


@given(PAIRS)
def test_only_the_order_matters(pairs: list[tuple[Decimal, Decimal]]) -> None:
    stretched = [(a * a * a, 7 * b + 100) for a, b in pairs]
    assert rank_correlation(stretched) == rank_correlation(pairs)


@given(PAIRS)
def test_sides_may_be_exchanged_and_turning_one_turns_the_sign(pairs: list[tuple[Decimal, Decimal]]) -> None:
    found = rank_correlation(pairs)
    assert rank_correlation([(b, a) for a, b in pairs]) == found
    turned = rank_correlation([(-a, b) for a, b in pairs])
    assert turned == (None if found is None else -found)


@given(PAIRS)
def test_it_lies_between_minus_one_and_one(pairs: list[tuple[Decimal, Decimal]]) -> None:
    found = rank_correlation(pairs)
    assert found is None or -1 <= found <= 1
