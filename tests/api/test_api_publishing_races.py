"""Publications, subscriptions and bills that come at the same moment: one after the other, none by half."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from steelyard.catalog import LIVE_KEY, LiveCatalog, releases
from steelyard.contracts import Subscription
from steelyard.contracts.rollout import follows_live
from tests.api.conftest import Answer
from tests.api.local import Local
from tests.api.test_rollout import CATALOG, change, fee, names, subscribe


@pytest.fixture
def shop(local: Local) -> Local:
    """A fee of 100 is live, and some customers pay it."""
    local.publish(CATALOG.replace("FEE", "100"))
    for name in names(6):
        subscribe(local, name)
    return local


def publish(shop: Local, amount: str, more: str = "") -> Answer:
    files = [{"name": "all.yaml", "text": CATALOG.replace("FEE", amount) + more}]
    return shop.ask("POST", "/api/v1/catalog/versions", {"files": files, "note": amount})


def at_once(*work: Any) -> list[Any]:
    """What each gives, all begun at the same moment."""
    barrier = threading.Barrier(len(work))

    def begun(one: Any) -> Any:
        barrier.wait()
        return one()

    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(begun, work))


def test_of_publishers_at_the_same_moment_each_wins_whole_or_is_told(shop: Local) -> None:
    amounts = [str(110 + n) for n in range(6)]
    answers = at_once(*(lambda amount=amount: publish(shop, amount) for amount in amounts))
    won = [amount for amount, one in zip(amounts, answers, strict=True) if one.status == 201]
    lost = [one.json["code"] for one in answers if one.status != 201]
    assert won
    assert set(lost) <= {"changed_meanwhile"}
    log = releases(shop.workspace.state)
    assert [one.number for one in log] == list(range(len(won) + 1, 0, -1))
    live = shop.workspace.state.get(LiveCatalog, LIVE_KEY)
    assert live is not None
    assert (live.version_id, live.number) == (log[0].version_id, log[0].number)
    assert {fee(shop, name) for name in names(6)} == {log[0].note}


def test_who_begins_during_a_roll_out_to_new_ones_is_old_or_new_and_never_between(shop: Local) -> None:
    more = change("{to: new}")
    late = [f"late-{n}" for n in range(6)]
    answers = at_once(
        lambda: publish(shop, "120", more), *(lambda name=name: subscribe(shop, name) for name in late)
    )
    tries = 0
    while answers[0].status == 409 and tries < 5:
        assert answers[0].json["code"] == "changed_meanwhile"
        answers[0], tries = publish(shop, "120", more), tries + 1
    assert answers[0].status == 201, answers[0].content
    state = shop.workspace.state
    published = state.version(LiveCatalog, LIVE_KEY) or 0
    for one in state.find(Subscription):
        is_new = follows_live(one, datetime.now(UTC))
        assert fee(shop, one.customer) == ("120" if is_new else "100")
        # The entries of a publication: its version, that it is live, its release, and who stays.
        assert is_new == (
            (state.version(Subscription, one.id) or 0) > published + 1 + answers[0].json["stays"]
        )
    assert shop.done("POST", "/api/v1/record/verify", {})["ok"]


class Meanwhile:
    """The lock that a publication takes last, before which something else is done once."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self._work: Callable[[], Any] | None = work
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        work, self._work = self._work, None
        if work is not None:
            work()
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def test_a_roll_out_that_did_not_see_a_subscription_begin_is_judged_again(shop: Local) -> None:
    shop.workspace.publishing = Meanwhile(lambda: subscribe(shop, "late"))  # type: ignore[assignment]
    refused = publish(shop, "120", change("{to: new}"))
    assert (refused.status, refused.json["code"]) == (409, "changed_meanwhile")
    assert publish(shop, "120", change("{to: new}")).json["stays"] == 7
    assert fee(shop, "late") == "100"


def test_a_bill_beside_a_publication_is_by_one_version_for_everybody(shop: Local) -> None:
    run, answer = at_once(
        lambda: shop.ask("POST", "/api/v1/billing/runs", {"period": "2026-10"}),
        lambda: publish(shop, "120"),
    )
    assert (run.status, answer.status) == (201, 201)
    heads = shop.done("GET", "/api/v1/invoices?limit=100")["items"]
    assert len(heads) == 6
    assert len({(one["total"]) for one in heads}) == 1
    shown = [shop.done("GET", f"/api/v1/invoices/{one['id']}") for one in heads]
    assert len({one["catalog_version"] for one in shown}) == 1
    again = shop.done("POST", "/api/v1/billing/runs", {"period": "2026-10"})
    assert again["counts"]["already_billed"] == 6, "what is billed stays as it was billed"
