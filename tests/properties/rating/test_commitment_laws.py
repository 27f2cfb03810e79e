"""What holds of commitments whatever is used: parts sum to the value, and months to the term."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from steelyard.rating.commitment_course import (
    Course,
    CourseTerms,
    MonthSettled,
    Payment,
    Position,
    due,
    run_course,
    settle_month,
)

amounts = st.decimals(min_value=0, max_value=100_000, places=2)
months = st.lists(amounts, min_size=12, max_size=12)
fractions = st.decimals(min_value=0, max_value=1, places=2)
percents = st.sampled_from([Decimal(n) for n in (0, 10, 20, 25, 50)])
TOLERANCE = Decimal("1e-12")
"""A quotient by committed rates may have no end; it is kept to 18 decimals."""


@st.composite
def terms(draw: st.DrawFn) -> CourseTerms:
    amount = draw(st.decimals(min_value=1, max_value=100_000, places=2))
    payment = draw(st.sampled_from(Payment))
    schedule: tuple[Decimal, ...] = ()
    if draw(st.booleans()) or payment is Payment.SCHEDULED:
        weights = draw(st.lists(st.integers(0, 5), min_size=12, max_size=12).filter(any))
        parts = [(amount * weight / sum(weights)).quantize(Decimal("0.01")) for weight in weights]
        schedule = (*parts[:-1], amount - sum(parts[:-1]))
        if min(schedule) < 0:
            schedule = (amount, *[Decimal(0)] * 11)
    return CourseTerms(
        amount=amount,
        months=12,
        payment=payment,
        schedule=schedule,
        rollover=draw(fractions),
        true_up=draw(st.booleans()),
        percent=draw(percents),
        overage_factor=draw(st.sampled_from([Decimal(1), Decimal("1.5")])),
        burst=draw(amounts),
    )


@given(terms(), st.lists(amounts, min_size=1, max_size=30))
def test_the_parts_of_each_month_sum_to_its_value_and_no_term_gives_more_than_its_amount(
    agreed: CourseTerms, values: list[Decimal]
):
    found = run_course(agreed, values, ends=True)
    for value, month in zip(values, found, strict=True):
        assert abs(month.usage_value - value) <= TOLERANCE
        assert month.burst <= agreed.burst
    for start in range(0, len(found), 12):
        term = found[start : start + 12]
        assert sum(one.own for one in term) <= agreed.amount
        for place in range(len(term)):
            assert sum(one.own for one in term[: place + 1]) <= agreed.released(place)
        carried = sum(one.carried for one in term)
        before = found[start - 12 : start] if start else ()
        paid = _paid_unused(agreed, before)
        assert carried <= paid * agreed.rollover + TOLERANCE


def _paid_unused(agreed: CourseTerms, term: tuple[MonthSettled, ...]) -> Decimal:
    if not term:
        return Decimal(0)
    unused = agreed.amount - sum((one.own for one in term), Decimal(0))
    return unused if agreed.payment is not Payment.POSTPAID or agreed.true_up else Decimal(0)


@given(st.decimals(min_value=1, max_value=100_000, places=2), months)
def test_a_year_costs_what_its_sum_costs_month_by_month(amount: Decimal, values: list[Decimal]):
    for payment in (Payment.PREPAID, Payment.POSTPAID):
        yearly = CourseTerms(amount=amount, months=12, payment=payment)
        every = sum(due(yearly, one) for one in run_course(yearly, values))
        assert every == max(amount, sum(values))


@given(st.decimals(min_value=1, max_value=100_000, places=2), months)
def test_when_in_the_year_usage_falls_does_not_change_what_the_year_costs(
    amount: Decimal, values: list[Decimal]
):
    yearly = CourseTerms(
        amount=amount, months=12, payment=Payment.POSTPAID, percent=Decimal(50), overage_factor=Decimal(2)
    )
    largest_first = sorted(values, reverse=True)
    one, other = (sum(due(yearly, m) for m in run_course(yearly, v)) for v in (values, largest_first))
    assert abs(one - other) <= TOLERANCE


@given(terms(), terms(), st.lists(st.tuples(amounts, st.booleans(), st.booleans()), max_size=6))
def test_several_commitments_share_each_value_and_the_first_draws_first(
    first: CourseTerms, second: CourseTerms, values: list[tuple[Decimal, bool, bool]]
):
    courses = [
        Course(terms=one, position=Position(), covers=tuple(value[place] for value in values))  # type: ignore[misc]
        for place, one in ((1, first), (2, second))
    ]
    found = settle_month(courses, [value[0] for value in values])
    covered = sum((value for value, one, other in values if one or other), Decimal(0))
    assert abs(sum(one.usage_value for one in found) - covered) <= TOLERANCE
    alone = settle_month([courses[0]], [value[0] for value in values])
    assert alone[0].own == found[0].own
