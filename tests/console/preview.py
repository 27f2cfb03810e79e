"""The console over answers from files, for looking at pages: `python -m tests.console.preview PORT`.

The files hold a month of a made-up AI vendor with 40 customers. Everything in them adds up: lines to totals,
totals to the overview, receipts to a Merkle tree whose root the checkpoint names.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from steelyard.access import Principal
from steelyard.entrypoints.console.answers import Answers, Download, Refusal
from steelyard.entrypoints.console.app import Console, routes_of
from steelyard.entrypoints.console.sessions import Sessions

FIXTURES = Path(__file__).parent / "fixtures"


def fixture(name: str) -> Any:
    return json.loads((FIXTURES / name).read_text(encoding="utf-8"))


def not_found(what: str) -> Refusal:
    return Refusal(404, {"title": "Not Found", "status": 404, "detail": what})


class FileAnswers:
    """Answers of the shapes that the API has; `empty` answers like a workspace on its first day."""

    def __init__(self, *, empty: bool = False, broken: bool = False) -> None:
        self.empty = empty
        self.broken = broken
        self.asked: list[str] = []

    async def fetch(
        self,
        principal: Principal,
        method: str,
        path: str,
        names: Mapping[str, str],
        query: Mapping[str, str],
        body: Any = None,
        *,
        client: str = "",
    ) -> Download:
        answer = self.answer(method, path, names, query)
        if isinstance(answer, Download):
            return answer
        return Download(content=json.dumps(answer).encode(), media_type="application/json")

    def answer(self, method: str, path: str, names: Mapping[str, str], query: Mapping[str, str]) -> Any:
        self.asked.append(f"{method} {path}")
        if path == "/api/v1/me":
            return {
                "name": "owner",
                "permissions": [{"scope": "customers:write"}, {"scope": "billing:write"}],
            }
        if self.broken:
            raise RuntimeError("the store is gone")
        if self.empty:
            return self._nothing(path)
        return self._something(path, names, query)

    def _something(self, path: str, names: Mapping[str, str], query: Mapping[str, str]) -> Any:
        plain = {
            "/api/v1/overview": "overview.json",
            "/api/v1/customers": "customers.json",
            "/api/v1/customers/{key}/preview": "preview.json",
            "/api/v1/record/verify": "verify.json",
        }
        if path in plain:
            return fixture(plain[path])
        if path == "/record/key":
            return Download(
                content=b"steelyard.local/aurelia-ai+6b696430+AQfixture\n", media_type="text/plain"
            )
        if path == "/record/checkpoint":
            return Download(content=(FIXTURES / "checkpoint.txt").read_bytes(), media_type="text/plain")
        if path == "/api/v1/record/entries":
            return self._entries(query)
        if path == "/api/v1/events":
            items = [event for trace in fixture("traces.json").values() for event in trace["events"]][:50]
            if query.get("status") in ("unattributed", "unmatched"):
                items = [row | {"status": query["status"], "customer": "$unattributed"} for row in items]
            return {"items": items, "next": "NTA"}
        if path == "/api/v1/meters":
            return {"items": [], "next": None}
        if path == "/api/v1/catalog/versions/{id}":
            raise not_found("no catalog is published")
        if path in ("/api/v1/invoices", "/api/v1/subscriptions"):
            found = fixture(path.rsplit("/", 1)[1] + ".json")
            wanted = query.get("customer")
            items = [row for row in found["items"] if wanted in (None, row["customer"])]
            return {"items": items, "next": None}
        return self._one(path, names)

    def _one(self, path: str, names: Mapping[str, str]) -> Any:
        if path.startswith("/api/v1/customers/{key}"):
            if names["key"] != "northwind-robotics":
                raise not_found(f"there is no customer {names['key']!r}")
            return fixture("customer.json" if path.endswith("{key}") else "usage.json")
        if path == "/record/proof/{index}":
            return fixture("proofs.json")[names["index"]]
        if names["id"] != fixture("invoice.json")["id"]:
            raise not_found(f"there is no invoice {names['id']!r}")
        if path.endswith("/trace"):
            return fixture("traces.json")[names["line"]]
        if path.endswith("/evidence"):
            return Download(content=b'{"format" : "as it is"}\n', media_type="application/json")
        if path.endswith(".pdf"):
            return Download(content=b"%PDF-1.7\n", media_type="application/pdf")
        return fixture("invoice.json")

    def _entries(self, query: Mapping[str, str]) -> Any:
        found = fixture("entries.json")
        before = int(query.get("before", found["size"]))
        items = [row for row in found["items"] if row["index"] < before]
        if query["limit"] == "1" and not items:
            moment = f"2026-11-01T05:{40 + before * 18 // found['size']:02d}:00Z"
            items = [found["items"][0] | {"index": before - 1, "recorded_at": moment}]
        items = items[: int(query["limit"])]
        return found | {"items": items, "next": items[-1]["index"] if items else None}

    def _nothing(self, path: str) -> Any:
        if path == "/api/v1/overview":
            blank = {"total": 0, "period": 0, "today": 0, "per_day": []}
            return fixture("overview.json") | {
                "events": blank,
                "value": {},
                "costs": {},
                "unattributed": 0,
                "unmatched": [],
                "top_customers": [],
                "checks": [{"name": "record", "ok": True, "text": "The record is empty."}],
                "record": {
                    "size": 0,
                    "root": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
                    "origin": "steelyard.local/new",
                    "verified_at": None,
                    "verified_ok": None,
                },
                "invoices": {"invoices": 0, "credit_notes": 0, "totals": {}},
            }
        if path == "/api/v1/comparison":
            raise Refusal(409, {"title": "Conflict", "status": 409, "code": "no_catalog", "detail": "none"})
        if path == "/record/checkpoint":
            raise not_found("nothing is recorded yet")
        if path == "/api/v1/record/entries":
            return {"items": [], "next": None, "size": 0}
        if "{" in path:
            raise not_found("there is nothing here")
        return {"items": [], "next": None}


def build(answers: Answers, sessions: Sessions) -> Starlette:
    async def public(_: Any) -> PlainTextResponse:
        return PlainTextResponse((FIXTURES / "checkpoint.txt").read_text(encoding="utf-8"))

    console = routes_of(Console(answers=answers, sessions=sessions))
    return Starlette(routes=[Route("/record/{rest:path}", public), *console])


if __name__ == "__main__":
    import uvicorn

    people = Sessions()
    sys.stdout.write(f"http://127.0.0.1:{sys.argv[1]}/console/sign-in?token={people.link()}\n")
    sys.stdout.flush()
    app = build(FileAnswers(empty="empty" in sys.argv), people)
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
