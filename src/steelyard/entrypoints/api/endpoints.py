"""The table of endpoints: the one place that says what the HTTP interface has.

Routes, the OpenAPI document, `docs/api.md`, the Python client and the tests are made from it.
"""

from __future__ import annotations

from typing import Final

from steelyard.access import Scope
from steelyard.entrypoints.api.endpoint import Endpoint
from steelyard.entrypoints.api.handlers import (
    billing as run,
)
from steelyard.entrypoints.api.handlers import (
    customer_changes,
    customers,
    events,
    health,
    invoices,
    journal,
    keys,
    meters,
    overview,
    record,
    subscriptions,
)
from steelyard.entrypoints.api.pages import PageQuery
from steelyard.entrypoints.api.rows import (
    attribution,
    backfills,
    commitments,
    contracts,
    corrections,
    credit_orders,
    credits,
    definitions,
    discounts,
    event_detail,
    hierarchy,
    impact,
    lago,
    late,
    metric_scores,
    migrations,
    notices,
    openmeter,
    outcomes,
    people,
    quality,
    rate_cards,
    reconciliations,
    reconciling,
    reviews,
    stripe,
    subscription_changes,
    wire,
)
from steelyard.entrypoints.api.rows import catalog as catalog_rows
from steelyard.entrypoints.api.rows import estimate as estimate_rows
from steelyard.entrypoints.api.rows import log as log_rows
from steelyard.entrypoints.api.rows import rating as rating_rows
from steelyard.entrypoints.api.rows import retention as retention_rows
from steelyard.entrypoints.api.shapes import billing as b
from steelyard.entrypoints.api.shapes import customers as cu
from steelyard.entrypoints.api.shapes import events as e
from steelyard.entrypoints.api.shapes import health as h
from steelyard.entrypoints.api.shapes import keys as k
from steelyard.entrypoints.api.shapes import meters as m
from steelyard.entrypoints.api.shapes import overview as o
from steelyard.entrypoints.api.shapes import record as r

_HEALTH: Final = (
    Endpoint(
        method="GET", path="/healthz", name="health.live", summary="Whether the process answers.",
        handler=health.live, answer=h.Health, at_once=True,
    ),
    Endpoint(
        method="GET", path="/readyz", name="health.ready",
        summary="Whether the record takes writes, and how far the usage store is behind.",
        handler=health.ready, answer=h.Readiness, at_once=True,
    ),
    Endpoint(
        method="GET", path="/metrics", name="health.metrics", summary="Counts and durations, for Prometheus.",
        handler=health.metrics, media_type="text/plain", at_once=True,
    ),
    Endpoint(
        method="GET", path="/openapi.json", name="health.openapi",
        summary="This interface as an OpenAPI 3.1 document.", handler=None,
    ),
)  # fmt: skip

_EVENTS: Final = (
    Endpoint(
        method="POST", path="/api/v1/events", name="events.send",
        summary="Store usage events: durable, deduplicated and receipted before the answer.",
        handler=None, scope=Scope.EVENTS_WRITE, body=e.EventIn, answer=e.EventsAccepted, customer_may=True,
    ),
    Endpoint(
        method="GET", path="/api/v1/events", name="events.list", summary="Stored usage events, newest first.",
        handler=events.list_events, scope=Scope.USAGE_READ, query=e.EventsQuery, answer=e.EventList,
        customer_may=True,
    ),
    Endpoint(
        method="GET", path="/api/v1/meters", name="meters.list",
        summary="The meters of the published catalog.",
        handler=meters.list_meters, scope=Scope.USAGE_READ, answer=m.MeterList, customer_may=True,
        many_customers=True,
    ),
    Endpoint(
        method="GET", path="/api/v1/meters/{slug}/query", name="meters.query",
        summary="A meter's quantity by window, customer, subject and dimension.",
        handler=meters.query, scope=Scope.USAGE_READ, query=m.MeterQuery, answer=m.MeterAnswer,
        customer_may=True, also=("text/csv",),
    ),
)  # fmt: skip

