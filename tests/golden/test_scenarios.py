"""Whole bills as readable files: catalog, customers, events, and the statement that must come of them.

Each file in `scenarios` has parts that begin with a line `== name`. `catalog` is YAML; `customers` has one
customer a line (key, plan, `name=value`…), `events` one event a line (time, id, customer, type,
`name=value`…), `statement` is exactly what the month's documents say.

A file may bill several months: `months` names them in order, `events` are then those known before the first
bill, `events 2026-08` what comes in before the bill of that month, and `statement` is all documents in the
order of their months. `commitments` has one commitment a line (customer, key, `name=value`…), `contracts` one
contract with its multipliers, `mergers 2026-10` who merges into whom before that month is billed.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from steelyard.billing import GROUP_TITLES, Document
from steelyard.billing.evidence import build, verify
from steelyard.billing.taking_over import openings_of
from steelyard.catalog import Plan, live_version
from steelyard.catalog.rate_change import RateChange
from steelyard.contracts import CommitmentTerms, Contract, Customer, Directory, Subscription
from steelyard.contracts.commitments import commitment_problems
from steelyard.contracts.merging import Merger, Occasion, Remainder, merge_customers
from steelyard.contracts.planned import saving
from steelyard.kernel import instant, iso, parse_month, plain, round_minor
from steelyard.record import Kind
from tests.billing_world import World

FOLDER = Path(__file__).parent / "scenarios"
FILES = sorted(FOLDER.glob("*.txt"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_scenario_gives_its_statement(file: Path, tmp_path: Path):
    parts = read_parts(file.read_text(encoding="utf-8"))
    world = World(tmp_path)
    try:
        world.publish(yaml.load(parts["catalog"], yaml.BaseLoader))
        for line in parts["customers"].splitlines():
            add_customer(world, line)
        for line in parts.get("contracts", "").splitlines():
            add_contract(world, line)
        for line in parts.get("commitments", "").splitlines():
            add_commitment(world, line)
        for line in parts["events"].splitlines():
            add_event(world, line)
        documents: list[Document] = []
        for month in parts.get("months", "2026-10").split():
            for line in parts.get(f"mergers {month}", "").splitlines():
                add_merger(world, line)
            for line in parts.get(f"events {month}", "").splitlines():
                add_event(world, line)
            world.bill(month, at=day_after(month))
            documents += sorted(world.documents(month), key=lambda one: one.customer)
        assert "\n\n".join(map(statement, documents)) == parts["statement"]
        for one in documents:
            evidence = build(one, state=world.state, usage=world.usage, reader=world.reader)
            assert verify(evidence, world.vkey).problems == ()
    finally:
        world.close()


def test_there_are_scenarios():
    assert FILES


def read_parts(text: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for part in text.split("\n== ")[1:]:
        name, _, body = part.partition("\n")
        parts[name.strip()] = body.strip("\n")
    return parts


def pairs(words: list[str]) -> dict[str, str]:
    return dict(word.split("=", 1) for word in words)


def add_customer(world: World, line: str) -> None:
    """Takes `acme team tax=19 seats=3 start=… commitment=…`."""
    key, plan, *rest = line.split()
    said = pairs(rest)
    fields = {name: said.pop(name) for name in ("tax", "currency", "timezone") if name in said}
    world.customer(key, **fields)
    terms: dict[str, Any] = {name: said.pop(name) for name in ("start", "end") if name in said}
    if "commitment" in said:
        terms["commitment"] = Decimal(said.pop("commitment"))
    world.subscribe(key, plan, quantities=said, **terms)


def add_contract(world: World, line: str) -> None:
    """Takes `bolt Bolt-2026 start=… minutes=0.8`: prices with what multiplies them."""
    customer, name, *rest = line.split()
    said = pairs(rest)
    start = instant(said.pop("start"))
    overrides = tuple(RateChange(price=key, multiplier=Decimal(factor)) for key, factor in said.items())
    one = Contract(id=f"con_{customer}", customer=customer, name=name, start=start, overrides=overrides)
    world.writer.submit(saving(Kind.CONTRACT, customer, one, one.id, None)).result()


def add_merger(world: World, line: str) -> None:
    """Takes `acme into=bolt at=2026-10-01T00:00:00Z commitments=transfer`."""
    customer, *rest = line.split()
    said = pairs(rest)
    at = instant(said["at"])
    occasion = Occasion(effective_from=at, by="sales", reason="a merger", at=at)
    directory = Directory(world.state.find(Customer), world.state.find(Subscription))
    remainder = Remainder(said["commitments"])
    merger = merge_customers(
        world.state,
        directory,
        customer,
        said["into"],
        occasion,
        remainder,
        openings_of(world.books, customer, occasion.effective_from),
    )
    assert isinstance(merger, Merger), merger
    assert merger.write is not None
    world.writer.submit(merger.write).result()


def add_commitment(world: World, line: str) -> None:
    """Takes `acme year amount=1200 every=year …` for the customer's first subscription."""
    customer, key, *rest = line.split()
    said: dict[str, Any] = pairs(rest)
    for name in ("covers", "schedule"):
        if name in said:
            said[name] = said[name].split(",")
    (subscription,) = world.state.find(Subscription, customer=customer)
    terms = msgspec.convert(
        {"key": key, "start": iso(subscription.start), **said}, CommitmentTerms, strict=False
    )
    known = [item.price for item in live_plan(world, subscription.plan).items]
    assert list(commitment_problems(terms, subscription.commitments, known)) == []
    held = replace(subscription, commitments=(*subscription.commitments, terms))
    version = world.state.version(Subscription, held.id)
    world.writer.submit(saving(Kind.SUBSCRIPTION, customer, held, held.id, version)).result()


def live_plan(world: World, key: str) -> Plan:
    version = live_version(world.state)
    assert version is not None
    return version.catalog.plan(key)


def day_after(month: str) -> datetime:
    """The second day after the month, in the morning."""
    return parse_month(month).end + timedelta(days=1, hours=9)


def add_event(world: World, line: str) -> None:
    """Takes `2026-10-03T10:00:00Z e1 acme llm tokens=500`."""
    time, id, customer, event_type, *rest = line.split()
    world.use(customer, [{**pairs(rest), "id": id, "type": event_type, "time": time}])


def statement(document: Document) -> str:
    """The document in plain text: groups, lines with their steps, totals."""
    rows = [f"{document.number}  {document.customer}  {document.period_name}  {document.currency}"]
    group = None
    for line in document.lines:
        if line.group is not group:
            group = line.group
            rows.append(f"{GROUP_TITLES[group]}")
        quantity = "" if line.quantity is None else f"{plain(line.quantity)} {line.unit}".strip()
        rows.append(f"  {line.title:<30}{quantity:>18}{money(document, line.amount):>14}")
        rows += [f"    {step.text}" for step in line.steps]
    rows.append(f"{'Total':<32}{'':>18}{money(document, document.total):>14}")
    return "\n".join(rows)


def money(document: Document, amount: Decimal) -> str:
    return str(round_minor(amount, document.currency))
