"""Contracts: what was agreed beyond the catalog, with dates."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from steelyard.entrypoints.api.pages import PageQuery
from steelyard.entrypoints.api.shapes.agreed import Commitment
from steelyard.entrypoints.api.shapes.base import Amount, Exact, Instant, Key, Shape, Time
from steelyard.entrypoints.api.shapes.commitments import CourseIn
from steelyard.entrypoints.api.shapes.free_units import YearAtUsage
from steelyard.entrypoints.api.shapes.retroactive import AdjustedMonth
from steelyard.entrypoints.api.shapes.subscription_changes import TermsMonth

Reason = Annotated[str, Meta(min_length=1, max_length=1000)]
Model = Annotated[
    msgspec.Raw,
    Meta(
        description="A price model with its fields, as the catalog writes it.",
        extra_json_schema={"type": "object"},
    ),
]


def _none() -> msgspec.Raw:
    return msgspec.Raw(b"{}")


class ContractTierIn(Shape, frozen=True, kw_only=True):
    """One tier: up to and including `up_to`, or the rest."""

    up_to: Exact | None = None
    unit_amount: Exact | None = None
    flat_amount: Exact | None = None
    percent: Exact | None = None


class ContractRateChangeIn(Shape, frozen=True, kw_only=True):
    """What a price becomes: one of `multiplier`, `model` (another price), `tiers`, or what is `included`."""

    price: Annotated[str, Meta(min_length=1, max_length=256, description="Price, table, card, or `*`.")]
    effective_from: Instant | None = None
    effective_until: Instant | None = None
    multiplier: Exact | None = None
    model: Model = msgspec.field(default_factory=_none)
    tiers: list[ContractTierIn] = []
    included: Exact | None = None
    reason: Annotated[str, Meta(max_length=1000)] = ""
    rising: Annotated[bool, Meta(description="Declares that it asks more than the list.")] = False


class ContractPhaseIn(Shape, frozen=True, kw_only=True):
    """A stretch of the contract with terms of its own, until the next phase: a ramp."""

    name: Key
    effective_from: Instant
    plan: str | None = None
    quantities: dict[str, Exact] = {}
    commitment: Exact | None = None
    overrides: list[ContractRateChangeIn] = []


class ContractEscalatorIn(Shape, frozen=True, kw_only=True):
    """A percentage by which prices step every so many months."""

    first_at: Instant
    percent: Exact
    every_months: Annotated[int, Meta(ge=1, le=120)] = 12
    prices: Annotated[list[str], Meta(description="Selectors; none is every price.")] = []
    maximum_percent: Exact | None = None
    reason: str = ""


class ContractLockIn(Shape, frozen=True, kw_only=True):
    """A price that stays as the catalog has it now."""

    price: Key
    effective_from: Instant
    effective_until: Instant
    reason: str = ""


class ContractMemberIn(Shape, frozen=True, kw_only=True):
    """A further customer to whom the contract applies."""

    customer: Key
    effective_from: Instant
    effective_until: Instant | None = None
    share: Exact | None = None


class ContractRenewalIn(Shape, frozen=True, kw_only=True):
    """How the contract goes on after its end, and until when notice can be given."""

    term_months: Annotated[int, Meta(ge=1, le=600)] = 12
    automatic: bool = True
    notice_months: Annotated[int, Meta(ge=0, le=60)] = 0
    notice_days: Annotated[int, Meta(ge=0, le=730)] = 0
    working_days: bool = False
    uplift_percent: Exact = Decimal(0)


class ContractFeeIn(Shape, frozen=True, kw_only=True):
    """An amount for each cycle of so many months, paid in advance."""

    key: Key
    name: Key
    amount: Exact
    effective_from: Instant
    effective_until: Instant | None = None
    every_months: Annotated[int, Meta(ge=1, le=120)] = 12
    anchor_day: Annotated[int, Meta(ge=1, le=31)] | None = None
    percent_off: Exact = Decimal(0)
    amount_off: Exact = Decimal(0)


class ContractFee(Shape, frozen=True, kw_only=True):
    """An amount for each cycle of so many months, paid in advance."""

    key: str
    name: str
    amount: Amount
    effective_from: Time
    effective_until: Time | None
    ended_at: Time | None
    every_months: int
    anchor_day: int | None
    percent_off: Amount
    amount_off: Amount


class ContractCommitmentIn(CourseIn, frozen=True, kw_only=True):
    """An amount for each month or year that all subscriptions of the contract's customer use up."""

    key: Key
    start: Instant
    end: Instant | None = None
    covers: Annotated[list[str], Meta(description="Prices; nothing: everything that is measured.")] = []
    priority: Annotated[int, Meta(ge=0, le=1_000_000, description="The lower draws first.")] = 0
    bears_fees: Annotated[
        bool, Meta(description="Whether fees and agreed quantities of members by these prices count, too.")
    ] = False


