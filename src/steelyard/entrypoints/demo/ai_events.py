"""The AI scenario's month: every request of an hour of traffic stretched over it, and what goes with it.

The arrivals and token counts come from the trace or the generator; who asked, which model answered, what was
cached, agents, tools, tickets and nightly batches are modelled here by a fixed seed.
"""

from __future__ import annotations

import calendar
import random
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import accumulate
from typing import Any, Final

from steelyard.entrypoints.demo.ai_customers import COMPANIES, Company
from steelyard.entrypoints.demo.trace import Request
from steelyard.kernel import Period, from_micros, iso, micros

_SEED: Final = 5_000_000
_SKEW: Final = 0.9
_HOUR: Final = 3_600_000_000
_MODELS: Final = (
    "gpt-4.1", "gpt-4.1-mini", "gpt-5", "gpt-5-mini", "o3", "claude-sonnet-4-5", "claude-haiku-4-5",
    "claude-opus-4-5", "gemini-2.5-pro", "gemini-2.5-flash", "mistral-large-3", "deepseek-v3.2",
)  # fmt: skip
_CONTRACTED: Final = ("gpt-5", "claude-sonnet-4-5", "mistral-large-3", "gemini-2.5-pro")
_BATCH_MODELS: Final = ("gpt-4.1-mini", "gpt-5-mini", "gemini-2.5-flash", "mistral-large-3", "deepseek-v3.2")
_TOOLS: Final = (("web-search", "0.008"), ("filings", "0.035"), ("geocoding", "0.0045"), ("ocr", "0.0125"))
_STRANGERS: Final = ("copperlin:prod", "orrery-labs-old", "trial-7f3a", "loadtest")
_UNKNOWN_TYPES: Final = ("embedding.created", "vector.search", "llm.requests")
_AGENTS: Final = {"code": ("reviewer", "test-writer", "migrator"), "conv": ("concierge", "triage", "analyst")}

Event = dict[str, Any]


