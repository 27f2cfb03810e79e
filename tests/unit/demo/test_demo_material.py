"""What the demo is made of: forty companies, traffic of the right shape, lines as events, refusals."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles

import pytest

from steelyard.entrypoints.demo import ai_customers, dataset, retail_lines, scenarios, trace
from steelyard.entrypoints.demo.run import run
from steelyard.kernel import Conflict, InvalidInput, NotFound, Unavailable

HEADER = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n"


def shop_of(lines: str) -> tuple[retail_lines.Shop, list[dict[str, object]]]:
    shop = retail_lines.Shop()
    rows = retail_lines.read_rows(io.StringIO(HEADER + lines), shop)
    return shop, [event for _, part in retail_lines.encoded(rows, 10) for event in json.loads(part)]


def test_the_generator_follows_the_published_statistics() -> None:
    requests = trace.make_trace()
    for kind, count, p50, p95 in (("code", 8_819, 1_469, 7_315), ("conv", 19_366, 1_020, 4_083)):
        context = [request.context for request in requests if request.kind == kind]
        cuts = quantiles(context, n=20)
        assert len(context) == count
        assert abs(cuts[9] / p50 - 1) < 0.1
        assert abs(cuts[18] / p95 - 1) < 0.15


def test_the_generated_month_is_the_same_each_time_and_every_id_is_its_own() -> None:
    once, again = scenarios.ai_events(None, "2028-02"), scenarios.ai_events(None, "2028-02")
    assert once == again
    assert len({event["id"] for event in once}) == len(once)
    assert {event["time"][:7] for event in once} == {"2028-02"}


def test_forty_companies_stand_on_four_plans_parents_before_children() -> None:
    seen: set[str] = set()
    for company in ai_customers.COMPANIES:
        assert not company.parent or company.parent in seen
        seen.add(company.key)
    assert len(seen) == 40
    assert {company.plan for company in ai_customers.COMPANIES} == {
        "community",
        "team",
        "enterprise",
        "regulated",
    }


def test_equal_lines_of_one_invoice_are_two_events() -> None:
    line = '536365,85123A,"A ""white"" heart",6,7/1/2010 8:26,2.55,17850.0,United Kingdom\n'
    shop, events = shop_of(line + line)
    assert [event["id"] for event in events] == ["536365-1", "536365-2"]
    assert events[0]["time"] == "2010-07-01T07:26:00Z"
    assert events[0]["data"] == {
        "quantity": 6,
        "unit_price": "2.55",
        "stock_code": "85123A",
        "description": 'A "white" heart',
        "country": "United Kingdom",
    }
    assert shop.customer_months == {("c17850", "2010-07")}


def test_a_line_without_a_customer_has_no_subject() -> None:
    shop, events = shop_of("A563186,B,Adjust bad debt,1,8/12/2011 14:51,-11062.06,,United Kingdom\n")
    assert "subject" not in events[0]
    assert (shop.lines, shop.without_customer) == (1, 1)


def test_another_file_is_refused() -> None:
    with pytest.raises(InvalidInput, match="header"):
        retail_lines.read_rows(io.StringIO("a,b\n"), retail_lines.Shop())


def test_missing_data_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotFound, match="Azure"):
        trace.read_trace(tmp_path)
    monkeypatch.setenv(dataset.FILE_VARIABLE, str(tmp_path / "none.whl"))
    with pytest.raises(Unavailable, match="no file"):
        dataset.open_lines()


def test_a_month_that_is_not_over_is_refused() -> None:
    with pytest.raises(InvalidInput, match="not over"):
        scenarios.ai_job(None, "2026-11", datetime(2026, 11, 21, tzinfo=UTC))


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(Conflict, match="something else"):
        run(tmp_path, scenario="ai", trace=None, months="", serve=False, host="127.0.0.1", port=0, json=True)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]
