"""Endpoints of contracts."""

from __future__ import annotations

from typing import Final

from steelyard.access import Scope
from steelyard.entrypoints.api.endpoint import Endpoint
from steelyard.entrypoints.api.handlers import contracts
from steelyard.entrypoints.api.shapes import contracts as c

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
)  # fmt: skip
