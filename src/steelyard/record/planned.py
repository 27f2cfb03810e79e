"""What a service gives back: the records as they will be, and what to write so that they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from steelyard.kernel import InvalidInput, Problem
from steelyard.record import Batch, Expect, Kind, Save, Write
from steelyard.record.telling import telling

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned(Generic[T]):
    """A record as it will be, and the write that makes it so; no write where it is so already."""

    record: T
    write: Write | None

    @property
    def changes_nothing(self) -> bool:
        """Whether the record is as asked for already."""
        return self.write is None


def saving(kind: Kind, customer: str, record: object, key: str, version: int | None) -> Write:
    """The write of one record: its entry on the customer's chain, its row, and the row's version before."""
    return Write(
        batches=(Batch(kind=kind, customers=[customer], payloads=[telling(record)]),),
        rows=(Save(record=record, told_by=0),),
        expect=(Expect(type=type(record), key=key, version=version),),
    )


def together(writes: Iterable[Write | None]) -> Write | None:
    """All these writes as one, which happens whole or not at all; None when there are none.

    >>> one = saving(Kind.CUSTOMER, "a", {}, "a", None)
    >>> both = together([one, None, one])
    >>> both.entry_count, [row.told_by for row in both.rows]
    (2, [0, 1])
    """
    batches: list[Batch] = []
    rows: list[Save] = []
    expect: list[Expect] = []
    entries = 0
    for write in writes:
        if write is None:
            continue
        if write.idempotency is not None:
            raise InvalidInput("a write with an idempotency key stands alone", code="not_combinable")
        batches += write.batches
        rows += [Save(record=row.record, told_by=row.told_by + entries) for row in write.rows]
        expect += write.expect
        entries += write.entry_count
    if not batches:
        return None
    return Write(batches=tuple(batches), rows=tuple(rows), expect=tuple(expect))


def or_raise(planned: Planned[T] | tuple[Problem, ...]) -> Planned[T]:
    """The plan; raises InvalidInput with every problem where there is none.

    >>> or_raise((Problem(code="bad_key", message="'a b' is no key", field="key"),))
    Traceback (most recent call last):
    ...
    steelyard.kernel.errors.InvalidInput: key: 'a b' is no key
    """
    if isinstance(planned, Planned):
        return planned
    message = "; ".join(str(problem) for problem in planned[:3])
    more = f" and {len(planned) - 3} more" if len(planned) > 3 else ""
    raise InvalidInput(message + more, problems=planned)
