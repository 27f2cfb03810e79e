"""Whoever changes a row of the state behind the record's back is found out."""

from __future__ import annotations

from typing import Any

import pytest

from steelyard.access import ApiKey, Scope
from steelyard.contracts import Customer, Subscription
from steelyard.kernel import DamagedRecord, instant
from steelyard.record import Kind
from steelyard.record.telling import telling

AT = instant("2026-10-01T00:00:00Z")


@pytest.fixture
def told(world: Any) -> Any:
    world.save(Customer(key="root", name="Root", currency="EUR", created_at=AT))
    world.save(Customer(key="acme", name="Acme", currency="EUR", created_at=AT, parent="root"))
    world.save(Customer(key="acme", name="Acmé", currency="EUR", created_at=AT, parent="root"))
    world.save(Subscription(id="sub_1", customer="acme", plan="pro", start=AT))
    world.save(
        ApiKey(id="key_1", name="ci", hash="ab", scopes=(Scope.OWNER,), created_at=AT, customer="acme")
    )
    world.payloads.append((Kind.USAGE, b'{"id":"1"}'))
    assert world.problems() == ()
    return world


@pytest.mark.parametrize("table", ["customer", "subscription", "api_key"])
def test_every_flipped_byte_of_every_column_is_reported_with_its_row(told: Any, table: str) -> None:
    names = [row[1] for row in told.connection.execute(f"PRAGMA table_info({table})")]
    flips = 0
    for key, *_ in told.connection.execute(f"SELECT key FROM {table}").fetchall():  # noqa: S608
        for name in names:
            flips += flip_each_byte(told, table, key, name)
    assert flips > 100


def flip_each_byte(world: Any, table: str, key: str, name: str) -> int:
    connection = world.connection
    read = f"SELECT CAST({name} AS BLOB) FROM {table} WHERE key = ?"  # noqa: S608
    good = connection.execute(read, [key]).fetchone()[0]
    for place in range(len(good or b"")):
        bad = bytes([*good[:place], good[place] ^ 1, *good[place + 1 :]])
        new = int(bad) if name == "version" else bad
        kind = "INTEGER" if name == "version" else "TEXT"
        connection.execute("SAVEPOINT flip")
        change = f"UPDATE {table} SET {name} = CAST(? AS {kind}) WHERE key = ?"  # noqa: S608
        connection.execute(change, [new, key])
        problems = world.problems()
        assert any(p.field == f"{table}/{key}" for p in problems), (table, key, name, place, problems)
        connection.execute("ROLLBACK TO flip")
        connection.execute("RELEASE flip")
    return len(good or b"")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("DELETE FROM customer WHERE key = 'root'", "state_missing"),
        (
            "INSERT INTO subscription SELECT 'sub_2', customer, plan, body, version FROM subscription",
            "state_untold",
        ),
        ("UPDATE customer SET parent = NULL WHERE key = 'acme'", "state_changed"),
        ("UPDATE customer SET version = 'x' WHERE key = 'acme'", "state_changed"),
        ("UPDATE customer SET body = '{}' WHERE key = 'acme'", "state_changed"),
        ("UPDATE state_schema SET version = 0", "state_schema"),
        ("DELETE FROM state_schema", "state_schema"),
    ],
)
def test_rows_that_vanish_or_appear_or_change_are_told_apart(told: Any, change: str, code: str) -> None:
    told.connection.execute(change)
    assert code in {problem.code for problem in told.problems()}


def test_a_row_set_back_to_what_it_once_said_is_found(told: Any) -> None:
    old = telling(Customer(key="acme", name="Acme", currency="EUR", created_at=AT, parent="root"))
    body = old[len(b'{"body":') : old.rindex(b',"what"')].decode()
    told.connection.execute("UPDATE customer SET body = ?, version = 1 WHERE key = 'acme'", [body])
    assert [problem.field for problem in told.problems()] == ["customer/acme", "customer/acme"]


def test_a_row_written_while_the_check_runs_is_no_alarm(told: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    walk = told.bundles
    changed = Customer(key="acme", name="New", currency="EUR", created_at=AT)

    def bundles(from_index: int = 0) -> Any:
        with told.other_writer() as other:
            other.save(changed, Customer(key="new", name="New", currency="EUR", created_at=AT))
        return walk(from_index)

    monkeypatch.setattr(told, "bundles", bundles)
    assert told.problems() == ()
    monkeypatch.undo()
    assert told.problems() == ()
    assert told.state.get(Customer, "acme") == changed


def test_a_row_that_can_no_longer_be_read_is_damage_and_no_crash(told: Any) -> None:
    with told.connection:
        told.connection.execute("UPDATE customer SET body = CAST(x'ff7b7d' AS TEXT) WHERE key = 'acme'")
        told.connection.execute("UPDATE customer SET body = '{}' WHERE key = 'root'")
    for key in ("acme", "root"):
        with pytest.raises(DamagedRecord):
            told.state.get(Customer, key)
    with pytest.raises(DamagedRecord):
        told.state.find(Customer)
