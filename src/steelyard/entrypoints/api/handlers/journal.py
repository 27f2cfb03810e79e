"""The books: journal entries and the trial balance."""

from __future__ import annotations

from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.shaping import listed, shaped
from steelyard.entrypoints.api.shapes import billing as shapes
from steelyard.kernel import plain
from steelyard.ledger import JournalEntry
from steelyard.ledger import trial_balance as balanced


def list_entries(call: Call) -> shapes.JournalList:
    """The journal, by id; of one document if asked."""
    query: shapes.JournalQuery = call.query
    items, following = listed(call, JournalEntry, about=query.about)
    return shapes.JournalList(items=[shaped(one, shapes.JournalEntry) for one in items], next=following)


def trial_balance(call: Call) -> shapes.TrialBalance:
    """What every account holds."""
    found = balanced(call.workspace.state.find(JournalEntry))
    accounts = [
        shapes.Balance(
            account=row.account,
            name=row.name,
            currency=row.currency,
            debit=plain(row.debit),
            credit=plain(row.credit),
            balance=plain(row.balance),
        )
        for row in found.rows
    ]
    return shapes.TrialBalance(accounts=accounts, balanced=found.balanced, entries=found.entries)
