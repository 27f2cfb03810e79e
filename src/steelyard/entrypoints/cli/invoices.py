"""Commands about invoices: list, show, evidence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from steelyard.entrypoints.cli.pages import show_list
from steelyard.entrypoints.cli.talk import DEFAULT_FOLDER, Folder, Json, talk
from steelyard.entrypoints.terminal import money, print_json, say, table


def list_invoices(
    *, customer: str = "", period: str = "", folder: Folder = DEFAULT_FOLDER, json: Json = False
) -> None:
    """All invoices and credit notes, by number.

    Parameters
    ----------
    customer
        Only those of this customer.
    period
        Only those of this month, such as 2026-11.
    """
    show_list(
        "/api/v1/invoices",
        {
            "number": "number",
            "customer": "customer",
            "period": "period_name",
            "kind": "kind",
            "total": lambda one: money(one["total"], one["currency"]),
            "currency": "currency",
        },
        folder=folder,
        json=json,
        asked={"customer": customer, "period": period},
        order=lambda one: one["number"],
        right=(4,),
    )


def show(invoice: str, /, *, folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """One invoice or credit note, line by line.

    Parameters
    ----------
    invoice
        Its id or number.
    """
    with talk(folder) as workspace:
        found = workspace.ask("GET", "/api/v1/invoices/{id}", names={"id": invoice})
    if json:
        print_json(found)
        return
    say(f"{found['number']} to {found['customer_name']} for {found['period_name']}")
    tell_lines(found)
    if found["adjusted_by"]:
        say(f"adjusted by {', '.join(found['adjusted_by'])}")
    if found["changed"]:
        tell_change(found["changed"], found["currency"])


def tell_change(change: dict[str, Any], currency: str) -> None:
    """What changed in a billed month and is on no document yet, for people."""
    due = money(change["difference"], currency)
    say(
        f"{change['period_name']} ({change['document']}) changed since billed: "
        f"+{change['added']:,} −{change['ended']:,} events, {due} {currency} to be adjusted"
    )


def tell_lines(document: dict[str, Any]) -> None:
    """The lines and totals of an invoice or a draft, for people."""
    currency = document["currency"]
    rows = [
        [
            _group_of(line),
            line["title"],
            line["quantity"] or "",
            line["unit"],
            money(line["amount"], currency),
        ]
        for line in document["lines"]
    ]
    table(["group", "what", "quantity", "unit", "amount"], rows, right=(2, 4))
    subtotal, tax, total = (money(document[name], currency) for name in ("subtotal", "tax", "total"))
    say(f"subtotal {subtotal}, tax {tax}, total {total} {currency}")


def _group_of(line: dict[str, Any]) -> str:
    adjusts = line["adjusts"]
    return f"adjusts {adjusts['period_name']}" if adjusts else str(line["group"])


def evidence(
    invoice: str, /, *, out: Path | None = None, folder: Folder = DEFAULT_FOLDER, json: Json = False
) -> None:
    """Write an invoice's evidence file, which anybody can check offline.

    Parameters
    ----------
    invoice
        Its id or number.
    out
        The file to write; `NUMBER.evidence.json` if not given.
    """
    with talk(folder) as workspace:
        content = workspace.ask_bytes("GET", "/api/v1/invoices/{id}/evidence", names={"id": invoice})
        key = workspace.ask_bytes("GET", "/record/key").decode().strip()
    target = out or Path(f"{invoice}.evidence.json")
    target.write_bytes(content)
    if json:
        print_json({"file": str(target), "bytes": len(content), "vkey": key})
        return
    say(f"wrote {target}; check it with:")
    say(f"steelyard receipt verify {target} --key '{key}'")
