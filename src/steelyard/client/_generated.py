"""The HTTP interface as Python methods; made from the table of endpoints, never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# A request's fields are arguments, however many they are.
# ruff: noqa: PLR0913

from __future__ import annotations

import builtins
from collections.abc import Iterator
from typing import Any, Literal, NotRequired, TypedDict

from steelyard.client.transport import Transport, follow, path_part, without_none


class ApiKey(TypedDict):
    """A key, without its secret."""

    id: str
    name: str
    scopes: builtins.list[str]
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    customer: str | None


class ApiKeyList(TypedDict):
    """A page of keys."""

    items: builtins.list[ApiKey]
    next: str | None


class Attributes(TypedDict):
    """What holds of a customer from a moment on."""

    effective_from: str
    values: dict[str, str]


class Balance(TypedDict):
    """What an account holds in one currency."""

    account: str
    name: str
    currency: str
    debit: str
    credit: str
    balance: str


class CatalogFile(TypedDict):
    """One YAML file of a catalog folder."""

    name: str
    text: str


class CatalogPublished(TypedDict):
    """What publishing did; `changed` is false when the live version has this content already."""

    version: CatalogVersion
    changed: bool
    dry_run: bool
    changes: builtins.list[str]


class CatalogVerdict(TypedDict):
    """Whether a catalog is valid, every mistake if not, and what it would change if so."""

    valid: bool
    problems: builtins.list[ProblemItem]
    changes: builtins.list[str]


class CatalogVersion(TypedDict):
    """A published version; equal content has an equal id."""

    id: str
    number: int
    published_at: str
    published_by: str
    note: str
    live: bool


class CatalogVersionFull(TypedDict):
    """A published version with all it says."""

    id: str
    number: int
    published_at: str
    published_by: str
    note: str
    live: bool
    catalog: dict[str, Any]


class CatalogVersionList(TypedDict):
    """A page of versions, newest first."""

    items: builtins.list[CatalogVersion]
    next: str | None


class Chain(TypedDict):
    """The part of the customer's chain that a document rests on, both ends included."""

    first_seq: int
    last_seq: int
    events: int


class Check(TypedDict):
    """One question about the state of things, with its answer."""

    name: str
    ok: bool
    text: str


class CurrencyValue(TypedDict):
    """What the period is worth in one currency, before tax."""

    billed: str
    unbilled: str


class Customer(TypedDict):
    """Who is billed."""

    key: str
    name: str
    currency: str
    created_at: str
    parent: str | None
    timezone: str
    attributes: builtins.list[Attributes]
    subjects: builtins.list[str]
    tax: Tax | None
    email: str | None


class CustomerIn(TypedDict):
    """A customer to be made."""

    key: str
    name: str
    currency: str
    parent: NotRequired[str | None]
    timezone: NotRequired[str]
    attributes: NotRequired[dict[str, str]]
    subjects: NotRequired[builtins.list[str]]
    tax: NotRequired[TaxIn | None]
    email: NotRequired[str | None]


class CustomerList(TypedDict):
    """A page of customers, by key."""

    items: builtins.list[Customer]
    next: str | None


class CustomerUsage(TypedDict):
    """What a customer used in a month, by metric and day."""

    customer: str
    period: str
    metrics: builtins.list[MetricUsage]


class DayCount(TypedDict):
    """Events of one day, UTC."""

    day: str
    events: int


class DayQuantity(TypedDict):
    """What was used on one day of the customer's calendar."""

    day: str
    quantity: str


class Draft(TypedDict):
    """What an invoice would say for a period as things stand; it has no number."""

    customer: str
    customer_name: str
    currency: str
    period: Span
    period_name: str
    lines: builtins.list[Line]
    subtotal: str
    tax: str
    total: str
    rounding_difference: str
    catalog_version: str
    subscriptions: builtins.list[str]
    chain: Chain
    problems: builtins.list[ProblemItem]
    status: str


