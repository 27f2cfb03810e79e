"""Late and corrected usage of billed months, and what the next documents will say about it."""

from __future__ import annotations

from steelyard.billing.late import late
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.shapes import late as shapes
from steelyard.kernel import plain


def list_changes(call: Call) -> shapes.LateList:
    """Every billed month that changed since it was billed."""
    call.workspace.catch_up()
    items = [
        shapes.LateChange(
            customer=one.customer.key,
            customer_name=one.customer.name,
            currency=one.customer.currency,
            period_name=one.change.period_name,
            document=one.change.document,
            added=one.change.added,
            ended=one.change.ended,
            difference=plain(one.change.difference),
        )
        for one in late(call.workspace.books)
    ]
    return shapes.LateList(items=items, next=None)
