"""What usage cost stands beside what it is worth, never in one sum with it."""

from decimal import Decimal

from tests.api.conftest import PERIOD, Server


def test_what_events_say_they_cost_is_kept_apart_from_what_they_are_worth(billed: Server) -> None:
    overview = billed.client().overview.show(period=PERIOD)
    assert sum(Decimal(cost) for cost in overview["cost"].values()) >= Decimal("0.0119")
    value = overview["value"]["USD"]
    assert Decimal(value["billed"]) == sum(
        Decimal(one["subtotal"]) for one in billed.client().invoices.list(period=PERIOD)["items"]
    )
