"""Requests to language models: read from Microsoft's traces, or made in their shape.

The traces are the Azure LLM inference traces of 2023 (Splitwise, ISCA 2024; CC-BY-4.0): an hour of requests
to a coding and to a conversation service, each with its arrival and its numbers of tokens.
"""

from __future__ import annotations

import csv
import math
import random
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from steelyard.kernel import InvalidInput, NotFound

FILES: Final = {"code": "AzureLLMInferenceTrace_code.csv", "conv": "AzureLLMInferenceTrace_conv.csv"}
TICKS_A_SECOND: Final = 10_000_000
_SEED: Final = 20231116


@dataclass(frozen=True, slots=True)
class Request:
    """One request: `ticks` of 100 ns since the first one, and its numbers of tokens."""

    kind: str
    number: int
    ticks: int
    context: int
    generated: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """What is published of one trace: how many, how long, and p50 and p95 of both token counts."""

    requests: int
    seconds: int
    context: tuple[int, int]
    generated: tuple[int, int]
    burstiness: float


_SHAPES: Final = {
    "code": _Shape(requests=8_819, seconds=3_400, context=(1_469, 7_315), generated=(13, 90), burstiness=1.1),
    "conv": _Shape(
        requests=19_366, seconds=3_520, context=(1_020, 4_083), generated=(129, 451), burstiness=0.3
    ),
}


def read_trace(folder: Path) -> list[Request]:
    """The requests of both traces by arrival.

    Raises NotFound where a file is missing, InvalidInput where a row is not as published.
    """
    found: list[tuple[int, str, int, int, int]] = []
    for kind, name in FILES.items():
        path = folder / name
        if not path.is_file():
            raise NotFound(f"there is no {name} in {folder}; it belongs to the Azure LLM inference traces")
        with path.open(newline="", encoding="utf-8") as file:
            for number, row in enumerate(csv.DictReader(file), start=1):
                try:
                    ticks = _ticks(row["TIMESTAMP"])
                    found.append(
                        (ticks, kind, number, int(row["ContextTokens"]), int(row["GeneratedTokens"]))
                    )
                except (KeyError, TypeError, ValueError) as error:
                    raise InvalidInput(f"{name}, line {number + 1}: {error}", code="bad_trace") from None
    if not found:
        raise InvalidInput(f"the traces in {folder} hold no requests", code="bad_trace")
    found.sort()
    first = found[0][0]
    return [Request(kind, number, ticks - first, ctx, gen) for ticks, kind, number, ctx, gen in found]


def make_trace() -> list[Request]:
    """A seeded hour of requests by arrival, of the traces' numbers, burstiness and token distributions."""
    rng = random.Random(_SEED)
    found: list[tuple[int, str, int, int, int]] = []
    for kind, shape in _SHAPES.items():
        for number, ticks in enumerate(_arrivals(rng, shape), start=1):
            context = _tokens(rng, shape.context, least=3, most=14_000)
            generated = _tokens(rng, shape.generated, least=1, most=2_000)
            found.append((ticks, kind, number, context, generated))
    found.sort()
    first = found[0][0]
    return [Request(kind, number, ticks - first, ctx, gen) for ticks, kind, number, ctx, gen in found]


def _ticks(text: str) -> int:
    """A time such as `2023-11-16 18:17:03.9799600` in units of 100 ns."""
    whole, _, fraction = text.partition(".")
    moment = datetime.fromisoformat(f"{whole}+00:00")
    return int(moment.timestamp()) * TICKS_A_SECOND + int(fraction.ljust(7, "0")[:7])


def _arrivals(rng: random.Random, shape: _Shape) -> list[int]:
    """Arrival times, sorted: each second has a rate of its own, so that requests come in bursts."""
    weights = [math.exp(rng.gauss(0.0, shape.burstiness)) for _ in range(shape.seconds)]
    seconds = rng.choices(range(shape.seconds), weights=weights, k=shape.requests)
    return sorted(second * TICKS_A_SECOND + rng.randrange(TICKS_A_SECOND) for second in seconds)


def _tokens(rng: random.Random, p50_p95: tuple[int, int], *, least: int, most: int) -> int:
    """A draw from the lognormal distribution with these two percentiles, cut at both ends."""
    p50, p95 = p50_p95
    sigma = math.log(p95 / p50) / 1.6448536
    return max(least, min(most, round(p50 * math.exp(rng.gauss(0.0, sigma)))))
