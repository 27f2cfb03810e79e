"""What the server's answer means for the events of a request: pure, so that every case can be read here.

An event is forgotten only when the server said of that event that it is stored, or why it never will be.
Everything else is a reason to try again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from steelyard.client.backoff import asked_seconds

_ABOUT_THE_BODY: Final = (400, 413, 415, 422)


class Refused(NamedTuple):
    """An event that the server will not store, with its stable code and the reason in words."""

    event: dict[str, Any]
    code: str
    message: str
    field: str = ""


class Stored(NamedTuple):
    """The server has them, but for these."""

    refused: tuple[Refused, ...] = ()


class Apart(NamedTuple):
    """The body as a whole was not read: its halves may be."""

    code: str
    message: str


class Later(NamedTuple):
    """Nothing is wrong with the events, or nobody answered: try again, after `seconds` at the soonest."""

    code: str
    message: str
    seconds: float = 0.0


Verdict = Stored | Apart | Later


def judge(status: int, headers: Mapping[str, str], content: bytes, lines: Sequence[bytes]) -> Verdict:
    """What to do with the events `lines`, after this answer to the request that carried them.

    >>> judge(204, {}, b"", [b"{}"]), judge(429, {"retry-after": "2"}, b"", [b"{}"])
    (Stored(refused=()), Later(code='http_429', message='the server answered 429', seconds=2.0))
    """
    if 200 <= status < 300:
        return Stored()
    problem = _problem(content)
    code = str(problem.get("code") or f"http_{status}")
    message = str(problem.get("detail") or f"the server answered {status}")
    if code == "events_refused":
        refused = _refused(problem, lines)
        if refused:
            return Stored(refused)
    if status in _ABOUT_THE_BODY:
        return Apart(code, message)
    return Later(code, message, asked_seconds(headers.get("retry-after", "")))


def refused_alone(line: bytes, verdict: Apart) -> Refused:
    """The one event of a body that was not read.

    >>> refused_alone(b'{"id":"1"}', Apart("not_readable", "no JSON")).event
    {'id': '1'}
    """
    return Refused(json.loads(line), verdict.code, verdict.message)


def _refused(problem: Mapping[str, Any], lines: Sequence[bytes]) -> tuple[Refused, ...]:
    found: dict[int, Refused] = {}
    for error in problem.get("errors") or ():
        index = error.get("index")
        if not isinstance(index, int) or not 0 <= index < len(lines):
            return ()  # Not about single events of ours: each half is asked about by itself.
        told = Refused(
            json.loads(lines[index]),
            str(error.get("code", "refused")),
            str(error.get("message", "")),
            str(error.get("field", "")),
        )
        found.setdefault(index, told)
    return tuple(found.values())


def _problem(content: bytes) -> Mapping[str, Any]:
    try:
        problem = json.loads(content) if content else {}
    except ValueError:
        return {}
    return problem if isinstance(problem, dict) else {}
