"""The two scenarios, each as a job: what to publish, whom to make, what to send, which months to bill."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from steelyard.entrypoints.demo import ai_customers, dataset, retail_lines
from steelyard.entrypoints.demo.ai_events import Event, Month, batches, previous_month
from steelyard.entrypoints.demo.trace import Request, make_trace, read_trace
from steelyard.kernel import InvalidInput, Period, iso, parse_month

ALL_MONTHS: Final = "all"
CATALOGS: Final = Path(__file__).parent / "catalogs"
_AI_BATCH: Final = 1_000
_RETAIL_BATCH: Final = 5_000
_RETAIL_MONTH: Final = "2011-11"
_RETAIL_START: Final = "2009-12-01T00:00:00Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One scenario, ready to be carried out through the HTTP interface."""

    title: str
    catalog: Path
    customers: list[dict[str, Any]]
    subscriptions: list[dict[str, Any]]
    months: list[str]
    total: int
    parts: Iterable[tuple[int, bytes]]
    real: tuple[str, ...]
    modelled: tuple[str, ...]


def catalog_files(folder: Path) -> list[Any]:
    """The files of a catalog folder as the interface takes them."""
    return [
        {"name": path.name, "text": path.read_text(encoding="utf-8")}
        for path in sorted(folder.glob("*.yaml"))
    ]


def ai_events(trace: Path | None, month: str) -> list[Event]:
    """The events of the AI scenario's month, by time; the same each time."""
    requests: list[Request] = make_trace() if trace is None else read_trace(trace)
    year, number = (int(part) for part in month.split("-"))
    origin = "generator" if trace is None else "azure-llm-2023"
    return Month(requests, year, number, origin).events()


def ai_job(trace: Path | None, month: str, now: datetime) -> Job:
    """The AI vendor's month: the calendar month before now where none is named."""
    month = month or default_month(now)
    events = ai_events(trace, _one_month(month, now))
    start = iso(_period(month).start)
    return Job(
        title=f"an AI platform's {month}: 40 customers on four plans, twelve models",
        catalog=CATALOGS / "ai",
        customers=ai_customers.customer_bodies(),
        subscriptions=ai_customers.subscription_bodies(start),
        months=[month],
        total=len(events),
        parts=_encoded(events),
        real=_AI_REAL_TRACE if trace else _AI_REAL,
        modelled=_AI_MODELLED if trace else (_AI_GENERATED, *_AI_MODELLED),
    )


def retail_job(months: str) -> Job:
    """The wholesaler billed again: November 2011, another of its months, or all twenty-five."""
    shop = retail_lines.Shop()
    with dataset.open_lines() as file:
        rows = retail_lines.read_rows(file, shop)
    known = sorted(shop.months)
    wanted = months or _RETAIL_MONTH
    if wanted != ALL_MONTHS and wanted not in known:
        raise InvalidInput(f"no lines are of {wanted!r}; name one of {known[0]} to {known[-1]}, or all")
    keys = sorted(shop.countries)
    return Job(
        title="a British wholesaler of gifts, billed again from its own lines",
        catalog=CATALOGS / "retail",
        customers=[_retail_customer(key, shop.countries[key]) for key in keys],
        subscriptions=[{"customer": key, "plan": "trade", "start": _RETAIL_START} for key in keys],
        months=known if wanted == ALL_MONTHS else [wanted],
        total=shop.lines,
        parts=retail_lines.encoded(rows, _RETAIL_BATCH),
        real=(
            f"every line: {shop.lines:,} of two years, {len(keys):,} customers, quantities, prices, returns",
            f"{shop.without_customer:,} lines have no customer: they are kept, unattributed",
            dataset.ATTRIBUTION,
        ),
        modelled=("that a customer gets one statement a month, before tax",),
    )


def default_month(now: datetime) -> str:
    """The calendar month before the moment's, as `2026-10`."""
    year, month = previous_month(now)
    return f"{year:04d}-{month:02d}"


def _one_month(month: str, now: datetime) -> str:
    if _period(month).end > now:
        raise InvalidInput(f"{month} is not over yet; name an earlier month", code="month_not_over")
    return month


def _period(month: str) -> Period:
    return parse_month(month)


def _encoded(events: list[Event]) -> Iterator[tuple[int, bytes]]:
    for part in batches(events, _AI_BATCH):
        yield len(part), json.dumps(part, separators=(",", ":")).encode()


def _retail_customer(key: str, country: str) -> dict[str, Any]:
    return {
        "key": key,
        "name": f"Customer {key[1:]}",
        "currency": "GBP",
        "timezone": retail_lines.TIMEZONE,
        "attributes": {"segment": "trade", "region": country},
    }


_PRICES: Final = "the models' list prices on the cost card (LiteLLM's table, MIT licence)"
_AI_REAL: Final = (
    _PRICES,
    "counts and percentiles of tokens that the generated requests follow (Azure LLM inference traces 2023)",
)
_AI_REAL_TRACE: Final = (
    "28,185 requests of Microsoft's Azure LLM inference traces 2023, the hour stretched over the month",
    "those traces: CC-BY-4.0; Patel et al., Splitwise, ISCA 2024",
    _PRICES,
)
_AI_GENERATED: Final = (
    "the 28,185 single requests: seeded, in the shape of the traces; --trace replays the real"
)
_AI_MODELLED: Final = (
    "the companies, contracts and prices; which company asked which model, and what was cached",
    "agent calls, partner tools, resolved tickets, probes, and nightly batches of Team and larger plans",
)
