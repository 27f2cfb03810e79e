"""Endpoints of contracts."""

from __future__ import annotations

from typing import Final

from steelyard.access import Scope
from steelyard.entrypoints.api.endpoint import Endpoint
from steelyard.entrypoints.api.handlers import contracts, mergers, renewals
from steelyard.entrypoints.api.shapes import contracts as c
from steelyard.entrypoints.api.shapes import mergers as g
from steelyard.entrypoints.api.shapes import renewals as n

ROWS: Final = (
    Endpoint(
        method="POST", path="/api/v1/contracts", name="contracts.create",
        summary="Make a contract: overrides, phases, locks, escalators; `dry_run` only checks it.",
        handler=contracts.create, scope=Scope.CONTRACTS_WRITE, body=c.ContractIn, answer=c.Contract,
        status=201, problems=(404,),
        reach_may=True, many_customers=True,
    ),
    Endpoint(
        method="GET", path="/api/v1/contracts", name="contracts.list", summary="Contracts, by id.",
        handler=contracts.list_contracts, scope=Scope.CONTRACTS_READ, query=c.ContractsQuery,
        answer=c.ContractList, customer_may=True,
    ),
    Endpoint(
        method="GET", path="/api/v1/contracts/renewals", name="contracts.renewals",
        summary="Contracts that end soon, by the last day on which notice can be given.",
        handler=renewals.list_renewals, scope=Scope.CONTRACTS_READ, query=n.RenewalsQuery,
        answer=n.RenewalList,
    ),
    Endpoint(
        method="POST", path="/api/v1/contracts/renewals", name="contracts.renew_due",
        summary="Let every contract go on whose end has come and that does so by itself.",
        handler=renewals.renew_due, scope=Scope.CONTRACTS_WRITE, body=n.RenewDueIn, answer=n.RenewedList,
    ),
    Endpoint(
        method="POST", path="/api/v1/contracts/{id}/notice", name="contracts.notice",
        summary="Give notice: the contract does not go on after its end.",
        handler=renewals.notice, scope=Scope.CONTRACTS_WRITE, body=n.NoticeIn, answer=c.Contract,
        problems=(404,),
    ),
    Endpoint(
        method="GET", path="/api/v1/contracts/{id}", name="contracts.show",
        summary="One contract, with its amendments.",
        handler=contracts.show, scope=Scope.CONTRACTS_READ, answer=c.Contract, customer_may=True,
        many_customers=True,
    ),
    Endpoint(
        method="POST", path="/api/v1/contracts/{id}/amendments", name="contracts.amend",
        summary="Add dated parts to a contract, with a reason; nothing of it is taken away.",
        handler=contracts.amend, scope=Scope.CONTRACTS_WRITE, body=c.ContractAmendmentIn, answer=c.Contract,
        problems=(404,),
        reach_may=True, many_customers=True,
    ),
    Endpoint(
        method="POST", path="/api/v1/contracts/{id}/renew", name="contracts.renew",
        summary="Let a contract go on for its term, its prices raised by its uplift.",
        handler=renewals.renew, scope=Scope.CONTRACTS_WRITE, body=n.RenewIn, answer=c.Contract,
        problems=(404,),
    ),
    Endpoint(
        method="GET", path="/api/v1/contracts/{id}/shadow", name="contracts.shadow",
        summary="A month beside the same month as if the contract held: an invoice that nobody owes.",
        handler=renewals.shadow, scope=Scope.CONTRACTS_READ, query=n.ShadowQuery, answer=n.ShadowInvoice,
        problems=(404,),
    ),
    Endpoint(
        method="POST", path="/api/v1/customers/{key}/merge", name="customers.merge",
        summary="Put a customer under another from a moment on, with its contract and its commitments.",
        handler=mergers.merge, scope=Scope.CONTRACTS_WRITE, body=g.MergerIn, answer=g.MergerDone,
        problems=(404,),
    ),
    Endpoint(
        method="POST", path="/api/v1/customers/{key}/part", name="customers.part",
        summary="Let a customer stand alone again from a moment on.",
        handler=mergers.part, scope=Scope.CONTRACTS_WRITE, body=g.PartingIn, answer=g.MergerDone,
        problems=(404,),
    ),
)  # fmt: skip
