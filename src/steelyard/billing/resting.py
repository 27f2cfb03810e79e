"""What rests on a dated change of rates, so that going back to a catalog without it cannot take it away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from steelyard.billing.documents import documents_of
from steelyard.catalog import Catalog, CatalogVersion
from steelyard.catalog.judge_changes import taken_away
from steelyard.catalog.rate_change import RateChange
from steelyard.catalog.schedule import is_for
from steelyard.contracts import Subscription
from steelyard.kernel import Problem, iso
from steelyard.record import State


def rate_changes_in_use(
    state: State, live: CatalogVersion, earlier: Catalog, now: datetime
) -> tuple[Problem, ...]:
    """Every change of rates that holds, that the earlier catalog lacks, and by which somebody was billed.

    One that holds and was on no document yet may be gone back on: nothing rests on it.
    """
    gone = taken_away(live.catalog.rate_changes, earlier.rate_changes, now)
    return tuple(
        Problem(
            code="rate_change_taken_away",
            message=f"the rate change of {one.price!r} ({one.words}) holds, and {use}",
            field="rate_changes",
            allowed="publish a further change that sets the price as it was",
        )
        for one in gone
        if (use := next(_uses(state, live.catalog, one), ""))
    )


def _uses(state: State, catalog: Catalog, change: RateChange) -> Iterator[str]:
    """In words, documents that were priced with the change, one for each subscription that pays by it."""
    carrying = {one.id for one in state.find(CatalogVersion) if change in one.catalog.rate_changes}
    priced = {one.key for one in catalog.prices.values() if is_for(change, one)}
    plans = {one.key for one in catalog.plans.values() if any(item.price in priced for item in one.items)}
    for one in state.find(Subscription):
        if one.plan in plans or priced & set(one.add_ons):
            for document in documents_of(state, one.customer):
                began = change.effective_from
                touched = began is None or document.period.end > began
                if touched and document.versions.get(one.id) in carrying:
                    yield f"{document.number} of {iso(document.issued_at)[:10]} is priced with it"
