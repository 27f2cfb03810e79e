"""`steelyard meters query`: what a meter measures, now or as it was known at a moment."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from steelyard.entrypoints.cli.moments import moment_of
from steelyard.entrypoints.cli.talk import DEFAULT_FOLDER, Folder, Json, talk
from steelyard.entrypoints.terminal import print_json, table


def query(
    slug: str,
    /,
    *,
    start: Annotated[str, Parameter(name="--from", help="From this moment on, or from this day on.")] = "",
    to: Annotated[str, Parameter(help="Before this moment or day.")] = "",
    as_of: Annotated[str, Parameter(help="As it was known at this moment; now if not given.")] = "",
    customer: list[str] | None = None,
    group_by: list[str] | None = None,
    window: str = "",
    timezone: str = "UTC",
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """What a meter measures: now, or as it was known at a moment.

    Parameters
    ----------
    slug
        The meter's key.
    customer
        Only this customer; may be given many times. Quantities are then told by customer.
    group_by
        A dimension to divide by; may be given many times.
    window
        HOUR, DAY or MONTH: a row for each.
    timezone
        Whose calendar the windows follow, as an IANA name.
    """
    asked = {
        "from": moment_of(start),
        "to": moment_of(to),
        "asOf": moment_of(as_of),
        "customer": ",".join(customer or []),
        "groupBy": ",".join(group_by or []),
        "windowSize": window.upper(),
        "windowTimeZone": timezone,
    }
    with talk(folder) as workspace:
        told = {name: value for name, value in asked.items() if value}
        answer = workspace.ask("GET", "/api/v1/meters/{slug}/query", names={"slug": slug}, query=told)
    if json:
        print_json(answer)
        return
    names = group_by or []
    rows = [
        [
            one["windowStart"],
            one["windowEnd"],
            one["customer"] or "",
            *(one["subject"] or "" if name == "subject" else one["groupBy"].get(name, "") for name in names),
            one["quantity"],
        ]
        for one in answer["data"]
    ]
    table(["from", "to", "customer", *names, "quantity"], rows, right=(3 + len(names),))
