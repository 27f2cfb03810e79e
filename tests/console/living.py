"""A small workspace that lives: a real record, real usage, the real API, and the console over it.

`python -m tests.console.living PORT` serves it to be looked at.
"""

from __future__ import annotations

import http.client
import json
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from steelyard.entrypoints.api import inside
from steelyard.entrypoints.bootstrap import Workspace, init_workspace, open_workspace
from steelyard.entrypoints.console.app import sessions_of
from steelyard.entrypoints.server import application
from tests.console.served import Served

MODELS = ("gpt-5", "gpt-5-mini", "o3")
CUSTOMERS = ("acme", "bolt", "coil")
CATALOG = """
event_types:
  - {name: llm.request, description: A model answered.}
  - {name: seat.taken, description: Somebody uses a seat.}
metrics:
  - key: tokens
    name: Tokens
    owner: product@example.com
    definition: Tokens that were sent to a model.
    unit: tokens
    meter:
      event_types: llm.request
      aggregation: sum
      value: $.tokens
      group_by: {model: $.model}
      allow_negative: false
  - key: requests
    name: Requests
    owner: product@example.com
    definition: Answered requests.
    unit: requests
    meter: {event_types: llm.request, aggregation: count}
  - key: seats
    name: Seats
    owner: product@example.com
    definition: Seats in use.
    unit: seats
    meter: {event_types: seat.taken, aggregation: average, value: $.seats}
products:
  - {key: platform, name: Platform, owner: product@example.com, definition: The platform.}
rate_cards:
  - key: list
    name: List prices
    owner: pricing@example.com
    definition: What everybody pays.
    currency: USD
    rates:
      - {key: fee, name: Platform fee, model: flat, amount: 49}
      - {key: token-price, name: Tokens, metric: tokens, model: per_unit, unit_amount: "1.50", per: 1000}
plans:
  - key: team
    name: Team
    owner: product@example.com
    definition: For teams.
    product: platform
    currency: USD
    items: [{price: fee}, {price: token-price}]
"""


def events() -> list[dict[str, Any]]:
    """A month of events: requests of three customers, seats, and some that nobody knows or reads."""
    made: list[dict[str, Any]] = []
    for number in range(240):
        day, hour = number % 28 + 1, number * 7 % 24
        data = {"tokens": 100 + number, "model": MODELS[number % 3], "user": {"team": f"t{number % 4}"}}
        subject = CUSTOMERS[number % 3] if number % 12 else f"unknown-{number % 5}"
        made.append(
            _event(f"req-{number}", "llm.request", subject, f"2026-10-{day:02d}T{hour:02d}:00:00Z", data)
        )
    for number, customer in enumerate(CUSTOMERS):
        data = {"seats": 3 + number}
        made.append(_event(f"seat-{number}", "seat.taken", customer, "2026-10-03T09:00:00Z", data))
    made += [
        _event(f"page-{n}", "page.rendered", "acme", "2026-10-09T09:00:00Z", {"pages": n, "kind": "pdf"})
        for n in range(1, 9)
    ]
    return made


def _event(id: str, type: str, subject: str, time: str, data: dict[str, Any]) -> dict[str, Any]:
    return {"id": id, "source": "living", "type": type, "subject": subject, "time": time, "data": data}


class Living:
    """An open workspace with data, and its console and API on a free port."""

    def __init__(self, folder: Path) -> None:
        init_workspace(folder, name="living")
        self.folder = folder
        self.workspace: Workspace = open_workspace(folder)
        self.served = Served(app=application(self.workspace), sessions=sessions_of(self.workspace))
        self.ask("POST", "/api/v1/catalog/versions", {"files": [{"name": "all.yaml", "text": CATALOG}]})
        for key in CUSTOMERS:
            about = {"key": key, "name": key.capitalize(), "currency": "USD", "subjects": [key]}
            self.ask("POST", "/api/v1/customers", about)
            begun = {"customer": key, "plan": "team", "start": "2026-09-01T00:00:00Z"}
            self.ask("POST", "/api/v1/subscriptions", begun)
        self.send(events())

    def ask(self, method: str, path: str, body: Any = None, **names: str) -> Any:
        """The answer of an endpoint as the owner gets it."""
        answer = inside.ask(self.workspace, inside.OWNER, method, path, names=names, body=body)
        return json.loads(answer.content) if answer.content else None

    def send(self, batch: list[dict[str, Any]]) -> tuple[int, Any]:
        """What the server answers to these events."""
        key = (self.folder / "owner.key").read_text().strip()
        connection = http.client.HTTPConnection("127.0.0.1", self.served.port, timeout=30)
        headers = {
            "authorization": f"Bearer {key}",
            "content-type": "application/json",
            "prefer": "return=representation",
        }
        connection.request("POST", "/api/v1/events", json.dumps(batch), headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        self.workspace.catch_up(10)
        return answer.status, json.loads(content) if content else None

    def close(self) -> None:
        """End the server and let go of the folder."""
        self.served.stop()
        self.workspace.close()


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        living = Living(Path(folder) / "living")
        sys.stdout.write(living.served.sign_in_link() + "\n")
        sys.stdout.flush()
        try:
            while True:
                time.sleep(3600)
        finally:
            living.close()
