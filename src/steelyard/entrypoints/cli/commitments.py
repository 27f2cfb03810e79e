"""Commands about commitments: attach, end, show, preview."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from steelyard.entrypoints.cli.adjusting import Adjust, tell_adjusted
from steelyard.entrypoints.cli.moments import moment_of
from steelyard.entrypoints.cli.talk import DEFAULT_FOLDER, Folder, Json, talk
from steelyard.entrypoints.terminal import money, print_json, say, table

DryRun = Annotated[bool, Parameter(name="--dry-run", negative="")]


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What is committed to for each term."""

    amount: str
    """The amount of a term."""
    every: Literal["month", "year"] = "month"
    """How long a term is."""
    payment: Literal["prepaid", "scheduled", "postpaid"] = "prepaid"
    """When it is due: at the start of each term, by its schedule, or as it is used."""
    schedule: Annotated[list[str] | None, Parameter(negative="")] = None
    """How much may be used from each month of a term on; may be given many times."""
    rollover: str = "0"
    """Which fraction of what was paid and not used rolls over into the next term."""
    no_true_up: Annotated[bool, Parameter(negative="")] = False
    """Nothing is due for what was committed to and not used."""
    percent: str = "0"
    """How many percent committed rates lie below published ones."""
    overage_factor: str = "1"
    """What published rates are multiplied by above the commitment."""
    burst: str = "0"
    """So much a month above the commitment is still at committed rates."""
    alert: str = "0.8"
    """From which fraction of the burst buffer on to warn."""

    def body(self) -> dict[str, Any]:
        """The terms as the interface takes them."""
        return {
            "amount": self.amount,
            "every": self.every,
            "payment": self.payment,
            "schedule": self.schedule or [],
            "rollover": self.rollover,
            "true_up": not self.no_true_up,
            "percent": self.percent,
            "overage_factor": self.overage_factor,
            "burst": self.burst,
            "alert": self.alert,
        }


def attach(
    subscription: str,
    key: str,
    /,
    *,
    course: Course,
    start: str,
    end: str = "",
    covers: Annotated[list[str] | None, Parameter(negative="")] = None,
    priority: int = 0,
    scope: Literal["subscription", "customer"] = "subscription",
    adjust: Adjust = False,
    dry_run: DryRun = False,
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """Let a subscription commit to an amount a month or a year.

    Parameters
    ----------
    subscription
        The subscription's id.
    key
        The commitment's name on it.
    start
        From when on it holds, such as 2026-11-01; in UTC where no offset is given.
    end
        Until when; as long as the subscription if not given.
    covers
        A price that it covers; may be given many times. Nothing: everything that is measured.
    priority
        Of several commitments the one with the lower number draws first.
    scope
        Whose usage counts.
    adjust
        Make billed months good with the next document.
    dry_run
        Only say what it would do to the month.
    """
    body = {
        **course.body(),
        "key": key,
        "start": moment_of(start),
        "end": moment_of(end) or None,
        "covers": covers or [],
    }
    body |= {"priority": priority, "scope": scope, "adjust": adjust, "dry_run": dry_run}
    with talk(folder) as workspace:
        done = workspace.ask(
            "POST", "/api/v1/subscriptions/{id}/commitments", names={"id": subscription}, body=body
        )
    print_json(done) if json else _tell(done, "committed to")


def end(
    subscription: str,
    key: str,
    /,
    *,
    at: str,
    adjust: Adjust = False,
    dry_run: DryRun = False,
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """End a commitment; the term that it falls into is trued up with that month.

    Parameters
    ----------
    subscription
        The subscription's id.
    key
        The commitment's name on it.
    at
        When it ends, such as 2027-01-01T00:00:00Z.
    adjust
        Make billed months good with the next document.
    dry_run
        Only say what it would do to the month.
    """
    names = {"id": subscription, "key": key}
    with talk(folder) as workspace:
        done = workspace.ask(
            "POST",
            "/api/v1/subscriptions/{id}/commitments/{key}/end",
            names=names,
            body={"at": moment_of(at), "adjust": adjust, "dry_run": dry_run},
        )
    print_json(done) if json else _tell(done, f"ends at {at}:")


def show(
    subscription: str, /, *, period: str = "", folder: Folder = DEFAULT_FOLDER, json: Json = False
) -> None:
    """Where the commitments of a subscription stand in a month.

    Parameters
    ----------
    subscription
        The subscription's id.
    period
        The month, such as 2026-11; the current one if not given.
    """
    query = {"period": period} if period else {}
    with talk(folder) as workspace:
        found = workspace.ask(
            "GET", "/api/v1/subscriptions/{id}/commitments", names={"id": subscription}, query=query
        )
    if json:
        print_json(found)
        return
    names = ("committed", "used", "left", "rolled_over", "burst_used", "overage", "true_up")
    rows = [
        [
            one["commitment"]["key"],
            str(one["month_of_term"]),
            *(one[name] for name in names),
            "alert" if one["alert"] else "",
        ]
        for one in found["items"]
    ]
    heads = ["commitment", "month", *(name.replace("_", " ") for name in names), ""]
    table(heads, rows, right=tuple(range(1, 9)))


def preview(
    values: list[str],
    /,
    *,
    course: Course,
    ends: Annotated[bool, Parameter(negative="")] = False,
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """What months of usage come to under the terms of a commitment; nothing is kept.

    Parameters
    ----------
    values
        What usage is worth at published prices, month by month.
    ends
        The commitment ends with the last month.
    """
    body = {"terms": course.body(), "values": values, "ends": ends}
    with talk(folder) as workspace:
        found = workspace.ask("POST", "/api/v1/commitments/preview", body=body)
    if json:
        print_json(found)
        return
    names = ("value", "fee", "rolled_over", "drawn", "burst", "overage", "true_up", "due")
    rows = [[str(one["month"]), *(one[name] for name in names)] for one in found["months"]]
    table(["month", *(name.replace("_", " ") for name in names)], rows, right=tuple(range(9)))
    say(f"due in all: {found['due']}")


def _tell(done: dict[str, Any], what: str) -> None:
    agreed = done["commitment"]
    head = f"{done['subscription']} {what} {agreed['amount']} a {agreed['every']} ({agreed['key']})"
    tell_month(done, head)


def tell_month(done: dict[str, Any], head: str) -> None:
    """What was done, or would be, and what it does to the month, for people."""
    if not done["changed"]:
        say(f"{head}: so already")
        return
    say(f"would be: {head}" if done["dry_run"] else head)
    tell_adjusted(done)
    month = done["month"]
    if month:
        for line in month["lines"]:
            say(f"  {line['title']}: {money(line['amount'], month['currency'])} ({'; '.join(line['text'])})")
        before, after = (money(month[name], month["currency"]) for name in ("before", "after"))
        say(f"{month['period']}: {before} → {after} {month['currency']}")
