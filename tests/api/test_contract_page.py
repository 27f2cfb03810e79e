"""The contract on the page of contracts is made and amended as it stands there, and bills what it says."""

from __future__ import annotations

import json
import re
from pathlib import Path

from steelyard.adapters.files import read_catalog_folder
from steelyard.entrypoints.samples import sample_folder
from tests.api.local import Local

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "contracts.md").read_text()
CONTRACT = re.findall(r"contract\.json <<'EOF'\n(.*?)^EOF$", PAGE, re.DOTALL | re.MULTILINE)[0]
AMENDMENT = re.findall(r"^echo '(\{.*?\})' > third-year\.json$", PAGE, re.MULTILINE)[0]


def test_the_contract_of_the_page_is_made_amended_and_billed(local: Local) -> None:
    values = read_catalog_folder(sample_folder("consumption")).values
    local.done("POST", "/api/v1/catalog/versions", {"catalog": dict(values)})
    local.done("POST", "/api/v1/customers", {"key": "acme", "name": "Acme Inc.", "currency": "USD"})
    asked = {"customer": "acme", "plan": "growth", "start": "2026-11-01T00:00:00Z"}
    local.done("POST", "/api/v1/subscriptions", asked)
    made = local.done("POST", "/api/v1/contracts", json.loads(CONTRACT))
    assert [len(made[part]) for part in ("overrides", "phases", "locks", "commitments", "fees")] == [1] * 5
    draft = local.done("GET", "/api/v1/customers/acme/preview?period=2026-11")
    assert draft["total"] == "1999"
    amended = local.done("POST", f"/api/v1/contracts/{made['id']}/amendments", json.loads(AMENDMENT))
    assert amended["end"].startswith("2029-11-01")
