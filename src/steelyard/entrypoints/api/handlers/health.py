"""Whether the server lives, is ready, and what it counts."""

from __future__ import annotations

from steelyard import __version__
from steelyard.entrypoints.api import metrics as counts
from steelyard.entrypoints.api.endpoint import Blob, Call
from steelyard.entrypoints.api.shapes import health as shapes
from steelyard.kernel import Unavailable


def live(_: Call) -> shapes.Health:
    """The process answers."""
    return shapes.Health(status="ok", version=__version__)


def ready(call: Call) -> shapes.Readiness:
    """Whether writes are taken; raises Unavailable when the writer has stopped."""
    workspace = call.workspace
    if not workspace.writing:
        raise Unavailable("the record takes no writes; the server's log says why")
    return shapes.Readiness(status="ok", fold_lag=workspace.fold_lag(), writer="running")


def metrics(call: Call) -> Blob:
    """What the server counts, in Prometheus' text form."""
    return Blob(content=call.workspace.render_metrics(), media_type=counts.MEDIA_TYPE)
