"""Any story of events, corrections and backfills, told through the interface: the engine, the plain reference
over each customer's chain, and the rebuilt engine say the same, now and at every moment."""

from __future__ import annotations

import random
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from steelyard.entrypoints.api import ingest
from steelyard.entrypoints.api.inside import OWNER, ask
from steelyard.entrypoints.bootstrap import Workspace, init_workspace, open_workspace
from steelyard.kernel import Period, SteelyardError, from_micros
from steelyard.metering import Aggregation, Meter, quantity, standing
from steelyard.record import UNATTRIBUTED
from tests.api.conftest import catalog_files

OCTOBER = Period.month(2026, 10)
CUSTOMERS = ("acme", "bolt", "coil")
SPAN = {"from": "2026-10-01T00:00:00Z", "to": "2026-11-01T00:00:00Z"}
COUNT = Meter(key="requests", event_types=("llm.completion",), aggregation=Aggregation.COUNT)


class Told:
    """A workspace, and what was done to it so far; each step may be refused, but only in words."""

    def __init__(self, workspace: Workspace, seed: int) -> None:
        self.workspace, self.chance = workspace, random.Random(seed)
        self.sent: list[str] = []
        self.open: list[str] = []
        self.committed: list[str] = []
        self.outcomes: Counter[str] = Counter()

    def post(self, path: str, names: dict[str, str] | None = None, **body: Any) -> dict[str, Any]:
        import msgspec

        return msgspec.json.decode(ask(self.workspace, OWNER, "POST", path, names or {}, {}, body).content)

    def event(self, id: str) -> dict[str, Any]:
        return {
            "id": id,
            "source": "test",
            "type": "llm.completion",
            "subject": self.chance.choice([*CUSTOMERS, "nobody"]),
            "time": f"2026-10-{self.chance.randrange(1, 29):02d}T12:00:00Z",
            "data": {"tokens": self.chance.randrange(1, 99), "model": "m1"},
        }

    def send(self) -> None:
        import msgspec

        events = [self.event(f"e{len(self.sent) + number}") for number in range(self.chance.randrange(1, 5))]
        ingest.store(self.workspace, msgspec.json.encode(events), "application/json")
        self.sent += [event["id"] for event in events]

    def correct(self) -> None:
        action = self.chance.choice(["amend", "amend", "void", "hold", "release", "release"])
        new = {"data": {"tokens": self.chance.randrange(1, 99)}, "time": self.event("")["time"]}
        body: dict[str, Any] = {"event": new} if action == "amend" else {}
        self.post(
            "/api/v1/events/corrections",
            action=action,
            source="test",
            id=self.chance.choice(self.sent),
            reason="as the dice fell",
            dry_run=self.chance.random() < 0.1,
            **body,
        )

    def open_backfill(self) -> None:
        self.open.append(self.post("/api/v1/backfills", reason="dice")["id"])

    def fill(self) -> None:
        id = self.chance.choice(self.open)
        if self.chance.random() < 0.4:
            one = {**SPAN, "customer": self.chance.choice([None, *CUSTOMERS])}
            self.post("/api/v1/backfills/{id}/ranges", {"id": id}, ranges=[one])
        fresh = [f"e{len(self.sent)}"]
        self.sent += fresh
        known = [self.chance.choice(self.sent) for _ in range(2)]
        events = [self.event(one) for one in dict.fromkeys([*fresh, *known])]
        self.post("/api/v1/backfills/{id}/events", {"id": id}, events=events)

    def end(self) -> None:
        if self.committed and self.chance.random() < 0.4:
            id, what = self.chance.choice(self.committed), "revert"
        else:
            id, what = self.chance.choice(self.open), self.chance.choice(["commit", "commit", "abandon"])
        self.post(f"/api/v1/backfills/{{id}}/{what}", {"id": id}, reason="dice")
        (self.committed if what == "revert" else self.open).remove(id)
        if what == "commit":
            self.committed.append(id)

    def step(self) -> None:
        what = self.chance.choices(
            [self.send, self.correct, self.open_backfill, self.fill, self.end], [5, 8, 1, 2, 1]
        )[0]
        if (what in (self.fill, self.end) and not self.open) or (what == self.correct and not self.sent):
            return
        try:
            what()
            self.outcomes[what.__name__] += 1
        except SteelyardError as refused:
            self.outcomes[refused.detail_code] += 1

    def folded(self) -> None:
        assert self.workspace.usage.wait_for(self.workspace.reader.size - 1, 20)


def compare(workspace: Workspace, moments: list[int | None]) -> None:
    """The engine against the reference, from the entries of each chain alone."""
    reader = workspace.reader
    entries = reader.entries(range(reader.size))
    tokens = next(meter for meter in workspace.usage.meters if meter.key == "tokens")
    for chain in (*CUSTOMERS, UNATTRIBUTED):
        stands = standing(entry for entry in entries if entry.customer == chain)
        for moment in moments:
            events = [one.event for one in stands if one.known_at(moment)]
            as_of = None if moment is None else from_micros(moment)
            for meter in (tokens, COUNT):
                rows = workspace.usage.quantities(meter, OCTOBER, customers=[chain], as_of=as_of)
                found = quantity(meter, events, OCTOBER)
                measured = (rows[0].quantity, rows[0].events) if rows else (Decimal(0), 0)
                assert measured == (found.quantity, found.events), (chain, moment, meter.key)


@pytest.mark.parametrize("seed", [1, 2])
def test_every_story_is_told_alike_by_engine_reference_and_rebuild(tmp_path: Path, seed: int) -> None:
    folder = tmp_path / "workspace"
    init_workspace(folder)
    workspace = open_workspace(folder)
    ask(workspace, OWNER, "POST", "/api/v1/catalog/versions", {}, {}, {"files": catalog_files()})
    for key in CUSTOMERS:
        ask(
            workspace,
            OWNER,
            "POST",
            "/api/v1/customers",
            {},
            {},
            {"key": key, "name": key, "currency": "USD"},
        )
    told = Told(workspace, seed)
    for number in range(160):
        told.step()
        if number % 40 == 39:
            told.folded()
            compare(workspace, [None])
    told.folded()
    records = [workspace.reader.entry(index).recorded_at for index in range(0, workspace.reader.size, 29)]
    compare(workspace, [None, *records])
    for word in ("send", "correct", "fill", "end", "already_void", "not_held"):
        assert told.outcomes[word], told.outcomes
    dump = workspace.usage.dump()
    workspace.usage.rebuild(workspace.reader)
    assert workspace.usage.dump() == dump
    workspace.close()