class ContractIn(Shape, frozen=True, kw_only=True):
    """A contract to be made."""

    customer: Key
    name: Key
    start: Instant
    end: Instant | None = None
    plans: list[str] = []
    book: str = ""
    members: list[ContractMemberIn] = []
    overrides: list[ContractRateChangeIn] = []
    phases: list[ContractPhaseIn] = []
    escalators: list[ContractEscalatorIn] = []
    locks: list[ContractLockIn] = []
    renewal: ContractRenewalIn | None = None
    fees: list[ContractFeeIn] = []
    commitments: list[ContractCommitmentIn] = []
    flags: dict[str, str] = {}
    day_count: Literal["actual", "fixed_30"] = "actual"
    sharing: Annotated[
        Literal["shared", "split"],
        Meta(description="Tiers, allowances and commitments: one for all customers, or each its part."),
    ] = "split"
    shadow: Annotated[bool, Meta(description="A pilot: on no bill, only on shadow invoices.")] = False
    reason: str = ""
    adjust: Annotated[bool, Meta(description="Make billed months good with the next document.")] = False
    dry_run: bool = False


class ContractAmendmentIn(Shape, frozen=True, kw_only=True):
    """What is added to a contract, and why; an `end` makes it longer or shorter."""

    reason: Reason
    members: list[ContractMemberIn] = []
    overrides: list[ContractRateChangeIn] = []
    phases: list[ContractPhaseIn] = []
    escalators: list[ContractEscalatorIn] = []
    locks: list[ContractLockIn] = []
    flags: dict[str, str] = {}
    fees: list[ContractFeeIn] = []
    commitments: list[ContractCommitmentIn] = []
    renewal: ContractRenewalIn | None = None
    end_fees: Annotated[dict[str, Instant], Meta(description="Fees that end early, by key.")] = {}
    end: Instant | None = None
    adjust: Annotated[bool, Meta(description="Make billed months good with the next document.")] = False
    dry_run: bool = False


class ContractRateChange(Shape, frozen=True, kw_only=True):
    """What a price becomes, and from when."""

    price: str
    effective_from: Time | None
    effective_until: Time | None
    multiplier: Amount | None
    model: dict[str, Any] | None
    tiers: list[dict[str, Any]]
    included: Amount | None
    reason: str
    rising: bool


class ContractPhase(Shape, frozen=True, kw_only=True):
    """A stretch of the contract with terms of its own."""

    name: str
    effective_from: Time
    plan: str | None
    quantities: dict[str, Amount]
    commitment: Amount | None
    overrides: list[ContractRateChange]


class ContractEscalator(Shape, frozen=True, kw_only=True):
    """A percentage by which prices step."""

    first_at: Time
    percent: Amount
    every_months: int
    prices: list[str]
    maximum_percent: Amount | None
    reason: str


class ContractLock(Shape, frozen=True, kw_only=True):
    """A price that stays as it was, whole, with the catalog version that it was taken from."""

    price: str
    effective_from: Time
    effective_until: Time
    model: dict[str, Any]
    included: Amount
    catalog_version: str
    reason: str


class ContractMember(Shape, frozen=True, kw_only=True):
    """A further customer to whom the contract applies."""

    customer: str
    effective_from: Time
    effective_until: Time | None
    share: Amount | None


class ContractRenewal(Shape, frozen=True, kw_only=True):
    """How the contract goes on after its end."""

    term_months: int
    automatic: bool
    notice_months: int
    notice_days: int
    working_days: bool
    uplift_percent: Amount


class ContractNotice(Shape, frozen=True, kw_only=True):
    """That notice was given: the contract does not go on by itself."""

    given_at: Time
    by: str
    recorded_at: Time
    reason: str


class ContractAmendment(Shape, frozen=True, kw_only=True):
    """That the contract was amended."""

    number: int
    at: Time
    by: str
    reason: str
    effective_from: Time | None
    added: list[str]


class Contract(Shape, frozen=True, kw_only=True):
    """What was agreed with a customer beyond the catalog."""

    id: str
    customer: str
    name: str
    start: Time
    end: Time | None
    plans: list[str]
    book: str
    members: list[ContractMember]
    overrides: list[ContractRateChange]
    phases: list[ContractPhase]
    escalators: list[ContractEscalator]
    locks: list[ContractLock]
    renewal: ContractRenewal | None
    flags: dict[str, str]
    day_count: str
    sharing: str = "split"
    fees: list[ContractFee] = []
    shadow: bool = False
    amendments: list[ContractAmendment]
    reason: str
    notice: ContractNotice | None = None
    commitments: list[Commitment] = []
    changed: bool = True
    dry_run: bool = False
    months: Annotated[
        list[TermsMonth],
        Meta(description="What a dry run would do to the month in which it begins and the next."),
    ] = []
    splits_members: Annotated[
        bool,
        Meta(description="Whether what a member shares of a commitment is split where it joins or leaves."),
    ] = False
    adjusted: list[AdjustedMonth] = []
    floors: Annotated[
        list[YearAtUsage],
        Meta(description="What free units of its customers leave by its prices, at the last month's usage."),
    ] = []


class ContractList(Shape, frozen=True, kw_only=True):
    """A page of contracts, by id."""

    items: list[Contract]
    next: str | None


class ContractsQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which contracts to list."""

    customer: str | None = None
