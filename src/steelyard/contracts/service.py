"""Making customers and moving them in their tree: what to write, or every problem at once.

Services read the state and the directory and decide; nothing happens until the write they return is
submitted. Each write names the versions of the rows it rests on, so it fails if the world changed meanwhile.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime

from steelyard.contracts.check import customer_problems
from steelyard.contracts.directory import Directory
from steelyard.contracts.model import Customer, DatedAttributes, NewCustomer
from steelyard.contracts.planned import Planned, saving, together
from steelyard.contracts.tree import TREE_DEPTH_MAX, ancestors
from steelyard.kernel import InvalidInput, Problem
from steelyard.record import Kind, State, Write

Problems = tuple[Problem, ...]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCustomers:
    """Many customers as they will be, and one write for those of them that are new."""

    customers: tuple[Customer, ...]
    created: int
    write: Write | None


def create_customer(directory: Directory, new: NewCustomer, *, at: datetime) -> Planned[Customer] | Problems:
    """The plan that makes this customer, or all that is wrong with it.

    A customer who is there already exactly as asked for is no problem and needs no write; one who is there
    and differs is the problem `exists`.
    """
    planned = create_customers(directory, [new], at=at)
    if isinstance(planned, tuple):
        return tuple(dataclasses.replace(problem, field=_own_field(problem.field)) for problem in planned)
    return Planned(record=planned.customers[0], write=planned.write)


def create_customers(
    directory: Directory, news: Sequence[NewCustomer], *, at: datetime
) -> PlannedCustomers | Problems:
    """The plan that makes all these customers in one write, or all that is wrong with any of them.

    A parent may be among them. Fields of problems begin with the place: `[3].currency`.
    """
    problems: list[Problem] = []
    customers: list[Customer] = []
    writes: list[Write] = []
    parents: dict[str, str | None] = {}
    for new in news:
        parents.setdefault(new.key, new.parent)
    claimed = Directory()
    for place, new in enumerate(news):
        mine = [
            *customer_problems(new, directory),
            *_clashes(new, claimed),
            *_parent_problems(new, parents, directory),
        ]
        customer = _made(new, at)
        existing = directory.customer(new.key)
        if existing is not None:
            if not _is_as_asked(existing, new):
                mine.append(_problem("exists", "key", f"the customer {new.key!r} exists and differs"))
            customer = existing
        elif not mine:
            writes.append(saving(Kind.CUSTOMER, new.key, customer, new.key, None))
        if claimed.customer(new.key) is None:
            claimed.learn(customer)
        customers.append(customer)
        problems += [dataclasses.replace(one, field=f"[{place}].{one.field}") for one in mine]
    if problems:
        return tuple(problems)
    return PlannedCustomers(customers=tuple(customers), created=len(writes), write=together(writes))


def move_customer(
    state: State, directory: Directory, key: str, parent: str | None
) -> Planned[Customer] | Problems:
    """The plan that puts a customer, with all below it, under another parent, or makes it a root."""
    customer, version, problems = _read(state, key)
    parents = {one.key: one.parent for one in directory.customers}
    if customer is not None and parent is not None:
        problems += _tree_problems(key, {**parents, key: parent})
    if customer is None or problems:
        return tuple(problems)
    if customer.parent == parent:
        return Planned(record=customer, write=None)
    changed = dataclasses.replace(customer, parent=parent)
    return Planned(record=changed, write=saving(Kind.CUSTOMER, key, changed, key, version))


def _read(state: State, key: str) -> tuple[Customer | None, int | None, list[Problem]]:
    # The version is read first: if the row changes in between, the write fails rather than loses a change.
    version = state.version(Customer, key)
    customer = state.get(Customer, key)
    if customer is None:
        return None, None, [_problem("unknown_customer", "customer", f"there is no customer {key[:60]!r}")]
    return customer, version, []


def _made(new: NewCustomer, at: datetime) -> Customer:
    values = {name: value for name, value in new.attributes.items() if value}
    return Customer(
        key=new.key,
        name=new.name,
        parent=new.parent,
        currency=new.currency,
        timezone=new.timezone,
        attributes=(DatedAttributes(effective_from=at, values=values),) if values else (),
        subjects=new.subjects,
        tax=new.tax,
        email=new.email,
        created_at=at,
    )


def _is_as_asked(existing: Customer, new: NewCustomer) -> bool:
    return existing == _made(new, existing.created_at)


def _clashes(new: NewCustomer, claimed: Directory) -> list[Problem]:
    problems: list[Problem] = []
    if claimed.customer(new.key) is not None:
        problems.append(_problem("key_twice", "key", f"{new.key!r} is given twice"))
    elif (owner := claimed.customer_of(new.key, "")) is not None:
        problems.append(_problem("subject_taken", "key", f"{new.key!r} is a subject of {owner!r}"))
    for place, subject in enumerate(new.subjects):
        owner = claimed.customer_of(subject, "")
        if owner not in (None, new.key):
            message = f"{subject!r} belongs to the customer {owner!r}"
            problems.append(_problem("subject_taken", f"subjects[{place}]", message))
    return problems


def _parent_problems(
    new: NewCustomer, parents: Mapping[str, str | None], directory: Directory
) -> list[Problem]:
    if new.parent is None:
        return []
    line: dict[str, str | None] = {new.key: new.parent}
    parent: str | None = new.parent
    while parent is not None and parent not in line:
        known = directory.customer(parent)
        if known is None and parent not in parents:
            break
        line[parent] = known.parent if known is not None else parents[parent]
        parent = line[parent]
    return _tree_problems(new.key, line)


def _tree_problems(key: str, parents: Mapping[str, str | None]) -> list[Problem]:
    try:
        above = ancestors(parents, key)
    except InvalidInput as error:
        return [_problem(error.detail_code, "parent", error.message)]
    missing = [parent for parent in above if parent not in parents]
    if missing:
        return [_problem("unknown_parent", "parent", f"there is no customer {missing[0][:60]!r}")]
    deepest = len(above) + _height(key, parents)
    if deepest >= TREE_DEPTH_MAX:
        message = f"the tree would be {deepest + 1} levels deep"
        return [_problem("tree_too_deep", "parent", message, allowed=f"{TREE_DEPTH_MAX} levels")]
    return []


def _height(key: str, parents: Mapping[str, str | None]) -> int:
    lines = (ancestors(parents, other) for other in parents)
    return max((line.index(key) + 1 for line in lines if key in line), default=0)


def _own_field(field: str) -> str:
    return field.partition("].")[2]


def _problem(code: str, field: str, message: str, allowed: str = "") -> Problem:
    return Problem(code=code, message=message, field=field, allowed=allowed)
