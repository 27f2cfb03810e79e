"""A pin to a catalog version that ends in the middle of a month: each part by its own version, proven."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from steelyard.billing import Document
from steelyard.billing.evidence import build, verify
from steelyard.billing.run import preview
from steelyard.kernel import instant
from tests.billing_catalog import catalog
from tests.billing_world import World

MID = instant("2026-10-17T00:00:00Z")


def pinned(world: World, until: datetime, **fields: Any) -> None:
    """A customer who stays on a price of 2.50 until then; 5.00 is live."""
    first = catalog()
    first["rate_cards"][0]["rates"][0]["amount"] = "31"
    version = world.publish(first)
    world.publish(catalog(token_price="5.00"))
    world.customer("acme", **fields)
    world.subscribe("acme", "team", quantities={"seats": "3"}, catalog=version, catalog_until=until)
    world.use(
        "acme",
        [
            {"id": day, "type": "llm", "time": f"2026-10-{day}T12:00:00Z", "tokens": 4_000_000,
             "model": "big", "user": "u"}
            for day in ("03", "16", "17", "25")
        ],
    )  # fmt: skip


def rows(document: Any) -> list[tuple[str, str, str]]:
    return [
        (line.price_key, str(line.period.start)[5:10], f"{line.amount:.2f}")
        for line in document.lines
        if line.price_key != "users"
    ]


def proven(world: World, document: Document) -> None:
    verdict = verify(build(document, state=world.state, usage=world.usage, reader=world.reader), world.vkey)
    assert verdict.problems == ()


def test_usage_and_fees_are_charged_by_the_version_that_held_then(world: World) -> None:
    pinned(world, MID)
    world.fold()
    expected = preview(world.books, "acme", "2026-10")
    world.bill()
    (document,) = world.documents()
    assert rows(document) == rows(expected) == [
        ("base_fee", "10-01", "16.00"),  # 31 for 16 of 31 days
        ("seats", "10-01", "60.00"),  # the same in both: one line
        ("base_fee", "10-17", "23.71"),  # 49 for 15 of 31 days
        ("big", "10-01", "20.00"),
        ("big", "10-17", "40.00"),
    ]  # fmt: skip
    versions = {line.price_version for line in document.lines}
    assert versions == {*document.versions.values(), *document.turned.values()}
    assert len(versions) == 2
    proven(world, document)


@pytest.mark.parametrize("until", ["2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z"])
def test_a_pin_that_ends_with_a_month_leaves_one_version(world: World, until: str) -> None:
    pinned(world, instant(until))
    world.bill()
    (document,) = world.documents()
    assert document.turned == {}
    assert {line.price_version for line in document.lines} == set(document.versions.values())
    proven(world, document)


def test_what_comes_late_is_charged_by_the_versions_of_the_document_not_the_live_one(world: World) -> None:
    pinned(world, MID, tax="19")
    world.bill()
    world.publish(catalog(token_price="9.00"))
    world.use(
        "acme",
        [
            {"id": f"late{day}", "type": "llm", "time": f"2026-10-{day}T13:00:00Z", "tokens": 1_000_000,
             "model": "big", "user": "u"}
            for day in ("04", "20")
        ],
    )  # fmt: skip
    world.bill("2026-11")
    (document,) = world.documents("2026-11")
    adjusted = [f"{line.amount:.2f}" for line in document.lines if line.adjusts and line.price_key == "big"]
    assert adjusted == ["2.50", "5.00"]
    proven(world, document)


def test_the_days_of_both_parts_sum_to_the_month(world: World) -> None:
    pinned(world, MID)
    world.bill()
    (document,) = world.documents()
    steps = [step for line in document.lines if line.price_key == "base_fee" for step in line.steps]
    said = [step.text.split(":")[0] for step in steps if "of 31 days" in step.text]
    assert said == ["for 16 of 31 days", "for 15 of 31 days"]
