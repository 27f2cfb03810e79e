"""Laws of contracts: splits that change nothing, scaled prices, cycles, and rates that name their source."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any, get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.billing.draft import draft
from steelyard.billing.terms import Reading, Terms
from steelyard.catalog import Catalog, CatalogVersion, Source, validate
from steelyard.catalog.rate_change import RateChange
from steelyard.catalog.scaling import scaled
from steelyard.contracts import (
    ChangeAction,
    Contract,
    Customer,
    RatedItem,
    Subscription,
    SubscriptionChange,
)
from steelyard.contracts.cycles import cycles
from steelyard.contracts.sharing import times_part
from steelyard.contracts.timeline import NEVER_TURNED, Deal, card_over, parts
from steelyard.kernel import Period, instant
from steelyard.kernel.daycount import DayCount, share_of
from steelyard.rating import (
    BlockPrice,
    DynamicPrice,
    FlatPrice,
    GraduatedPrice,
    MatrixPrice,
    MultiUnitPrice,
    PackagePrice,
    PercentagePrice,
    PerUnitPrice,
    PriceModel,
    StairstepPrice,
    Tier,
    Usage,
    UsagePart,
    VolumePrice,
    WindowedPrice,
    rate,
)
from steelyard.rating.commitment import WindowTerms
from steelyard.rating.prices import BlockTier, MatrixCell, Stair, UnitPrice
from tests.billing_catalog import catalog

OCTOBER = Period.month(2026, 10)
START = instant("2026-09-01T00:00:00Z")
ACME = Customer(key="acme", name="Acme", currency="USD", created_at=START)
_made = validate(Source(values=catalog()))
assert isinstance(_made, Catalog)
VERSION = CatalogVersion(id="cat_1", number=1, published_at=START, published_by="x", catalog=_made)

moments = st.integers(0, 31 * 24 * 60 - 1).map(lambda minute: OCTOBER.start + timedelta(minutes=minute))
quantities = st.integers(0, 10_000_000).map(Decimal)


def team(**fields: Any) -> Subscription:
    asked = {
        "id": "s",
        "customer": "acme",
        "plan": "team",
        "start": START,
        "quantities": {"seats": Decimal(3)},
    }
    return Subscription(**{**asked, **fields})


def change(number: int, at: Any, **fields: Any) -> SubscriptionChange:
    asked: dict[str, Any] = {"action": ChangeAction.AMEND, **fields}
    return SubscriptionChange(id=f"c{number}", effective_from=at, by="ada", recorded_at=START, **asked)


def billed(
    subscription: Subscription, used: Decimal, *contracts: Contract, turned: Any = NEVER_TURNED
) -> list[tuple[str, Decimal]]:
    deal = Deal(subscription=subscription, customer=ACME, contracts=contracts)
    card = card_over(deal, VERSION, OCTOBER, turned)
    reading = Reading(quantity=used, events=1, first_seq=1, last_seq=1)
    terms = Terms(card=card, active=OCTOBER, readings={"big": reading})
    return [(line.price_key, line.amount_exact) for line in draft(ACME, OCTOBER, [terms]).lines]


@given(at=st.lists(moments, max_size=4), used=quantities)
def test_a_month_split_by_changes_that_change_nothing_is_the_same_month(at: list[Any], used: Decimal) -> None:
    nothing = tuple(change(n, moment, quantities={"seats": Decimal(3)}) for n, moment in enumerate(at))
    assert billed(team(changes=nothing), used) == billed(team(), used)


@given(at=moments, used=quantities)
def test_a_contract_that_changes_nothing_changes_no_bill(at: Any, used: Decimal) -> None:
    empty = Contract(id="c", customer="acme", name="A", start=at)
    assert billed(team(), used, empty) == billed(team(), used)


@given(at=moments.filter(lambda at: at > OCTOBER.start), used=quantities)
def test_a_pin_that_ends_where_the_live_catalog_is_the_same_changes_no_bill(at: Any, used: Decimal) -> None:
    pinned = team(catalog=VERSION.id, catalog_until=at)
    same = replace(VERSION, id="cat_2", number=2)
    assert billed(pinned, used, turned={"s": same}) == billed(team(), used)


@given(at=moments.filter(lambda at: at > OCTOBER.start), fee=st.integers(0, 100))
def test_a_pin_that_ends_charges_each_fee_for_its_days(at: Any, fee: int) -> None:
    other = catalog()
    next(one for one in other["rate_cards"][0]["rates"] if one["key"] == "base_fee")["amount"] = str(fee)
    made = validate(Source(values=other))
    assert isinstance(made, Catalog)
    live = replace(VERSION, id="cat_2", catalog=made)
    lines = billed(team(catalog=VERSION.id, catalog_until=at), Decimal(0), turned={"s": live})
    before = (at.date() - OCTOBER.start.date()).days
    expected = Decimal(49) * before / 31 + Decimal(fee) * (31 - before) / 31
    charged = sum((amount for key, amount in lines if key == "base_fee"), Decimal(0))
    assert abs(charged - expected) < Decimal("1e-15")


@given(at=moments, seats=st.integers(0, 50))
def test_two_parts_of_a_fee_are_each_theirs_by_days(at: Any, seats: int) -> None:
    split = team(changes=(change(1, at, quantities={"seats": Decimal(seats)}),))
    lines = [amount for key, amount in billed(split, Decimal(0)) if key == "seats"]
    before = (at.date() - OCTOBER.start.date()).days
    expected = Decimal(60) * before / 31 + Decimal(20 * seats) * (31 - before) / 31
    assert abs(sum(lines, Decimal(0)) - expected) < Decimal("1e-15")


@given(cuts=st.lists(moments, max_size=6), fixed=st.booleans())
def test_the_days_of_the_parts_sum_to_the_days_of_the_whole(cuts: list[Any], fixed: bool) -> None:
    count = DayCount.FIXED_30 if fixed else DayCount.ACTUAL
    noise = tuple(change(n, moment, quantities={"seats": Decimal(n)}) for n, moment in enumerate(cuts))
    deal = Deal(subscription=team(changes=noise), customer=ACME)
    found = parts(deal, VERSION, OCTOBER)
    assert found[0].start == OCTOBER.start
    assert found[-1].end == OCTOBER.end
    if len(found) > 1:
        shares = [share_of(part, OCTOBER, "UTC", count) for part in found]
        assert sum(share.days for share in shares) == shares[0].of


@given(
    at=moments,
    percent=st.integers(0, 200),
    action=st.sampled_from(sorted(set(ChangeAction) - {ChangeAction.CANCEL})),
)
def test_every_rate_says_why_it_applies(at: Any, percent: int, action: ChangeAction) -> None:
    overrides = (RateChange(price="*", effective_from=at, multiplier=Decimal(percent) / 100, rising=True),)
    agreed = Contract(id="c", customer="acme", name="Acme 2026", start=START, overrides=overrides)
    subscription = team(changes=(change(1, at, action=action),))
    card = card_over(Deal(subscription=subscription, customer=ACME, contracts=(agreed,)), VERSION, OCTOBER)
    for item in card.items:
        assert item.reason.startswith("plan Team")
        changed = _since(item) >= at
        assert ("contract Acme 2026" in item.reason) == changed


def _since(item: RatedItem) -> Any:
    return item.active.start if item.active else OCTOBER.start


_TIERS = (
    Tier(up_to=Decimal(10), unit_amount=Decimal(3), flat_amount=Decimal(1)),
    Tier(unit_amount=Decimal(2)),
)
SAMPLES: dict[type, PriceModel] = {
    FlatPrice: FlatPrice(amount=Decimal(7)),
    PerUnitPrice: PerUnitPrice(unit_amount=Decimal(3)),
    GraduatedPrice: GraduatedPrice(tiers=_TIERS),
    VolumePrice: VolumePrice(tiers=_TIERS),
    PackagePrice: PackagePrice(size=Decimal(4), amount=Decimal(5)),
    DynamicPrice: DynamicPrice(multiplier=Decimal("1.2")),
    StairstepPrice: StairstepPrice(
        stairs=(Stair(amount=Decimal(9), up_to=Decimal(5)), Stair(amount=Decimal(20)))
    ),
    PercentagePrice: PercentagePrice(percent=Decimal(2), event_amount=Decimal(1), free_events=1),
    BlockPrice: BlockPrice(blocks=(BlockTier(size=Decimal(3), amount=Decimal(2)),)),
    MatrixPrice: MatrixPrice(
        over=("at",), cells=(MatrixCell(at=("a",), unit_amount=Decimal(4)),), rest=Decimal(1)
    ),
    MultiUnitPrice: MultiUnitPrice(
        over=("at",), units=(UnitPrice(unit="*", price=PerUnitPrice(unit_amount=Decimal(2))),)
    ),
    WindowedPrice: WindowedPrice(
        outside=WindowTerms(unit_amount=Decimal(2), commit_amount=Decimal(5), true_up=True)
    ),
}


def test_there_is_a_sample_of_every_price_model() -> None:
    assert set(SAMPLES) == set(get_args(PriceModel))


@given(model=st.sampled_from(list(SAMPLES.values())), used=st.integers(1, 40), percent=st.integers(0, 300))
@settings(max_examples=300)
def test_a_scaled_price_charges_the_scaled_amount(model: PriceModel, used: int, percent: int) -> None:
    factor, quantity = Decimal(percent) / 100, Decimal(used)
    place = "2026-10-03T09" if isinstance(model, WindowedPrice) else "a"
    usage = Usage(
        quantity=quantity,
        amount=Decimal(11),
        events=2,
        values=(quantity,),
        parts=(UsagePart(at=(place,), quantity=quantity),),
    )
    assert rate(scaled(model, factor), usage).amount == rate(model, usage).amount * factor


@given(
    model=st.sampled_from(list(SAMPLES.values())),
    used=st.integers(1, 40),
    part=st.sampled_from(["1", "0.5", "0.25", "0.75"]),
)
@settings(max_examples=200)
def test_who_uses_by_its_part_of_a_contract_pays_its_part_of_the_charge(
    model: PriceModel, used: int, part: str
) -> None:
    if isinstance(model, PercentagePrice):
        model = PercentagePrice(percent=Decimal(2), event_amount=Decimal(1), free_events=4)
    price = replace(VERSION.catalog.prices["big"], model=model, included=Decimal(0))
    own = times_part(price, Decimal(part)).model
    assert rate(own, _used(Decimal(used) * Decimal(part), model, Decimal(part))).amount == (
        rate(model, _used(Decimal(used), model)).amount * Decimal(part)
    )


def _used(quantity: Decimal, model: PriceModel, part: Decimal = Decimal(1)) -> Usage:
    place = "2026-10-03T09" if isinstance(model, WindowedPrice) else "a"
    return Usage(
        quantity=quantity,
        amount=11 * part,
        events=int(8 * part),
        parts=(UsagePart(at=(place,), quantity=quantity),),
    )


@given(
    months=st.sampled_from([1, 3, 12]),
    anchor=st.integers(1, 31),
    start=st.dates(date(2024, 1, 1), date(2027, 12, 31)),
    days=st.integers(1, 900),
)
def test_cycles_follow_each_other_without_a_gap(months: int, anchor: int, start: date, days: int) -> None:
    end = start + timedelta(days=days)
    found = cycles(months=months, anchor_day=anchor, start=start, end=end, until=end)
    assert found[0].start == start
    assert found[-1].end == end
    assert all(one.end == following.start for one, following in pairwise(found))
    assert sum(one.share.days for one in found) == days
    assert all(one.is_whole for one in found[1:-1])
