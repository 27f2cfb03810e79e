"""What would become of events: decoded and admitted like any, and then let go."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from starlette.types import Receive
from starlette.types import Scope as AsgiScope

from steelyard.entrypoints.api.ingest import Ingest, Reply, attributes_of, prepare, refused_answer, settle
from steelyard.entrypoints.api.limits import Hold
from steelyard.entrypoints.api.shapes.events import EventsChecked
from steelyard.kernel.errors import InvalidInput
from steelyard.metering import WHOLE_REQUEST, Decoded

if TYPE_CHECKING:
    from steelyard.entrypoints.bootstrap import Workspace


class Check(Ingest):
    """`POST /api/v1/events/check`: the way of events in, up to where they would be stored."""

    async def _store(self, scope: AsgiScope, receive: Receive, hold: Hold) -> Reply:
        headers: dict[bytes, bytes] = dict(scope["headers"])
        now = datetime.now(UTC)
        principal, content = await self._received(headers, now, receive, hold)
        content_type = headers.get(b"content-type", b"").decode("latin-1")
        decoded = self._workspace.decode_events(content, content_type, attributes_of(headers), now)
        fields = self._gate.keys.take(principal, len(decoded.events) + len(decoded.refusals))
        said = checked(self._workspace, decoded, now, only_customer=principal.customer)
        return Reply(status=200, body=said, headers=fields)


def check(workspace: Workspace, content: bytes, content_type: str) -> EventsChecked:
    """What would become of encoded events, asked from inside the process."""
    now = datetime.now(UTC)
    return checked(workspace, workspace.decode_events(content, content_type, {}, now), now)


def checked(
    workspace: Workspace, decoded: Decoded, now: datetime, *, only_customer: str | None = None
) -> EventsChecked:
    """What would become of decoded events.

    Raises InvalidInput for a request that would be refused as a whole.
    """
    prepared = prepare(workspace, decoded, now, only_customer=only_customer)
    whole = next((one for one in prepared.refusals if one.index == WHOLE_REQUEST), None)
    if whole is not None:
        raise InvalidInput(whole.message, code=whole.code)
    by_place = dict(zip(decoded.positions, decoded.events, strict=True))
    good = [by_place[place] for place in prepared.positions]
    read = {name for meter in workspace.usage.meters for name in meter.event_types}
    known = workspace.directory.customer_of
    return EventsChecked(
        good=len(good),
        errors=refused_answer(settle(prepared, None)).errors if prepared.refusals else [],
        unmatched=dict(Counter(event.type for event in good if event.type not in read)),
        unattributed=dict(
            Counter(
                event.subject
                for event in good
                if known(event.customer or event.subject, event.source) is None
            )
        ),
    )
