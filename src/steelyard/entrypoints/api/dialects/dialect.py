"""What a dialect is: how its bodies are read, and how answers and refusals are said in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from steelyard.entrypoints.api.problems import ProblemAnswer
from steelyard.metering import Decoded, UsageEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Events that are stored now, or were before: with the index and the chain of each, in the order sent."""

    events: Sequence[UsageEvent]
    indexes: Sequence[int]
    customers: Sequence[str]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """The way of one kind of request of another product.

    `decode` takes the body, the time of arrival (microseconds) and the id of an event without one. `answer`
    gives the body of a success. `refusal` gives status and body of a refusal.
    """

    name: str
    decode: Callable[[bytes, int, str], Decoded]
    answer: Callable[[Sent], Any]
    refusal: Callable[[ProblemAnswer], tuple[int, Any]]
