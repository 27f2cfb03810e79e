"""The state written by the real record writer, read back, followed and checked against the real record."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from steelyard.access import KeyRing, Principal, authenticate, create_owner_key
from steelyard.adapters.keys import make_signer
from steelyard.adapters.sql import (
    REGISTRY,
    SqlStateWriter,
    StateStore,
    check_state,
    prepare_state,
    sqlite_engine,
)
from steelyard.adapters.sqlite import DATABASE_FILE, RecordReader, RecordWriter, verify_record
from steelyard.contracts import (
    Customer,
    CustomerChange,
    Directory,
    NewCustomer,
    Planned,
    PlannedCustomers,
    change_customer,
    create_customer,
    create_customers,
    or_raise,
)
from steelyard.kernel import Conflict, instant
from steelyard.record import Batch, Idempotency, Kind, Write, Written

AT = instant("2026-10-01T00:00:00Z")


@dataclass
class Workspace:
    folder: Path
    writer: RecordWriter
    state: StateStore
    directory: Directory
    keys: KeyRing
    vkey: str

    def write(self, write: Write | None) -> Written:
        assert write is not None
        return self.writer.submit(write).result(timeout=20)

    def problems(self) -> list[str]:
        with closing(sqlite3.connect(self.folder / DATABASE_FILE)) as connection:
            return [str(problem) for problem in check_state(connection, REGISTRY, self.writer.reader)]


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    signer = make_signer(tmp_path, "example.test/record", bytes(32))
    prepare_state(tmp_path / DATABASE_FILE, REGISTRY)
    writer = RecordWriter(tmp_path, signer=signer, state_writer=SqlStateWriter(REGISTRY))
    state = StateStore(sqlite_engine(tmp_path / DATABASE_FILE), REGISTRY)
    made = Workspace(tmp_path, writer, state, Directory(), KeyRing(), signer.vkey)
    writer.subscribers += [made.directory.follow, made.keys.follow]
    yield made
    state.close()
    writer.close()


def new(key: str) -> NewCustomer:
    return NewCustomer(key=key, name=key, currency="EUR")


def with_subject(workspace: Workspace, subject: str) -> Planned[Customer]:
    change = CustomerChange(effective_from=AT, add_subjects=(subject,))
    return or_raise(change_customer(workspace.state, workspace.directory, "acme", change))


def test_what_was_planned_is_there_when_the_answer_comes(workspace: Workspace) -> None:
    planned = or_raise(create_customer(workspace.directory, new("acme"), at=AT))
    written = workspace.write(planned.write)
    assert workspace.state.get(Customer, "acme") == planned.record
    assert workspace.state.version(Customer, "acme") == written.indexes[0]
    assert workspace.directory.customer("acme") == planned.record
    changed = with_subject(workspace, "bot")
    workspace.write(changed.write)
    assert workspace.directory.customer_of("bot", "api") == "acme"
    assert workspace.problems() == []
    assert verify_record(workspace.folder, workspace.vkey).ok


def test_of_two_changes_that_rest_on_the_same_row_one_wins_and_the_other_conflicts(
    workspace: Workspace,
) -> None:
    workspace.write(or_raise(create_customer(workspace.directory, new("acme"), at=AT)).write)
    one = with_subject(workspace, "one")
    two = with_subject(workspace, "two")
    workspace.write(one.write)
    size = workspace.writer.reader.size
    with pytest.raises(Conflict) as caught:
        workspace.write(two.write)
    assert caught.value.detail_code == "changed_meanwhile"
    assert workspace.writer.reader.size == size
    assert workspace.state.get(Customer, "acme") == one.record
    assert workspace.problems() == []


def test_the_owner_key_opens_as_soon_as_it_is_written_and_after_a_restart(workspace: Workspace) -> None:
    created = create_owner_key(at=AT, entropy=bytes(range(64)))
    workspace.write(created.write)
    for ring in (workspace.keys, KeyRing(workspace.state.find(type(created.key)))):
        assert isinstance(authenticate(created.secret, ring.find, AT), Principal)


def test_an_idempotent_write_happens_once(workspace: Workspace) -> None:
    write = or_raise(create_customer(workspace.directory, new("acme"), at=AT)).write
    assert write is not None
    answer = Idempotency(key="k", request_hash=b"h", answer=b"{}")
    workspace.write(Write(batches=write.batches, rows=write.rows, expect=write.expect, idempotency=answer))
    assert workspace.state.idempotent_answer("k") == (b"h", b"{}")
    other = or_raise(create_customer(workspace.directory, new("beta"), at=AT)).write
    assert other is not None
    with pytest.raises(Conflict):
        workspace.write(
            Write(batches=other.batches, rows=other.rows, expect=other.expect, idempotency=answer)
        )
    assert workspace.state.get(Customer, "beta") is None
    assert workspace.problems() == []


def test_a_directory_from_the_state_answers_as_the_one_that_followed(workspace: Workspace) -> None:
    planned = create_customers(workspace.directory, [new(f"c{i}") for i in range(500)], at=AT)
    assert isinstance(planned, PlannedCustomers)
    workspace.write(planned.write)
    usage = Batch(kind=Kind.USAGE, customers=["c1"], payloads=[b'{"id":"1"}'])
    workspace.write(Write(batches=(usage,)))
    restarted = Directory(workspace.state.find(Customer))
    assert restarted.customers == workspace.directory.customers
    assert workspace.problems() == []


def test_a_reader_that_was_opened_earlier_raises_no_alarm(workspace: Workspace) -> None:
    workspace.write(or_raise(create_customer(workspace.directory, new("acme"), at=AT)).write)
    reader = RecordReader(workspace.folder, workspace.vkey)
    workspace.write(with_subject(workspace, "bot").write)
    workspace.write(or_raise(create_customer(workspace.directory, new("beta"), at=AT)).write)
    with closing(sqlite3.connect(workspace.folder / DATABASE_FILE)) as connection:
        assert check_state(connection, REGISTRY, reader) == ()
    reader.close()


def test_a_row_changed_in_the_file_is_named(workspace: Workspace) -> None:
    workspace.write(or_raise(create_customer(workspace.directory, new("acme"), at=AT)).write)
    with closing(sqlite3.connect(workspace.folder / DATABASE_FILE)) as connection, connection:
        connection.execute("UPDATE customer SET body = replace(body, 'EUR', 'USD')")
    assert verify_record(workspace.folder, workspace.vkey).ok
    (problem,) = workspace.problems()
    assert "customer/acme" in problem
