"""Comparing a document with the same one computed anew: every difference in words."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from steelyard.billing.model import Document, Line
from steelyard.kernel import encode
from steelyard.rating import Step, StepKind, average


def differences(stated: Document, computed: Document) -> list[str]:
    """What the document states that does not follow from its evidence; nothing where all agrees."""
    if type(stated) is not type(computed):
        return [f"{stated.number} is a {stated.kind.value}, computed anew it is a {computed.kind.value}"]
    found: list[str] = []
    for one, other in zip(stated.lines, computed.lines, strict=False):
        found += _line_differences(one, other)
    if len(stated.lines) != len(computed.lines):
        found.append(f"{stated.number} has {len(stated.lines)} lines, computed anew {len(computed.lines)}")
    for field in dataclasses.fields(stated):
        if field.name != "lines":
            found += _difference(stated.number, field.name, stated, computed)
    return found


def _line_differences(stated: Line, computed: Line) -> list[str]:
    name = f"line {stated.id} ({stated.title})"
    return [
        problem
        for field in dataclasses.fields(stated)
        for problem in _difference(name, field.name, stated, computed)
    ]


def _difference(where: str, field: str, stated: object, computed: object) -> list[str]:
    one, other = getattr(stated, field), getattr(computed, field)
    if one == other or encode(one) == encode(other) or (field == "steps" and _same_steps(one, other)):
        return []
    what = field.replace("_", " ")
    return [f"{where}: {what} {_short(other)} expected, {_short(one)} found"]


def _same_steps(stated: Sequence[Step], computed: Sequence[Step]) -> bool:
    """Whether the steps agree; documents of earlier versions state some quantities in another way."""
    return len(stated) == len(computed) and all(map(_same_step, stated, computed))


def _same_step(stated: Step, computed: Step) -> bool:
    """Earlier, what is taken off had no unit amount, and what events carried had the average of a unit.

    >>> from dataclasses import replace
    >>> from decimal import Decimal
    >>> now = Step(
    ...     text="less", quantity=Decimal(1), unit_amount=Decimal(-3), amount=Decimal(-3), kind=StepKind.LESS
    ... )
    >>> earlier = replace(now, quantity=Decimal(7), unit_amount=Decimal(0))
    >>> _same_step(earlier, now), _same_step(replace(earlier, amount=Decimal(-4)), now)
    (True, False)
    """
    if (stated.text, stated.amount, stated.kind) != (computed.text, computed.amount, computed.kind):
        return False
    if (stated.quantity, stated.unit_amount) == (computed.quantity, computed.unit_amount):
        return True
    if stated.kind is StepKind.LESS:
        return not stated.unit_amount
    return stated.unit_amount == average(stated.amount, stated.quantity)


def _short(value: object) -> str:
    text = encode(value).decode().strip('"')
    return text if len(text) <= 120 else f"{text[:117]}..."
