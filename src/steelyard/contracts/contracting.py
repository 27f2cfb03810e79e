"""Making and amending contracts: what to write, or every problem at once.

An amendment adds dated parts and never takes one away; what a contract says of the past is not changed by it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from steelyard.catalog import Catalog, CatalogVersion
from steelyard.catalog.rate_change import RateChange
from steelyard.catalog.schedule import is_for, names
from steelyard.contracts.check import quantity_problems
from steelyard.contracts.commitments import CommitmentTerms, as_agreed_now, commitment_problems
from steelyard.contracts.contract import (
    Amendment,
    Contract,
    Escalator,
    Member,
    Phase,
    PriceLock,
    Renewal,
    Sharing,
)
from steelyard.contracts.fees import ContractFee
from steelyard.contracts.model import Customer, Subscription
from steelyard.contracts.overlap import overlaps
from steelyard.contracts.planned import Planned, saving
from steelyard.contracts.sharing import shares_commitments, why_no_sharer
from steelyard.kernel import Problem, content_id, encode, iso, plain
from steelyard.kernel.daycount import DayCount
from steelyard.record import Kind, State

Problems = tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedLock:
    """A price that is to stay as the catalog has it now, for a span of time."""

    price: str
    effective_from: datetime
    effective_until: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewContract:
    """What a person asks for when a contract is to be made; nothing in it is checked yet."""

    customer: str
    name: str
    start: datetime
    end: datetime | None = None
    plans: tuple[str, ...] = ()
    book: str = ""
    members: tuple[Member, ...] = ()
    overrides: tuple[RateChange, ...] = ()
    phases: tuple[Phase, ...] = ()
    escalators: tuple[Escalator, ...] = ()
    locks: tuple[AskedLock, ...] = ()
    renewal: Renewal | None = None
    fees: tuple[ContractFee, ...] = ()
    commitments: tuple[CommitmentTerms, ...] = ()
    flags: Mapping[str, str] = field(default_factory=dict[str, str])
    day_count: DayCount = DayCount.ACTUAL
    sharing: Sharing = Sharing.SPLIT
    shadow: bool = False
    reason: str = ""


def contract_id(customer: str, name: str, start: datetime) -> str:
    """The id of a customer's contract of that name and start: asking twice names the same one.

    >>> from steelyard.kernel import instant
    >>> contract_id("acme", "Acme 2026", instant("2026-01-01T00:00:00Z"))[:4]
    'con_'
    """
    return content_id("con", encode([customer, name, start]))


def make_contract(state: State, version: CatalogVersion, new: NewContract) -> Planned[Contract] | Problems:
    """The plan that makes a contract, or all that is wrong with it.

    A contract that is there exactly as asked for needs no write. Two contracts never apply to the same
    subscription at the same time.
    """
    asked = _made(new, version)
    existing = state.get(Contract, asked.id)
    if existing is not None:
        said = tuple(as_agreed_now(one, existing.commitments) for one in asked.commitments)
        asked = dataclasses.replace(asked, splits_members=existing.splits_members, commitments=said)
    if existing == asked:
        return Planned(record=asked, write=None)
    problems = [
        *_party_problems(state, asked),
        *_share_problems(asked),
        *_part_problems(asked, version.catalog),
    ]
    problems += _quantity_problems(state, asked, asked.phases, version.catalog)
    problems += _lock_problems(new.locks, version.catalog)
    problems += overlaps(asked, state.find(Contract))
    if existing is not None:
        message = f"{new.customer!r} has the contract {new.name!r} from then on already, and it differs"
        problems.append(Problem(code="exists", message=message, field="name"))
    if problems:
        return tuple(problems)
    return Planned(record=asked, write=saving(Kind.CONTRACT, asked.customer, asked, asked.id, None))


def _made(new: NewContract, version: CatalogVersion) -> Contract:
    given = {one.name: getattr(new, one.name) for one in dataclasses.fields(new) if one.name != "locks"}
    given["flags"] = dict(new.flags)
    given["commitments"] = tuple(map(as_agreed_now, new.commitments))
    locks = tuple(lock for one in new.locks for lock in locked(one, version))
    id = contract_id(new.customer, new.name, new.start)
    return Contract(id=id, **given, locks=locks, splits_members=True)


def locked(asked: AskedLock, version: CatalogVersion) -> Iterator[PriceLock]:
    """The locks that hold every price named as this version has it."""
    for price in version.catalog.prices.values():
        if names(asked.price, price):
            yield PriceLock(
                price=price.key,
                effective_from=asked.effective_from,
                effective_until=asked.effective_until,
                model=price.model,
                included=price.included,
                catalog_version=version.id,
                reason=asked.reason,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewParts:
    """What an amendment adds to a contract; `end` makes it longer or shorter, `end_fees` ends fees early."""

    overrides: tuple[RateChange, ...] = ()
    phases: tuple[Phase, ...] = ()
    escalators: tuple[Escalator, ...] = ()
    locks: tuple[AskedLock, ...] = ()
    members: tuple[Member, ...] = ()
    fees: tuple[ContractFee, ...] = ()
    commitments: tuple[CommitmentTerms, ...] = ()
    flags: Mapping[str, str] = field(default_factory=dict[str, str])
    renewal: Renewal | None = None
    end_fees: Mapping[str, datetime] = field(default_factory=dict[str, datetime])
    end: datetime | None = None


def amend_contract(
    state: State, version: CatalogVersion, id: str, parts: NewParts, *, by: str, reason: str, at: datetime
) -> Planned[Contract] | Problems:
    """The plan that adds these parts to a contract, numbered and with a reason, or all that is wrong."""
    row = state.version(Contract, id)
    contract = state.get(Contract, id)
    if contract is None:
        return (Problem(code="unknown_contract", message=f"there is no contract {id[:60]!r}", field="id"),)
    problems = [*_end_problems(contract, parts)]
    if problems:
        return tuple(problems)
    changed = _with(contract, parts, version, at)
    problems = [
        *_party_problems(state, changed),
        *_share_problems(changed),
        *_part_problems(changed, version.catalog),
    ]
    problems += _quantity_problems(state, changed, parts.phases, version.catalog)
    problems += _lock_problems(parts.locks, version.catalog)
    problems += overlaps(changed, [one for one in state.find(Contract) if one.id != id])
    if not reason.strip():
        problems.append(Problem(code="missing_reason", message="an amendment needs a reason", field="reason"))
    if changed == contract:
        problems.append(Problem(code="no_change", message="the amendment adds nothing", field=""))
    if problems:
        return tuple(problems)
    note = Amendment(
        number=len(contract.amendments) + 1,
        at=at,
        by=by,
        reason=reason,
        effective_from=min(_begins(parts), default=None),
        added=tuple(_words(parts)),
    )
    changed = dataclasses.replace(changed, amendments=(*contract.amendments, note))
    return Planned(record=changed, write=saving(Kind.CONTRACT, changed.customer, changed, id, row))


def _end_problems(contract: Contract, parts: NewParts) -> Iterator[Problem]:
    """Fees that are not there, or that would end before they begin, or twice."""
    running = {fee.key: fee for fee in contract.fees if fee.effective_until is None}
    for key, end in parts.end_fees.items():
        if key not in running:
            message = f"the contract has no fee {key[:60]!r} that goes on"
            yield Problem(code="unknown_fee", message=message, field="end_fees")
        elif end <= running[key].effective_from:
            message = f"the fee {key!r} would end before it begins"
            yield Problem(code="empty_period", message=message, field="end_fees")


def _with(contract: Contract, parts: NewParts, version: CatalogVersion, at: datetime) -> Contract:
    locks = tuple(lock for one in parts.locks for lock in locked(one, version))
    changed = dataclasses.replace(
        contract,
        overrides=(*contract.overrides, *parts.overrides),
        phases=(*contract.phases, *parts.phases),
        escalators=(*contract.escalators, *parts.escalators),
        locks=(*contract.locks, *locks),
        members=(*contract.members, *parts.members),
        fees=(*(_ended(fee, parts.end_fees, at) for fee in contract.fees), *parts.fees),
        commitments=(*contract.commitments, *map(as_agreed_now, parts.commitments)),
        flags={**contract.flags, **parts.flags},
        renewal=parts.renewal or contract.renewal,
    )
    return changed if parts.end is None else changed.ending(parts.end, at)


def _ended(fee: ContractFee, ends: Mapping[str, datetime], at: datetime) -> ContractFee:
    if fee.key not in ends:
        return fee
    return dataclasses.replace(fee, effective_until=ends[fee.key], ended_at=at)


def _begins(parts: NewParts) -> Iterator[datetime]:
    for one in (*parts.overrides, *parts.phases, *parts.locks, *parts.members):
        if one.effective_from is not None:
            yield one.effective_from
    yield from (one.first_at for one in parts.escalators)
    yield from (one.start for one in parts.commitments)


def _words(parts: NewParts) -> Iterator[str]:
    """What the amendment adds, in words."""
    for change in parts.overrides:
        yield f"{change.price}: {change.words}"
    for phase in parts.phases:
        yield f"phase {phase.name} from {iso(phase.effective_from)[:10]}"
    for escalator in parts.escalators:
        yield f"{escalator.percent} % every {escalator.every_months} months"
    for lock in parts.locks:
        yield f"{lock.price} locked until {iso(lock.effective_until)[:10]}"
    for key, end in parts.end_fees.items():
        yield f"fee {key} ends {iso(end)[:10]}"
    for fee in parts.fees:
        yield f"fee {fee.name} from {iso(fee.effective_from)[:10]}"
    for terms in parts.commitments:
        yield f"{plain(terms.amount)} a {terms.every.value} committed from {iso(terms.start)[:10]}"
    for member in parts.members:
        yield f"also for {member.customer} from {iso(member.effective_from)[:10]}"
    for name, value in parts.flags.items():
        yield f"{name} = {value}"
    if parts.renewal is not None:
        yield f"renewal for {parts.renewal.term_months} months"
    if parts.end is not None:
        yield f"ends {iso(parts.end)[:10]}"


def _party_problems(state: State, contract: Contract) -> Iterator[Problem]:
    for key in contract.customers:
        if state.get(Customer, key) is None:
            field = "customer" if key == contract.customer else "members"
            yield Problem(code="unknown_customer", message=f"there is no customer {key[:60]!r}", field=field)
    yield from _sharer_problems(state, contract)
    if not contract.name.strip():
        yield Problem(code="bad_text", message="a contract has a name", field="name")
    for place, member in enumerate(contract.members):
        if member.share is not None and not 0 <= member.share <= 1:
            message = f"{member.share} is no share"
            yield Problem(
                code="bad_share", message=message, field=f"members[{place}].share", allowed="0 to 1"
            )


def _sharer_problems(state: State, contract: Contract) -> Iterator[Problem]:
    """Members of a shared commitment whose money or months are not those of whoever pays for it."""
    payer = state.get(Customer, contract.customer)
    if payer is None or not shares_commitments(contract):
        return
    for place, member in enumerate(contract.members):
        other = state.get(Customer, member.customer)
        if other is not None and (no := why_no_sharer(payer, other)):
            field = f"members[{place}].customer"
            allowed = f"{payer.currency}, {payer.timezone}; or `split` the commitment"
            yield Problem(code="not_pooled", message=no, field=field, allowed=allowed)


def _share_problems(contract: Contract) -> Iterator[Problem]:
    """Parts that come to more than the whole at some moment."""
    for place, member in enumerate(contract.members):
        held = [one for one in contract.members if one.holds_at(member.effective_from)]
        whole = sum((one.share or Decimal(0) for one in held), Decimal(0))
        if whole > 1:
            message = f"from {iso(member.effective_from)[:10]} on the parts come to {whole}"
            yield Problem(
                code="bad_share", message=message, field=f"members[{place}].share", allowed="1 at most"
            )


def _part_problems(contract: Contract, catalog: Catalog) -> Iterator[Problem]:
    for place, plan in enumerate(contract.plans):
        if plan not in catalog.plans:
            message = f"the catalog has no plan {plan[:60]!r}"
            yield Problem(code="unknown_plan", message=message, field=f"plans[{place}]")
    if contract.book and contract.book not in catalog.price_books:
        message = f"the catalog has no price book {contract.book[:60]!r}"
        yield Problem(code="unknown_book", message=message, field="book")
    yield from _change_problems(contract.overrides, "overrides", catalog)
    for place, phase in enumerate(contract.phases):
        field = f"phases[{place}]"
        yield from _change_problems(phase.overrides, f"{field}.overrides", catalog)
        if not contract.active_at(phase.effective_from):
            message = f"the phase {phase.name!r} begins while the contract does not run"
            yield Problem(code="outside_contract", message=message, field=f"{field}.effective_from")
        if phase.plan is not None and phase.plan not in catalog.plans:
            message = f"the catalog has no plan {phase.plan[:60]!r}"
            yield Problem(code="unknown_plan", message=message, field=f"{field}.plan")
    yield from _committed_problems(contract, catalog)
    for place, escalator in enumerate(contract.escalators):
        for name in escalator.prices:
            yield from _price_problems(name, f"escalators[{place}].prices", catalog)


def _quantity_problems(
    state: State, contract: Contract, phases: Sequence[Phase], catalog: Catalog
) -> Iterator[Problem]:
    """Plans that a phase moves a subscription to, and that count what neither of the two says."""
    under = [one for key in contract.customers for one in state.find(Subscription, customer=key)]
    for place, phase in enumerate(phases):
        plan = catalog.plans.get(phase.plan or "")
        if plan is None:
            continue
        for subscription in under:
            moment = max(phase.effective_from, subscription.start)
            terms = subscription.terms_at(moment)
            is_moved = contract.applies_to(subscription.customer, terms.plan, moment)
            if not is_moved or not subscription.active_at(moment):
                continue
            for found in quantity_problems({**terms.quantities, **phase.quantities}, plan):
                if found.code == "missing_quantity":
                    message = f"{found.message}, which {subscription.id} does not say"
                    yield dataclasses.replace(found, field=f"phases[{place}].{found.field}", message=message)


def _committed_problems(contract: Contract, catalog: Catalog) -> Iterator[Problem]:
    known = {name for one in catalog.prices.values() for name in (one.key, one.family)}
    for place, terms in enumerate(contract.commitments):
        for found in commitment_problems(terms, contract.commitments[:place], known):
            field = f"commitments[{place}].{found.field}"
            yield dataclasses.replace(found, field=field, message=f"{terms.key}: {found.message}")
        if not contract.active_at(terms.start):
            message = f"the commitment {terms.key!r} begins while the contract does not run"
            field = f"commitments[{place}].start"
            yield Problem(code="outside_contract", message=message, field=field)


def _change_problems(changes: Iterable[RateChange], field: str, catalog: Catalog) -> Iterator[Problem]:
    for place, change in enumerate(changes):
        where = f"{field}[{place}]"
        named = [price for price in catalog.prices.values() if is_for(change, price)]
        yield from _price_problems(change.price, f"{where}.price", catalog)
        raising = change.multiplier is not None and change.multiplier > Decimal(1)
        if raising and not change.rising:
            message = f"{change.price!r} would cost more than the list says"
            yield Problem(code="rising_rate", message=message, field=where, allowed="declare it: rising")
        tierless = [one.key for one in named if change.tiers and not hasattr(one.model, "tiers")]
        if tierless:
            message = f"{tierless[0]!r} has no tiers that others could take the place of"
            yield Problem(code="no_tiers", message=message, field=f"{where}.tiers", allowed="a whole model")


def _price_problems(name: str, field: str, catalog: Catalog) -> Iterator[Problem]:
    if not any(names(name, one) for one in catalog.prices.values()):
        message = f"the catalog has no price, table or card {name[:60]!r}"
        yield Problem(code="unknown_price", message=message, field=field, allowed="* for every price")


def _lock_problems(locks: Iterable[AskedLock], catalog: Catalog) -> Iterator[Problem]:
    for place, lock in enumerate(locks):
        yield from _price_problems(lock.price, f"locks[{place}].price", catalog)
        if lock.effective_until <= lock.effective_from:
            field = f"locks[{place}].effective_until"
            yield Problem(code="empty_period", message="a lock must end after it begins", field=field)
