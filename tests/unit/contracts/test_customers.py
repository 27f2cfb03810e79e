"""Making and changing customers."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any, cast

import pytest

from steelyard.contracts import (
    Customer,
    CustomerChange,
    Directory,
    NewCustomer,
    Planned,
    PlannedCustomers,
    Tax,
    Tree,
    change_customer,
    create_customer,
    create_customers,
    move_customer,
    or_raise,
)
from steelyard.kernel import InvalidInput, Problem, instant
from steelyard.record import Kind, State, Write
from steelyard.record.telling import telling, told

AT = instant("2026-10-01T00:00:00Z")
LATER = instant("2026-11-01T00:00:00Z")


class Rows:
    """A state of customers in a dictionary, with versions that count the saves."""

    def __init__(self) -> None:
        self.rows: dict[str, tuple[Customer, int]] = {}
        self.directory = Directory()
        self.saved = 0

    def get(self, type: type, key: str) -> Customer | None:
        return self.rows[key][0] if key in self.rows else None

    def version(self, type: type, key: str) -> int | None:
        return self.rows[key][1] if key in self.rows else None

    def carry_out(self, write: Write | None) -> None:
        assert write is not None
        for expect in write.expect:
            assert self.version(expect.type, expect.key) == expect.version
        for row in write.rows:
            customer = cast("Customer", row.record)
            self.rows[customer.key] = (customer, self.saved)
            self.directory.learn(customer)
            self.saved += 1


@pytest.fixture
def rows() -> Rows:
    return Rows()


def as_state(rows: Rows) -> State:
    return cast("State", rows)


def new(key: str, **changes: Any) -> NewCustomer:
    return NewCustomer(**{"key": key, "name": key, "currency": "EUR", **changes})


def codes(planned: object) -> list[tuple[str, str]]:
    assert isinstance(planned, tuple), planned
    return [(problem.field, problem.code) for problem in cast("tuple[Problem, ...]", planned)]


def test_a_new_customer_is_told_on_its_own_chain_and_must_not_exist_yet() -> None:
    planned = or_raise(create_customer(Directory(), new("acme", attributes={"size": "large"}), at=AT))
    write = planned.write
    assert write is not None
    assert (write.batches[0].kind, write.batches[0].customers) == (Kind.CUSTOMER, ["acme"])
    assert write.batches[0].payloads == [telling(planned.record)]
    assert (write.expect[0].key, write.expect[0].version) == ("acme", None)
    assert planned.record.attributes_at(AT) == {"size": "large"}
    assert planned.record.created_at == AT


def test_all_mistakes_are_told_at_once_each_with_its_field() -> None:
    bad = new(
        "a b",
        name=" ",
        currency="XXQ",
        timezone="Mars/Base",
        parent="nobody",
        email="x",
        attributes={"colour": "red", "size": "\n"},
        subjects=("s", "s", ""),
        tax=Tax(name="VAT", percent=Decimal("101")),
    )
    assert codes(create_customer(Directory(), bad, at=AT)) == [
        ("key", "bad_key"),
        ("name", "bad_text"),
        ("currency", "unknown_currency"),
        ("timezone", "unknown_timezone"),
        ("email", "bad_email"),
        ("attributes.colour", "unknown_attribute"),
        ("attributes.size", "bad_text"),
        ("tax.percent", "bad_percent"),
        ("subjects[1]", "subject_twice"),
        ("subjects[2]", "bad_text"),
        ("parent", "unknown_parent"),
    ]


@pytest.mark.parametrize("key", ["", "a/b", "$workspace", "ä", "a" * 129, "a\n"])
def test_keys_that_cannot_stand_in_an_address_are_refused(key: str) -> None:
    assert ("key", "bad_key") in codes(create_customer(Directory(), new(key), at=AT))


def test_asking_twice_changes_nothing_and_asking_for_something_else_is_refused(rows: Rows) -> None:
    asked = new("acme", subjects=("bot",), attributes={"size": "large"})
    rows.carry_out(or_raise(create_customer(rows.directory, asked, at=AT)).write)
    again = or_raise(create_customer(rows.directory, asked, at=LATER))
    assert again.changes_nothing
    assert again.record.created_at == AT
    other = dataclasses.replace(asked, name="Other")
    assert codes(create_customer(rows.directory, other, at=LATER)) == [("key", "exists")]


def test_a_subject_has_one_customer(rows: Rows) -> None:
    rows.carry_out(or_raise(create_customer(rows.directory, new("acme", subjects=("bot",)), at=AT)).write)
    theirs = new("beta", subjects=("bot", "acme"))
    assert codes(create_customer(rows.directory, theirs, at=AT)) == [
        ("subjects[0]", "subject_taken"),
        ("subjects[1]", "subject_taken"),
    ]
    assert codes(create_customer(rows.directory, new("bot"), at=AT)) == [("key", "subject_taken")]


def test_many_customers_are_one_write_in_which_parents_may_come_later(rows: Rows) -> None:
    planned = create_customers(rows.directory, [new("shop", parent="group"), new("group")], at=AT)
    assert isinstance(planned, PlannedCustomers)
    assert planned.created == 2
    rows.carry_out(planned.write)
    assert Tree(rows.directory.customers).descendants("group") == ("shop",)
    again = create_customers(rows.directory, [new("shop", parent="group"), new("third")], at=AT)
    assert isinstance(again, PlannedCustomers)
    assert (again.created, again.write is not None and again.write.entry_count) == (1, 1)


def test_mistakes_of_many_name_their_place() -> None:
    asked = [
        new("a", subjects=("x",)),
        new("a"),
        new("b", parent="c"),
        new("c", parent="b"),
        new("d", subjects=("x", "b")),
        new("x"),
    ]
    assert codes(create_customers(Directory(), asked, at=AT)) == [
        ("[1].key", "key_twice"),
        ("[2].parent", "parent_cycle"),
        ("[3].parent", "parent_cycle"),
        ("[4].subjects[0]", "subject_taken"),
        ("[4].subjects[1]", "subject_taken"),
        ("[5].key", "subject_taken"),
    ]


def test_attributes_change_from_a_date_and_keep_what_was(rows: Rows) -> None:
    rows.carry_out(
        or_raise(
            create_customer(rows.directory, new("acme", attributes={"size": "small", "region": "eu"}), at=AT)
        ).write
    )
    change = CustomerChange(effective_from=LATER, attributes={"size": "large", "region": ""})
    planned = or_raise(change_customer(as_state(rows), rows.directory, "acme", change))
    rows.carry_out(planned.write)
    assert planned.record.attributes_at(AT) == {"size": "small", "region": "eu"}
    assert planned.record.attributes_at(LATER) == {"size": "large"}
    same = or_raise(change_customer(as_state(rows), rows.directory, "acme", change))
    assert same.changes_nothing
    bad = change_customer(
        as_state(rows),
        rows.directory,
        "acme",
        CustomerChange(effective_from=LATER.replace(tzinfo=None), attributes={"x": "1"}),
    )
    assert codes(bad) == [("attributes.x", "unknown_attribute"), ("effective_from", "not_a_time")]
    assert codes(
        change_customer(as_state(rows), rows.directory, "no", CustomerChange(effective_from=AT))
    ) == [("customer", "unknown_customer")]


def test_a_change_fails_if_the_customer_changed_meanwhile(rows: Rows) -> None:
    rows.carry_out(or_raise(create_customer(rows.directory, new("acme"), at=AT)).write)
    first = or_raise(changed(rows, add_subjects=("one",)))
    second = or_raise(changed(rows, add_subjects=("two",)))
    rows.carry_out(first.write)
    with pytest.raises(AssertionError):
        rows.carry_out(second.write)
    assert rows.directory.customer_of("one", "api") == "acme"


def test_a_customer_moves_with_all_below_it_but_never_below_itself(rows: Rows) -> None:
    asked = [new("a"), new("b", parent="a"), new("c", parent="b"), new("other")]
    planned = create_customers(rows.directory, asked, at=AT)
    assert isinstance(planned, PlannedCustomers)
    rows.carry_out(planned.write)
    assert codes(move_customer(as_state(rows), rows.directory, "a", "c")) == [("parent", "parent_cycle")]
    assert codes(move_customer(as_state(rows), rows.directory, "a", "no")) == [("parent", "unknown_parent")]
    moved = or_raise(move_customer(as_state(rows), rows.directory, "b", "other"))
    rows.carry_out(moved.write)
    assert Tree(rows.directory.customers).descendants("other") == ("b", "c")
    assert or_raise(move_customer(as_state(rows), rows.directory, "b", "other")).changes_nothing
    assert or_raise(move_customer(as_state(rows), rows.directory, "b", None)).record.parent is None


def test_a_tree_is_at_most_sixteen_levels_deep(rows: Rows) -> None:
    asked = [new("k0"), *(new(f"k{i}", parent=f"k{i - 1}") for i in range(1, 16))]
    planned = create_customers(rows.directory, asked, at=AT)
    assert isinstance(planned, PlannedCustomers)
    rows.carry_out(planned.write)
    assert Tree(rows.directory.customers).depth("k15") == 15
    deeper = create_customer(rows.directory, new("k16", parent="k15"), at=AT)
    assert codes(deeper) == [("parent", "tree_too_deep")]
    rows.carry_out(or_raise(create_customer(rows.directory, new("top"), at=AT)).write)
    assert codes(move_customer(as_state(rows), rows.directory, "k0", "top")) == [("parent", "tree_too_deep")]


def test_the_directory_forgets_a_subject_that_a_customer_gave_up() -> None:
    acme = or_raise(create_customer(Directory(), new("acme", subjects=("bot", "app")), at=AT)).record
    directory = Directory([acme])
    directory.learn(dataclasses.replace(acme, subjects=("app",)))
    assert directory.customer_of("bot", "api") is None
    assert directory.customer_of("app", "api") == "acme"
    assert len(directory) == 1


def test_all_problems_are_in_the_exception_when_a_caller_wants_one() -> None:
    with pytest.raises(InvalidInput) as caught:
        or_raise(create_customer(Directory(), new("a b", currency="X"), at=AT))
    assert [problem.field for problem in caught.value.problems] == ["key", "currency"]


def test_what_is_told_reads_back_as_the_customer() -> None:
    planned = or_raise(create_customer(Directory(), new("acme"), at=AT))
    assert isinstance(planned, Planned)
    said = told(telling(planned.record))
    assert said is not None
    assert said.what == "customer"


def changed(rows: Rows, **change: Any) -> Planned[Customer] | tuple[Problem, ...]:
    asked = CustomerChange(effective_from=AT, **change)
    return change_customer(as_state(rows), rows.directory, "acme", asked)


def test_a_change_names_what_is_different_and_leaves_the_rest(rows: Rows) -> None:
    vat, lower = Tax(name="VAT", percent=Decimal(19)), Tax(name="VAT", percent=Decimal(16))
    asked = new("acme", subjects=("bot", "app"), tax=vat, email="a@example.com")
    before = or_raise(create_customer(rows.directory, asked, at=AT))
    rows.carry_out(before.write)
    assert or_raise(changed(rows)).changes_nothing
    assert or_raise(changed(rows, name="Acme Ltd")).record == dataclasses.replace(
        before.record, name="Acme Ltd"
    )
    assert or_raise(changed(rows, tax=lower)).record.tax == lower
    assert or_raise(changed(rows, untaxed=True, email="")).record == dataclasses.replace(
        before.record, tax=None, email=None
    )
    moved = or_raise(changed(rows, add_subjects=("web",), remove_subjects=("bot",)))
    rows.carry_out(moved.write)
    assert moved.record.subjects == ("app", "web")
    assert [rows.directory.customer_of(one, "api") for one in ("bot", "app", "web")] == [None, "acme", "acme"]


def test_all_that_is_wrong_with_a_change_is_told_at_once(rows: Rows) -> None:
    rows.carry_out(or_raise(create_customer(rows.directory, new("acme"), at=AT)).write)
    rows.carry_out(or_raise(create_customer(rows.directory, new("beta", subjects=("theirs",)), at=AT)).write)
    found = changed(
        rows,
        name=" ",
        email="nobody",
        tax=Tax(name="VAT", percent=Decimal(101)),
        add_subjects=("one", "one", "theirs"),
        remove_subjects=("never",),
    )
    assert codes(found) == [
        ("name", "bad_text"),
        ("email", "bad_email"),
        ("tax.percent", "bad_percent"),
        ("add_subjects[1]", "subject_twice"),
        ("add_subjects[2]", "subject_taken"),
        ("remove_subjects[0]", "unknown_subject"),
    ]