class Event(TypedDict):
    """A usage event of the record."""

    index: int
    customer: str
    seq: int
    source: str
    id: str
    type: str
    subject: str
    time: str
    recorded_at: str
    data: Any
    dimensions: dict[str, str]
    cost: str | None
    status: Literal["attributed", "unattributed", "unmatched"]


class EventIn(TypedDict):
    """A usage event as CloudEvents 1.0 names its parts, with Steelyard's typed dimensions beside them."""

    id: str
    type: str
    source: NotRequired[str]
    subject: NotRequired[str]
    time: NotRequired[str | None]
    data: NotRequired[Any]
    specversion: NotRequired[str]
    datacontenttype: NotRequired[str]
    feature: NotRequired[str]
    integration: NotRequired[str]
    agent: NotRequired[str]
    team: NotRequired[str]
    role: NotRequired[str]
    environment: NotRequired[str]
    cost: NotRequired[Any]
    customer: NotRequired[str]


class EventList(TypedDict):
    """A page of usage events, newest first."""

    items: builtins.list[Event]
    next: str | None


class EventTotals(TypedDict):
    """How much came in."""

    total: int
    period: int
    today: int
    per_day: builtins.list[DayCount]


class EventsAccepted(TypedDict):
    """What was stored, with one receipt an event in the order sent."""

    accepted: int
    duplicates: int
    receipts: builtins.list[Receipt]


class EventsProblem(TypedDict):
    """Some events of a batch were refused; the others are stored."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    retryable: bool
    errors: NotRequired[builtins.list[ProblemItem]]
    accepted: int
    duplicates: int


class Finding(TypedDict):
    """Something that does not verify, and where."""

    message: str
    index: int | None


class Health(TypedDict):
    """The process answers."""

    status: str
    version: str


class Invoice(TypedDict):
    """A numbered invoice or credit note."""

    id: str
    number: str
    kind: Literal["credit_note", "invoice"]
    customer: str
    customer_name: str
    currency: str
    period: Span
    period_name: str
    issued_at: str
    subtotal: str
    tax: str
    total: str
    status: str
    lines: builtins.list[Line]
    rounding_difference: str
    catalog_version: str
    subscriptions: builtins.list[str]
    chain: Chain
    run: str


class InvoiceCounts(TypedDict):
    """Documents of the period."""

    invoices: int
    credit_notes: int
    totals: dict[str, str]


class InvoiceHead(TypedDict):
    """An invoice or credit note without its lines; a credit note's amounts are those given back."""

    id: str
    number: str
    kind: Literal["credit_note", "invoice"]
    customer: str
    customer_name: str
    currency: str
    period: Span
    period_name: str
    issued_at: str
    subtotal: str
    tax: str
    total: str
    status: str


class InvoiceList(TypedDict):
    """A page of invoices and credit notes, by number."""

    items: builtins.list[InvoiceHead]
    next: str | None


class JournalEntry(TypedDict):
    """Postings that sum to zero."""

    id: str
    posted_at: str
    description: str
    about: str
    postings: builtins.list[Posting]


class JournalList(TypedDict):
    """A page of the journal."""

    items: builtins.list[JournalEntry]
    next: str | None


class Line(TypedDict):
    """One line of an invoice: what, how much of it, at what price, resting on which events."""

    id: str
    group: str
    title: str
    period: Span
    amount_exact: str
    amount: str
    quantity: str | None
    unit: str
    price_key: str
    price_version: str
    metric: str
    meter: str
    dimension: dict[str, str]
    subscription: str
    reason: str
    steps: builtins.list[Step]
    events: int
    first_seq: int
    last_seq: int


class Meter(TypedDict):
    """How events become a quantity."""

    slug: str
    name: str
    event_types: builtins.list[str]
    aggregation: str
    value: str
    unit: str
    group_by: dict[str, str]
    filters: builtins.list[MeterFilter]
    owner: str
    definition: str


