"""How the customers of one contract have what its prices give: in one pool, or each its part.

Shared, a price has one set of tiers and one allowance for all who pay it under the contract: quantities are
added up, rated once, and everybody pays the part of the charge that their quantity is of the whole. Split, a
customer's part of `s` makes of a price `p` the price `s × p(quantity / s)`: tiers, allowance and bounds are
its part of the contract's, so that customers who use by their parts pay together what one of them would.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import ROUND_FLOOR, Decimal
from typing import NamedTuple

import msgspec

from steelyard.catalog import Price
from steelyard.contracts.agreement import Agreement
from steelyard.contracts.commitments import CommitmentTerms
from steelyard.contracts.contract import Contract, Sharing
from steelyard.contracts.model import Customer
from steelyard.kernel import ONE, ZERO, plain
from steelyard.rating import DynamicPrice, FlatPrice, GraduatedPrice, PackagePrice, PriceModel, VolumePrice
from steelyard.rating.commitment import WindowTerms
from steelyard.rating.prices import (
    BlockPrice,
    MultiUnitPrice,
    PercentagePrice,
    Stair,
    StairstepPrice,
    WindowedPrice,
)


class Shared(NamedTuple):
    """A price as the contract's customers have it, the contract whose pool it is in, and why in words."""

    price: Price
    pool: str = ""
    words: tuple[str, ...] = ()


def shared_in_contract(price: Price, agreement: Agreement, at: datetime, *, measured: bool) -> Shared:
    """What sharing makes of a price for this agreement at the moment.

    >>> from steelyard.contracts.model import Subscription
    >>> from steelyard.kernel import instant
    >>> at = instant("2026-01-01T00:00:00Z")
    >>> fee = Price(key="fee", name="Fee", owner="o", definition="d", card="list", family="fee",
    ...             currency="USD", model=FlatPrice(amount=ZERO))
    >>> alone = Agreement(subscription=Subscription(id="s", customer="a", plan="p", start=at))
    >>> shared_in_contract(fee, alone, at, measured=False).pool
    ''
    """  # fmt: skip
    contract = agreement.contract
    if contract is None or not measured or not contract.members:
        return Shared(price)
    if contract.sharing is Sharing.SHARED:
        if not can_be_pooled(price):
            return Shared(price)
        return Shared(price, contract.id, (f"shared under contract {contract.name}",))
    part = split_part(agreement, at)
    if part is None:
        return Shared(price)
    return Shared(times_part(price, part), "", (f"a part of {plain(part)} of contract {contract.name}",))


def can_be_pooled(price: Price) -> bool:
    """Whether the price looks at nothing but how much was used, so that quantities can be added up."""
    return not price.breakdown and not isinstance(price.model, FlatPrice | DynamicPrice)


def split_part(agreement: Agreement, at: datetime) -> Decimal | None:
    """The part that the agreement's customer has of what its contract splits; None where nothing is split."""
    contract = agreement.contract
    if contract is None or contract.sharing is not Sharing.SPLIT:
        return None
    return part_of(contract, agreement.subscription.customer, at)


def part_of(contract: Contract, customer: str, at: datetime) -> Decimal | None:
    """The customer's part of what the contract splits at the moment; None where nothing is said of it.

    The contract's own customer has what its members leave.
    """
    said = [one for one in contract.members if one.share is not None and one.holds_at(at)]
    if not said:
        return None
    if customer == contract.customer:
        return max(ZERO, ONE - sum((one.share or ZERO for one in said), ZERO))
    return next((one.share for one in said if one.customer == customer), None)


def commitments_of(contract: Contract, customer: str, at: datetime) -> tuple[CommitmentTerms, ...]:
    """What the customer is committed to by the contract in the month that begins then.

    A contract that says parts splits its commitments by them: each by the parts of those who have the
    contract when the commitment begins, so that all parts of it are it. Who leaves ends its part. Otherwise
    the contract's own customer has them whole.
    """
    found: list[CommitmentTerms] = []
    for one in contract.commitments_at(at):
        member = next((each for each in contract.members if each.customer == customer), None)
        split = contract.sharing is Sharing.SPLIT
        part = part_of(contract, customer, one.start) if split else None
        if part is None and customer == contract.customer:
            found.append(one)
        elif part and (customer == contract.customer or (member and member.holds_at(one.start))):
            ends = (one.end, member.effective_until if member else None)
            end = min((each for each in ends if each is not None), default=None)
            found.append(replace(times_part_of_commitment(one, part), end=end))
    return tuple(one for one in found if one.end is None or one.end > at)


