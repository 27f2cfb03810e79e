"""The SDK that users put into their programs: metering that loses nothing, and the whole HTTP interface.

`Steelyard` (and `AsyncSteelyard`) meter: events are buffered, spooled, sent in the background and repeated
until the server has each exactly once. `Client` asks and changes: one method an endpoint.

Owns: delivery, the spool, the client's own signed count, connections that are kept alive, problems as
exceptions, one method an endpoint (`generated`, derived from the server's table of endpoints and held
against it by a test).
Does not own: anything of the server; it imports no room and nothing but the standard library (`cryptography`
signs the count where it is installed).
Invariants: importing it costs next to nothing, each name is loaded when it is first used; an event that was
taken in is forgotten only after the server's answer about that event.

>>> from steelyard.client import Client
>>> client = Client("http://127.0.0.1:8420", key="sk_secret")
>>> client.customers.list  # doctest: +ELLIPSIS
<bound method CustomersApi.list of ...>
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from steelyard.client.answers import Refused
    from steelyard.client.asynchronous import AsyncSteelyard
    from steelyard.client.courier import ClosedError, Left, Stats, Trouble
    from steelyard.client.generated import Client
    from steelyard.client.ids import new_id
    from steelyard.client.limits import Limits
    from steelyard.client.steelyard import Steelyard
    from steelyard.client.transport import ProblemError
    from steelyard.client.waiting import QueueFullError

__all__ = [
    "AsyncSteelyard",
    "Client",
    "ClosedError",
    "Left",
    "Limits",
    "ProblemError",
    "QueueFullError",
    "Refused",
    "Stats",
    "Steelyard",
    "Trouble",
    "new_id",
]

_HOMES = {
    "AsyncSteelyard": "asynchronous",
    "Client": "generated",
    "ClosedError": "courier",
    "Left": "courier",
    "Limits": "limits",
    "ProblemError": "transport",
    "QueueFullError": "waiting",
    "Refused": "answers",
    "Stats": "courier",
    "Steelyard": "steelyard",
    "Trouble": "courier",
    "new_id": "ids",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"steelyard.client has no {name}")
    from importlib import import_module

    found = getattr(import_module(f"steelyard.client.{_HOMES[name]}"), name)
    globals()[name] = found
    return found
