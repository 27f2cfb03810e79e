"""What every implementation of the state ports keeps to."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from steelyard.access import ApiKey, Scope
from steelyard.adapters.sql import REGISTRY, StateStore, sqlite_engine
from steelyard.contracts import Customer, DatedAttributes, Subscription, Tax
from steelyard.kernel import Conflict, InvalidInput, NotFound, Refused, instant
from steelyard.record import Expect, Idempotency

AT = instant("2026-10-01T00:00:00Z")


def customer(key: str, **changes: Any) -> Customer:
    return Customer(**{"key": key, "name": key.title(), "currency": "EUR", "created_at": AT, **changes})


def test_a_record_comes_back_as_it_was_saved(world: Any) -> None:
    acme = customer(
        "acme",
        attributes=(DatedAttributes(effective_from=AT, values={"size": "large"}),),
        subjects=("api-7",),
        tax=Tax(name="VAT", percent=Decimal("19.5")),
    )
    world.save(acme)
    assert world.state.get(Customer, "acme") == acme
    assert world.state.get(Customer, "Acme") is None


def test_the_version_is_the_entry_that_last_told_of_the_record(world: Any) -> None:
    world.save(customer("acme"), customer("beta"))
    world.save(customer("acme", name="Acme Ltd"))
    assert world.state.version(Customer, "acme") == 2
    assert world.state.version(Customer, "beta") == 1
    assert world.state.version(Customer, "none") is None
    assert world.state.get(Customer, "acme").name == "Acme Ltd"


def test_pages_follow_each_other_in_the_order_of_keys(world: Any) -> None:
    keys = [f"c{i:02}" for i in range(25)]
    world.save(*(customer(key) for key in reversed(keys)))
    seen: list[str] = []
    after: str | None = None
    while page := world.state.find(Customer, limit=10, after=after):
        assert len(page) <= 10
        seen += [one.key for one in page]
        after = seen[-1]
    assert seen == keys


def test_records_are_found_and_counted_by_searchable_columns(world: Any) -> None:
    world.save(customer("a"), customer("b", parent="a"), customer("c", parent="a"))
    assert [one.key for one in world.state.find(Customer, parent="a")] == ["b", "c"]
    assert [one.key for one in world.state.find(Customer, parent=None)] == ["a"]
    assert world.state.count(Customer) == 3
    assert world.state.count(Customer, parent="a") == 2
    world.save(customer("c"))
    assert world.state.count(Customer, parent="a") == 1


def test_columns_are_told_without_reading_the_records(world: Any) -> None:
    world.save(customer("beta", currency="USD", parent="acme"), customer("acme"))
    assert world.state.columns(Customer, "key", "parent") == [("acme", None), ("beta", "acme")]
    assert world.state.columns(Customer, "key", parent="acme") == [("beta",)]
    with pytest.raises(InvalidInput, match="cannot be searched by 'email'"):
        world.state.columns(Customer, "email")


def test_a_column_that_is_not_searchable_is_refused_by_name(world: Any) -> None:
    with pytest.raises(InvalidInput, match=r"'email'.*parent"):
        world.state.find(Customer, email="x")
    with pytest.raises(InvalidInput, match="not kept"):
        world.state.get(Tax, "x")


def test_a_precondition_that_no_longer_holds_is_a_conflict_and_writes_nothing(world: Any) -> None:
    world.save(customer("acme"), expect=(Expect(type=Customer, key="acme", version=None),))
    for stale in (None, 7):
        with pytest.raises(Conflict) as caught:
            world.save(customer("acme", name="X"), expect=(Expect(type=Customer, key="acme", version=stale),))
        assert caught.value.detail_code == "changed_meanwhile"
    assert world.state.get(Customer, "acme").name == "Acme"
    world.save(customer("acme", name="Y"), expect=(Expect(type=Customer, key="acme", version=0),))
    assert world.state.get(Customer, "acme").name == "Y"


def test_an_idempotency_key_holds_its_first_answer(world: Any) -> None:
    world.remember(Idempotency(key="k", request_hash=b"h", answer=b"a"))
    assert world.state.idempotent_answer("k") == (b"h", b"a")
    assert world.state.idempotent_answer("other") is None
    with pytest.raises(Conflict) as caught:
        world.remember(Idempotency(key="k", request_hash=b"h2", answer=b"b"))
    assert caught.value.detail_code == "idempotency_conflict"
    assert world.state.idempotent_answer("k") == (b"h", b"a")


def test_types_of_several_rooms_lie_side_by_side(world: Any) -> None:
    pro = Subscription(id="sub_1", customer="acme", plan="pro", start=AT, quantities={"seats": Decimal("3")})
    key = ApiKey(id="key_1", name="ci", hash="ab", scopes=(Scope.OWNER,), created_at=AT)
    world.save(customer("acme"), pro, key)
    assert world.state.find(Subscription, customer="acme") == [pro]
    assert world.state.find(ApiKey, hash="ab") == [key]


def test_a_file_of_a_newer_version_is_refused_with_the_way_out(world: Any) -> None:
    with world.connection:
        world.connection.execute("UPDATE state_schema SET version = 99")
    with pytest.raises(Refused, match="newer Steelyard") as caught:
        StateStore(sqlite_engine(world.path), REGISTRY)
    assert caught.value.detail_code == "newer_state"
    with pytest.raises(Refused):
        world.writer.prepare(world.connection)


def test_a_missing_file_is_named_and_not_made(world: Any) -> None:
    other = world.path.with_name("other.sqlite")
    with pytest.raises(NotFound, match=r"other\.sqlite"):
        sqlite_engine(other)
    assert not other.exists()


def test_the_reader_cannot_write(world: Any) -> None:
    world.save(customer("acme"))
    engine = sqlite_engine(world.path)
    with engine.connect() as connection, pytest.raises(OperationalError, match="readonly"):
        connection.exec_driver_sql("DELETE FROM customer")
    engine.dispose()