_CUSTOMERS: Final = (
    Endpoint(
        method="POST", path="/api/v1/customers", name="customers.create", summary="Make a customer.",
        handler=customers.create, scope=Scope.CUSTOMERS_WRITE, body=cu.CustomerIn, answer=cu.Customer,
        status=201,
    ),
    Endpoint(
        method="POST", path="/api/v1/customers/batch", name="customers.create_many",
        summary="Make many customers at once, all or none.",
        handler=customers.create_many, scope=Scope.CUSTOMERS_WRITE, body=cu.CustomersIn,
        answer=cu.CustomerList, status=201,
    ),
    Endpoint(
        method="POST", path="/api/v1/customers/{key}/changes", name="customers.change",
        summary="Change a customer: name, address, tax, subjects, dated attributes; `dry_run` only shows it.",
        handler=customer_changes.create, scope=Scope.CUSTOMERS_WRITE, body=cu.CustomerChangeIn,
        answer=cu.Customer, problems=(404,),
    ),
    Endpoint(
        method="GET", path="/api/v1/customers", name="customers.list", summary="Customers, by key.",
        handler=customers.list_customers, scope=Scope.CUSTOMERS_READ, query=cu.CustomersQuery,
        answer=cu.CustomerList, customer_may=True,
        many_customers=True,
    ),
    Endpoint(
        method="GET", path="/api/v1/customers/{key}", name="customers.show", summary="One customer.",
        handler=customers.show, scope=Scope.CUSTOMERS_READ, answer=cu.Customer, customer_may=True,
        sensitive=True,
    ),
    Endpoint(
        method="GET", path="/api/v1/customers/{key}/usage", name="customers.usage",
        summary="What a customer used in a month, by metric and day.",
        handler=customers.usage, scope=Scope.USAGE_READ, query=cu.PeriodQuery, answer=cu.CustomerUsage,
        customer_may=True,
    ),
    Endpoint(
        method="GET", path="/api/v1/customers/{key}/preview", name="customers.preview",
        summary="What the customer's bill of a month would say as things stand.",
        handler=customers.preview, scope=Scope.BILLING_READ, query=cu.PeriodQuery, answer=b.Draft,
        customer_may=True,
    ),
    Endpoint(
        method="POST", path="/api/v1/subscriptions", name="subscriptions.create",
        summary="Begin a subscription.",
        handler=subscriptions.create, scope=Scope.CUSTOMERS_WRITE, body=cu.SubscriptionIn,
        answer=cu.Subscription, status=201, problems=(404,),
    ),
    Endpoint(
        method="POST", path="/api/v1/subscriptions/batch", name="subscriptions.create_many",
        summary="Begin many subscriptions at once, all or none.",
        handler=subscriptions.create_many, scope=Scope.CUSTOMERS_WRITE, body=cu.SubscriptionsIn,
        answer=cu.SubscriptionList, status=201, problems=(404,),
    ),
    Endpoint(
        method="GET", path="/api/v1/subscriptions", name="subscriptions.list",
        summary="Subscriptions, by id.",
        handler=subscriptions.list_subscriptions, scope=Scope.CUSTOMERS_READ, query=cu.SubscriptionsQuery,
        answer=cu.SubscriptionList, customer_may=True,
    ),
    Endpoint(
        method="POST", path="/api/v1/subscriptions/{id}/end", name="subscriptions.end",
        summary="End a subscription at a moment.",
        handler=subscriptions.end, scope=Scope.CUSTOMERS_WRITE, body=cu.SubscriptionEnd,
        answer=cu.Subscription,
    ),
)  # fmt: skip

_BILLING: Final = (
    Endpoint(
        method="POST", path="/api/v1/billing/runs", name="billing.run",
        summary="Bill a month; what is billed already stays as it is.",
        handler=run.run, scope=Scope.BILLING_WRITE, body=b.RunIn, answer=b.Run, status=201,
    ),
    Endpoint(
        method="GET", path="/api/v1/billing/runs", name="billing.list", summary="Billing runs, by id.",
        handler=run.list_runs, scope=Scope.BILLING_READ, query=PageQuery, answer=b.RunList,
    ),
    Endpoint(
        method="GET", path="/api/v1/invoices", name="invoices.list",
        summary="Invoices and credit notes, without their lines.",
        handler=invoices.list_invoices, scope=Scope.BILLING_READ, query=b.InvoicesQuery,
        answer=b.InvoiceList, customer_may=True,
    ),
    Endpoint(
        method="GET", path="/api/v1/invoices/{id}.pdf", name="invoices.pdf",
        summary="An invoice as PDF; the same bytes each time.",
        handler=invoices.pdf, scope=Scope.BILLING_READ, media_type="application/pdf", customer_may=True,
        many_customers=True,
    ),
    Endpoint(
        method="GET", path="/api/v1/invoices/{id}", name="invoices.show",
        summary="One invoice or credit note, by id or number.",
        handler=invoices.show, scope=Scope.BILLING_READ, answer=b.Invoice, customer_may=True,
        many_customers=True,
    ),
    Endpoint(
        method="GET", path="/api/v1/invoices/{id}/evidence", name="invoices.evidence",
        summary="All that proves an invoice, for checking it offline.",
        handler=invoices.evidence, scope=Scope.BILLING_READ, customer_may=True,
        many_customers=True,
        sensitive=True,
    ),
    Endpoint(
        method="GET", path="/api/v1/invoices/{id}/lines/{line}/trace", name="invoices.trace",
        summary="Where a line comes from: price, steps, quantity, meter, events, receipts.",
        handler=invoices.trace, scope=Scope.BILLING_READ, query=PageQuery, answer=b.Trace,
        customer_may=True,
        many_customers=True,
    ),
    Endpoint(
        method="GET", path="/api/v1/journal", name="journal.list", summary="The journal, entry by entry.",
        handler=journal.list_entries, scope=Scope.BILLING_READ, query=b.JournalQuery,
        answer=b.JournalList,
    ),
    Endpoint(
        method="GET", path="/api/v1/journal/trial-balance", name="journal.trial_balance",
        summary="What every account holds; each currency sums to zero.",
        handler=journal.trial_balance, scope=Scope.BILLING_READ, answer=b.TrialBalance,
    ),
)  # fmt: skip

