"""Whatever changes when, and however often months are billed: all documents sum to the months billed once."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from msgspec import Raw

from steelyard.billing import CreditNote, Document, DraftInvoice, Invoice, RunStatus
from steelyard.billing.adjust import key_of
from steelyard.billing.evidence import build, verify
from steelyard.billing.run import preview
from steelyard.kernel import instant, parse_month
from steelyard.metering import Attributed, BackfillAction, Backfilled, Range
from tests.billing_catalog import catalog
from tests.billing_world import World, payload_of_event

MONTHS = ("2026-10", "2026-11", "2026-12")
AFTER = "2027-01"
CUSTOMERS = ("acme", "bolt")
START = instant("2027-03-02T00:00:00Z")

Charge = tuple[Decimal, Decimal, Decimal]


@dataclass(frozen=True)
class Use:
    customer: str
    month: str
    type: str
    amount: int
    model: str


@dataclass(frozen=True)
class Correct:
    which: int
    action: str
    amount: int


@dataclass(frozen=True)
class Attribute:
    use: Use


@dataclass(frozen=True)
class Bring:
    """A backfill with one event, in the place of those of its type and month or beside them."""

    use: Use
    replaces: bool


@dataclass(frozen=True)
class Revert:
    which: int


@dataclass(frozen=True)
class Run:
    month: str


Step = Use | Correct | Attribute | Bring | Revert | Run


def rich_catalog() -> dict[str, Any]:
    """The small catalog with a plan of tiers, an allowance and a commitment that covers them."""
    values = catalog()
    tiers = [{"up_to": "2000", "unit_amount": "0.013"}, {"unit_amount": "0.007", "flat_amount": "5"}]
    kept = {"owner": "Ada", "definition": "As agreed."}
    values["rate_cards"][0]["rates"].append(
        {
            **kept,
            "key": "tiered",
            "name": "Tiered",
            "model": "graduated",
            "metric": "tokens",
            "tiers": tiers,
            "included": "100",
        }
    )
    values["plans"].append(
        {
            **kept,
            "key": "committed",
            "name": "Committed",
            "product": "ai",
            "currency": "USD",
            "items": [{"price": "tiered"}, {"price": "users"}],
            "commitment": {"amount": "10", "covers": ["tiered"]},
        }
    )
    return values


@dataclass
class Story:
    """A world in which usage and corrections are recorded, and months billed, as they come."""

    world: World
    carriers: list[tuple[int, Use]] = field(default_factory=list)
    ended: set[int] = field(default_factory=set)
    backfills: list[tuple[str, str]] = field(default_factory=list)
    runs: int = 0

    def tell(self, steps: Iterable[Step]) -> None:
        for number, step in enumerate(steps):
            match step:
                case Use():
                    written = self.world.use(step.customer, [event_of(step, number)])
                    self.carriers.append((written.indexes[0], step))
                case Correct():
                    self.correct(step, number)
                case Attribute():
                    self.attribute(step.use, number)
                case Bring():
                    self.bring(step, f"bf_{number}", event_of(step.use, number))
                case Revert():
                    self.revert(step.which)
                case Run():
                    self.run(step.month)

    def attribute(self, use: Use, number: int) -> None:
        event = Raw(payload_of_event(use.customer, event_of(use, number)))
        named = {"source": "test", "id": f"e{number}", "by": "finance", "reason": "it is theirs"}
        index = self.world.change(use.customer, Attributed(of=0, leaf="", after=0, event=event, **named))
        self.carriers.append((index, use))

    def bring(self, step: Bring, id: str, event: dict[str, Any]) -> None:
        customer, upto = step.use.customer, self.world.reader.size
        self.world.change(customer, backfill(id, BackfillAction.OPEN))
        self.world.use(customer, [{**event, "backfill": id}])
        whole = Range(customer=customer, event_types=(step.use.type,), period=parse_month(step.use.month))
        ranges = (whole,) if step.replaces else ()
        self.world.change(customer, backfill(id, BackfillAction.COMMIT, deprecate=ranges, upto=upto))
        self.backfills.append((customer, id))

    def revert(self, which: int) -> None:
        if self.backfills:
            customer, id = self.backfills.pop(which % len(self.backfills))
            self.world.change(customer, backfill(id, BackfillAction.REVERT))

    def correct(self, step: Correct, number: int) -> None:
        usable = [one for one in self.carriers if one[0] not in self.ended]
        if not usable:
            return
        index, use = usable[step.which % len(usable)]
        new = Use(use.customer, use.month, use.type, step.amount, use.model)
        event = event_of(new, number) if step.action == "amend" else None
        at = self.world.correct(use.customer, step.action, index, event)
        if step.action in ("amend", "void"):
            self.ended.add(index)
        if step.action == "amend":
            self.carriers.append((at, new))

    def run(self, month: str) -> RunStatus:
        self.runs += 1
        return self.world.bill(month, at=START + timedelta(hours=self.runs)).status

    def close(self) -> None:
        self.world.close()

    def documents(self) -> list[Document]:
        state = self.world.state
        return [*state.find(Invoice), *state.find(CreditNote)]


def backfill(id: str, action: BackfillAction, **fields: Any) -> Backfilled:
    return Backfilled(id=id, action=action, by="finance", reason="a better file", **fields)


def event_of(use: Use, number: int) -> dict[str, Any]:
    head = {"id": f"e{number}", "type": use.type, "time": f"{use.month}-12T00:00:00Z"}
    if use.type == "sale":
        return {**head, "pieces": use.amount, "price": "0.333"}
    return {**head, "tokens": use.amount, "model": use.model, "user": f"u{use.amount % 3}"}


def charges(documents: Iterable[Document | DraftInvoice]) -> dict[tuple[Any, ...], Charge]:
    """What is charged for each line of each customer's period, all documents together."""
    found: dict[tuple[Any, ...], Charge] = {}
    for document in documents:
        sign = -1 if isinstance(document, CreditNote) else 1
        for line in document.lines:
            period = line.adjusts.period_name if line.adjusts else document.period_name
            place = (document.customer, period, *key_of(line))
            so_far = found.get(place, (Decimal(0), Decimal(0), Decimal(0)))
            more = (line.quantity or Decimal(0), sign * line.amount_exact, sign * line.amount)
            found[place] = tuple(a + b for a, b in zip(so_far, more, strict=True))  # type: ignore[assignment]
    return {place: charge for place, charge in found.items() if any(charge)}


