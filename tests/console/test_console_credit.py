"""Credit in the console: who has any, what one customer holds, in which order, and why it moved."""

from __future__ import annotations

from typing import Any

from tests.console.living import Living
from tests.console.served import Visitor

LOT: dict[str, Any] = {
    "customer": "acme",
    "name": "Welcome",
    "unit": "USD",
    "amount": "1200.5",
    "reason": "<b>first</b> order",
    "effective_at": "2026-10-01T00:00:00Z",
    "expires_at": "2027-10-01T00:00:00Z",
}


def test_a_customer_s_credit_is_shown_with_its_chart_its_order_and_its_words(
    finance: Visitor, living: Living
) -> None:
    assert "has no credit yet" in finance.get("/console/credit/acme").text
    living.ask("POST", "/api/v1/credits/lots", LOT)
    living.ask("POST", "/api/v1/credits/lots", {**LOT, "name": "Sooner", "amount": "7", "priority": 1})
    page = finance.get("/console/credit/acme").text
    assert page.index("Sooner") < page.index("Welcome")
    assert "USD held over time" in page
    assert '<table id="held-USD-table">' in page
    assert "1,200.5 USD granted" not in page, "words say the exact amount as the record has it"
    assert "1200.5 USD granted: &lt;b&gt;first&lt;/b&gt; order" in page
    assert "<b>first</b>" not in page
    assert ">1,207.5</p>" in page
    overview = finance.get("/console/credit").text
    assert '<a href="/console/credit/acme">acme</a>' in overview
    assert finance.get("/console/credit/nobody").status == 404
