"""Usage queries, with OpenMeter's parameters and answer."""

from decimal import Decimal

from tests.api.conftest import Server

MONTH = "from=2026-10-01T00:00:00Z&to=2026-11-01T00:00:00Z"
TOTAL = sum(1000 + number for number in range(120))


def test_the_whole_is_the_sum_of_its_windows_groups_and_customers(billed: Server) -> None:
    def values(more: str) -> list[Decimal]:
        answer = billed.ask("GET", f"/api/v1/meters/tokens/query?{MONTH}{more}").json
        assert all(Decimal(str(row["value"])) == Decimal(row["quantity"]) for row in answer["data"])
        return [Decimal(row["quantity"]) for row in answer["data"]]

    assert values("") == [TOTAL]
    assert len(values("&windowSize=DAY")) == 28
    for more in ("&windowSize=DAY", "&windowSize=HOUR", "&groupBy=model", "&groupBy=customer"):
        assert sum(values(more)) == TOTAL, more
    assert sum(values("&subject=acme&subject=bolt&subject=coil-bot")) == TOTAL
    assert sum(values("&groupBy=subject,team&windowSize=MONTH")) == TOTAL


def test_filters_choose(billed: Server) -> None:
    def total(more: str) -> Decimal:
        rows = billed.ask("GET", f"/api/v1/meters/tokens/query?{MONTH}{more}").json["data"]
        return sum((Decimal(row["quantity"]) for row in rows), Decimal(0))

    odd = sum(1000 + number for number in range(120) if number % 2)
    assert total("&filterGroupBy[model]=m1") == odd
    assert total("&filterGroupBy%5Bmodel%5D=m1,m2") == TOTAL
    assert total("&filterGroupBy[model]=m1'%20OR%201=1") == 0
    assert total("&customer=acme") == sum(1000 + n for n in range(0, 120, 3))


def test_the_answer_has_openmeters_form(billed: Server) -> None:
    answer = billed.ask(
        "GET", f"/api/v1/meters/requests/query?{MONTH}&windowSize=DAY&subject=acme&groupBy=model"
    ).json
    assert set(answer) == {"from", "to", "windowSize", "approximate", "data"}
    assert answer["approximate"] is False
    assert answer["windowSize"] == "DAY"
    for row in answer["data"]:
        assert {"value", "windowStart", "windowEnd", "subject", "groupBy"} <= set(row)
        assert row["subject"] == "acme"
        assert set(row["groupBy"]) == {"model"}


def test_what_was_just_sent_is_seen(fresh: Server) -> None:
    client = fresh.client()
    for number in range(20):
        client.events.send([{"id": str(number), "type": "t"}])
        assert len(client.events.list(limit=1000)["items"]) == number + 1


def test_the_counts_for_prometheus_add_up(fresh: Server) -> None:
    client = fresh.client()
    client.events.send([{"id": str(number), "type": "t"} for number in range(7)])
    client.events.send([{"id": str(number), "type": "t"} for number in range(9)])
    fresh.ask("POST", "/api/v1/events", {"id": "x"})
    text = client.health.metrics().decode()
    for line in (
        'steelyard_events_total{outcome="accepted"} 9.0',
        'steelyard_events_total{outcome="duplicate"} 7.0',
        'steelyard_events_total{outcome="refused"} 1.0',
        'steelyard_request_seconds_count{endpoint="events.send",status="422"} 1.0',
    ):
        assert line in text
    for name in ("steelyard_fold_lag_entries", "steelyard_writer_queue_entries", "steelyard_record_entries"):
        assert f"\n{name} " in text
