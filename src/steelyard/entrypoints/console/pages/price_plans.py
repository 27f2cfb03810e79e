"""The plans side by side, in the form for sales material and in the precise one."""

from __future__ import annotations

from steelyard.entrypoints.console.answers import Asker
from steelyard.entrypoints.console.forms import Form
from steelyard.entrypoints.console.pages.page import Page
from steelyard.entrypoints.console.pages.prices import frame, page, sections_of


async def load(ask: Asker, asked: Form) -> Page:
    """The page: the comparison chart of the live catalog."""
    one = await frame(ask, asked, "/plans")
    view = one.view | {
        "precise": asked.one("form") == "precise",
        "sections": sections_of(one.chart) if one.chart else [],
    }
    return page(view, "Plans side by side", "price_plans.html")
