"""A courier whose server is a script: it answers as told, and remembers what it was sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from steelyard.client.answers import Refused
from steelyard.client.courier import Courier, Trouble
from steelyard.client.limits import Limits
from steelyard.client.transport import Answer
from steelyard.client.waiting import MemoryQueue, Queue

STORED = Answer(204, {}, b"")


@dataclass
class Scripted:
    """Answers in turn; the last answer is given for ever. A step may be a function of the lines sent."""

    steps: list[Any] = field(default_factory=lambda: [STORED])
    sent: list[list[bytes]] = field(default_factory=list[list[bytes]])
    gate: threading.Event = field(default_factory=threading.Event)
    refused: list[Refused] = field(default_factory=list[Refused])
    troubles: list[Trouble] = field(default_factory=list[Trouble])
    damage: list[str] = field(default_factory=list[str])

    def post(self, lines: Sequence[bytes]) -> Answer:
        self.gate.wait(10)
        self.sent.append(list(lines))
        step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
        if isinstance(step, Exception):
            raise step
        return step if isinstance(step, Answer) else step(lines)

    def courier(self, queue: Queue | None = None, **limits: Any) -> Courier:
        chosen = Limits(**{"flush_seconds": 0.01, "retry_seconds": 0.01, **limits})
        queue = queue or MemoryQueue(events_max=chosen.waiting_events, bytes_max=chosen.waiting_bytes)
        return Courier(
            queue,
            chosen,
            post=self.post,
            on_refused=self.refused.extend,
            on_trouble=self.troubles.append,
            on_damage=self.damage.append,
        )


@pytest.fixture
def server() -> Scripted:
    scripted = Scripted()
    scripted.gate.set()
    return scripted


def line(number: int) -> bytes:
    return b'{"id":"%d","type":"t"}' % number


def refusing(*bad: bytes) -> Callable[[Sequence[bytes]], Answer]:
    """A step that refuses these lines and stores the others."""

    def answer(lines: Sequence[bytes]) -> Answer:
        errors = [
            {"index": index, "code": "not_a_time", "field": "time", "message": "no"}
            for index, one in enumerate(lines)
            if one in bad
        ]
        if not errors:
            return STORED
        return Answer(422, {}, json.dumps({"code": "events_refused", "errors": errors}).encode())

    return answer
