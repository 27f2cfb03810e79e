"""Plays a world: does one step after another to the real thing and to the naive one, and compares both."""

from __future__ import annotations

import atexit
import json
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from steelyard.adapters.duckdb import DuckUsageStore
from steelyard.adapters.sql import REGISTRY, check_state
from steelyard.adapters.sqlite import verify_record
from steelyard.billing import Document, InvoiceStatus
from steelyard.billing.run import changes_of, issued_documents, run
from steelyard.catalog import Source, publish
from steelyard.contracts import Customer, Subscription, Tax
from steelyard.contracts.planned import saving
from steelyard.kernel import Period, instant, micros
from steelyard.metering import (
    Backfill,
    ChangeRefused,
    Refused,
    Window,
    amend,
    amended,
    attribute,
    event_now,
    hold,
    release,
    void,
)
from steelyard.metering.backfills import BackfillStatus
from steelyard.record import UNATTRIBUTED, Kind
from tests.billing_catalog import catalog
from tests.simulation.world import filling, pricing
from tests.simulation.world.facts import CUSTOMERS, MONTHS, PLANS, SUBJECTS, Change, Facts, facts_of
from tests.simulation.world.machine import Crashed, Machine
from tests.simulation.world.naive import OWNERS, Naive, Quantities
from tests.simulation.world.schedule import Step, plain, troubled

BEGINNING = instant("2026-12-10T00:00:00Z")
EARLIEST, LATEST = micros(instant("2026-12-01T00:00:00Z")), micros(instant("2026-12-30T00:00:00Z"))
"""How far the clock may jump: what happened in November is not in the future, numbers are of one year."""
SPAN = Period(start=instant("2026-10-01T00:00:00Z"), end=instant("2026-12-01T00:00:00Z"))
METERS = {"tokens": ("model",), "users": (), "goods": ()}
T = TypeVar("T")


class Broken(AssertionError):
    """A promise that did not hold, with the steps that led there."""


@cache
def founded(base: Path | None) -> Path:
    """A folder in which a world begins: the catalog, the customers, and what they subscribe to."""
    place = Path(tempfile.mkdtemp(prefix="world-", dir=base))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    machine = Machine(place / "begun", micros(BEGINNING))
    _found(machine)
    machine.fold()
    machine.close()
    return place / "begun"


def _found(machine: Machine) -> None:
    at = instant("2026-09-01T00:00:00Z")
    done = publish(machine.state, Source(values=catalog()), published_at=at, published_by="finance")
    assert done.write is not None
    machine.submit([done.write])
    machine.adopt()
    for key in CUSTOMERS:
        tax = Tax(name="VAT", percent=Decimal(19)) if key == "acme" else None
        customer = Customer(
            key=key,
            name=key.title(),
            currency="USD",
            created_at=at,
            subjects=SUBJECTS[key],
            tax=tax,
        )
        one = Subscription(
            id=f"sub_{key}",
            customer=key,
            plan=PLANS[key],
            start=at,
            end=None,
            quantities={"seats": Decimal(3)} if PLANS[key] == "team" else {},
        )
        machine.submit([saving(Kind.CUSTOMER, key, customer, key, None)])
        machine.submit([saving(Kind.SUBSCRIPTION, key, one, one.id, None)])


