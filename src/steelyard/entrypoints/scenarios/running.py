"""Runs a scenario through the API of a workspace, and says where a document differs from what is expected.

A step is one of these; `at` sets the clock for it and for all that follow:

| step | what it does |
|---|---|
| `customer` | makes a customer and, with `plan`, its subscription |
| `events` | stores events, one a line: time, id, customer, type, `name=value` … |
| `claim` | claims an outcome, named by its `key` |
| `confirm`, `contest`, `accept`, `reverse` | decides about the outcome of that key, with a `reason` |
| `publish` | publishes the catalog again with texts replaced: `{old: new}` |
| `commit`, `change` | attaches a commitment to the `customer`'s subscription, or changes it |
| `post` | any endpoint, with its `body` and what of the answer to `expect` |
| `bill` | bills a month; `expect` is every document that the run issued, as text |
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from steelyard.entrypoints.api import ingest, inside
from steelyard.entrypoints.scenarios import Scenario
from steelyard.entrypoints.scenarios.statement import statement
from steelyard.kernel import InvalidInput, instant

if TYPE_CHECKING:
    from steelyard.entrypoints.bootstrap import Workspace

_START: Final = datetime(2026, 9, 1, tzinfo=UTC)
_DECISIONS: Final = ("confirm", "contest", "accept", "reverse")
_TERMS: Final = frozenset({"plan", "start", "end", "quantities", "add_ons", "commitment", "trial_until"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a step said, line by line, and how that differs from what was expected."""

    step: str
    told: str
    differences: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Telling:
    """A scenario that is under way: its clock, and what was named so far."""

    workspace: Workspace
    scenario: Scenario
    now: datetime = _START
    outcomes: dict[str, str] = field(default_factory=dict[str, str])
    catalog: str = ""

    def ask(self, method: str, path: str, body: Any = None, **names: str) -> Any:
        """The answer of an endpoint, at the scenario's time."""
        sent = None if body is None else msgspec.Raw(json.dumps(body).encode())
        answer = inside.ask(self.workspace, inside.OWNER, method, path, names=names, body=sent, now=self.now)
        return json.loads(answer.content) if answer.content else None

    def subscription_of(self, customer: str) -> str:
        """The customer's subscription."""
        query = {"customer": customer}
        answer = inside.ask(self.workspace, inside.OWNER, "GET", "/api/v1/subscriptions", query=query)
        return str(json.loads(answer.content)["items"][0]["id"])


def run_scenario(workspace: Workspace, scenario: Scenario) -> Iterator[Result]:
    """What each step says, in their order; the workspace must be new.

    Raises InvalidInput for a step that is none, and whatever an endpoint refuses with.
    """
    telling = Telling(workspace=workspace, scenario=scenario, catalog=scenario.catalog)
    _publish(telling, {})
    for step in scenario.steps:
        if "at" in step:
            telling.now = instant(step["at"])
        words = [word for word in step if word in STEPS]
        if len(words) != 1:
            known = ", ".join(STEPS)
            raise InvalidInput(f"a step is one of {known}, not {list(step)}", code="bad_scenario")
        yield STEPS[words[0]](telling, step)


def _publish(telling: Telling, step: Mapping[str, Any]) -> Result:
    for old, new in step.get("publish", {}).items():
        if old not in telling.catalog:
            raise InvalidInput(f"the catalog does not say {old[:100]!r}", code="bad_scenario")
        telling.catalog = telling.catalog.replace(old, new)
    files = [{"name": "catalog.yaml", "text": telling.catalog}]
    done = telling.ask("POST", "/api/v1/catalog/versions", {"files": files, "note": telling.scenario.title})
    return Result(step="publish", told=f"version {done['version']['number']}")


def _customer(telling: Telling, step: Mapping[str, Any]) -> Result:
    said = dict(step["customer"])
    terms = {name: said.pop(name) for name in _TERMS & said.keys()}
    said.setdefault("name", said["key"].title())
    telling.ask("POST", "/api/v1/customers", said)
    if not terms:
        return Result(step="customer", told=said["name"])
    terms = {"customer": said["key"], "start": "2026-09-01T00:00:00Z", **terms}
    telling.ask("POST", "/api/v1/subscriptions", terms)
    return Result(step="customer", told=f"{said['name']} begins with {terms['plan']}")


