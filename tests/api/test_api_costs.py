"""What usage cost, beside what it is worth: never in one sum, and only where currencies agree."""

from decimal import Decimal

from tests.api.conftest import PERIOD, Server


def test_the_margin_is_value_less_what_the_usage_cost(billed: Server) -> None:
    overview = billed.client().overview.show(period=PERIOD)
    value = overview["value"]["USD"]
    assert sum(Decimal(cost) for cost in overview["costs"].values()) >= Decimal("0.0119")
    assert Decimal(value["cost"]) == sum(Decimal(cost) for cost in overview["costs"].values())
    worth = Decimal(value["billed"]) + Decimal(value["unbilled"])
    assert value["margin"] is not None
    assert Decimal(value["margin"]) == worth - Decimal(value["cost"])
