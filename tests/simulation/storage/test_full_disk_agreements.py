"""A disk that fills up while a contract is amended, credit is granted, and a month is billed."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.api.conftest import Answer, Server, fill, start
from tests.simulation.storage.test_full_disk import PRELOAD, Faults, failing

pytestmark = pytest.mark.skipif(
    not PRELOAD.exists(), reason="libfiu is not installed (Debian's package fiu-utils)"
)
__all__ = ["failing"]

FULL = ("posix/io/rw/pwrite", "posix/io/rw/pwrite64", "posix/io/sync/fdatasync", "posix/io/sync/fsync")
START = "2026-10-01T00:00:00Z"


def contract(server: Server) -> str:
    body = {"customer": "acme", "name": "Acme", "start": START}
    return done(server.ask("POST", "/api/v1/contracts", body))["id"]


def done(answer: Answer) -> Any:
    assert answer.status < 300, answer.content
    return answer.json


def amendment(server: Server) -> Callable[[], Answer]:
    """A request that amends a contract."""
    path = f"/api/v1/contracts/{contract(server)}/amendments"
    body = {"reason": "r", "overrides": [{"price": "*", "multiplier": "0.5", "effective_from": START}]}
    return lambda: server.ask("POST", path, body, idempotency_key="amend")


def grant(server: Server) -> Callable[[], Answer]:
    """A request that grants credit."""
    body = {"customer": "acme", "name": "Credit", "unit": "USD", "amount": "60", "reason": "r"}
    return lambda: server.ask("POST", "/api/v1/credits/lots", body, idempotency_key="grant")


def run(server: Server) -> Callable[[], Answer]:
    """A request that bills a month."""
    return lambda: server.ask("POST", "/api/v1/billing/runs", {"period": "2026-10"}, idempotency_key="bill")


def state(server: Server) -> list[Any]:
    """What a full disk must leave as it was: contracts, lots, documents, the journal."""
    paths = ("contracts", "credits/lots", "invoices", "journal")
    return [done(server.ask("GET", f"/api/v1/{path}"))["items"] for path in paths]


def folded(server: Server) -> None:
    """Wait until the usage store follows: a run waits for it before it writes anything."""
    deadline = time.monotonic() + 40
    while b"steelyard_fold_lag_entries 0" not in server.ask("GET", "/metrics").content:
        assert time.monotonic() < deadline, "the usage store stays behind"
        time.sleep(0.02)


def test_what_a_full_disk_refuses_is_not_done_by_half_and_is_done_once_when_there_is_room(
    failing: tuple[Server, Faults],
) -> None:
    server, faults = failing
    fill(server)
    for making in (amendment, grant, run):
        ask = making(server)
        before = state(server)
        folded(server)
        faults.set(*FULL)
        for _ in range(2):
            refused = ask()
            assert (refused.status, refused.json["code"]) == (503, "not_written"), refused.content
            assert refused.json["retryable"] is True
        faults.set()
        assert state(server) == before
        first, again = done(ask()), done(ask())
        assert first == again
        assert state(server) != before
    invoices = state(server)[2]
    assert sorted(one["customer"] for one in invoices) == ["acme", "bolt", "coil"]
    (amended,) = state(server)[0]
    assert [one["number"] for one in amended["amendments"]] == [1]
    assert server.client().record.verify()["ok"]
    assert server.ask("GET", "/readyz").status == 200


def test_a_server_killed_on_a_full_disk_while_it_bills_bills_everybody_once_afterwards(
    failing: tuple[Server, Faults],
) -> None:
    server, faults = failing
    fill(server)
    ask = run(server)
    folded(server)
    faults.set(*FULL)
    assert ask().status == 503
    server.kill()
    again = start(server.folder)
    assert done(run(again)())["counts"]["invoices"] == 3
    assert len(state(again)[2]) == 3
    assert again.client().record.verify()["ok"]
    assert again.stop() == 0