def _events(telling: Telling, step: Mapping[str, Any]) -> Result:
    events = [_event(line) for line in step["events"].splitlines() if line.strip()]
    outcome = ingest.store(telling.workspace, json.dumps(events).encode(), "application/json")
    if outcome.refusals:
        first = outcome.refusals[0]
        raise InvalidInput(f"event {first.index}: {first.message}", code="bad_scenario")
    return Result(step="events", told=f"{outcome.accepted} events")


def _event(line: str) -> dict[str, Any]:
    words = line.split()
    if len(words) < 4 or not all("=" in word for word in words[4:]):
        raise InvalidInput(f"{line[:100]!r} is no time, id, customer, type and values", code="bad_scenario")
    time, id, customer, event_type, *rest = words
    data = dict(part.split("=", 1) for part in rest)
    return {
        "id": id,
        "source": "scenario",
        "time": time,
        "subject": customer,
        "type": event_type,
        "data": data,
    }


def _claim(telling: Telling, step: Mapping[str, Any]) -> Result:
    found = telling.ask("POST", "/api/v1/outcomes", step["claim"])
    telling.outcomes[found["key"]] = found["id"]
    return Result(step="claim", told=f"{found['key']}: {found['status']} until {found['decide_by'][:10]}")


def _decision(action: str) -> Callable[[Telling, Mapping[str, Any]], Result]:
    def decide(telling: Telling, step: Mapping[str, Any]) -> Result:
        path = f"/api/v1/outcomes/{{id}}/{action}"
        id = telling.outcomes.get(step[action])
        if id is None:
            raise InvalidInput(f"no outcome {step[action]!r} was claimed before", code="bad_scenario")
        found = telling.ask("POST", path, {"reason": step.get("reason", "")}, id=id)
        return Result(step=action, told=f"{found['key']}: {found['status']}")

    return decide


def _commit(telling: Telling, step: Mapping[str, Any]) -> Result:
    id = telling.subscription_of(step["of"])
    done = telling.ask("POST", "/api/v1/subscriptions/{id}/commitments", step["commit"], id=id)
    return Result(step="commit", told=f"{step['of']} commits to {done['commitment']['amount']}")


def _change(telling: Telling, step: Mapping[str, Any]) -> Result:
    id = telling.subscription_of(step["of"])
    telling.ask("POST", "/api/v1/subscriptions/{id}/changes", step["change"], id=id)
    return Result(step="change", told=f"{step['of']}: {step['change'].get('reason', '')}")


def _post(telling: Telling, step: Mapping[str, Any]) -> Result:
    answer = telling.ask("POST", step["post"], step.get("body", {}), **step.get("names", {}))
    wanted: dict[str, Any] = step.get("expect", {})
    differences = tuple(
        f"{name}: expected {value!r}, got {answer.get(name)!r}"
        for name, value in wanted.items()
        if answer.get(name) != value
    )
    said = ", ".join(f"{name} {value}" for name, value in wanted.items())
    body = step.get("body", {})
    told = said or body.get("reason") or body.get("name") or "done"
    return Result(step=f"post {step['post']}", told=told, differences=differences)


def _bill(telling: Telling, step: Mapping[str, Any]) -> Result:
    run = telling.ask("POST", "/api/v1/billing/runs", {"period": step["bill"]})
    heads = telling.ask("GET", "/api/v1/invoices")["items"]
    issued = [telling.ask("GET", "/api/v1/invoices/{id}", id=one["id"]) for one in heads]
    mine = sorted((one for one in issued if one["run"] == run["id"]), key=lambda one: one["number"])
    told = "\n\n".join(map(statement, mine))
    wanted = "\n".join(line.rstrip() for line in step.get("expect", "").strip("\n").splitlines())
    lines = difflib.unified_diff(wanted.splitlines(), told.splitlines(), "expected", "got", lineterm="", n=1)
    return Result(step=f"bill {step['bill']}", told=told, differences=tuple(lines))


STEPS: Final[Mapping[str, Callable[[Telling, Mapping[str, Any]], Result]]] = {
    "customer": _customer,
    "events": _events,
    "claim": _claim,
    **{action: _decision(action) for action in _DECISIONS},
    "publish": _publish,
    "commit": _commit,
    "change": _change,
    "post": _post,
    "bill": _bill,
}