MeterAnswer = TypedDict(
    "MeterAnswer",
    {"from": "str | None", "to": "str | None", "windowSize": "str | None", "data": "builtins.list[MeterRow]"},
)
"""Quantities of one meter."""


class MeterFilter(TypedDict):
    """A condition on an event's data."""

    path: str
    op: str
    values: builtins.list[str]


class MeterList(TypedDict):
    """The meters of the published catalog."""

    items: builtins.list[Meter]
    next: str | None


class MeterRow(TypedDict):
    """One quantity; `value` is a number as OpenMeter's clients expect, `quantity` the same, exact."""

    value: float
    quantity: str
    windowStart: str
    windowEnd: str
    subject: str | None
    customer: str | None
    groupBy: dict[str, str]


class MetricUsage(TypedDict):
    """What was used of one value metric."""

    metric: str
    name: str
    unit: str
    total: str
    days: builtins.list[DayQuantity]


class NewApiKey(TypedDict):
    """A key just made; the secret is shown now and never again."""

    id: str
    name: str
    scopes: builtins.list[str]
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    customer: str | None
    secret: str


class Overview(TypedDict):
    """The workspace at a glance."""

    workspace: str
    period: str
    at: str
    events: EventTotals
    value: dict[str, CurrencyValue]
    cost: str
    unattributed: int
    unmatched: builtins.list[UnmatchedType]
    fold_lag: int
    invoices: InvoiceCounts
    record: RecordState
    checks: builtins.list[Check]
    top_customers: builtins.list[TopCustomer]


class Posting(TypedDict):
    """One leg: debit is positive, credit negative."""

    account: str
    customer: str | None
    currency: str
    amount: str


class ProblemAnswer(TypedDict):
    """Why a request was not carried out (RFC 9457), with a stable code for programs."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    retryable: bool
    errors: NotRequired[builtins.list[ProblemItem]]


class ProblemItem(TypedDict):
    """One mistake in what was sent, and where it is."""

    code: str
    message: str
    index: NotRequired[int | None]
    field: NotRequired[str]
    file: NotRequired[str]
    line: NotRequired[int]
    allowed: NotRequired[str]


class Proof(TypedDict):
    """That an entry is in the tree of the checkpoint: the path of hashes, and the same as tlog-proof text."""

    index: int
    size: int
    leaf: str
    hashes: builtins.list[str]
    checkpoint: str
    text: str


class Readiness(TypedDict):
    """Whether requests can be served now, and how far the projections are behind."""

    status: str
    fold_lag: int
    writer: str


class Receipt(TypedDict):
    """Where an event stands in the record: its index, its place in the customer's chain, its public leaf."""

    index: int
    customer: str
    seq: int
    leaf: str


class RecordEntries(TypedDict):
    """The newest entries before an index."""

    items: builtins.list[RecordEntry]
    next: int | None
    size: int


class RecordEntry(TypedDict):
    """One entry of the record, without its payload."""

    index: int
    kind: str
    customer: str
    customer_seq: int
    recorded_at: str
    leaf: str
    text: str


class RecordState(TypedDict):
    """The record's head, and when it was last verified."""

    size: int
    root: str
    origin: str
    verified_at: str | None
    verified_ok: bool | None


class Run(TypedDict):
    """What a billing run did; `previewed` wrote nothing, `unchanged` found all billed already."""

    id: str
    period: str
    at: str
    status: Literal["completed", "incomplete", "previewed", "unchanged"]
    counts: RunCounts
    totals: dict[str, RunTotals]
    record_size: int
    problems: builtins.list[ProblemItem]


class RunCounts(TypedDict):
    """What a run did with each customer, and which usage no document contains."""

    customers: int
    invoices: int
    credit_notes: int
    already_billed: int
    nothing_to_bill: int
    refused: int
    events: int
    late_events: int
    uncontracted_events: int


