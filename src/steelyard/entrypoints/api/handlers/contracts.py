"""Contracts: made, amended, listed, shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from steelyard.catalog import version_named
from steelyard.catalog.fields import Noun, read_noun
from steelyard.catalog.nouns.price_model import MODELS, build_model, model_name
from steelyard.catalog.rate_change import RateChange
from steelyard.catalog.source import Reading, Source, source_from_json
from steelyard.contracts import CommitmentTerms, Contract, Planned, Subscription
from steelyard.contracts.contract import Escalator, Member, Phase, Renewal, Sharing
from steelyard.contracts.contracting import AskedLock, NewContract, NewParts, amend_contract, make_contract
from steelyard.contracts.fees import ContractFee
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.agreed_months import agreed_months
from steelyard.entrypoints.api.handlers.free_units import floors_of
from steelyard.entrypoints.api.handlers.retroactive import agree
from steelyard.entrypoints.api.handlers.shaping import listed, shaped
from steelyard.entrypoints.api.shapes import contracts as shapes
from steelyard.kernel import Conflict, InvalidInput, NotFound, Problem
from steelyard.kernel.daycount import DayCount
from steelyard.rating import PriceModel, Tier

_NO_MODEL: Final = (b"{}", b"null")
"""How a change says that it puts no other price in the place."""


def create(call: Call) -> shapes.Contract:
    """Make one contract, or say what is wrong with it."""
    asked: shapes.ContractIn = call.body
    version = version_named(call.workspace.state, "live")
    new = NewContract(
        customer=asked.customer,
        name=asked.name,
        start=asked.start,
        end=asked.end,
        plans=tuple(asked.plans),
        book=asked.book,
        flags=asked.flags,
        day_count=DayCount(asked.day_count),
        sharing=Sharing(asked.sharing),
        shadow=asked.shadow,
        reason=asked.reason,
        **_parts(asked),
    )
    return _answer(call, make_contract(call.workspace.state, version, new), asked, new)


def amend(call: Call) -> shapes.Contract:
    """Add parts to a contract, or say what is wrong with them."""
    asked: shapes.ContractAmendmentIn = call.body
    contract = _found(call)
    parts = NewParts(flags=asked.flags, end=asked.end, end_fees=asked.end_fees, **_parts(asked))
    outcome = amend_contract(
        call.workspace.state,
        version_named(call.workspace.state, "live"),
        contract.id,
        parts,
        by=call.principal.key_id,
        reason=asked.reason,
        at=call.now,
    )
    return _answer(call, outcome, asked, parts)


def _answer(
    call: Call,
    outcome: Planned[Contract] | tuple[Problem, ...],
    asked: shapes.ContractIn | shapes.ContractAmendmentIn,
    parts: NewParts | NewContract,
) -> shapes.Contract:
    if not isinstance(outcome, Planned):
        if all(one.code == "exists" for one in outcome):
            raise Conflict(f"not made: {outcome[0]}", code="exists", problems=outcome)
        raise InvalidInput(f"not made: {outcome[0]}", code="invalid_contract", problems=outcome)
    answer = agreed(call, outcome, adjust=asked.adjust, dry_run=asked.dry_run, reason=asked.reason)
    if asked.dry_run and outcome.write is not None:
        return msgspec.structs.replace(answer, months=agreed_months(call, outcome.record, parts))
    return answer


def agreed(
    call: Call, planned: Planned[Contract], *, adjust: bool = False, dry_run: bool, reason: str
) -> shapes.Contract:
    """The contract as it will be, written unless it is a `dry_run`; see `retroactive.agree`."""
    return agree(
        call,
        planned.write,
        lambda adjusted: msgspec.structs.replace(
            shaped(planned.record, shapes.Contract, changed=not planned.changes_nothing, dry_run=dry_run),
            adjusted=adjusted,
            floors=floors_of(call, _parties(call, planned.record), [planned.record]),
        ),
        contracts=[planned.record],
        adjust=adjust,
        dry_run=dry_run,
        reason=reason,
    )


def _parties(call: Call, contract: Contract) -> Iterator[Subscription]:
    """The subscriptions of everybody who has the contract."""
    for key in contract.customers:
        yield from call.workspace.state.find(Subscription, customer=key)


def list_contracts(call: Call) -> shapes.ContractList:
    """Contracts, by id; a key confined to one customer sees that customer's own."""
    query: shapes.ContractsQuery = call.query
    items, following = listed(call, Contract, customer=call.about_whom(query.customer))
    return shapes.ContractList(items=[shaped(one, shapes.Contract) for one in items], next=following)


