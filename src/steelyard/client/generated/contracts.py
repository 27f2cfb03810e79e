"""What can be asked about contracts, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.
# ruff: noqa: PLR0913

from __future__ import annotations

import builtins
from collections.abc import Iterator, Sequence
from typing import Any, Literal, NotRequired, TypedDict

from steelyard.client.generated.discounts import YearAtUsage
from steelyard.client.generated.subscription_changes import AdjustedMonth, TermsMonth
from steelyard.client.generated.subscriptions import Commitment
from steelyard.client.transport import Transport, follow, path_part, without_none


class Contract(TypedDict):
    """What was agreed with a customer beyond the catalog."""

    id: str
    customer: str
    name: str
    start: str
    end: str | None
    plans: builtins.list[str]
    book: str
    members: builtins.list[ContractMember]
    overrides: builtins.list[ContractRateChange]
    phases: builtins.list[ContractPhase]
    escalators: builtins.list[ContractEscalator]
    locks: builtins.list[ContractLock]
    renewal: ContractRenewal | None
    flags: dict[str, str]
    day_count: str
    sharing: NotRequired[str]
    fees: NotRequired[builtins.list[ContractFee]]
    shadow: NotRequired[bool]
    amendments: builtins.list[ContractAmendment]
    reason: str
    notice: NotRequired[ContractNotice | None]
    commitments: NotRequired[builtins.list[Commitment]]
    changed: NotRequired[bool]
    dry_run: NotRequired[bool]
    months: NotRequired[builtins.list[TermsMonth]]
    splits_members: NotRequired[bool]
    adjusted: NotRequired[builtins.list[AdjustedMonth]]
    floors: NotRequired[builtins.list[YearAtUsage]]


class ContractAmendment(TypedDict):
    """That the contract was amended."""

    number: int
    at: str
    by: str
    reason: str
    effective_from: str | None
    added: builtins.list[str]


class ContractCommitmentIn(TypedDict):
    """An amount for each month or year that all subscriptions of the contract's customer use up."""

    amount: str
    every: NotRequired[Literal["month", "year"]]
    payment: NotRequired[Literal["postpaid", "prepaid", "scheduled"]]
    schedule: NotRequired[builtins.list[str]]
    rollover: NotRequired[str]
    true_up: NotRequired[bool]
    percent: NotRequired[str]
    overage_factor: NotRequired[str]
    burst: NotRequired[str]
    alert: NotRequired[str]
    key: str
    start: str
    end: NotRequired[str | None]
    covers: NotRequired[builtins.list[str]]
    priority: NotRequired[int]
    bears_fees: NotRequired[bool]


class ContractEscalator(TypedDict):
    """A percentage by which prices step."""

    first_at: str
    percent: str
    every_months: int
    prices: builtins.list[str]
    maximum_percent: str | None
    reason: str


class ContractEscalatorIn(TypedDict):
    """A percentage by which prices step every so many months."""

    first_at: str
    percent: str
    every_months: NotRequired[int]
    prices: NotRequired[builtins.list[str]]
    maximum_percent: NotRequired[str | None]
    reason: NotRequired[str]


class ContractFee(TypedDict):
    """An amount for each cycle of so many months, paid in advance."""

    key: str
    name: str
    amount: str
    effective_from: str
    effective_until: str | None
    ended_at: str | None
    every_months: int
    anchor_day: int | None
    percent_off: str
    amount_off: str


class ContractFeeIn(TypedDict):
    """An amount for each cycle of so many months, paid in advance."""

    key: str
    name: str
    amount: str
    effective_from: str
    effective_until: NotRequired[str | None]
    every_months: NotRequired[int]
    anchor_day: NotRequired[int | None]
    percent_off: NotRequired[str]
    amount_off: NotRequired[str]


class ContractList(TypedDict):
    """A page of contracts, by id."""

    items: builtins.list[Contract]
    next: str | None


class ContractLock(TypedDict):
    """A price that stays as it was, whole, with the catalog version that it was taken from."""

    price: str
    effective_from: str
    effective_until: str
    model: dict[str, Any]
    included: str
    catalog_version: str
    reason: str


class ContractLockIn(TypedDict):
    """A price that stays as the catalog has it now."""

    price: str
    effective_from: str
    effective_until: str
    reason: NotRequired[str]


class ContractMember(TypedDict):
    """A further customer to whom the contract applies."""

    customer: str
    effective_from: str
    effective_until: str | None
    share: str | None


