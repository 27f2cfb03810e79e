"""Requests that nobody would think of, made from the OpenAPI document and sent to a real server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from steelyard.entrypoints.api.endpoints import ENDPOINTS
from steelyard.entrypoints.api.openapi import build
from tests.api.conftest import Server, fill, start

EXAMPLES_PER_ENDPOINT = 12

document: dict[str, Any] = json.loads(json.dumps(build(ENDPOINTS)))
schema = schemathesis.openapi.from_dict(document)


@pytest.fixture(scope="module")
def victim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own: what is made up here must not disturb other tests. Its record verifies after."""
    server = start(tmp_path_factory.mktemp("fuzz") / "workspace")
    fill(server)
    yield server
    assert server.client().record.verify()["ok"]
    assert server.stop() == 0


@schema.parametrize()
@settings(
    max_examples=EXAMPLES_PER_ENDPOINT,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    deadline=None,
    derandomize=True,
)
def test_any_request_gets_an_answer_that_the_document_promises(case: Any, victim: Server) -> None:
    headers = {"authorization": f"Bearer {victim.key}"}
    checks = [
        not_a_server_error,
        status_code_conformance,
        content_type_conformance,
        response_schema_conformance,
    ]
    case.call_and_validate(base_url=victim.address, headers=headers, checks=checks, timeout=30)
