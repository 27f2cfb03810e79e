"""The command about customers as a tree."""

from __future__ import annotations

from steelyard.entrypoints.cli.talk import DEFAULT_FOLDER, Folder, Json, talk
from steelyard.entrypoints.terminal import money, print_json, say, table


def tree(key: str, /, *, period: str = "", folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """What a customer and everybody below it come to in a month, and what they share.

    Parameters
    ----------
    key
        The customer at the top.
    period
        The month, such as 2026-11; the current one if not given.
    """
    query = {"period": period} if period else {}
    with talk(folder) as workspace:
        found = workspace.ask("GET", "/api/v1/customers/{key}/hierarchy", names={"key": key}, query=query)
    if json:
        print_json(found)
        return
    rows = [
        [
            "  " * one["depth"] + one["customer"],
            ", ".join(one["plans"]),
            one["number"] or "",
            money(one["total"], one["currency"]),
            one["currency"],
        ]
        for one in found["items"]
    ]
    table(["customer", "plan", "document", "total", ""], rows, right=(3,))
    for currency, total in found["totals"].items():
        say(f"{found['period']}, all together: {money(total, currency)} {currency}")
    for price in found["shared"]:
        amount = money(price["amount"], price["currency"])
        say(f"shared: {price['title']}, {price['quantity']} {price['unit']}, {amount} {price['currency']}")
        for one in price["parts"]:
            bears = money(one["amount"], price["currency"]) if one["amount"] is not None else "–"
            say(f"  {one['customer']}: {one['quantity']}, bears {bears}")
    if found["left_off"]:
        say(f"{found['left_off']} more customers are below")
