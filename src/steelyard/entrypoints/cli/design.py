"""`steelyard design-to-cost`: from a budget to a plan, a quantity and a cap."""

from __future__ import annotations

from steelyard.entrypoints.cli.estimate import Feature, Need, Plan, Quantity, Usage, asked
from steelyard.entrypoints.cli.talk import DEFAULT_FOLDER, Folder, Json, talk
from steelyard.entrypoints.terminal import money, print_json, say, table


def design(
    vary: str,
    budget: str,
    currency: str,
    /,
    *,
    usage: Usage = (),
    quantity: Quantity = (),
    need: Need = (),
    feature: Feature = (),
    plan: Plan = (),
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """What a budget a month buys, plan by plan; nothing is written.

    Parameters
    ----------
    vary
        What there is to be most of: a metric, or a quantity such as seats.
    budget
        The most that a month may cost.
    currency
        Of the budget, such as USD.
    """
    body = {
        **asked(usage, quantity, need),
        "features": list(feature),
        "plans": list(plan),
        "vary": vary,
        "budget": budget,
        "currency": currency,
    }
    with talk(folder) as workspace:
        found = workspace.ask("POST", "/api/v1/design-to-cost", body=body)
    if json:
        print_json(found)
        return
    if not found["plans"]:
        say(f"no plan is sold in {currency}")
        return
    table(
        ("plan", vary, "cap", "bill", "left"),
        [
            (
                one["name"],
                *(one[name] or "" for name in ("quantity", "cap")),
                *(money(one[name], currency) if one[name] else "" for name in ("total", "left")),
            )
            for one in found["plans"]
        ],
        right=(1, 2, 3, 4),
    )
    for one in found["plans"]:
        for why in one["why"]:
            say(f"{one['name']}: {why}")
        if not one["monotone"]:
            say(f"{one['name']}: more may cost less here, so that a cap alone does not keep the budget")
