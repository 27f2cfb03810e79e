"""The calculator over HTTP and on the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from steelyard.client import ProblemError
from tests.api.conftest import Server, steelyard
from tests.api.local import Local

PRICED = """
products: [{key: desk, name: Desk, owner: Ada, definition: A desk.}]
rate_cards:
  - key: list
    name: List
    owner: Ada
    definition: Prices.
    currency: USD
    rates:
      - {key: fee, name: Fee, model: flat, amount: "49"}
      - {key: big, name: Fee, model: flat, amount: "900"}
plans:
  - {key: team, name: Team, owner: Ada, definition: T., product: desk, currency: USD, tier: 1,
     items: [{price: fee}]}
  - {key: own, name: Own, owner: Ada, definition: O., product: desk, currency: USD, tier: 2,
     by_contract: true, items: [{price: big}]}
"""


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Local]:
    opened = Local(tmp_path / "workspace")
    yield opened
    opened.close()


def test_a_plan_is_priced_with_lines_and_formula(billed: Server) -> None:
    found = billed.client().estimate.compute(usage={"tokens": "5000"}, quantities={"seats": "3"})
    (team,) = found["plans"]
    assert (team["total"], team["p10"], team["p50"], team["p90"]) == ("85", "85", "85", "85")
    assert team["formula"] == "Platform fee 49.00 + Seats 30.00 + Tokens 6.00 = 85.00 USD"
    assert found["cheapest"] == {"USD": "team"}
    assert team["lines"][2]["steps"][0] == "5,000 tokens used, 1,000 included: 4,000 charged"


def test_a_range_gives_a_spread_and_the_same_seed_the_same(billed: Server) -> None:
    asked: dict[str, Any] = {
        "usage": {"tokens": {"low": "0", "likely": "5000", "high": "90000"}},
        "quantities": {"seats": "1"},
    }
    first = billed.client().estimate.compute(**asked, draws=200, seed=5)
    assert first == billed.client().estimate.compute(**asked, draws=200, seed=5)
    (team,) = first["plans"]
    p10, p50, p90 = (Decimal(team[name] or "") for name in ("p10", "p50", "p90"))
    assert 59 <= p10 < p50 < p90 <= 59 + 89 * Decimal("1.5")


def test_a_quantity_that_the_plan_asks_for_and_nobody_names_is_told(billed: Server) -> None:
    (team,) = billed.client().estimate.compute(usage={"tokens": "5"})["plans"]
    assert (team["fits"], team["p50"], team["problems"][0]["code"]) == (False, None, "missing_quantity")


def test_unknown_inputs_are_refused(billed: Server) -> None:
    with pytest.raises(ProblemError) as refused:
        billed.client().estimate.compute(usage={"nothing": "1"}, needs={"moon": "2"})
    assert refused.value.code == "invalid_inputs"
    assert len(refused.value.problem["errors"]) == 2


def test_the_command_line_answers_the_same(billed: Server) -> None:
    words = ("estimate", "--usage", "tokens=5000", "--quantity", "seats=3", "--dir", str(billed.folder))
    done = steelyard(*words, "--json")
    assert done.returncode == 0, done.stderr
    asked = billed.client().estimate.compute(
        usage={"tokens": [{"quantity": "5000"}]}, quantities={"seats": "3"}
    )
    assert json.loads(done.stdout) == asked
    printed = steelyard(*words, "--lines").stdout.decode()
    assert "cheapest" in printed
    assert "Platform fee 49.00 + Seats 30.00 + Tokens 6.00 = 85.00 USD" in printed


def test_what_cannot_be_read_on_the_command_line_is_refused(billed: Server) -> None:
    for words in (("--usage", "tokens"), ("--usage", "tokens=1..2"), ("--quantity", "seats=x")):
        assert steelyard("estimate", *words, "--dir", str(billed.folder)).returncode == 3


def test_a_budget_buys_a_quantity_with_its_cap(billed: Server) -> None:
    asked: dict[str, Any] = {
        "vary": "tokens",
        "currency": "USD",
        "quantities": {"seats": "3"},
    }
    (team,) = billed.client().estimate.design(**asked, budget="100")["plans"]
    assert (team["quantity"], team["cap"], team["left"], team["monotone"]) == ("15003", "15003", "0", True)
    assert team["fixed"] == ["seats: 3"]
    bill = billed.client().estimate.compute(usage={"tokens": "15004"}, quantities={"seats": "3"})
    assert bill["plans"][0]["total"] == "100.01"
    (dear,) = billed.client().estimate.design(**asked, budget="10")["plans"]
    assert (dear["quantity"], dear["why"]) == (None, ["it costs 79.00 without any"])


def test_the_curve_shows_total_margin_average_and_customers(billed: Server) -> None:
    found = billed.client().estimate.curve(
        plan="team", vary="tokens", most="2000", points=3, quantities={"seats": "1"}, period="2026-10"
    )
    points = found["points"]
    assert [one["total"] for one in points] == ["59", "59", "60.5"]
    assert [one["marginal"] for one in points] == [None, "0", "0.0015"]
    assert points[2]["average"] == "0.03025"
    assert sum(one["customers"] for one in points) > 0


def test_the_ladder_and_its_findings(billed: Server) -> None:
    found = billed.client().estimate.packaging(vary="tokens", most="1000")
    assert (found["ladder"], found["findings"]) == ([], [])


def test_history_is_billed_month_by_month(billed: Server) -> None:
    customer = billed.client().customers.list()["items"][0]["key"]
    found = billed.client().estimate.by_history(customer, months=3, quantities={"seats": "1"})
    (team,) = found["plans"]
    assert (found["draws"], team["p10"] is not None) == (3, True)
    with pytest.raises(ProblemError) as refused:
        billed.client().estimate.by_history("nobody")
    assert refused.value.status == 404


def test_prices_are_public_only_where_the_server_opens_them(billed: Server, local: Local) -> None:
    for method, path in (("GET", "/api/v1/public/comparison"), ("POST", "/api/v1/public/estimate")):
        refused = billed.ask(method, path, {} if method == "POST" else None, key="")
        assert (refused.status, refused.json["code"]) == (404, "prices_not_public")
    local.publish(PRICED)
    local.workspace.public_prices = True
    chart = local.ask("GET", "/api/v1/public/comparison", key="").json
    fees = next(row for row in chart["rows"] if row["name"] == "Fees a month")
    assert [one["key"] for one in chart["plans"]] == ["team", "own"]
    assert fees["precise"] == ["49.00 USD", "by contract"]
    found = local.ask("POST", "/api/v1/public/estimate", {}, key="").json
    assert [(one["plan"], one["total"]) for one in found["plans"]] == [("team", "49")]
    own = local.done("GET", "/api/v1/comparison")
    assert own["rows"][0]["precise"] == ["49.00 USD", "900.00 USD"]


def test_the_histogram_holds_every_draw(billed: Server) -> None:
    used: Any = {"tokens": {"low": "0", "likely": "5000", "high": "90000"}}
    (team,) = billed.client().estimate.compute(usage=used, quantities={"seats": "1"}, draws=150)["plans"]
    assert sum(one["bills"] for one in team["histogram"]) == 150
    assert [one["high"] for one in team["histogram"]][:-1] == [one["low"] for one in team["histogram"]][1:]


def test_a_budget_on_the_command_line(billed: Server) -> None:
    words = ("design-to-cost", "tokens", "100", "USD", "--quantity", "seats=3", "--dir", str(billed.folder))
    assert json.loads(steelyard(*words, "--json").stdout)["plans"][0]["cap"] == "15003"
    assert b"15003" in steelyard(*words).stdout


def test_history_curve_packaging_and_chart_on_the_command_line(billed: Server) -> None:
    where = ("--dir", str(billed.folder))
    customer = billed.client().customers.list()["items"][0]["key"]
    history = steelyard("estimate", "--customer", customer, "--months", "3", "--quantity", "seats=1", *where)
    assert b"last 3 whole months" in history.stdout, history.stderr
    both = steelyard("estimate", "--customer", customer, "--usage", "tokens=5", *where)
    assert (both.returncode, b"history" in both.stderr) == (3, True)
    words = ("price-curve", "team", "tokens", "2000", "--points", "3", "--quantity", "seats=1", *where)
    assert [one["total"] for one in json.loads(steelyard(*words, "--json").stdout)["points"]] == [
        "59",
        "59",
        "60.5",
    ]
    assert b"60.5" in steelyard(*words).stdout
    assert b"nothing is odd" in steelyard("packaging", "tokens", "1000", *where).stdout
    assert b"49.00 USD" in steelyard("compare", "--precise", *where).stdout


def test_a_workspace_begins_with_a_sample(tmp_path: Path) -> None:
    folder = ("--dir", str(tmp_path / "ws"))
    assert steelyard("init", "--sample", "nothing", *folder).returncode == 3
    assert not (tmp_path / "ws").exists()
    made = steelyard("init", "--sample", "gateway", "--json", *folder)
    chart = json.loads(steelyard("compare", "--json", *folder).stdout)
    assert json.loads(made.stdout)["catalog"] == chart["catalog"]
    assert [one["key"] for one in chart["plans"]] == ["community", "team", "enterprise", "regulated"]
