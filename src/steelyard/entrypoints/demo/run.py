"""One pass of the demo, step by step, and a second one that changes nothing."""

from __future__ import annotations

import itertools
import json as json_text
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from prometheus_client.parser import text_string_to_metric_families

from steelyard.client import Client
from steelyard.entrypoints.demo.proving import Proven, prove
from steelyard.entrypoints.demo.report import (
    Outcome,
    as_json,
    note,
    print_json,
    print_later,
    print_summary,
    print_where,
)
from steelyard.entrypoints.demo.scenarios import Job, ai_job, catalog_files, default_month, retail_job
from steelyard.entrypoints.demo.sending import Sender
from steelyard.entrypoints.demo.serving import Server
from steelyard.kernel import Conflict, DamagedRecord, InvalidInput

STORY_FILE: Final = "demo.json"
_PAGE: Final = 1_000
_MANY: Final = 5_000
_SECONDS_MAX: Final = 600.0


def run(
    folder: Path,
    *,
    scenario: str,
    trace: Path | None,
    months: str,
    serve: bool,
    host: str,
    port: int,
    json: bool,
) -> None:
    """Carries out a scenario in a folder, prints what it did, and serves the console if asked to.

    Raises Conflict where the folder tells another story, DamagedRecord where evidence does not verify.
    """
    started = time.perf_counter()
    now = datetime.now(UTC)
    months = _story(folder, scenario, trace, months, now)
    note(f"preparing the scenario {scenario} …")
    server = Server(folder, host, port if serve else 0)
    try:
        job = ai_job(trace, months, now) if scenario == "ai" else retail_job(months)
        outcome = _carry_out(job, server, started)
        if json:
            print_json(as_json(job, outcome, server.address))
        else:
            print_summary(job, outcome)
        if outcome.proven.problems:
            raise DamagedRecord("some evidence does not verify: " + outcome.proven.problems[0])
        if serve:
            if not json:
                print_where(server.address, server.sign_in, str(folder))
            server.wait()
        elif not json:
            print_later(str(folder))
    finally:
        server.stop()


def _carry_out(job: Job, server: Server, started: float) -> Outcome:
    """Publishes, makes the customers, sends, bills and verifies; each step finds what is there already."""
    client = Client(server.address, server.key, timeout=_SECONDS_MAX)
    published: bool = client.catalog.publish(files=catalog_files(job.catalog), note="the demo's catalog")[
        "changed"
    ]
    customers, subscriptions = _make_customers(client, job)
    before = _events_taken(client)
    note(f"sending {job.total:,} events …")
    sent = Sender(client, job.total).send(job.parts)
    stored = _events_taken(client) - before
    note("billing …")
    billing_started = time.perf_counter()
    runs = [client.billing.run(period=month) for month in job.months]
    billing_seconds = time.perf_counter() - billing_started
    heads = [head for month in job.months for head in client.invoices.each(period=month, limit=_PAGE)]
    note("verifying all evidence …")
    proven = _prove(client, server, [head["id"] for head in heads])
    return Outcome(
        published=published,
        customers_made=customers,
        subscriptions_made=subscriptions,
        sent=sent,
        stored=stored,
        billed=sum(one["counts"]["invoices"] + one["counts"]["credit_notes"] for one in runs),
        billing_seconds=billing_seconds,
        documents={"invoice": 0, "credit_note": 0} | Counter(head["kind"] for head in heads),
        totals=_totals(heads),
        runs=runs,
        proven=proven,
        overview=client.overview.show(period=job.months[-1]),
        seconds=time.perf_counter() - started,
    )


def _make_customers(client: Client, job: Job) -> tuple[int, int]:
    """Makes the customers and subscriptions that are missing, and gives how many of each those were."""
    there = {customer["key"] for customer in client.customers.each(limit=_PAGE)}
    customers = [body for body in job.customers if body["key"] not in there]
    for part in _parts(customers):
        client.customers.create_many(customers=_typed(part))
    bound = {one["customer"] for one in client.subscriptions.each(limit=_PAGE)}
    subscriptions = [body for body in job.subscriptions if body["customer"] not in bound]
    for part in _parts(subscriptions):
        client.subscriptions.create_many(subscriptions=_typed(part))
    return len(customers), len(subscriptions)


def _parts(bodies: Sequence[dict[str, Any]]) -> Iterable[list[dict[str, Any]]]:
    for start in range(0, len(bodies), _MANY):
        yield list(itertools.islice(bodies, start, start + _MANY))


def _typed(bodies: Any) -> Any:
    """Bodies made from tables, which the client's types describe and the server checks."""
    return bodies


def _events_taken(client: Client) -> int:
    """How many new events the server has stored since its start; repeated ones are not counted."""
    families = text_string_to_metric_families(client.health.metrics().decode())
    samples = (sample for family in families for sample in family.samples)
    return sum(
        int(sample.value)
        for sample in samples
        if sample.name == "steelyard_events_total" and sample.labels["outcome"] == "accepted"
    )


def _totals(heads: Iterable[Any]) -> dict[str, Decimal]:
    totals: dict[str, Decimal] = {}
    for head in heads:
        sign = -1 if head["kind"] == "credit_note" else 1
        totals[head["currency"]] = totals.get(head["currency"], Decimal(0)) + sign * Decimal(head["total"])
    return totals


def _prove(client: Client, server: Server, documents: list[str]) -> Proven:
    vkey = client.record.key().decode().strip()
    return prove(server.address, server.key, vkey, documents)


def _story(folder: Path, scenario: str, trace: Path | None, months: str, now: datetime) -> str:
    """Which months to bill; a folder tells one story, and a second pass tells it for the same months.

    Raises Conflict where the folder holds another scenario, or the other kind of requests.
    """
    if scenario == "retail" and trace is not None:
        raise InvalidInput("--trace belongs to --scenario ai: the wholesaler has its own lines")
    if scenario == "ai" and not months:
        months = default_month(now)
    told = {"scenario": scenario, "trace": trace is not None, "months": months}
    file = folder / STORY_FILE
    if file.is_file():
        before = json_text.loads(file.read_text())
        if (before["scenario"], before["trace"]) != (told["scenario"], told["trace"]):
            raise Conflict(f"{folder} holds the demo's other story; name another folder with --dir")
        if scenario == "ai":
            return before["months"]
        return months
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise Conflict(f"{folder} holds something else already; name another folder with --dir")
    file.write_text(json_text.dumps(told))
    return months