def show(call: Call) -> shapes.Contract:
    """One contract."""
    return shaped(_found(call), shapes.Contract)


def _found(call: Call) -> Contract:
    id = call.path["id"]
    contract = call.workspace.state.get(Contract, id)
    if contract is None or not call.principal.sees(contract.customer):
        raise NotFound(f"there is no contract {id[:100]!r}", code="unknown_contract")
    return contract


def _parts(asked: shapes.ContractIn | shapes.ContractAmendmentIn) -> dict[str, Any]:
    """What both a new contract and an amendment may hold."""
    reading = Reading(source=Source(values={}))
    try:
        parts: dict[str, Any] = {
            "members": tuple(Member(**_fields(one)) for one in asked.members),
            "overrides": _changes(reading, asked.overrides, "overrides"),
            "phases": tuple(
                Phase(
                    **{
                        **_fields(one),
                        "overrides": _changes(reading, one.overrides, f"phases[{place}].overrides"),
                    }
                )
                for place, one in enumerate(asked.phases)
            ),
            "escalators": tuple(
                Escalator(**{**_fields(one), "prices": tuple(one.prices) or ("*",)})
                for one in asked.escalators
            ),
            "fees": tuple(ContractFee(**_fields(one)) for one in asked.fees),
            "commitments": tuple(msgspec.convert(_fields(one), CommitmentTerms) for one in asked.commitments),
            "locks": tuple(AskedLock(**_fields(one)) for one in asked.locks),
            "renewal": None if asked.renewal is None else Renewal(**_fields(asked.renewal)),
        }
    except InvalidInput as error:
        problem = Problem(code=error.detail_code, message=error.message)
        raise InvalidInput(error.message, code="invalid_contract", problems=(problem,)) from None
    if reading.problems:
        found = tuple(reading.problems)
        raise InvalidInput(f"not made: {found[0]}", code="invalid_contract", problems=found)
    return parts


def _changes(
    reading: Reading, asked: Iterable[shapes.ContractRateChangeIn], field: str
) -> tuple[RateChange, ...]:
    return tuple(_change(reading, one, f"{field}[{place}]") for place, one in enumerate(asked))


def _change(reading: Reading, asked: shapes.ContractRateChangeIn, field: str) -> RateChange:
    given = _fields(asked)
    given["tiers"] = tuple(Tier(**_fields(tier)) for tier in asked.tiers)
    given["model"] = None
    if bytes(asked.model) not in _NO_MODEL:
        given["model"] = _model(reading, (field, "model"), asked.model)
        if given["model"] is None:
            # What is wrong with it was noted; the rest is still read.
            given["multiplier"] = None
            given["included"] = given["included"] or 0
    return RateChange(**given)


def _model(reading: Reading, path: tuple[str, ...], raw: msgspec.Raw) -> PriceModel | None:
    value = source_from_json(bytes(raw)).values
    name = model_name(reading, path, value)
    if name is None:
        return None
    fields = {key: item for key, item in value.items() if key != "model"}
    values = read_noun(reading, Noun(f"{name} price", MODELS[name][1]), path, fields)
    return None if values is None else build_model(reading, path, name, values)


def _fields(shape: msgspec.Struct) -> dict[str, Any]:
    return msgspec.structs.asdict(shape)