class RunList(TypedDict):
    """A page of billing runs, newest first."""

    items: builtins.list[Run]
    next: str | None


class RunTotals(TypedDict):
    """Money of a run in one currency; credited amounts are positive."""

    invoiced: str
    credited: str
    net: str
    tax: str
    rounding_difference: str


Scope = Literal[
    "access:admin",
    "billing:read",
    "billing:write",
    "catalog:read",
    "catalog:write",
    "customers:read",
    "customers:write",
    "events:write",
    "owner",
    "record:read",
    "usage:read",
]


class Span(TypedDict):
    """A half-open span of time."""

    start: str
    end: str


class Step(TypedDict):
    """One step of how a price was worked out."""

    text: str
    quantity: str
    unit_amount: str
    amount: str
    kind: str


class Subscription(TypedDict):
    """A customer's right to a plan for a span of time."""

    id: str
    customer: str
    plan: str
    start: str
    end: str | None
    quantities: dict[str, str]
    add_ons: builtins.list[str]
    commitment: str | None
    catalog: str


class SubscriptionIn(TypedDict):
    """A subscription to begin."""

    customer: str
    plan: str
    start: str
    end: NotRequired[str | None]
    quantities: NotRequired[dict[str, str]]
    add_ons: NotRequired[builtins.list[str]]
    commitment: NotRequired[str | None]
    catalog: NotRequired[str]


class SubscriptionList(TypedDict):
    """A page of subscriptions."""

    items: builtins.list[Subscription]
    next: str | None


class Tax(TypedDict):
    """The tax that a customer's invoices carry, in percent."""

    name: str
    percent: str


class TaxIn(TypedDict):
    """A tax to add to invoices."""

    name: str
    percent: str


class TopCustomer(TypedDict):
    """A customer and what its period is worth before tax."""

    key: str
    name: str
    currency: str
    amount: str
    events: int


class Trace(TypedDict):
    """Where a line comes from: price and steps, quantity, meter, events, receipts."""

    invoice: str
    line: Line
    price: dict[str, Any] | None
    steps: builtins.list[Step]
    quantity: str | None
    meter: dict[str, Any] | None
    events: builtins.list[Event]
    receipts: builtins.list[Receipt]
    next: str | None


class TrialBalance(TypedDict):
    """All accounts; balanced when each currency sums to zero."""

    accounts: builtins.list[Balance]
    balanced: bool
    entries: int


class UnmatchedType(TypedDict):
    """Events of a type that no meter reads."""

    type: str
    events: int


class VerifyAnswer(TypedDict):
    """What a complete check of the record found."""

    ok: bool
    entries: int
    size: int
    root: str
    problems: builtins.list[Finding]
    state_problems: builtins.list[str]
    seconds: float
    at: str


