"""The way of events in: bytes to decoded events, admitted, recorded, answered. As short as it can be.

This is plain ASGI, with no router and no middleware in between: at a thousand events a request, what
surrounds an event costs as much as the event.
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter
from typing import TYPE_CHECKING, Final

import msgspec
from starlette.types import Receive, Send
from starlette.types import Scope as AsgiScope

from steelyard.entrypoints.api import body as bodies
from steelyard.entrypoints.api.auth import Doorkeeper, require_for
from steelyard.entrypoints.api.metrics import Metrics
from steelyard.entrypoints.api.problems import (
    MEDIA_TYPE,
    EventsProblem,
    ProblemAnswer,
    ProblemItem,
    from_error,
    headers_of,
    internal,
)
from steelyard.entrypoints.api.shapes.events import EventsAccepted, Receipt
from steelyard.kernel.errors import SteelyardError
from steelyard.metering import Refused as RefusedEvent
from steelyard.record import Write, Written

if TYPE_CHECKING:
    from steelyard.entrypoints.bootstrap import Workspace

_log: Final = logging.getLogger("steelyard.api")
_encode: Final = msgspec.json.Encoder().encode
_NO_CONTENT: Final = {"type": "http.response.start", "status": 204, "headers": []}
_EMPTY: Final = {"type": "http.response.body", "body": b""}
