"""Whatever discounts a subscription has and however its year goes: the year never ends below its floor."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.billing import Line, LineGroup
from steelyard.billing.draft import draft
from steelyard.billing.past import PastPeriod
from steelyard.catalog import Floor
from steelyard.contracts import AgreedDiscount, Arrangement
from steelyard.kernel import Period, instant
from steelyard.rating.discounts import AmountOff, Basis, FreeMonths, FreeUnits, PercentOff
from tests.billing_cards import customer, fee, per_call, terms

START = instant("2026-03-01T00:00:00Z")
forms = st.one_of(
    st.integers(1, 100).map(lambda n: PercentOff(percent=Decimal(n))),
    st.tuples(st.integers(1, 500), st.booleans()).map(
        lambda said: AmountOff(amount=Decimal(said[0]), once=said[1])
    ),
    st.integers(1, 4).map(lambda n: FreeMonths(months=n)),
    st.integers(1, 4000).map(lambda n: FreeUnits(units=Decimal(n))),
)


@st.composite
def discounts(draw: st.DrawFn) -> tuple[AgreedDiscount, ...]:
    found = draw(st.lists(st.tuples(forms, st.sampled_from(Basis), st.booleans()), min_size=1, max_size=4))
    return tuple(
        AgreedDiscount(
            id=f"red_{place}", discount=f"d{place}", name=f"D{place}", form=form, order=place, start=START,
            basis=basis, alone=alone,
        )
        for place, (form, basis, alone) in enumerate(found)
    )  # fmt: skip


floors = st.one_of(
    st.integers(0, 100).map(lambda n: _floor(percent=Decimal(n))),
    st.integers(0, 3000).map(lambda n: _floor(amount=Decimal(n), currency="USD")),
)


def _floor(**said: object) -> Floor:
    return Floor(key="floor", name="Floor", owner="Ada", definition="d", **said)  # type: ignore[arg-type]


def run_year(
    agreed: tuple[AgreedDiscount, ...], floor: Floor, calls: list[int], end: datetime | None
) -> list[tuple[Line, ...]]:
    """The lines of each month of a contract year, billed one after the other."""
    past: tuple[PastPeriod, ...] = ()
    found: list[tuple[Line, ...]] = []
    arranged = Arrangement(start=START, end=end, discounts=agreed, floors=(floor,))
    for place, count in enumerate(calls):
        year, month = divmod(2 + place, 12)
        period = Period.month(2026 + year, month + 1)
        one = terms(fee("100"), per_call("0.07"), readings={"calls": str(count)}, active=period)
        own = replace(one, card=replace(one.card, arrangement=arranged), past=past)
        made = draft(customer(), period, [own])
        found.append(made.lines)
        past = (*past, PastPeriod(name=made.period_name, period=period, lines=made.lines))
    return found


def year_of(months: list[tuple[Line, ...]]) -> tuple[Decimal, Decimal]:
    """What the year listed, and what it came to after all discounts."""
    lines = [line for month in months for line in month]
    charged = [line for line in lines if line.price_key and line.group is not LineGroup.DISCOUNT]
    listed = sum((line.amount + line.given_free for line in charged), Decimal(0))
    return listed, sum((line.amount for line in lines), Decimal(0))


@settings(max_examples=60, deadline=None)
@given(discounts(), floors, st.lists(st.integers(0, 5000), min_size=12, max_size=12), st.integers(1, 12))
def test_no_contract_year_ends_below_its_floor(
    agreed: tuple[AgreedDiscount, ...], floor: Floor, calls: list[int], lasts: int
):
    ended = Period.month(2026 + (1 + lasts) // 12, (1 + lasts) % 12 + 1).end
    months = run_year(agreed, floor, calls[:lasts], ended if lasts < 12 else None)
    listed, net = year_of(months)
    least = listed * floor.percent / 100 if floor.percent is not None else floor.amount or Decimal(0)
    assert net >= min(listed, least) - Decimal("0.005")
    assert net <= listed


@settings(max_examples=30, deadline=None)
@given(discounts(), st.lists(st.integers(0, 5000), min_size=12, max_size=12))
def test_lines_sum_to_the_total_and_each_discount_stands_beside_its_charge(
    agreed: tuple[AgreedDiscount, ...], calls: list[int]
):
    months = run_year(agreed, _floor(percent=Decimal(0)), calls, None)
    for lines in months:
        by_price: dict[str, Decimal] = {}
        for line in lines:
            by_price[line.price_key] = by_price.get(line.price_key, Decimal(0)) + line.amount
            assert sum(step.amount for step in line.steps) == line.amount_exact
            assert all(step.amount == step.quantity * step.unit_amount for step in line.steps if step.amount)
            if line.group is LineGroup.DISCOUNT:
                assert line.amount < 0
        assert min(by_price.values()) >= 0