class Month:
    """Makes the events of one month; the same requests and month give the same events."""

    def __init__(self, requests: Sequence[Request], year: int, month: int, origin: str) -> None:
        self._requests = requests
        self._period = Period.month(year, month)
        self._start, self._end = micros(self._period.start), micros(self._period.end)
        self._days = calendar.monthrange(year, month)[1]
        self._label, self._source = f"{year:04d}-{month:02d}", f"demo/{origin}"
        self._rng = random.Random(_SEED)
        self._shares = list(accumulate((rank + 3) ** -_SKEW for rank in range(len(COMPANIES))))
        self._favourites = {company.key: self._favourite_models(company) for company in COMPANIES}
        self._made: list[tuple[int, Event]] = []

    def events(self) -> list[Event]:
        """All events of the month by time."""
        self._made = []
        span = self._requests[-1].ticks + 1
        for request in self._requests:
            at = self._start + request.ticks * (self._end - self._start) // span
            self._of_request(request, at)
        for company in COMPANIES:
            if company.batch:
                self._nightly(company)
            if company.plan in ("enterprise", "regulated"):
                self._probes(company)
        self._loose_ends()
        self._made.sort(key=lambda made: made[0])
        return [event for _, event in self._made]

    def _favourite_models(self, company: Company) -> list[str]:
        if company.plan == "regulated":
            return [*self._rng.sample(_CONTRACTED, 2), self._rng.choice(_MODELS)]
        return self._rng.sample(_MODELS, 4)

    def _add(self, at: int, name: str, kind: str, subject: str, data: Event, **dimensions: str) -> None:
        moment = min(max(at, self._start), self._end - 1)
        event: Event = {
            "id": f"{self._label}-{name}",
            "source": self._source,
            "type": kind,
            "subject": subject,
            "time": iso(from_micros(moment)),
            **dimensions,
            "data": data,
        }
        self._made.append((moment, event))

    def _company(self) -> Company:
        place = bisect_right(self._shares, self._rng.random() * self._shares[-1])
        return COMPANIES[min(place, len(COMPANIES) - 1)]

    def _of_request(self, request: Request, at: int) -> None:
        rng, company = self._rng, self._company()
        subject = rng.choices(company.subjects, weights=(16, 3, 1)[: len(company.subjects)])[0]
        environment = subject.partition(":")[2]
        cached = request.context * rng.choice((25, 50, 75, 90)) // 100 if rng.random() < 0.35 else 0
        name = f"{request.kind}-{request.number:05d}"
        agent = rng.choice(_AGENTS[request.kind])
        feature = "coding" if request.kind == "code" else "assistant"
        data = {
            "model": rng.choices(self._favourites[company.key], weights=(8, 4, 2, 1)[: _count(company)])[0],
            "requests": 1,
            "input_tokens": request.context - cached,
            "cached_tokens": cached,
            "output_tokens": request.generated,
        }
        self._add(at, name, "llm.request", subject, data, feature=feature, environment=environment)
        for step in range(rng.choice((0, 1, 2, 3) if request.kind == "code" else (0, 0, 1, 1))):
            outcome = "done" if rng.random() < 0.93 else "handed-over"
            later = at + (step + 1) * 1_700_000
            self._add(
                later, f"{name}-a{step}", "agent.call", subject, {"outcome": outcome},
                feature=feature, agent=agent, environment=environment,
            )  # fmt: skip
        if company.tools and rng.random() < 0.3:
            tool, amount = rng.choice(_TOOLS)
            called = {"tool": tool, "calls": 1, "amount": amount}
            self._add(at + 900_000, f"{name}-t", "tool.call", subject, called, integration=tool)
        if request.kind == "conv" and rng.random() < 0.16:
            minutes = rng.randrange(1, 90)
            self._add(
                at + minutes * 60_000_000, f"{name}-r", "ticket.resolved", subject, {"minutes": minutes},
                feature=feature, agent=agent,
            )  # fmt: skip

    def _nightly(self, company: Company) -> None:
        """One batch a night, between two and four o'clock; larger contracts send longer prompts."""
        rng = self._rng
        model = "mistral-large-3" if company.plan == "regulated" else rng.choice(_BATCH_MODELS)
        read, written = (180, 12) if company.plan == "team" else (1_150, 65)
        for day in range(self._days):
            requests = company.batch * rng.randrange(70, 131) // 100
            data = {
                "model": model,
                "requests": requests,
                "input_tokens": requests * rng.randrange(read * 8 // 10, read * 12 // 10),
                "cached_tokens": requests * rng.randrange(read // 3, read // 2),
                "output_tokens": requests * rng.randrange(written * 7 // 10, written * 13 // 10),
            }
            at = self._start + day * 24 * _HOUR + 2 * _HOUR + rng.randrange(2 * _HOUR)
            name = f"batch-{company.key}-{day + 1:02d}"
            self._add(at, name, "llm.batch", f"{company.key}:prod", data, feature="batch", environment="prod")

    def _probes(self, company: Company) -> None:
        """A probe every six hours, as larger contracts ask for."""
        for number in range(self._days * 4):
            at = self._start + number * 6 * _HOUR + self._rng.randrange(60_000_000)
            data = {"ok": self._rng.random() < 0.998, "milliseconds": self._rng.randrange(40, 400)}
            name = f"probe-{company.key}-{number:03d}"
            self._add(at, name, "service.health", f"{company.key}:prod", data, environment="prod")

    def _loose_ends(self) -> None:
        """What no customer or no meter claims, so that the queues have something to show."""
        rng, month = self._rng, self._end - self._start
        for number in range(260):
            data = {
                "model": rng.choice(_MODELS),
                "requests": 1,
                "input_tokens": rng.randrange(50, 4000),
                "cached_tokens": 0,
                "output_tokens": rng.randrange(5, 400),
            }
            at = self._start + rng.randrange(month)
            self._add(at, f"stray-{number:03d}", "llm.request", rng.choice(_STRANGERS), data)
        for number in range(140):
            company, at = rng.choice(COMPANIES), self._start + rng.randrange(month)
            data = {"items": rng.randrange(1, 60)}
            self._add(at, f"odd-{number:03d}", rng.choice(_UNKNOWN_TYPES), f"{company.key}:prod", data)


def _count(company: Company) -> int:
    return 3 if company.plan == "regulated" else 4


def previous_month(now: datetime) -> tuple[int, int]:
    """The calendar month before the one of the moment, in UTC.

    >>> from datetime import UTC
    >>> previous_month(datetime(2026, 1, 5, tzinfo=UTC))
    (2025, 12)
    """
    return (now.year - 1, 12) if now.month == 1 else (now.year, now.month - 1)


def batches(events: Sequence[Event], size: int) -> Iterator[Sequence[Event]]:
    """The events in parts of this size, in order.

    >>> [len(part) for part in batches([{}, {}, {}], 2)]
    [2, 1]
    """
    for start in range(0, len(events), size):
        yield events[start : start + size]
