"""`steelyard price-curve`, `packaging` and `compare`: how prices run, and how plans follow each other."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from steelyard.entrypoints.cli.estimate import Feature, Need, Quantity, Usage, asked
from steelyard.entrypoints.cli.talk import DEFAULT_FOLDER, Folder, Json, talk
from steelyard.entrypoints.terminal import print_json, say, table


def curve(
    plan: str,
    vary: str,
    most: str,
    /,
    *,
    points: int = 25,
    period: str = "",
    version: str = "",
    usage: Usage = (),
    quantity: Quantity = (),
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """What a plan costs by quantity: in all, at the margin, on average, and where customers stand.

    Parameters
    ----------
    plan
        The plan's key.
    vary
        What runs from nothing to the most: a metric, or a quantity such as seats.
    most
        How far the curve goes.
    points
        At so many quantities.
    period
        The month whose customers are counted along it, such as 2026-10; the last whole one if left out.
    version
        The id or number of a catalog version; the live one if left out.
    """
    given = asked(usage, quantity, ())
    body = {"usage": given["usage"], "quantities": given["quantities"], "version": version}
    body |= {"plan": plan, "vary": vary, "most": most, "points": points}
    if period:
        body["period"] = period
    with talk(folder) as workspace:
        found = workspace.ask("POST", "/api/v1/price-curve", body=body)
    if json:
        print_json(found)
        return
    table(
        (vary, f"total {found['currency']}", "marginal", "average", f"customers {found['period']}"),
        [
            (
                one["quantity"],
                *(one[name] or "" for name in ("total", "marginal", "average")),
                str(one["customers"]),
            )
            for one in found["points"]
        ],
        right=(0, 1, 2, 3, 4),
    )


def packaging(
    vary: str,
    most: str,
    /,
    *,
    usage: Usage = (),
    quantity: Quantity = (),
    need: Need = (),
    feature: Feature = (),
    version: str = "",
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """From where the next plan is the better one, and what is odd about the plans.

    Parameters
    ----------
    vary
        What grows: a metric, or a quantity such as seats.
    most
        How far it is looked at.
    version
        The id or number of a catalog version; the live one if left out.
    """
    body = {**asked(usage, quantity, need), "features": list(feature), "vary": vary, "most": most}
    with talk(folder) as workspace:
        found = workspace.ask("POST", "/api/v1/packaging", body=body | {"version": version})
    if json:
        print_json(found)
        return
    table(
        ("from", "to", f"at {vary}", "because", "adds"),
        [
            (one["lower"], one["upper"], one["at"] or "never", one["why"], ", ".join(one["gains"]))
            for one in found["ladder"]
        ],
        right=(2,),
    )
    for one in found["findings"]:
        say(f"{one['code']}: {one['text']}")
    if not found["findings"]:
        say("nothing is odd about the plans")


def compare(
    *,
    product: str = "",
    precise: Annotated[bool, Parameter(negative="")] = False,
    version: str = "",
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """The plans side by side, made from the catalog that bills.

    Parameters
    ----------
    product
        Plans of this product alone.
    precise
        Every rate as the catalog has it, in place of the short form.
    version
        The id or number of a catalog version; the live one if left out.
    """
    query = {name: value for name, value in (("product", product), ("version", version)) if value}
    with talk(folder) as workspace:
        found = workspace.ask("GET", "/api/v1/comparison", query=query)
    if json:
        print_json(found)
        return
    form = "precise" if precise else "short"
    table(
        ("", *(one["name"] for one in found["plans"])),
        [(row["name"], *row[form]) for row in found["rows"]],
    )
