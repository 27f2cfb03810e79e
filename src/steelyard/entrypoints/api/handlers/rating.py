"""One price calculation, by the code that bills."""

from __future__ import annotations

import msgspec

from steelyard.catalog import Catalog, Source, answer_request, live_version
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.shapes import rating as shapes


def rate(call: Call) -> shapes.RateOut:
    """What a usage costs by a live price or by one that the request brings, each step in words."""
    live = live_version(call.workspace.state)
    body: shapes.RateIn = call.body
    given = {name: value for name, value in msgspec.structs.asdict(body).items() if value is not None}
    given["parts"] = [msgspec.structs.asdict(part) for part in body.parts]
    answer = answer_request(Source(values=given), live.catalog if live else Catalog())
    return msgspec.convert(answer, shapes.RateOut)
