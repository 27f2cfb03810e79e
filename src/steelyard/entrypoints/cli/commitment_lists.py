"""Commands that look at commitments: all of them, their alerts, and the course of one."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from steelyard.entrypoints.cli.pages import everything, show_list
from steelyard.entrypoints.cli.talk import DEFAULT_FOLDER, Folder, Json, talk
from steelyard.entrypoints.terminal import print_json, say, table


def every(
    *,
    customer: str = "",
    period: str = "",
    alerts: Annotated[bool, Parameter(negative="")] = False,
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """Every commitment and where it stands in a month.

    Parameters
    ----------
    customer
        Only this customer's.
    period
        The month, such as 2026-11; the current one if not given.
    alerts
        Only those whose burst buffer is nearly used up.
    """
    query = {"customer": customer, "period": period, "alerts": "true" if alerts else ""}
    with talk(folder) as workspace:
        given = {name: value for name, value in query.items() if value}
        items = everything(workspace, "/api/v1/commitments", given)
    if json:
        print_json({"items": items})
        return
    rows = [
        [
            one["customer"],
            one["standing"]["commitment"]["key"],
            one["subscription"],
            *(one["standing"][name] for name in ("committed", "used", "burst_used", "overage")),
            one["to_come"],
            "alert" if one["standing"]["alert"] else "",
        ]
        for one in items
    ]
    heads = ["customer", "commitment", "subscription", "committed", "used", "burst", "overage", "to come", ""]
    table(heads, rows, right=(3, 4, 5, 6, 7))


def told(
    *, customer: str = "", period: str = "", folder: Folder = DEFAULT_FOLDER, json: Json = False
) -> None:
    """What was told of commitments: a burst buffer nearly used up, usage above all of it.

    Parameters
    ----------
    customer
        Only this customer's.
    period
        Only this month's, such as 2026-11.
    """
    columns = {
        "seen": "seen_at",
        "month": "period",
        "customer": "customer",
        "held by": "holder",
        "what": "text",
    }
    asked = {"customer": customer, "period": period}
    show_list("/api/v1/commitments/alerts", columns, folder=folder, json=json, asked=asked)


def course(
    subscription: str,
    key: str,
    /,
    *,
    period: str = "",
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """How a commitment went month by month.

    Parameters
    ----------
    subscription
        The subscription's id.
    key
        The commitment's name on it.
    period
        The last month to show, such as 2026-11; the current one if not given.
    """
    with talk(folder) as workspace:
        found = workspace.ask(
            "GET",
            "/api/v1/subscriptions/{id}/commitments/{key}/course",
            names={"id": subscription, "key": key},
            query={"period": period} if period else {},
        )
    if json:
        print_json(found)
        return
    names = ("fee", "rolled_over", "drawn", "burst", "overage", "true_up", "left")
    rows = [
        [one["period"], *(one[name] for name in names), "alert" if one["alert"] else ""]
        for one in found["months"]
    ]
    heads = ["month", *(name.replace("_", " ") for name in names), ""]
    table(heads, rows, right=tuple(range(1, 8)))
    say(f"true-up to come if nothing more is used: {found['to_come']} {found['currency']}")
