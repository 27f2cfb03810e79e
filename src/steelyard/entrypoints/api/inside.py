"""The table of endpoints asked from inside the process: by the console, and by commands on a closed folder.

The same handlers, shapes and scopes as over HTTP; only the transport is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from steelyard.access import Principal, Role, Scope
from steelyard.entrypoints.api.auth import narrowed, require_for
from steelyard.entrypoints.api.endpoint import Blob, Call, Endpoint, carried_out
from steelyard.entrypoints.api.endpoints import ENDPOINTS
from steelyard.entrypoints.api.reading import read_body, read_query
from steelyard.kernel.errors import NotFound

if TYPE_CHECKING:
    from steelyard.entrypoints.bootstrap import Workspace

_ROWS = {(row.method, row.path): row for row in ENDPOINTS}
_NOTHING: Mapping[str, str] = {}

OWNER = Principal(key_id="owner", name="owner", role=Role.OWNER, scopes=frozenset({Scope.OWNER}))
"""Who holds the folder: whoever can read the owner key may do everything."""


def row_of(method: str, path: str) -> Endpoint:
    """The endpoint of that method and path template; NotFound if the table has none."""
    found = _ROWS.get((method, path))
    if found is None or found.handler is None:
        raise NotFound(f"there is no endpoint {method} {path}")
    return found


def ask(  # noqa: PLR0913 - one request with all its parts, each named
    workspace: Workspace,
    principal: Principal,
    method: str,
    path: str,
    names: Mapping[str, str] = _NOTHING,
    query: Mapping[str, str] = _NOTHING,
    body: Any = None,
    *,
    client: str = "",
    now: datetime | None = None,
) -> Blob:
    """The endpoint's answer as bytes with their media type; `path` is a template, `names` fill its braces.

    `client` is the address that somebody comes from who is not signed in yet, `now` the time of asking
    where it is not the present.

    Raises an error of the tree where the endpoint refuses.
    """
    row = row_of(method, path)
    require_for(principal, row)
    now = now or datetime.now(UTC)
    asked = read_query(list(query.items()), row.query)
    told = None if row.body is None else read_body(msgspec.json.encode(body), row.body)
    call = Call(
        workspace=workspace,
        principal=narrowed(workspace, principal, row, path=names, query=asked, body=told, now=now),
        now=now,
        path=dict(names),
        query=asked,
        body=told,
        did=row.name,
        address=path.format(**names),
        client=client,
    )
    result = carried_out(row, call)
    if isinstance(result, Blob):
        return result
    content = b"" if row.status == 204 else msgspec.json.encode(result)
    return Blob(content=content, media_type=row.media_type)
