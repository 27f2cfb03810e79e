"""Changing a customer that is there: name, address, tax, subjects, dated attributes."""

from __future__ import annotations

from steelyard.billing.retroactive import billed_until_of
from steelyard.contracts import CustomerChange, Planned, Tax, change_customer
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.shaping import shaped
from steelyard.entrypoints.api.handlers.subscriptions import refuse_before
from steelyard.entrypoints.api.shapes import customers as shapes
from steelyard.kernel import InvalidInput, NotFound


def create(call: Call) -> shapes.Customer:
    """Change a customer, or say what it would be."""
    asked: shapes.CustomerChangeIn = call.body
    key = call.about(call.path["key"])
    change = _change(call, asked)
    planned = change_customer(call.workspace.state, call.workspace.directory, key, change)
    if not isinstance(planned, Planned):
        if planned[0].code == "unknown_customer":
            raise NotFound(planned[0].message)
        raise InvalidInput(f"not changed: {planned[0]}", code="invalid_change", problems=planned)
    if change.attributes:
        # By attributes prices are chosen: what is billed was billed by those that held.
        billed = billed_until_of(call.workspace.state, {key}).get(key)
        refuse_before(billed, change.effective_from, key, "effective_from")
    answer = shaped(planned.record, shapes.Customer)
    if planned.write is not None and not asked.dry_run:
        call.commit(planned.write, answer)
    return answer


def _change(call: Call, asked: shapes.CustomerChangeIn) -> CustomerChange:
    return CustomerChange(
        effective_from=asked.effective_from or call.now,
        name=asked.name,
        email=asked.email,
        tax=None if asked.tax is None else Tax(name=asked.tax.name, percent=asked.tax.percent),
        untaxed=asked.untaxed,
        attributes=asked.attributes,
        add_subjects=tuple(asked.add_subjects),
        remove_subjects=tuple(asked.remove_subjects),
        reason=asked.reason,
    )
