"""The upgrade ladder: every plan's bill by quantity, from where the next one is better, and what is odd."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from steelyard.entrypoints.console import figures
from steelyard.entrypoints.console.answers import Asker, Json, Refusal
from steelyard.entrypoints.console.forms import Form
from steelyard.entrypoints.console.pages.page import Page
from steelyard.entrypoints.console.pages.price_curve import name_of
from steelyard.entrypoints.console.pages.prices import frame, page, words_of
from steelyard.entrypoints.console.price_inputs import body_of, with_quantities
from steelyard.entrypoints.console.price_pictures import lines
from steelyard.entrypoints.console.series import SERIES_MAX
from steelyard.kernel import InvalidInput

FINDINGS_SHOWN: Final = 40
"""So many findings stand on the page; the rest are counted."""
FINDINGS: Final = {
    "near_duplicate": "two plans that hardly differ",
    "pointless_step": "a step that nobody would take",
    "dominated_plan": "a plan that nobody needs",
    "feature_in_no_plan": "a feature that nobody can have",
}


async def load(ask: Asker, asked: Form) -> Page:
    """The page: plans by quantity, the steps between them, and the findings."""
    one = await frame(ask, asked, "/ladder")
    varies: list[Json] = one.view["varies"]
    vary = asked.one("vary") or (varies[0]["key"] if varies else "")
    view = one.view | {"vary": vary, "most": asked.one("most"), "meanings": FINDINGS, "groups": []}
    view["findings_shown"] = FINDINGS_SHOWN
    view["vary_name"] = name_of(varies, vary)
    if not vary:
        return page(view, "Ladder", "price_ladder.html")
    try:
        body: dict[str, Any] = {**with_quantities(body_of(asked, one.inputs), one.inputs), **one.plans}
        body |= {"most": most} if (most := asked.one("most").replace(",", "")) else {}
        found = await ask.question("/api/v1/packaging", body | {"vary": vary})
        most = most or found["quantities"][-1]
        names = {row["plan"]: row["name"] for row in found["bills"]}
        view |= {"found": found, "most": most, "names": names, "groups": groups_of(found)}
    except (InvalidInput, Refusal) as error:
        view["wrong"] = words_of(error) if isinstance(error, Refusal) else str(error)
    return page(view, "Ladder", "price_ladder.html")


def groups_of(found: Json) -> list[dict[str, Any]]:
    """Pictures for the plans of each product and currency, by seven from the lowest tier on."""
    labels = [figures.number(one) for one in found["quantities"]]
    groups: dict[tuple[str, str], list[Json]] = {}
    for row in found["bills"]:
        groups.setdefault((row["product"], row["currency"]), []).append(row)
    parts = [
        (product, currency, rows[at : at + SERIES_MAX])
        for (product, currency), rows in groups.items()
        for at in range(0, len(rows), SERIES_MAX)
    ]
    made: list[dict[str, Any]] = []
    for number, (product, currency, rows) in enumerate(parts):
        columns = [
            (row["name"], [None if one is None else Decimal(one) for one in row["totals"]]) for row in rows
        ]
        many = len(groups[product, currency]) > SERIES_MAX
        which = f", {rows[0]['name']} to {rows[-1]['name']}" if many else ""
        title = f"Bills of {product}{which}"
        chart = lines(f"ladder-{number}", title=title, unit=currency, labels=labels, values=columns)
        table = [(label, [column[at] for _, column in columns]) for at, label in enumerate(labels)]
        made.append({"product": product, "currency": currency, "chart": chart, "table": table})
    return made
