"""What a month is worth: the documents issued, and drafts for whoever is not billed yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from steelyard.billing import Document, DraftInvoice
from steelyard.billing.accounts import Account, Cards, Months, account, by_customer
from steelyard.billing.costs import UsageCost, usage_costs
from steelyard.billing.draft import draft
from steelyard.billing.readings import read_terms
from steelyard.billing.run import issued_documents
from steelyard.catalog import live_version
from steelyard.contracts import Customer, Subscription
from steelyard.kernel import parse_month

if TYPE_CHECKING:
    from steelyard.entrypoints.bootstrap import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """A month's documents and drafts; `refused` counts customers whom the catalog and contract do not fit.

    `costs` is what usage cost, by customer and currency; `currencies` in which each customer is billed.
    """

    documents: tuple[Document, ...]
    drafts: tuple[DraftInvoice, ...]
    refused: int
    costs: tuple[UsageCost, ...] = ()
    currencies: Mapping[str, str] = field(default_factory=dict[str, str])


def worth_of(workspace: Workspace, month: str) -> Worth:
    """What the month is worth as of now; worked out once for each state of the record and usage store."""
    mark = (month, workspace.reader.size, workspace.usage.position())
    kept = workspace.worth
    if kept is not None and kept[0] == mark:
        return kept[1]
    found = _worth(workspace, month)
    workspace.worth = (mark, found)
    return found


def _worth(workspace: Workspace, month: str) -> Worth:
    documents = tuple(issued_documents(workspace.state, month))
    live = live_version(workspace.state)
    if live is None:
        return Worth(documents=documents, drafts=(), refused=0)
    billed = {one.customer for one in documents}
    accounts = [one for one in _accounts(workspace, month) if one.customer.key not in billed and one.spans]
    terms = iter(read_terms(workspace.usage, [span for one in accounts for span in one.spans]))
    drafts = [draft(one.customer, one.period, [next(terms) for _ in one.spans]) for one in accounts]
    return Worth(
        documents=documents,
        drafts=tuple(one for one in drafts if one.lines and not one.problems),
        refused=sum(bool(one.problems) for one in drafts),
        costs=tuple(usage_costs(workspace.usage, live.catalog, parse_month(month))),
        currencies={one.key: one.currency for one in workspace.state.find(Customer)},
    )


def _accounts(workspace: Workspace, month: str) -> list[Account]:
    state, months = workspace.state, Months(month)
    cards, subscriptions = Cards(state), by_customer(state.find(Subscription))
    return [
        account(one, subscriptions.get(one.key, []), months.period(one.timezone), cards)
        for one in state.find(Customer)
    ]