class HealthApi:
    """What can be asked about health."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def live(self) -> Health:
        """Whether the process answers."""
        return self._transport.json("GET", "/healthz")

    def ready(self) -> Readiness:
        """Whether the record takes writes, and how far the usage store is behind."""
        return self._transport.json("GET", "/readyz")

    def metrics(self) -> bytes:
        """Counts and durations, for Prometheus."""
        return self._transport.raw("GET", "/metrics")

    def openapi(self) -> bytes:
        """This interface as an OpenAPI 3.1 document."""
        return self._transport.raw("GET", "/openapi.json")


class EventsApi:
    """What can be asked about events."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def send(self, events: builtins.list[EventIn]) -> EventsAccepted:
        """Store usage events: durable, deduplicated and receipted before the answer.

        Gives the receipts. Raises ProblemError `events_refused` when some were refused: the others are
        stored, and its `errors` name the refused ones by `index`.
        """
        headers = {"content-type": "application/cloudevents-batch+json", "prefer": "return=representation"}
        return self._transport.json("POST", "/api/v1/events", body=list(events), headers=headers)

    def send_bytes(self, content: bytes, content_type: str = "application/cloudevents-batch+json") -> None:
        """Store events that are encoded already, without asking for receipts.

        Raises ProblemError `events_refused` when some were refused: the others are stored.
        """
        headers = {"content-type": content_type}
        self._transport.raw("POST", "/api/v1/events", content=content, headers=headers)

    def list(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        customer: str | None = None,
        meter: str | None = None,
        type: str | None = None,
        from_: str | None = None,
        to: str | None = None,
        status: Literal["attributed", "unattributed", "unmatched"] | None = None,
    ) -> EventList:
        """Stored usage events, newest first."""
        return self._transport.json(
            "GET",
            "/api/v1/events",
            query={
                "limit": limit,
                "cursor": cursor,
                "customer": customer,
                "meter": meter,
                "type": type,
                "from": from_,
                "to": to,
                "status": status,
            },
        )

    def each(
        self,
        *,
        limit: int | None = None,
        customer: str | None = None,
        meter: str | None = None,
        type: str | None = None,
        from_: str | None = None,
        to: str | None = None,
        status: Literal["attributed", "unattributed", "unmatched"] | None = None,
    ) -> Iterator[Event]:
        """Stored usage events, newest first, page after page."""
        return follow(
            lambda cursor: self.list(
                limit=limit,
                customer=customer,
                meter=meter,
                type=type,
                from_=from_,
                to=to,
                status=status,
                cursor=cursor,
            )
        )


class MetersApi:
    """What can be asked about meters."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self) -> MeterList:
        """The meters of the published catalog."""
        return self._transport.json("GET", "/api/v1/meters")

    def query(
        self,
        slug: str | int,
        *,
        from_: str | None = None,
        to: str | None = None,
        window_size: Literal["DAY", "HOUR", "MONTH"] | None = None,
        window_time_zone: str | None = None,
        subject: builtins.list[str] | None = None,
        customer: builtins.list[str] | None = None,
        group_by: builtins.list[str] | None = None,
        filter_group_by: dict[str, str] | None = None,
        client_id: str | None = None,
    ) -> MeterAnswer:
        """A meter's quantity by window, customer, subject and dimension."""
        return self._transport.json(
            "GET",
            f"/api/v1/meters/{path_part(slug)}/query",
            query={
                "from": from_,
                "to": to,
                "windowSize": window_size,
                "windowTimeZone": window_time_zone,
                "subject": subject,
                "customer": customer,
                "groupBy": group_by,
                "filterGroupBy": filter_group_by,
                "clientId": client_id,
            },
        )