_ACCESS: Final = (
    Endpoint(
        method="POST", path="/api/v1/keys", name="keys.create",
        summary="Make an API key; its secret is shown now and never again.",
        handler=keys.create, scope=Scope.ACCESS_ADMIN, body=k.KeyIn, answer=k.NewApiKey, status=201,
    ),
    Endpoint(
        method="GET", path="/api/v1/keys", name="keys.list", summary="API keys, without their secrets.",
        handler=keys.list_keys, scope=Scope.ACCESS_READ, query=PageQuery, answer=k.ApiKeyList,
        sensitive=True,
    ),
    Endpoint(
        method="DELETE", path="/api/v1/keys/{id}", name="keys.revoke",
        summary="Revoke an API key, at once and for ever.",
        handler=keys.revoke, scope=Scope.ACCESS_ADMIN, status=204,
    ),
    Endpoint(
        method="GET", path="/api/v1/overview", name="overview.show",
        summary="The workspace at a glance: what came in, what it is worth, is all well.",
        handler=overview.show, scope=Scope.BILLING_READ, query=cu.PeriodQuery, answer=o.Overview,
    ),
)  # fmt: skip

_RECORD: Final = (
    Endpoint(
        method="GET", path="/record/checkpoint", name="record.checkpoint",
        summary="The newest signed checkpoint (C2SP tlog-checkpoint).",
        handler=record.checkpoint, media_type="text/plain",
    ),
    Endpoint(
        method="GET", path="/record/tile/{rest}", name="record.tile",
        summary="A tile or entry bundle of the tree (C2SP tlog-tiles); it shows neither customers nor usage.",
        handler=record.tile, media_type="application/octet-stream",
    ),
    Endpoint(
        method="GET", path="/record/key", name="record.key",
        summary="The verifier key of the checkpoints (C2SP signed-note).",
        handler=record.key, media_type="text/plain",
    ),
    Endpoint(
        method="GET", path="/record/proof/{index}", name="record.proof",
        summary="The proof that an entry is in the tree of the newest checkpoint.",
        handler=record.proof, scope=Scope.RECORD_READ, answer=r.Proof, customer_may=True,
        many_customers=True,
    ),
    Endpoint(
        method="GET", path="/api/v1/record/entries", name="record.entries",
        summary="Entries of the record, newest first, without payloads.",
        handler=record.entries, scope=Scope.RECORD_READ, query=r.EntriesQuery, answer=r.RecordEntries,
    ),
    Endpoint(
        method="POST", path="/api/v1/record/verify", name="record.verify",
        summary="Check the whole record and the state that it tells of.",
        handler=record.verify, scope=Scope.RECORD_READ, query=r.VerifyQuery, answer=r.VerifyAnswer,
    ),
)  # fmt: skip

ENDPOINTS: Final[tuple[Endpoint, ...]] = (
    *_HEALTH,
    *_EVENTS,
    *catalog_rows.ROWS,
    *migrations.ROWS,
    *notices.ROWS,
    *_CUSTOMERS,
    *_BILLING,
    *_ACCESS,
    *_RECORD,
    *openmeter.ROWS,
    *stripe.ROWS,
    *lago.ROWS,
    *wire.ROWS,
    *definitions.ROWS,
    *event_detail.ROWS,
    *late.ROWS,
    *corrections.ROWS,
    *backfills.ROWS,
    *log_rows.ROWS,
    *quality.ROWS,
    *reconciling.ROWS,
    *reconciliations.ROWS,
    *retention_rows.ROWS,
    *attribution.ROWS,
    *credits.ROWS,
    *credit_orders.ROWS,
    *contracts.ROWS,
    *subscription_changes.ROWS,
    *rate_cards.ROWS,
    *outcomes.ROWS,
    *people.ROWS,
    *reviews.ROWS,
    *impact.ROWS,
    *metric_scores.ROWS,
    *rating_rows.ROWS,
    *commitments.ROWS,
    *hierarchy.ROWS,
    *discounts.ROWS,
    *estimate_rows.ROWS,
)