class ContractMemberIn(TypedDict):
    """A further customer to whom the contract applies."""

    customer: str
    effective_from: str
    effective_until: NotRequired[str | None]
    share: NotRequired[str | None]


class ContractNotice(TypedDict):
    """That notice was given: the contract does not go on by itself."""

    given_at: str
    by: str
    recorded_at: str
    reason: str


class ContractPhase(TypedDict):
    """A stretch of the contract with terms of its own."""

    name: str
    effective_from: str
    plan: str | None
    quantities: dict[str, str]
    commitment: str | None
    overrides: builtins.list[ContractRateChange]


class ContractPhaseIn(TypedDict):
    """A stretch of the contract with terms of its own, until the next phase: a ramp."""

    name: str
    effective_from: str
    plan: NotRequired[str | None]
    quantities: NotRequired[dict[str, str]]
    commitment: NotRequired[str | None]
    overrides: NotRequired[builtins.list[ContractRateChangeIn]]


class ContractRateChange(TypedDict):
    """What a price becomes, and from when."""

    price: str
    effective_from: str | None
    effective_until: str | None
    multiplier: str | None
    model: dict[str, Any] | None
    tiers: builtins.list[dict[str, Any]]
    included: str | None
    reason: str
    rising: bool


class ContractRateChangeIn(TypedDict):
    """What a price becomes: one of `multiplier`, `model` (another price), `tiers`, or what is `included`."""

    price: str
    effective_from: NotRequired[str | None]
    effective_until: NotRequired[str | None]
    multiplier: NotRequired[str | None]
    model: NotRequired[dict[str, Any]]
    tiers: NotRequired[builtins.list[ContractTierIn]]
    included: NotRequired[str | None]
    reason: NotRequired[str]
    rising: NotRequired[bool]


class ContractRenewal(TypedDict):
    """How the contract goes on after its end."""

    term_months: int
    automatic: bool
    notice_months: int
    notice_days: int
    working_days: bool
    uplift_percent: str


class ContractRenewalIn(TypedDict):
    """How the contract goes on after its end, and until when notice can be given."""

    term_months: NotRequired[int]
    automatic: NotRequired[bool]
    notice_months: NotRequired[int]
    notice_days: NotRequired[int]
    working_days: NotRequired[bool]
    uplift_percent: NotRequired[str]


class ContractTierIn(TypedDict):
    """One tier: up to and including `up_to`, or the rest."""

    up_to: NotRequired[str | None]
    unit_amount: NotRequired[str | None]
    flat_amount: NotRequired[str | None]
    percent: NotRequired[str | None]


class RenewalDue(TypedDict):
    """A contract that ends, and the last day on which notice can be given."""

    contract: str
    name: str
    customer: str
    end: str
    notice_by: str
    days_left: int
    automatic: bool
    status: Literal["ends", "notice_given", "open", "renews", "replaced"]
    term_months: int
    renewed_until: str


class RenewalList(TypedDict):
    """The contracts that end soon, by deadline."""

    items: builtins.list[RenewalDue]


class Renewed(TypedDict):
    """A contract that went on by itself, and until when."""

    contract: str
    name: str
    customer: str
    end: str


class RenewedList(TypedDict):
    """The contracts whose end had come and that go on by themselves."""

    items: builtins.list[Renewed]
    dry_run: bool


class ShadowInvoice(TypedDict):
    """A month as billed (`before`) and with the pilot, or without the contract; `piloted`: on no bill."""

    contract: str
    customer: str
    piloted: bool
    month: TermsMonth