class CatalogApi:
    """What can be asked about catalog."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def validate(
        self, *, files: builtins.list[CatalogFile] | None = None, catalog: dict[str, Any] | None = None
    ) -> CatalogVerdict:
        """Whether a catalog is valid, with every mistake, and what it would change."""
        return self._transport.json(
            "POST", "/api/v1/catalog/validate", body={**without_none({"files": files, "catalog": catalog})}
        )

    def publish(
        self,
        *,
        files: builtins.list[CatalogFile] | None = None,
        catalog: dict[str, Any] | None = None,
        note: str | None = None,
        dry_run: bool | None = None,
    ) -> CatalogPublished:
        """Publish a catalog as an immutable version; equal content publishes nothing new."""
        return self._transport.json(
            "POST",
            "/api/v1/catalog/versions",
            body={**without_none({"files": files, "catalog": catalog, "note": note, "dry_run": dry_run})},
        )

    def rollback(self, *, version: str, note: str | None = None) -> CatalogPublished:
        """Publish the content of an earlier version again, as a new version."""
        return self._transport.json(
            "POST", "/api/v1/catalog/rollback", body={"version": version, **without_none({"note": note})}
        )

    def list(self, *, limit: int | None = None, cursor: str | None = None) -> CatalogVersionList:
        """Published versions, newest first."""
        return self._transport.json(
            "GET", "/api/v1/catalog/versions", query={"limit": limit, "cursor": cursor}
        )

    def each(self, *, limit: int | None = None) -> Iterator[CatalogVersion]:
        """Published versions, newest first, page after page."""
        return follow(lambda cursor: self.list(limit=limit, cursor=cursor))

    def show(self, id: str | int) -> CatalogVersionFull:
        """One version with all it says; the id `live` is the newest."""
        return self._transport.json("GET", f"/api/v1/catalog/versions/{path_part(id)}")


class CustomersApi:
    """What can be asked about customers."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(
        self,
        *,
        key: str,
        name: str,
        currency: str,
        parent: str | None = None,
        timezone: str | None = None,
        attributes: dict[str, str] | None = None,
        subjects: builtins.list[str] | None = None,
        tax: TaxIn | None = None,
        email: str | None = None,
    ) -> Customer:
        """Make a customer."""
        return self._transport.json(
            "POST",
            "/api/v1/customers",
            body={
                "key": key,
                "name": name,
                "currency": currency,
                **without_none(
                    {
                        "parent": parent,
                        "timezone": timezone,
                        "attributes": attributes,
                        "subjects": subjects,
                        "tax": tax,
                        "email": email,
                    }
                ),
            },
        )

    def create_many(self, *, customers: builtins.list[CustomerIn]) -> CustomerList:
        """Make many customers at once, all or none."""
        return self._transport.json("POST", "/api/v1/customers/batch", body={"customers": customers})

    def list(
        self, *, limit: int | None = None, cursor: str | None = None, parent: str | None = None
    ) -> CustomerList:
        """Customers, by key."""
        return self._transport.json(
            "GET", "/api/v1/customers", query={"limit": limit, "cursor": cursor, "parent": parent}
        )

    def each(self, *, limit: int | None = None, parent: str | None = None) -> Iterator[Customer]:
        """Customers, by key, page after page."""
        return follow(lambda cursor: self.list(limit=limit, parent=parent, cursor=cursor))

    def show(self, key: str | int) -> Customer:
        """One customer."""
        return self._transport.json("GET", f"/api/v1/customers/{path_part(key)}")

    def usage(self, key: str | int, *, period: str | None = None) -> CustomerUsage:
        """What a customer used in a month, by metric and day."""
        return self._transport.json(
            "GET", f"/api/v1/customers/{path_part(key)}/usage", query={"period": period}
        )

    def preview(self, key: str | int, *, period: str | None = None) -> Draft:
        """What the customer's bill of a month would say as things stand."""
        return self._transport.json(
            "GET", f"/api/v1/customers/{path_part(key)}/preview", query={"period": period}
        )


