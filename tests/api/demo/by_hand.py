"""Bills of the demo worked out a second time: plain sums and plain products, without the product's code.

What is taken from the demo: the raw events of the modelled month, who the companies are, and the prices as
the catalog's files write them. How a price works is written out here again.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import yaml

CENT = Decimal("0.01")
MILLION = Decimal(1_000_000)
TOKENS = ("input_tokens", "cached_tokens", "output_tokens")


def to_cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def token_prices(catalog: Path, key: str) -> dict[str, list[Decimal]]:
    """Amounts per million tokens by model, from the file; `*` is any other model."""
    text = (catalog / "4-prices.yaml").read_text(encoding="utf-8")
    cards = yaml.load(text, Loader=yaml.BaseLoader)["rate_cards"]
    table = next(rate["table"] for card in cards for rate in card["rates"] if rate["key"] == key)
    return {model: [Decimal(cell) for cell in row] for model, row in table.items()}


class Used:
    """What one company used in the month."""

    def __init__(self) -> None:
        self.requests = 0
        self.agent_calls = 0
        self.tools = Decimal(0)
        self.tool_calls = 0
        self.tokens: dict[tuple[str, str], int] = defaultdict(int)


def usage_by_company(events: Iterable[Mapping[str, Any]], companies: Iterable[Any]) -> dict[str, Used]:
    owner = {subject: company.key for company in companies for subject in company.subjects}
    used: dict[str, Used] = {company.key: Used() for company in companies}
    for event in events:
        key = owner.get(event["subject"])
        if key is None:
            continue
        mine, data = used[key], event["data"]
        if event["type"] in ("llm.request", "llm.batch"):
            mine.requests += data["requests"]
            for kind in TOKENS:
                mine.tokens[data["model"], kind] += data[kind]
        elif event["type"] == "agent.call":
            mine.agent_calls += 1
        elif event["type"] == "tool.call":
            mine.tool_calls += data["calls"]
            mine.tools += Decimal(data["amount"])
    return used


def token_lines(used: Used, prices: Mapping[str, list[Decimal]]) -> list[Decimal]:
    """One rounded line per priced model and kind of token; models without a row of their own share one."""
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for (model, kind), count in used.tokens.items():
        sums[model if model in prices else "*", kind] += count
    return [
        to_cents(count * prices[model][TOKENS.index(kind)] / MILLION) for (model, kind), count in sums.items()
    ]


def team_bill(company: Any, used: Used, catalog: Path) -> Decimal:
    beyond = max(0, used.requests - 5_000_000)
    blocks = (Decimal(beyond) / 100_000).to_integral_value(rounding=ROUND_CEILING)
    first = min(max(used.agent_calls - 200, 0), 800)
    rest = max(used.agent_calls - 1_000, 0)
    lines = [
        Decimal(499),
        Decimal(29) * company.seats,
        Decimal(18) * blocks,
        to_cents(first * Decimal("0.05") + rest * Decimal("0.035")),
        *token_lines(used, token_prices(catalog, "team-tokens")),
    ]
    return sum(lines, Decimal(0)) + (to_cents(used.tools) if company.tools else 0)


def enterprise_bill(company: Any, used: Used, catalog: Path) -> Decimal:
    seat = 49 if company.seats <= 50 else 42 if company.seats <= 250 else 36
    requests = Decimal(used.requests)
    each = "0.10" if requests <= 10_000_000 else "0.08" if requests <= 50_000_000 else "0.06"
    calls = min(used.agent_calls, 1_000) * Decimal("0.04") + max(used.agent_calls - 1_000, 0) * Decimal(
        "0.025"
    )
    covered = sum(
        [
            to_cents(requests * Decimal(each) / 1_000),
            to_cents(calls),
            *token_lines(used, token_prices(catalog, "enterprise-tokens")),
        ],
        Decimal(0),
    )
    tools = to_cents(used.tools) if company.tools else Decimal(0)
    return Decimal(seat * company.seats) + max(Decimal(company.commitment), covered) + tools


def regulated_bill(company: Any, used: Used, catalog: Path) -> Decimal:
    calls = min(used.agent_calls, 1_000) * Decimal("0.06") + max(used.agent_calls - 1_000, 0) * Decimal(
        "0.04"
    )
    agents = to_cents(calls + 100) if used.agent_calls else Decimal(0)
    lines = [Decimal(4_800), Decimal(59) * company.seats, agents, Decimal(1_200)]
    net = sum([*lines, *token_lines(used, token_prices(catalog, "regulated-tokens"))], Decimal(0))
    return net + to_cents(net * Decimal(company.tax[1]) / 100)


BILLS = {"team": team_bill, "enterprise": enterprise_bill, "regulated": regulated_bill}


def ai_totals(
    events: Iterable[Mapping[str, Any]], companies: Iterable[Any], catalog: Path
) -> dict[str, Decimal]:
    """What all companies owe, by currency."""
    companies = list(companies)
    used = usage_by_company(events, companies)
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for company in companies:
        if company.plan != "community":
            totals[company.currency] += BILLS[company.plan](company, used[company.key], catalog)
    return dict(totals)


def retail_months(content: bytes) -> dict[tuple[str, str], Decimal]:
    """What each customer owes for each month, from the raw lines; months are as the file writes its dates."""
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in csv.DictReader(io.StringIO(content.decode())):
        if row["Customer ID"]:
            month, _, year = row["InvoiceDate"].split(" ")[0].split("/")
            key = row["Customer ID"], f"{year}-{int(month):02d}"
            sums[key] += int(row["Quantity"]) * Decimal(row["Price"])
    return {key: to_cents(amount) for key, amount in sums.items()}