class World:
    """The real thing and the naive one, side by side."""

    def __init__(self, folder: Path, facts: Facts, rng: Random, *, in_memory: bool) -> None:
        self._rng = rng
        self.machine = Machine(folder, micros(BEGINNING), in_memory=in_memory)
        self.naive = Naive()
        self.trace: list[str] = []
        self.crashes = 0
        self._remembered: list[tuple[datetime, Quantities]] = []
        self._filling = facts.filling.name if facts.filling else ""
        self._forget()

    def _forget(self) -> None:
        """Another process: what was read of the record is read again."""
        self._read_to = 0
        self._stored: dict[tuple[str, ...], list[Any]] = {}

    def play(self, steps: list[Step]) -> None:
        """Do the steps, and look after each whether all is as it must be."""
        for step in steps:
            self.trace.append(str(step))
            self._do(step)
            self._check_record()

    def _do(self, step: Step) -> None:
        machine = self.machine
        match step.kind:
            case "send":
                self._send(step)
            case "change":
                self._change(step.what, step.crash)
            case "fold":
                machine.fold()
                self._check_quantities()
            case "slow":
                machine.fold(step.what)
                self._once(step.crash, lambda: None)
            case "clock":
                machine.now_micros = min(max(machine.now_micros + step.what, EARLIEST), LATEST)
            case "remember":
                self._remember()
            case "restart":
                machine.restart()
                self._check_resumed()
            case "rebuild":
                machine.usage.rebuild(machine.reader)
                self._check_quantities()
            case "begin":
                self._once(step.crash, lambda: filling.begin(machine, step.what))
                self.naive.begin(step.what)
            case "commit" | "revert" | "abandon":
                self._end(step)
            case "bill":
                self.bill(step.what, step.crash)
            case _:
                self._price(step)

    def _once(self, crash: str, work: Callable[[], T]) -> T:
        """Do it; if the process crashes meanwhile, its answer is lost, and it is done again by the next."""
        self.machine.arm(crash)
        try:
            answer = work()
            self.machine.survive()
        except Crashed:
            self.crashes += 1
            self._check_resumed()
            return work()
        return answer

    def _send(self, step: Step) -> None:
        bodies = [
            ("[" + ",".join(one.written(rng=Random(way) if way else None) for one, way in body) + "]").encode(
                errors="surrogatepass"
            )
            for body in step.what
        ]
        crashes = self.crashes
        answers = self._once(step.crash, lambda: self.machine.receive(bodies))
        for body, (positions, written, refusals) in zip(step.what, answers, strict=True):
            expected = [self.naive.send(fact) for fact, _ in body]
            found = ["refused"] * len(body)
            for place, position in enumerate(positions):
                found[position] = "stored"
                if place in written.duplicates:
                    found[position] = "known"
                if place in written.conflicts:
                    found[position] = "conflict"
            if self.crashes > crashes:
                # Sent again after a crash: what was durable before it is known now.
                found = ["stored" if one == "known" else one for one in found]
                expected = ["stored" if one == "known" else one for one in expected]
            self._expect(found, expected, "answers")
            told = {one.index for one in refusals} | {
                positions[place] for place in (written.conflicts if written else ())
            }
            wanted = {place for place, one in enumerate(expected) if one in ("refused", "conflict")}
            self._expect(told, wanted, "refusals")

    def _change(self, change: Change, crash: str) -> None:
        crashes = self.crashes
        found = self._once(crash, lambda: self._changed(change))
        expected = self.naive.change(change)
        if self.crashes == crashes or found == expected:
            self._expect(found, expected, "change")
        else:
            # It was durable before the crash; done again it is refused, or there is nothing to do.
            self._expect(expected, "done", "change before a crash")

    def _changed(self, change: Change) -> str:
        machine = self.machine
        machine.fold()
        now = event_now(
            change.source,
            change.id,
            finder=machine.writer,
            entries=machine.reader,
            state=machine.state,
            reasons=machine.usage,
        )
        if now is None:
            return "refused"
        match change.action:
            case "amend":
                event = amended(now, json.dumps({"data": change.data}).encode(), machine.now)
                assert not isinstance(event, Refused), event
                planned = amend(
                    now,
                    event,
                    by="finance",
                    reason="r",
                    directory=machine.directory,
                    shapes=machine.shapes,
                    at=machine.now,
                )
            case "void":
                planned = void(now, by="finance", reason="r")
            case "hold":
                planned = hold(now, by="finance", reason="r")
            case "release":
                planned = release(now, by="finance", reason="r")
            case _:
                planned = attribute(now, change.customer, by="finance", reason="r")
        if planned is None:
            return "same"
        if isinstance(planned, ChangeRefused):
            return "refused"
        machine.submit([planned.write])
        return "done"

    def _price(self, step: Step) -> None:
        """Change prices; whatever crashes, the state is then all of what it should be, and nothing else."""
        machine = self.machine
        before = pricing.state_of(machine)
        write = pricing.planned(machine, step.kind, step.what)
        expected = pricing.after(before, write)

        def work() -> None:
            if write is not None and pricing.state_of(machine) == before:
                machine.submit([write])
                machine.adopt()

        self._once(step.crash, work)
        self._expect(pricing.state_of(machine), expected, "prices")
        self._expect(list(pricing.complaints(machine)), [], "what fits together")

    def _end(self, step: Step) -> None:
        one = self.machine.state.get(Backfill, filling.backfill_id(step.what))
        if step.kind == "revert" and one is not None and one.status is BackfillStatus.OPEN:
            return  # There was nothing to commit.
        if self._once(step.crash, lambda: filling.end(self.machine, step.what, step.kind)):
            self.naive.end(step.what, step.kind)
        self.machine.fold()
        self._check_quantities()

    def bill(self, month: str, crash: str = "") -> None:
        """Bill a month, whoever did so before; a second time right away changes nothing."""

        def work() -> None:
            self.machine.fold()
            entropy = self._rng.randbytes(10)
            run(self.machine.books, month=month, at=self.machine.now, entropy=entropy)

        self._once(crash, work)
        if self._rng.random() < 0.2:
            size = self.machine.reader.size
            work()
            self._expect(self.machine.reader.size, size, f"second run of {month}")

    def _remember(self) -> None:
        machine = self.machine
        machine.fold()
        if machine.reader.size:
            at = machine.reader.entry(machine.reader.size - 1).recorded_at
            moment = datetime.fromtimestamp(at // 1_000_000, tz=UTC).replace(microsecond=at % 1_000_000)
            self._remembered.append((moment, self._quantities()))

    def _quantities(self, as_of: datetime | None = None) -> Quantities:
        found: dict[tuple[str, ...], Any] = {}
        for meter, groups in METERS.items():
            rows = self.machine.usage.quantities(
                meter, SPAN, customers=CUSTOMERS, group_by=groups, window=Window.MONTH, as_of=as_of
            )
            for row in rows:
                month = row.window_start.strftime("%Y-%m")
                key = (month, meter, row.customer, *(row.group[name] for name in groups))
                found[key] = (row.quantity, row.amount, row.events)
        return found

    def _check_quantities(self) -> None:
        expected: dict[tuple[str, ...], Any] = {}
        for month in MONTHS:
            for (meter, *rest), figures in self.naive.quantities(month).items():
                expected[(month, meter, *rest)] = figures
        self._expect(self._quantities(), expected, "quantities")

    def _check_record(self) -> None:
        """Every acknowledged event stands in the record exactly once, and nothing else does."""
        reader = self.machine.reader
        for entry in reader.entries(range(self._read_to, reader.size)):
            if entry.kind == Kind.USAGE:
                said = json.loads(entry.payload)
                found = (entry.customer, said["type"], said["data"])
                name = (said["source"], said["id"], *([self._filling] if said.get("again") else []))
                self._stored.setdefault(name, []).append(found)
        self._read_to = reader.size
        expected = {
            key: [(OWNERS.get(kept.fact.subject, UNATTRIBUTED), kept.fact.type, kept.fact.data)]
            for key, kept in self.naive.kept.items()
        }
        self._expect(self._stored, expected, "events in the record")

    def _check_resumed(self) -> None:
        """After any start: the record verifies, and the usage store goes on where it was."""
        machine = self.machine
        self._forget()
        outcome = verify_record(machine.folder, machine.vkey)
        self._expect([str(one) for one in outcome.problems], [], "verification")
        machine.fold()
        self._expect(machine.usage.position(), machine.reader.size, "position of the usage store")

    def settle(self, months: Sequence[str]) -> None:
        """Bill everything that there is to bill."""
        self.machine.fold()
        for month in months:
            self.bill(month)
        self._check_quantities()

    def audit(self) -> None:
        """Check all that must hold in the end; of every third world, once more in the next process."""
        for key in CUSTOMERS:
            # Events may have changed since without any money in it: no document is due for that.
            left = [one for one in changes_of(self.machine.books, key) if one.difference]
            self._expect(left, [], f"what is left to adjust of {key}")
        for moment, then in self._remembered:
            self._expect(self._quantities(as_of=moment), then, f"usage as known at {moment}")
        thorough = self._rng.random() < 0.34
        if thorough:
            self.machine.restart()
        self._check_resumed()
        self._check_record()
        if thorough:
            self._check_quantities()
            self._check_state()
            self._check_rebuilt()

    def _check_state(self) -> None:
        connection = sqlite3.connect(self.machine.folder / "steelyard.sqlite")
        try:
            problems = check_state(connection, REGISTRY, self.machine.reader)
        finally:
            connection.close()
        self._expect([str(one) for one in problems], [], "state")

    def _check_rebuilt(self) -> None:
        anew = DuckUsageStore(None, threads=1)
        try:
            anew.read_from(self.machine.reader)
            anew.define(self.machine.usage.meters)
            anew.catch_up(self.machine.reader)
            self._expect(self.machine.usage.dump(), anew.dump(), "usage store made anew")
        finally:
            anew.close()

    def documents(self) -> list[Document]:
        """All documents that were issued, by month and number."""
        found = [one for month in (*MONTHS, "2026-12") for one in issued_documents(self.machine.state, month)]
        assert all(one.status is InvoiceStatus.ISSUED for one in found)
        return sorted(found, key=lambda one: (one.period_name, one.number))

    def _expect(self, found: object, expected: object, what: str) -> None:
        if found == expected:
            return
        if isinstance(found, dict) and isinstance(expected, dict):
            # Only what differs, so that a person can see it.
            shared = {key for key in found if key in expected and found[key] == expected[key]}
            found = {key: value for key, value in found.items() if key not in shared}
            expected = {key: value for key, value in expected.items() if key not in shared}
        raise Broken(f"{what}:\n  found    {found!r}\n  expected {expected!r}")


def owed(documents: list[Document]) -> dict[str, Decimal]:
    """What each customer owes by all its documents; who owes nothing is left out."""
    sums: dict[str, Decimal] = {}
    for one in documents:
        sign = 1 if one.number.startswith("INV") else -1
        sums[one.customer] = sums.get(one.customer, Decimal(0)) + sign * one.total
    return {customer: total for customer, total in sums.items() if total}


def said(documents: list[Document]) -> list[Any]:
    """What documents say, without when and from which entries they were made."""
    return [
        (
            *(one.number, one.customer, one.period_name, one.subtotal, one.tax, one.total),
            [
                (line.title, line.quantity, line.amount_exact, line.amount, line.events, dict(line.dimension))
                for line in one.lines
            ],
        )
        for one in documents
    ]


@contextmanager
def played(
    folder: Path, facts: Facts, rng: Random, steps: list[Step], months: Sequence[str], *, audited: bool
) -> Iterator[World]:
    """A world after these steps, and billed."""
    shutil.copytree(founded(folder.parent.parent), folder)
    world = World(folder, facts, rng, in_memory=not audited)
    try:
        world.play(steps)
        world.settle(months)
        if audited:
            world.audit()
        yield world
    except Exception as error:
        trace = "\n".join(f"  {number:3d} {text}" for number, text in enumerate(world.trace))
        raise Broken(f"{type(error).__name__}: {error}\nafter these steps:\n{trace}") from error
    finally:
        world.machine.close()
        shutil.rmtree(folder, ignore_errors=True)


def play(seed: int, base: Path | None = None) -> int:
    """Play the world of a seed twice, plainly and troubled; gives how often it crashed. Raises Broken."""
    rng = Random(seed)
    facts: Facts = facts_of(rng)
    bills_early = rng.random() < 0.5
    place = Path(tempfile.mkdtemp(prefix=f"world-{seed}-", dir=base))
    try:
        # What comes after a month was billed is on the document of a later one.
        months = (*MONTHS, "2026-12") if bills_early else MONTHS
        with played(place / "plain", facts, Random(seed), plain(facts), months, audited=False) as world:
            reference = world.documents()
        steps = troubled(facts, rng, bills_early=bills_early)
        with played(place / "troubled", facts, Random(seed), steps, months, audited=True) as world:
            documents = world.documents()
            crashes = world.crashes
        if owed(documents) != owed(reference):
            raise Broken(f"owed: {owed(documents)} where the plain world says {owed(reference)}")
        if not bills_early and said(documents) != said(reference):
            raise Broken(f"documents:\n  {said(documents)}\n  {said(reference)}")
        return crashes
    except Broken as broken:
        raise Broken(f"seed {seed}: {broken}") from broken.__cause__
    finally:
        shutil.rmtree(place, ignore_errors=True)


def fast_folder() -> Path | None:
    """Where files cost no disk, if there is such a place."""
    shared = Path("/dev/shm")
    return shared if shared.is_dir() else None
