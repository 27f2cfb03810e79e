"""Proposals: catalogs that wait for agreement, and their publication once it is given."""

from __future__ import annotations

from typing import Any

from steelyard.access import Review, review_status
from steelyard.catalog import Proposal, live_version
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.catalog import Aim, governed
from steelyard.entrypoints.api.handlers.catalog_governed import risk_found
from steelyard.entrypoints.api.pages import cursor_of, number_of
from steelyard.entrypoints.api.shapes import catalog as c
from steelyard.entrypoints.api.shapes import catalog_code as shapes
from steelyard.kernel import Conflict, NotFound, iso


def list_proposals(call: Call) -> shapes.CatalogProposalList:
    """Proposals, newest first."""
    found = sorted(
        call.workspace.state.find(Proposal), key=lambda one: (one.proposed_at, one.id), reverse=True
    )
    start = number_of(call.query.cursor) or 0
    items = found[start : start + call.query.limit]
    following = cursor_of(start + len(items)) if start + len(items) < len(found) else None
    return shapes.CatalogProposalList(
        items=[shapes.CatalogProposal(**_fields(call, one)) for one in items], next=following
    )


def show(call: Call) -> shapes.CatalogProposalFull:
    """One proposal with all that was shown."""
    one = _proposal(call)
    return shapes.CatalogProposalFull(**_fields(call, one), shown=list(one.shown))


def publish(call: Call) -> c.CatalogPublished:
    """Publish what was agreed to; what is not agreed to yet goes on waiting."""
    one = _proposal(call)
    live = live_version(call.workspace.state)
    if (live.id if live else "") not in (one.base, one.candidate):
        message = "another version is live than when this was proposed; propose it again"
        raise Conflict(message, code="proposal_stale")
    note = call.body.note or one.note
    aim = Aim(catalog=one.catalog, change=one.change, note=note, dry_run=False, action=one.action)
    return governed(call, aim)


def _proposal(call: Call) -> Proposal:
    found = call.workspace.state.get(Proposal, call.path["id"])
    if found is None:
        raise NotFound(f"there is no proposal {call.path['id'][:60]!r}", code="unknown_proposal")
    return found


def _fields(call: Call, one: Proposal) -> dict[str, Any]:
    review = call.workspace.state.get(Review, one.review)
    live = live_version(call.workspace.state)
    return {
        "id": one.id,
        "candidate": one.candidate,
        "base": one.base,
        "action": one.action.value,
        "note": one.note,
        "proposed_at": iso(one.proposed_at),
        "proposed_by": one.proposed_by,
        "review": one.review,
        "status": review_status(review, call.now).value if review is not None else "",
        "stale": (live.id if live else "") != one.base,
        "risk": risk_found(one.risk),
    }
