"""Whether two contracts of a customer would hold at the same time for the same plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from steelyard.contracts.contract import Contract
from steelyard.kernel import Problem


def overlaps(contract: Contract, others: Iterable[Contract]) -> Iterator[Problem]:
    """The other contracts of its customer that hold while it does; a pilot overlaps nothing.

    >>> from steelyard.kernel import instant
    >>> one = Contract(id="a", customer="acme", name="A", start=instant("2026-01-01T00:00:00Z"))
    >>> two = Contract(id="b", customer="acme", name="B", start=instant("2027-01-01T00:00:00Z"))
    >>> [problem.code for problem in overlaps(one, [one, two])]
    ['overlap']
    """
    for other in others:
        apart = (other.end is not None and other.end <= contract.start) or (
            contract.end is not None and contract.end <= other.start
        )
        plans = not contract.plans or not other.plans or set(contract.plans) & set(other.plans)
        if contract.shadow or other.shadow:
            continue
        if not apart and plans and other.customer == contract.customer and other.id != contract.id:
            message = f"{other.id} ({other.name}) is with {other.customer!r} at the same time"
            yield Problem(code="overlap", message=message, field="start", allowed="end the other first")