def told(folder: str, steps: Iterable[Step]) -> Story:
    world = World(Path(folder))
    world.publish(rich_catalog())
    end = "2027-01-01T00:00:00Z"
    for key, plan in (("acme", "team"), ("bolt", "committed")):
        world.customer(key, tax="19")
        world.subscribe(key, plan, end=end, **({"quantities": {"seats": "1"}} if plan == "team" else {}))
        world.subscribe(key, "counter", end=end)
    story = Story(world)
    story.tell(steps)
    return story


uses = st.builds(
    Use,
    st.sampled_from(CUSTOMERS),
    st.sampled_from(MONTHS),
    st.sampled_from(["llm", "llm", "sale"]),
    st.integers(0, 5000),
    st.sampled_from(["big", "small"]),
)
corrections = st.builds(
    Correct, st.integers(0, 20), st.sampled_from(["amend", "void", "hold", "release"]), st.integers(0, 5000)
)
runs = st.builds(Run, st.sampled_from(MONTHS))
others = st.one_of(
    st.builds(Attribute, uses),
    st.builds(Bring, uses, st.booleans()),
    st.builds(Revert, st.integers(0, 9)),
)
stories = st.lists(st.one_of(uses, uses, corrections, others, runs), max_size=25)


@settings(max_examples=12, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(stories)
def test_all_documents_sum_to_each_month_drafted_from_scratch(steps: list[Step]):
    with tempfile.TemporaryDirectory() as folder, closing(told(folder, steps)) as story:
        world = story.world
        for month in (*MONTHS, AFTER):
            story.run(month)
        documents = story.documents()
        assert charges(documents) == from_scratch(world)
        assert {story.run(month) for month in (*MONTHS, AFTER)} == {RunStatus.UNCHANGED}
        assert story.documents() == documents
        for document in documents:
            evidence = build(document, state=world.state, usage=world.usage, reader=world.reader)
            assert verify(evidence, world.vkey).problems == ()


def from_scratch(world: World) -> dict[tuple[Any, ...], Charge]:
    """What each month's usage, as it is now, is charged when nothing was billed before."""
    drafts = [preview(world.books, customer, month) for customer in CUSTOMERS for month in MONTHS]
    return charges(drafts)
