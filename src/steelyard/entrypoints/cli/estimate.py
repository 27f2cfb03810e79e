"""`steelyard estimate`: the calculator."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

from cyclopts import Parameter

from steelyard.entrypoints.cli.talk import DEFAULT_FOLDER, Folder, Json, talk
from steelyard.entrypoints.terminal import money, print_json, say, table
from steelyard.kernel.errors import InvalidInput

_ENDS: Final = ("low", "likely", "high")
Usage = Annotated[
    tuple[str, ...],
    Parameter(
        help="`metric=5000`, a range `metric=1000..5000..9000`, or `metric@model:large=70`.", negative=""
    ),
]
Quantity = Annotated[
    tuple[str, ...], Parameter(help="`seats=12`, or a range `seats=8..12..20`.", negative="")
]
Need = Annotated[
    tuple[str, ...], Parameter(help="How much of a feature is needed: `tenants=50`.", negative="")
]
Feature = Annotated[tuple[str, ...], Parameter(help="A feature that must be granted.", negative="")]
Plan = Annotated[tuple[str, ...], Parameter(help="A plan to look at; all if left out.", negative="")]


def estimate(
    *,
    usage: Usage = (),
    quantity: Quantity = (),
    need: Need = (),
    feature: Feature = (),
    plan: Plan = (),
    period: str = "",
    version: str = "",
    draws: int = 1000,
    seed: int = 1,
    lines: bool = False,
    customer: str = "",
    months: int = 6,
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """What a month would cost by each plan, and the cheapest that fits; nothing is written.

    Parameters
    ----------
    period
        The month, such as 2026-10; the present one if left out.
    version
        The id or number of a catalog version; the live one if left out.
    draws
        How many bills are drawn where something is a range.
    seed
        Of the draws; the same seed gives the same answer.
    lines
        Print the lines of every bill and how each comes about.
    customer
        Bill this customer's last whole months by each plan, in place of stated usage.
    months
        How many of those months.
    """
    if customer:
        if usage or need or feature or period or version:
            message = "by a customer's history there is no --usage, --need, --feature, --period or --version"
            raise InvalidInput(message, code="contradiction")
        _by_history(customer, months, asked((), quantity, ())["quantities"], plan, folder, lines, json)
        return
    body: dict[str, Any] = {
        **asked(usage, quantity, need),
        "features": list(feature),
        "plans": list(plan),
        "version": version,
        "draws": draws,
        "seed": seed,
    }
    if period:
        body["period"] = period
    with talk(folder) as workspace:
        found = workspace.ask("POST", "/api/v1/estimate", body=body)
    print_json(found) if json else tell_estimate(found, lines=lines)


def _by_history(
    customer: str,
    months: int,
    quantities: Mapping[str, Any],
    plans: tuple[str, ...],
    folder: Path,
    lines: bool,
    json: bool,
) -> None:
    body = {"months": months, "quantities": quantities, "plans": list(plans)}
    with talk(folder) as workspace:
        found = workspace.ask("POST", "/api/v1/customers/{key}/estimate", names={"key": customer}, body=body)
    if json:
        print_json(found)
        return
    say(f"{customer} in its last {found['draws']} whole months; lines are those of the newest")
    tell_estimate(found, lines=lines)


def asked(usage: tuple[str, ...], quantity: tuple[str, ...], need: tuple[str, ...]) -> dict[str, Any]:
    """The inputs that the options name.

    >>> asked(("calls=1..2..9", "tokens@model:large=7"), ("seats=3",), ())["usage"]["calls"]
    [{'quantity': {'low': '1', 'likely': '2', 'high': '9'}, 'where': {}}]
    """
    used: dict[str, list[dict[str, Any]]] = {}
    for one in usage:
        name, value = _parted(one)
        key, _, where = name.partition("@")
        dimensions = dict(_dimension(part) for part in where.split(",")) if where else {}
        used.setdefault(key, []).append({"quantity": _number(value), "where": dimensions})
    return {
        "usage": used,
        "quantities": {name: _number(value) for name, value in map(_parted, quantity)},
        "needs": dict(map(_parted, need)),
    }


def _parted(written: str) -> tuple[str, str]:
    name, equals, value = written.partition("=")
    if not (name and equals and value):
        raise InvalidInput(f'{written[:100]!r} is not a name, "=" and a number', code="not_readable")
    return name, value


def _dimension(written: str) -> tuple[str, str]:
    name, _, value = written.partition(":")
    return name, value


def _number(written: str) -> str | dict[str, str]:
    ends = written.split("..")
    if len(ends) == 1:
        return written
    if len(ends) != len(_ENDS):
        raise InvalidInput(f"{written[:100]!r} is no range such as 1000..5000..9000", code="not_readable")
    return dict(zip(_ENDS, ends, strict=True))


def tell_estimate(found: Mapping[str, Any], *, lines: bool = False) -> None:
    """The plans as a table, the cheapest, and what keeps the others from fitting."""
    cheapest = set(found["cheapest"].values())
    table(
        ("plan", "likely", "P10", "P50", "P90", "", "fits"),
        [
            (
                one["name"],
                "" if one["problems"] else money(one["total"], one["currency"]),
                *(
                    money(one[share], one["currency"]) if one[share] else ""
                    for share in ("p10", "p50", "p90")
                ),
                one["currency"],
                ("cheapest" if one["plan"] in cheapest else "yes") if one["fits"] else "no",
            )
            for one in found["plans"]
        ],
        right=(1, 2, 3, 4),
    )
    for one in found["plans"]:
        for why in (*one["misfits"], *(problem["message"] for problem in one["problems"])):
            say(f"{one['name']}: {why}")
        if one["unpriced"]:
            say(f"{one['name']}: does not charge for {', '.join(one['unpriced'])}")
        if lines and not one["problems"]:
            _tell_lines(one)


def _money(amount: str | None, currency: str) -> str:
    return money(amount, currency) if amount else ""


def _tell_lines(one: Mapping[str, Any]) -> None:
    say(f"\n{one['name']}: {one['formula']}")
    for line in one["lines"]:
        say(f"  {line['title']}: {money(line['amount'], one['currency'])}")
        for step in line["steps"]:
            say(f"    {step}")
