"""The events of the bench: requests to language models by a thousand customers, spread over a month."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

CUSTOMERS = 1_000
MODELS = ("gpt-5", "gpt-5-mini", "gpt-4.1", "claude-sonnet-4-5", "gemini-2.5-flash", "mistral-large-3")


def last_month() -> datetime:
    """The start of the calendar month before this one, UTC."""
    first = datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first - timedelta(days=1)).replace(day=1)


def customer(number: int) -> str:
    """The key of one of the thousand."""
    return f"bench-{number:04d}"


def bodies(start: int, total: int, size: int) -> Iterator[bytes]:
    """Events `start` to `start + total` as JSON arrays of this size; the same each time."""
    for first in range(start, start + total, size):
        rng = random.Random(first)
        base = last_month()
        yield ("[" + ",".join(_event(n, rng, base) for n in range(first, first + size)) + "]").encode()


def _event(number: int, rng: random.Random, base: datetime) -> str:
    at = base + timedelta(seconds=number * 7919 % (28 * 86_400))
    model = MODELS[rng.randrange(len(MODELS))]
    return (
        f'{{"id":"e{number:09d}","source":"bench","type":"llm.request",'
        f'"subject":"{customer(number % CUSTOMERS)}","time":"{at:%Y-%m-%dT%H:%M:%SZ}",'
        f'"data":{{"model":"{model}","requests":1,"input_tokens":{rng.randrange(40, 4_000)},'
        f'"cached_tokens":0,"output_tokens":{rng.randrange(1, 500)}}}}}'
    )