class SubscriptionsApi:
    """What can be asked about subscriptions."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(
        self,
        *,
        customer: str,
        plan: str,
        start: str,
        end: str | None = None,
        quantities: dict[str, str] | None = None,
        add_ons: builtins.list[str] | None = None,
        commitment: str | None = None,
        catalog: str | None = None,
    ) -> Subscription:
        """Begin a subscription."""
        return self._transport.json(
            "POST",
            "/api/v1/subscriptions",
            body={
                "customer": customer,
                "plan": plan,
                "start": start,
                **without_none(
                    {
                        "end": end,
                        "quantities": quantities,
                        "add_ons": add_ons,
                        "commitment": commitment,
                        "catalog": catalog,
                    }
                ),
            },
        )

    def create_many(self, *, subscriptions: builtins.list[SubscriptionIn]) -> SubscriptionList:
        """Begin many subscriptions at once, all or none."""
        return self._transport.json(
            "POST", "/api/v1/subscriptions/batch", body={"subscriptions": subscriptions}
        )

    def list(
        self, *, limit: int | None = None, cursor: str | None = None, customer: str | None = None
    ) -> SubscriptionList:
        """Subscriptions, by id."""
        return self._transport.json(
            "GET", "/api/v1/subscriptions", query={"limit": limit, "cursor": cursor, "customer": customer}
        )

    def each(self, *, limit: int | None = None, customer: str | None = None) -> Iterator[Subscription]:
        """Subscriptions, by id, page after page."""
        return follow(lambda cursor: self.list(limit=limit, customer=customer, cursor=cursor))

    def end(self, id: str | int, *, at: str) -> Subscription:
        """End a subscription at a moment."""
        return self._transport.json("POST", f"/api/v1/subscriptions/{path_part(id)}/end", body={"at": at})


class BillingApi:
    """What can be asked about billing."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def run(self, *, period: str, dry_run: bool | None = None) -> Run:
        """Bill a month; what is billed already stays as it is."""
        return self._transport.json(
            "POST", "/api/v1/billing/runs", body={"period": period, **without_none({"dry_run": dry_run})}
        )

    def list(self, *, limit: int | None = None, cursor: str | None = None) -> RunList:
        """Billing runs, by id."""
        return self._transport.json("GET", "/api/v1/billing/runs", query={"limit": limit, "cursor": cursor})

    def each(self, *, limit: int | None = None) -> Iterator[Run]:
        """Billing runs, by id, page after page."""
        return follow(lambda cursor: self.list(limit=limit, cursor=cursor))


class InvoicesApi:
    """What can be asked about invoices."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        customer: str | None = None,
        period: str | None = None,
        kind: Literal["credit_note", "invoice"] | None = None,
    ) -> InvoiceList:
        """Invoices and credit notes, without their lines."""
        return self._transport.json(
            "GET",
            "/api/v1/invoices",
            query={"limit": limit, "cursor": cursor, "customer": customer, "period": period, "kind": kind},
        )

    def each(
        self,
        *,
        limit: int | None = None,
        customer: str | None = None,
        period: str | None = None,
        kind: Literal["credit_note", "invoice"] | None = None,
    ) -> Iterator[InvoiceHead]:
        """Invoices and credit notes, without their lines, page after page."""
        return follow(
            lambda cursor: self.list(limit=limit, customer=customer, period=period, kind=kind, cursor=cursor)
        )

    def pdf(self, id: str | int) -> bytes:
        """An invoice as PDF; the same bytes each time."""
        return self._transport.raw("GET", f"/api/v1/invoices/{path_part(id)}.pdf")

    def show(self, id: str | int) -> Invoice:
        """One invoice or credit note, by id or number."""
        return self._transport.json("GET", f"/api/v1/invoices/{path_part(id)}")

    def evidence(self, id: str | int) -> bytes:
        """All that proves an invoice, for checking it offline."""
        return self._transport.raw("GET", f"/api/v1/invoices/{path_part(id)}/evidence")

    def trace(
        self, id: str | int, line: str | int, *, limit: int | None = None, cursor: str | None = None
    ) -> Trace:
        """Where a line comes from: price, steps, quantity, meter, events, receipts."""
        return self._transport.json(
            "GET",
            f"/api/v1/invoices/{path_part(id)}/lines/{path_part(line)}/trace",
            query={"limit": limit, "cursor": cursor},
        )

    def each_of_trace(self, id: str | int, line: str | int, *, limit: int | None = None) -> Iterator[Any]:
        """Where a line comes from: price, steps, quantity, meter, events, receipts, page after page."""
        return follow(lambda cursor: self.trace(id, line, limit=limit, cursor=cursor))


class JournalApi:
    """What can be asked about journal."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(
        self, *, limit: int | None = None, cursor: str | None = None, about: str | None = None
    ) -> JournalList:
        """The journal, entry by entry."""
        return self._transport.json(
            "GET", "/api/v1/journal", query={"limit": limit, "cursor": cursor, "about": about}
        )

    def each(self, *, limit: int | None = None, about: str | None = None) -> Iterator[JournalEntry]:
        """The journal, entry by entry, page after page."""
        return follow(lambda cursor: self.list(limit=limit, about=about, cursor=cursor))

    def trial_balance(self) -> TrialBalance:
        """What every account holds; each currency sums to zero."""
        return self._transport.json("GET", "/api/v1/journal/trial-balance")


