"""Documents of one run are issued in several writes, each of which names who asked for it."""

from __future__ import annotations

import pytest

from tests.api.local import Local

CATALOG = """
products:
  - {key: voice, name: Voice, owner: Ada, definition: Calls.}
prices:
  - {key: fee, name: Fee, owner: Ada, definition: D, currency: USD, model: flat, amount: "100"}
plans:
  - {key: pro, name: Pro, owner: Ada, definition: All, product: voice, currency: USD, items: [{price: fee}]}
"""


def test_numbers_go_on_from_one_write_to_the_next(local: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("steelyard.billing.run.DOCUMENTS_PER_WRITE", 1)
    local.publish(CATALOG)
    for key in ("acme", "bolt", "cask"):
        local.done("POST", "/api/v1/customers", {"key": key, "name": key, "currency": "USD"})
        asked = {"customer": key, "plan": "pro", "start": "2026-01-01T00:00:00Z"}
        local.done("POST", "/api/v1/subscriptions", asked)
    done = local.done("POST", "/api/v1/billing/runs", {"period": "2026-10"})
    assert (done["status"], done["counts"]["invoices"]) == ("completed", 3)
    numbers = [one["number"] for one in local.done("GET", "/api/v1/invoices")["items"]]
    assert sorted(number[-1] for number in numbers) == ["1", "2", "3"]
