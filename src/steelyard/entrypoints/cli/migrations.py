"""Commands about migrations: subscriptions that move to another catalog on a day."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from steelyard.entrypoints.cli.adjusting import Adjust, tell_adjusted
from steelyard.entrypoints.cli.moments import moment_of
from steelyard.entrypoints.cli.talk import DEFAULT_FOLDER, Folder, Json, talk
from steelyard.entrypoints.terminal import money, print_json, say, table
from steelyard.kernel.errors import InvalidInput

_PATH = "/api/v1/migrations/{id}"

When = Literal["now", "next_period"]


def list_migrations(*, folder: Folder = DEFAULT_FOLDER, limit: int = 50, json: Json = False) -> None:
    """Every migration, newest first.

    Parameters
    ----------
    limit
        How many at most.
    """
    with talk(folder) as workspace:
        answer = workspace.ask("GET", "/api/v1/migrations", query={"limit": str(limit)})
    if json:
        print_json(answer)
        return
    rows = [
        [
            one["id"],
            one["status"],
            one["effective_at"][:10],
            one["name"],
            str(one["subscriptions"]),
            one["to"],
        ]
        for one in answer["items"]
    ]
    if not rows:
        say("no migrations")
        return
    table(["id", "status", "on", "name", "subscriptions", "to"], rows, right=(4,))


def show(id: str, /, *, folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """One migration: whom it moves, when, why."""
    with talk(folder) as workspace:
        answer = workspace.ask("GET", _PATH, names={"id": id})
    _tell(answer, _lines(answer), json=json)


def announce(
    name: str,
    /,
    *,
    reason: str,
    on: str,
    when: When = "now",
    to: str = "live",
    plan: str = "",
    catalog: str = "",
    where: Annotated[list[str] | None, Parameter(negative=())] = None,
    dual_until: str = "",
    notice: str = "",
    folder: Folder = DEFAULT_FOLDER,
    dry_run: bool = False,
    json: Json = False,
) -> None:
    """Move a segment to another catalog on a day; with --dry-run only show whom, and both bills.

    Parameters
    ----------
    name
        What it is called.
    reason
        Why, in words.
    on
        The moment from which it holds: a day, or a moment, in UTC where no offset is given.
    when
        `now`: from that moment on, and its month is split; `next_period`: from the first month that begins
        then or later.
    to
        `live`, or the id of a catalog version.
    plan
        Only subscriptions of this plan.
    catalog
        Only those that follow this catalog version now.
    where
        Only customers with this attribute, such as `segment=smb`; may be repeated.
    dual_until
        Until when both documents are compared.
    notice
        What customers are told, in place of the day and both bills in words.
    dry_run
        Write nothing.
    """
    body: dict[str, Any] = {
        "name": name,
        "reason": reason,
        "to": to,
        "plan": plan,
        "catalog": catalog,
        "where": dict(_pair(one) for one in where or ()),
        "effective_at": moment_of(on),
        "when": when,
        "notice": notice,
        "dry_run": dry_run,
    }
    if dual_until:
        body["dual_until"] = moment_of(dual_until)
    with talk(folder) as workspace:
        answer = workspace.ask("POST", "/api/v1/migrations", body=body)
    told = [f"tell {one['customer']}: {one['text']}" for one in answer["notices"]]
    _tell(answer, [*_lines(answer), *_bill_lines(answer["bills"], answer["period"]), *told], json=json)


def compare(
    id: str,
    customer: str = "",
    /,
    *,
    period: str = "",
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """Both bills of everybody in a migration, or both documents of one customer line by line.

    Parameters
    ----------
    customer
        Whose documents; all customers' bills without.
    period
        The month, such as 2026-10; the last whole one without.
    """
    query = {"period": period} if period else {}
    with talk(folder) as workspace:
        if customer:
            names = {"id": id, "customer": customer}
            answer = workspace.ask("GET", f"{_PATH}/documents/{{customer}}", names=names, query=query)
            lines = list(_document_lines(answer))
        else:
            answer = workspace.ask("GET", f"{_PATH}/comparison", names={"id": id}, query=query)
            lines = list(_bill_lines(answer["items"], answer["period"]))
    _tell(answer, lines, json=json)


def reverse(
    id: str,
    /,
    *,
    reason: str,
    when: When = "now",
    from_start: bool = False,
    adjust: Adjust = False,
    folder: Folder = DEFAULT_FOLDER,
    dry_run: bool = False,
    json: Json = False,
) -> None:
    """Let everybody of a migration go back to what they followed before.

    Parameters
    ----------
    reason
        Why, in words.
    when
        `now`: they go back at once, and the month is split; `next_period`: from the next month on.
    from_start
        Let what is not billed yet go back as well, not only what comes.
    adjust
        With --from-start: also give back, or charge, the difference of billed months with the next document.
    dry_run
        Only say who goes back, and what stays billed.
    """
    body = {"reason": reason, "when": when, "from_start": from_start, "adjust": adjust, "dry_run": dry_run}
    with talk(folder) as workspace:
        answer = workspace.ask("POST", f"{_PATH}/reverse", names={"id": id}, body=body)
    _tell(answer, _reversed_lines(answer), json=json)
    if not json:
        tell_adjusted(answer)


def _tell(answer: dict[str, Any], lines: Any, *, json: bool) -> None:
    if json:
        print_json(answer)
        return
    for line in lines:
        say(line)


def _lines(one: dict[str, Any]) -> Iterator[str]:
    id = one["id"]
    yield f"{'would announce' if one.get('dry_run') else one['status']}: {one['name']} ({id})"
    yield f"reason: {one['reason']}"
    named = [f"{name} {one[name]}" for name in ("plan", "catalog") if one[name]]
    named += [f"{name} {value}" for name, value in one["where"].items()]
    since = f"from {one['effective_at']} on"
    if one["when"] == "next_period":
        since = f"from the first month on that begins at {one['effective_at']} or later"
    yield f"moves: {', '.join(named) or 'all subscriptions'} to {one['to']} {since}"
    yield f"customers: {', '.join(one['customers']) or 'nobody'}"
    if one["status"] == "announced":
        yield f"tell them by {one['notice_by'][:10]}"
    if one["dual_until"]:
        yield f"both documents are compared until {one['dual_until']}"
    if one["reversed_at"]:
        yield f"reversed {one['reversed_at']} by {one['reversed_by']}: {one['reversed_because']}"


def _bill_lines(bills: list[dict[str, Any]], period: str) -> Iterator[str]:
    yield f"{period}, before tax:"
    for one in bills:
        old, new, more = (money(one[name], one["currency"]) for name in ("old", "new", "difference"))
        yield (
            f"  {one['name']} ({one['customer']}): {old} → {new} {one['currency']} "
            f"({_signed(more)}), due: the {one['due']} one"
        )
        for text in one["problems"]:
            yield f"    {text}"


def _document_lines(answer: dict[str, Any]) -> Iterator[str]:
    for side in ("old", "new"):
        one = answer[side]
        draft = one["draft"]
        due = "due" if one["due"] else "NOT DUE, for comparison"
        number = f", issued as {one['number']}" if one["number"] else ""
        yield f"{side} (release {one['release']}), {answer['period']}: {due}{number}"
        for line in draft["lines"]:
            yield f"  {line['title']}: {money(line['amount'], draft['currency'])}"
        yield f"  total: {money(draft['total'], draft['currency'])} {draft['currency']}"
    more = money(answer["difference"], answer["new"]["draft"]["currency"])
    yield f"difference before tax: {_signed(more)}"


def _reversed_lines(answer: dict[str, Any]) -> Iterator[str]:
    yield f"{'would reverse' if answer['dry_run'] else 'reversed'}: {answer['name']} ({answer['id']})"
    for one in answer["returns"]:
        since = f"goes back from {one['effective_from']} on" if one["effective_from"] else "never moves"
        yield f"  {one['customer']} ({one['subscription']}) {since}"
    for one in answer["billed"]:
        yield (
            f"  {one['document']} of {one['customer']}, {one['period']}, stays as it was billed: "
            f"{one['new']} {one['currency']}, without the migration {one['old']}"
        )


def _signed(amount: str) -> str:
    return amount if amount.startswith("-") else f"+{amount}"


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise InvalidInput(f"{text!r} is no attribute; write it as segment=smb", code="bad_attribute")
    return name, value
