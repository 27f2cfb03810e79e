"""What a group pays under a commitment that it shares is what one customer with all its usage would pay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from steelyard.billing.evidence import build, verify
from steelyard.billing.run import changes_of
from steelyard.catalog.rate_change import RateChange
from steelyard.contracts import CommitmentTerms, Contract, Cycle
from steelyard.contracts.contract import Member, Sharing
from steelyard.contracts.planned import saving
from steelyard.kernel import instant
from steelyard.rating import GraduatedPrice, Tier
from steelyard.rating.commitment_course import Payment
from steelyard.record import Kind
from tests.billing_catalog import catalog
from tests.billing_world import World

START = instant("2026-09-01T00:00:00Z")
MONTHS = {"2026-09": "2026-10-02", "2026-10": "2026-11-02", "2026-11": "2026-12-02"}
GROUP = ("group", "north", "south")
TIERED = GraduatedPrice(
    tiers=(Tier(up_to=Decimal(1000), unit_amount=Decimal("1.1")), Tier(unit_amount=Decimal("0.37")))
)


@st.composite
def commitments(draw: st.DrawFn) -> CommitmentTerms:
    """A commitment of any payment, with or without what may stand beside it."""
    every, payment = draw(st.sampled_from(Cycle)), draw(st.sampled_from(Payment))
    amount = Decimal(draw(st.integers(1, 200)) * 12)
    scheduled = payment is Payment.SCHEDULED
    return CommitmentTerms(
        key="y",
        amount=amount,
        start=START,
        every=every,
        payment=payment,
        schedule=(amount / every.months,) * every.months if scheduled else (),
        rollover=Decimal(draw(st.sampled_from(["0", "0.5", "1"]))),
        percent=Decimal(draw(st.sampled_from(["0", "10", "33"]))),
        overage_factor=Decimal(draw(st.sampled_from(["0.8", "1", "1.5"]))),
        burst=Decimal(draw(st.integers(0, 500))),
        covers=draw(st.sampled_from([(), ("big",)])),
        end=draw(st.sampled_from([None, instant("2026-12-01T00:00:00Z")])),
    )


amounts = st.integers(0, 2500)
usage = st.lists(st.tuples(*[amounts] * 3), min_size=3, max_size=3)


def agreed(customer: str, members: Sequence[str], terms: CommitmentTerms) -> Contract:
    return Contract(
        id=f"con_{customer}",
        customer=customer,
        name=customer,
        start=START,
        sharing=Sharing.SHARED,
        members=tuple(Member(customer=one, effective_from=START) for one in members),
        overrides=(RateChange(price="big", model=TIERED, included=Decimal(100), rising=True),),
        commitments=(terms,),
    )


def use(world: World, month: str, quantities: Mapping[str, int], day: str) -> None:
    for customer, tokens in quantities.items():
        if tokens:
            event = {"id": f"{customer}{month}{day}", "type": "llm", "time": f"{month}-{day}T00:00:00Z"}
            world.use(customer, [{**event, "tokens": tokens, "model": "big"}])


def together(shares: tuple[int, int, int]) -> dict[str, int]:
    return {**dict(zip(GROUP, shares, strict=True)), "alone": sum(shares)}


def charged(world: World, customers: Sequence[str], month: str) -> Decimal:
    """What the month's documents of these customers charge, without their fees."""
    found = Decimal(0)
    for one in world.documents(month):
        if one.customer in customers:
            sign = -1 if one.kind == "credit_note" else 1
            fees = sum((line.amount for line in one.lines if line.price_key == "base_fee"), Decimal(0))
            found += sign * (one.total - fees) if sign < 0 else one.total - fees
    return found


def proven(world: World) -> None:
    for month in MONTHS:
        for one in world.documents(month):
            data = build(one, state=world.state, usage=world.usage, reader=world.reader)
            assert verify(data, world.vkey).problems == (), (month, one.customer)


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(
    terms=commitments(), months=usage, late=st.tuples(amounts, amounts, amounts), order=st.permutations(GROUP)
)
def test_a_group_pays_what_one_customer_with_all_of_its_usage_pays(
    terms: CommitmentTerms, months: list[Any], late: tuple[int, int, int], order: list[str]
) -> None:
    with TemporaryDirectory() as folder:
        world = World(Path(folder))
        try:
            _play(world, terms, months, late, order)
        finally:
            world.close()


def _play(world: World, terms: CommitmentTerms, months: list[Any], late: Any, order: list[str]) -> None:
    world.publish(catalog())
    for key in (*GROUP, "alone"):
        world.customer(key)
        world.subscribe(key, "team", quantities={"seats": "0"})
    for one in (agreed("group", GROUP[1:], terms), agreed("alone", (), terms)):
        world.writer.submit(saving(Kind.CONTRACT, one.customer, one, one.id, None)).result()
    for month, shares in zip(MONTHS, months, strict=True):
        use(world, month, together(shares), "03")
        if month == "2026-11":
            use(world, "2026-09", together(late), "20")
        for customer in (*order, "alone"):
            world.bill(month, at=instant(f"{MONTHS[month]}T00:00:00Z"), customers=[customer])
        assert charged(world, GROUP, month) == charged(world, ["alone"], month)
        assert charged(world, GROUP[1:], month) == 0
    assert [changes_of(world.books, key) for key in GROUP] == [(), (), ()]
    proven(world)