class ContractsApi:
    """What can be asked about contracts."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(
        self,
        *,
        customer: str,
        name: str,
        start: str,
        end: str | None = None,
        plans: Sequence[str] | None = None,
        book: str | None = None,
        members: Sequence[ContractMemberIn] | None = None,
        overrides: Sequence[ContractRateChangeIn] | None = None,
        phases: Sequence[ContractPhaseIn] | None = None,
        escalators: Sequence[ContractEscalatorIn] | None = None,
        locks: Sequence[ContractLockIn] | None = None,
        renewal: ContractRenewalIn | None = None,
        fees: Sequence[ContractFeeIn] | None = None,
        commitments: Sequence[ContractCommitmentIn] | None = None,
        flags: dict[str, str] | None = None,
        day_count: Literal["actual", "fixed_30"] | None = None,
        sharing: Literal["shared", "split"] | None = None,
        shadow: bool | None = None,
        reason: str | None = None,
        adjust: bool | None = None,
        dry_run: bool | None = None,
    ) -> Contract:
        """Make a contract: overrides, phases, locks, escalators; `dry_run` only checks it."""
        return self._transport.json(
            "POST",
            "/api/v1/contracts",
            body={
                "customer": customer,
                "name": name,
                "start": start,
                **without_none(
                    {
                        "end": end,
                        "plans": plans,
                        "book": book,
                        "members": members,
                        "overrides": overrides,
                        "phases": phases,
                        "escalators": escalators,
                        "locks": locks,
                        "renewal": renewal,
                        "fees": fees,
                        "commitments": commitments,
                        "flags": flags,
                        "day_count": day_count,
                        "sharing": sharing,
                        "shadow": shadow,
                        "reason": reason,
                        "adjust": adjust,
                        "dry_run": dry_run,
                    }
                ),
            },
        )

    def list(
        self, *, limit: int | None = None, cursor: str | None = None, customer: str | None = None
    ) -> ContractList:
        """Contracts, by id."""
        return self._transport.json(
            "GET", "/api/v1/contracts", query={"limit": limit, "cursor": cursor, "customer": customer}
        )

    def each(self, *, limit: int | None = None, customer: str | None = None) -> Iterator[Contract]:
        """Contracts, by id, page after page."""
        return follow(lambda cursor: self.list(limit=limit, customer=customer, cursor=cursor))

    def renewals(self, *, within_days: int | None = None) -> RenewalList:
        """Contracts that end soon, by the last day on which notice can be given."""
        return self._transport.json("GET", "/api/v1/contracts/renewals", query={"within_days": within_days})

    def renew_due(self, *, dry_run: bool | None = None) -> RenewedList:
        """Let every contract go on whose end has come and that does so by itself."""
        return self._transport.json(
            "POST", "/api/v1/contracts/renewals", body={**without_none({"dry_run": dry_run})}
        )

    def notice(
        self, id: str | int, *, reason: str, given_at: str | None = None, dry_run: bool | None = None
    ) -> Contract:
        """Give notice: the contract does not go on after its end."""
        return self._transport.json(
            "POST",
            f"/api/v1/contracts/{path_part(id)}/notice",
            body={"reason": reason, **without_none({"given_at": given_at, "dry_run": dry_run})},
        )

    def show(self, id: str | int) -> Contract:
        """One contract, with its amendments."""
        return self._transport.json("GET", f"/api/v1/contracts/{path_part(id)}")

    def amend(
        self,
        id: str | int,
        *,
        reason: str,
        members: Sequence[ContractMemberIn] | None = None,
        overrides: Sequence[ContractRateChangeIn] | None = None,
        phases: Sequence[ContractPhaseIn] | None = None,
        escalators: Sequence[ContractEscalatorIn] | None = None,
        locks: Sequence[ContractLockIn] | None = None,
        flags: dict[str, str] | None = None,
        fees: Sequence[ContractFeeIn] | None = None,
        commitments: Sequence[ContractCommitmentIn] | None = None,
        renewal: ContractRenewalIn | None = None,
        end_fees: dict[str, str] | None = None,
        end: str | None = None,
        adjust: bool | None = None,
        dry_run: bool | None = None,
    ) -> Contract:
        """Add dated parts to a contract, with a reason; nothing of it is taken away."""
        return self._transport.json(
            "POST",
            f"/api/v1/contracts/{path_part(id)}/amendments",
            body={
                "reason": reason,
                **without_none(
                    {
                        "members": members,
                        "overrides": overrides,
                        "phases": phases,
                        "escalators": escalators,
                        "locks": locks,
                        "flags": flags,
                        "fees": fees,
                        "commitments": commitments,
                        "renewal": renewal,
                        "end_fees": end_fees,
                        "end": end,
                        "adjust": adjust,
                        "dry_run": dry_run,
                    }
                ),
            },
        )

    def renew(self, id: str | int, *, reason: str, dry_run: bool | None = None) -> Contract:
        """Let a contract go on for its term, its prices raised by its uplift."""
        return self._transport.json(
            "POST",
            f"/api/v1/contracts/{path_part(id)}/renew",
            body={"reason": reason, **without_none({"dry_run": dry_run})},
        )

    def shadow(
        self, id: str | int, *, period: str | None = None, customer: str | None = None
    ) -> ShadowInvoice:
        """A month beside the same month as if the contract held: an invoice that nobody owes."""
        return self._transport.json(
            "GET", f"/api/v1/contracts/{path_part(id)}/shadow", query={"period": period, "customer": customer}
        )