def shares_commitments(contract: Contract) -> bool:
    """Whether the contract's customers share what it commits to: its own customer pays for all of them."""
    return contract.sharing is Sharing.SHARED and bool(contract.members) and bool(contract.commitments)


def why_no_sharer(payer: Customer, other: Customer) -> str:
    """Why these two cannot share a commitment, in words; empty where they can."""
    if other.currency != payer.currency:
        return (
            f"{other.key} pays in {other.currency}, {payer.key} in {payer.currency}: "
            "a shared commitment is in one currency"
        )
    if other.timezone != payer.timezone:
        return (
            f"the months of {other.key} are in {other.timezone}, those of {payer.key} in {payer.timezone}: "
            "a shared commitment has one calendar"
        )
    return ""


def times_part_of_commitment(terms: CommitmentTerms, part: Decimal) -> CommitmentTerms:
    """A part of a commitment: of its amount, its access schedule and its burst buffer.

    >>> from steelyard.kernel import instant
    >>> whole = CommitmentTerms(key="c", amount=Decimal(100), start=instant("2026-01-01T00:00:00Z"))
    >>> str(times_part_of_commitment(whole, Decimal("0.3")).amount)
    '30.0'
    """
    return replace(
        terms,
        amount=terms.amount * part,
        schedule=tuple(share * part for share in terms.schedule),
        burst=terms.burst * part,
    )


def times_part(price: Price, part: Decimal) -> Price:
    """The price whose tiers, allowance and bounds are a part of this one's; of no part, nothing is included.

    A part of zero leaves tiers as they are, since no quantity fits into none.
    """
    model = price.model if part in (ZERO, ONE) else _model(price.model, part)
    return replace(
        price,
        model=model,
        included=price.included * part,
        cap=None if price.cap is None else price.cap * part,
        minimum=None if price.minimum is None else price.minimum * part,
        maximum=None if price.maximum is None else price.maximum * part,
    )


def _model(model: PriceModel, part: Decimal) -> PriceModel:
    match model:
        case FlatPrice():
            return msgspec.structs.replace(model, amount=model.amount * part)
        case GraduatedPrice() | VolumePrice():
            tiers = tuple(
                msgspec.structs.replace(
                    tier, up_to=_times(tier.up_to, part), flat_amount=_times(tier.flat_amount, part)
                )
                for tier in model.tiers
            )
            return msgspec.structs.replace(model, tiers=tiers)
        case StairstepPrice():
            stairs = tuple(_stair(stair, part) for stair in model.stairs)
            return msgspec.structs.replace(model, stairs=stairs)
        case PackagePrice():
            return msgspec.structs.replace(
                model, size=model.size * part, amount=model.amount * part, included=model.included * part
            )
        case BlockPrice():
            blocks = tuple(
                msgspec.structs.replace(one, size=one.size * part, amount=one.amount * part)
                for one in model.blocks
            )
            return msgspec.structs.replace(model, blocks=blocks)
        case MultiUnitPrice():
            units = tuple(msgspec.structs.replace(one, price=_model(one.price, part)) for one in model.units)
            return msgspec.structs.replace(model, units=units)
        case WindowedPrice():
            hours = tuple(replace(one, terms=_window(one.terms, part)) for one in model.hours)
            return msgspec.structs.replace(model, outside=_window(model.outside, part), hours=hours)
        case PercentagePrice():
            # Only whole events are free: of a part, those that fit into it.
            events = int((model.free_events * part).to_integral_value(ROUND_FLOOR))
            return msgspec.structs.replace(model, free_events=events, free_amount=model.free_amount * part)
        case _:
            # Per unit, matrix, dynamic: what each unit costs is the same for every part.
            return model


def _window(terms: WindowTerms, part: Decimal) -> WindowTerms:
    return replace(
        terms,
        commit_amount=_times(terms.commit_amount, part),
        commit_units=_times(terms.commit_units, part),
    )


def _stair(stair: Stair, part: Decimal) -> Stair:
    return msgspec.structs.replace(
        stair,
        up_to=_times(stair.up_to, part),
        amount=stair.amount * part,
        limits={name: limit * part for name, limit in stair.limits.items()},
    )


def _times(amount: Decimal | None, part: Decimal) -> Decimal | None:
    return None if amount is None else amount * part