class KeysApi:
    """What can be asked about keys."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(
        self,
        *,
        name: str,
        scopes: builtins.list[Scope],
        expires_at: str | None = None,
        customer: str | None = None,
    ) -> NewApiKey:
        """Make an API key; its secret is shown now and never again."""
        return self._transport.json(
            "POST",
            "/api/v1/keys",
            body={
                "name": name,
                "scopes": scopes,
                **without_none({"expires_at": expires_at, "customer": customer}),
            },
        )

    def list(self, *, limit: int | None = None, cursor: str | None = None) -> ApiKeyList:
        """API keys, without their secrets."""
        return self._transport.json("GET", "/api/v1/keys", query={"limit": limit, "cursor": cursor})

    def each(self, *, limit: int | None = None) -> Iterator[ApiKey]:
        """API keys, without their secrets, page after page."""
        return follow(lambda cursor: self.list(limit=limit, cursor=cursor))

    def revoke(self, id: str | int) -> None:
        """Revoke an API key, at once and for ever."""
        self._transport.raw("DELETE", f"/api/v1/keys/{path_part(id)}")


class OverviewApi:
    """What can be asked about overview."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def show(self, *, period: str | None = None) -> Overview:
        """The workspace at a glance: what came in, what it is worth, is all well."""
        return self._transport.json("GET", "/api/v1/overview", query={"period": period})


class RecordApi:
    """What can be asked about record."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def checkpoint(self) -> bytes:
        """The newest signed checkpoint (C2SP tlog-checkpoint)."""
        return self._transport.raw("GET", "/record/checkpoint")

    def tile(self, rest: str | int) -> bytes:
        """A tile or entry bundle of the tree (C2SP tlog-tiles); it shows neither customers nor usage."""
        return self._transport.raw("GET", f"/record/tile/{rest}")

    def key(self) -> bytes:
        """The verifier key of the checkpoints (C2SP signed-note)."""
        return self._transport.raw("GET", "/record/key")

    def proof(self, index: str | int) -> Proof:
        """The proof that an entry is in the tree of the newest checkpoint."""
        return self._transport.json("GET", f"/record/proof/{path_part(index)}")

    def entries(self, *, before: int | None = None, limit: int | None = None) -> RecordEntries:
        """Entries of the record, newest first, without payloads."""
        return self._transport.json("GET", "/api/v1/record/entries", query={"before": before, "limit": limit})

    def verify(self) -> VerifyAnswer:
        """Check the whole record and the state that it tells of."""
        return self._transport.json("POST", "/api/v1/record/verify")


class Client:
    """A workspace behind an address; one attribute a noun, one method an endpoint.

    Methods raise `ProblemError` when the server refuses or is not there. Threads may share one.
    """

    def __init__(self, base_url: str, key: str = "", *, timeout: float = 60.0) -> None:
        transport = Transport(base_url, key, timeout=timeout)
        self._transport = transport
        self.health = HealthApi(transport)
        self.events = EventsApi(transport)
        self.meters = MetersApi(transport)
        self.catalog = CatalogApi(transport)
        self.customers = CustomersApi(transport)
        self.subscriptions = SubscriptionsApi(transport)
        self.billing = BillingApi(transport)
        self.invoices = InvoicesApi(transport)
        self.journal = JournalApi(transport)
        self.keys = KeysApi(transport)
        self.overview = OverviewApi(transport)
        self.record = RecordApi(transport)

    def close(self) -> None:
        """Let go of this thread's connection."""
        self._transport.close()
