"""A document in plain text, as scenarios expect it: groups, lines with their steps, totals."""

from __future__ import annotations

from typing import Any

from steelyard.billing import GROUP_TITLES
from steelyard.kernel import parse_decimal, round_minor

_TITLES = {group.value: title for group, title in GROUP_TITLES.items()}


def statement(document: dict[str, Any]) -> str:
    """What an invoice or credit note of the API says."""
    head = (document["number"], document["customer"], document["period_name"], document["currency"])
    rows = ["  ".join(head)]
    group = ""
    for line in document["lines"]:
        if line["group"] != group:
            group = line["group"]
            rows.append(_TITLES[group])
        rows += _line(line, document["currency"])
    rows.append(_total("Total", document["total"], document["currency"]))
    return "\n".join(rows)


def _line(line: dict[str, Any], currency: str) -> list[str]:
    adjusted = line["adjusts"]
    title = f"{line['title']} of {adjusted['period_name']}" if adjusted else line["title"]
    counted = line["quantity"]
    quantity = "" if counted is None else f"{parse_decimal(counted):,f} {line['unit']}".strip()
    amount = _money(line["amount"], currency)
    return [f"  {title:<34}{quantity:>22}{amount:>14}", *(f"    {step['text']}" for step in line["steps"])]


def _total(name: str, amount: str, currency: str) -> str:
    return f"{name:<36}{'':>22}{_money(amount, currency):>14}"


def _money(amount: str, currency: str) -> str:
    return f"{round_minor(parse_decimal(amount), currency):,f}"
