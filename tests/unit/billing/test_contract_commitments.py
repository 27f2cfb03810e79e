"""What a contract commits to: used up by all subscriptions of its customer, proven like every line."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any

from steelyard.billing import Document
from steelyard.billing.evidence import build, verify
from steelyard.billing.run import preview
from steelyard.contracts import CommitmentTerms, Contract, Cycle
from steelyard.contracts.contract import Renewal
from steelyard.contracts.planned import saving
from steelyard.kernel import instant
from steelyard.rating.commitment_course import Payment
from steelyard.record import Kind
from tests.billing_world import World

START = instant("2026-09-01T00:00:00Z")


def agree(world: World, *commitments: CommitmentTerms, **fields: Any) -> Contract:
    one = Contract(id="con_1", customer="acme", name="Acme", start=START, commitments=commitments, **fields)
    version = world.state.version(Contract, one.id)
    world.writer.submit(saving(Kind.CONTRACT, "acme", one, one.id, version)).result()
    return one


def commits(amount: str, **fields: Any) -> CommitmentTerms:
    return CommitmentTerms(key="year", amount=Decimal(amount), start=START, **fields)


def use(world: World, *times: str) -> None:
    events = [
        {"id": f"e{n}", "type": "llm", "time": time, "tokens": 4_000_000, "model": "big", "user": "u"}
        for n, time in enumerate(times)
    ]
    world.use("acme", events)


def committed(document: Any) -> list[tuple[str, str]]:
    return [(one.title, f"{one.amount:.2f}") for one in document.lines if one.reason.startswith("commitment")]


def proven(world: World, document: Document) -> None:
    evidence = build(document, state=world.state, usage=world.usage, reader=world.reader)
    assert verify(evidence, world.vkey).problems == ()


def test_a_contract_s_commitment_covers_what_the_subscription_uses_and_is_proven(world: World) -> None:
    world.customer("acme")
    world.subscribe("acme", "team", quantities={"seats": "1"})
    agree(world, commits("25", covers=("big",)))
    use(world, "2026-10-03T00:00:00Z")
    world.bill()
    (document,) = world.documents()
    assert committed(document) == [("Committed amount", "25.00"), ("Covered by the commitment", "-10.00")]
    proven(world, document)


def test_it_goes_on_when_the_subscription_that_it_stood_with_ends(world: World) -> None:
    world.customer("acme")
    world.subscribe("acme", "team", quantities={"seats": "1"}, end="2026-10-01T00:00:00Z")
    world.subscribe("acme", "counter", start="2026-09-02T00:00:00Z")
    agree(world, commits("120", every=Cycle.YEAR, payment=Payment.POSTPAID))
    world.bill("2026-09")
    world.bill("2026-10")
    documents = {month: world.documents(month)[0] for month in ("2026-09", "2026-10")}
    assert committed(documents["2026-09"]) == [("Commitment", "0.00")]
    assert committed(documents["2026-10"]) == [("Commitment", "0.00")]
    assert documents["2026-09"].lines[-1].subscription != documents["2026-10"].lines[-1].subscription
    for document in documents.values():
        proven(world, document)


def test_it_is_trued_up_with_the_contract_s_end_and_not_where_that_goes_on(world: World) -> None:
    world.customer("acme")
    world.subscribe("acme", "team", quantities={"seats": "1"})
    yearly = commits("120", every=Cycle.YEAR, payment=Payment.POSTPAID)
    ending = agree(world, yearly, end=instant("2026-11-01T00:00:00Z"))
    assert ("True-up to the commitment", "120.00") in committed(preview(world.books, "acme", "2026-10"))
    goes_on = dataclasses.replace(ending, renewal=Renewal(term_months=12))
    agree(world, yearly, end=goes_on.end, renewal=goes_on.renewal)
    assert committed(preview(world.books, "acme", "2026-10")) == [("Commitment", "0.00")]
    assert committed(preview(world.books, "acme", "2026-11")) == []


def test_a_pilot_commits_to_nothing(world: World) -> None:
    world.customer("acme")
    world.subscribe("acme", "team", quantities={"seats": "1"})
    agree(world, commits("25"), shadow=True)
    assert committed(preview(world.books, "acme", "2026-10")) == []
