"""The documentation page of the HTTP interface, rendered from the table of endpoints."""

from __future__ import annotations

from typing import Any, Final

from steelyard.access import Scope
from steelyard.entrypoints.api.client_source import type_text
from steelyard.entrypoints.api.endpoint import Endpoint
from steelyard.entrypoints.api.openapi import build, problem_statuses
from steelyard.entrypoints.api.problems import CODES

_HEAD: Final = """# The HTTP interface

<!-- Generated from the table of endpoints by `python -m steelyard.entrypoints.api.generate`; edit that. -->

Every endpoint but the public ones asks for `Authorization: Bearer KEY`. Times are RFC 3339 in UTC, amounts
and quantities are exact decimals as text. Lists are pages: `{"items": […], "next": cursor or null}`; send
the cursor back as `?cursor=`. A POST may carry an `Idempotency-Key`: the same key with the same body takes
effect once and gets the same answer (`Idempotency-Replayed: true`), with another body it is refused (409,
`idempotency_conflict`). Bodies are at most 16 MiB, as sent and as unpacked from gzip. Unknown fields and
parameters are refused, with the name that was probably meant.

A request that is not carried out gets `application/problem+json` (RFC 9457): `type`, `title`, `status`, a
stable `code` for programs, `detail` for people, `retryable`, and `errors` with one item a mistake.

## Events

One event is a JSON object with CloudEvents' names, many are an array or lines of JSON
(`application/x-ndjson`); structured (`application/cloudevents+json`), batched
(`application/cloudevents-batch+json`) and binary CloudEvents are read as well. `(source, id)` names an
event for ever: sending it again with the same content is a duplicate, which is fine; other content is a
conflict, which is refused. One bad event never fails its batch: the answer is 422 with `accepted`,
`duplicates` and `errors: [{index, code, field, message}]`, the good ones being stored. At most 10,000
events a request.
"""


def render(endpoints: tuple[Endpoint, ...]) -> str:
    """The page as Markdown."""
    document = build(endpoints)
    parts = [_HEAD, _table(endpoints), _scopes(endpoints), _codes()]
    parts += ["## Endpoints\n"]
    parts += [_endpoint(row, document) for row in endpoints]
    parts += ["## Shapes\n"]
    parts += [_shape(name, one) for name, one in document["components"]["schemas"].items()]
    return "\n".join(parts).rstrip() + "\n"


def _table(endpoints: tuple[Endpoint, ...]) -> str:
    rows = [f"| `{row.method} {row.path}` | {row.summary} | {_scope(row)} |" for row in endpoints]
    return "\n".join(
        ["## All endpoints\n", "| endpoint | what it does | scope |", "|---|---|---|", *rows, ""]
    )


def _scope(row: Endpoint) -> str:
    if row.scope is None:
        return "public" if row.public else "signed in"
    return f"`{row.scope.value}`"


def _scopes(endpoints: tuple[Endpoint, ...]) -> str:
    lines = ["## Scopes\n", "A key has one or more scopes; `owner` has all of them.\n"]
    for scope in Scope:
        names = [f"`{row.name}`" for row in endpoints if row.scope is scope]
        lines.append(f"- `{scope.value}`: {', '.join(names) or 'everything'}")
    return "\n".join([*lines, ""])


def _codes() -> str:
    lines = [f"| `{code}` | {meaning} |" for code, meaning in CODES.items()]
    text = "What the interface itself refuses; the codes of the rooms are in [Errors](reference/errors.md).\n"
    return "\n".join(["## Problem codes\n", text, "| code | what happened |", "|---|---|", *lines, ""])


def _endpoint(row: Endpoint, document: dict[str, Any]) -> str:
    operation = document["paths"][row.path][row.method.lower()]
    lines = [f"### `{row.method} {row.path}`\n", row.summary, ""]
    for one in operation["parameters"]:
        text = one.get("description") or one["schema"].get("description", "")
        lines.append(f"- `{one['name']}` ({one['in']}, {_type(one['schema'])}) {text}".rstrip())
    body = operation.get("requestBody", {}).get("content", {})
    if body:
        lines.append(f"- body: {_type(next(iter(body.values()))['schema'])}")
    for status, response in operation["responses"].items():
        content = response.get("content", {})
        if int(status) < 400:
            shape = ", ".join(f"`{media}` {_type(one['schema'])}" for media, one in content.items())
            lines.append(f"- {status}: {shape or 'no content'}")
    refusals = ", ".join(str(status) for status in problem_statuses(row))
    return "\n".join([*lines, f"- problems: {refusals}", f"- scope: {_scope(row)}", ""])


def _type(schema: dict[str, Any]) -> str:
    if "oneOf" in schema:
        return " or ".join(_type(one) for one in schema["oneOf"])
    return f"`{type_text(schema).replace('builtins.', '')}`"


def _shape(name: str, schema: dict[str, Any]) -> str:
    lines = [f"### {name}\n", schema.get("description", ""), ""]
    required = set(schema.get("required", []))
    for field, one in schema.get("properties", {}).items():
        needed = "" if field in required else ", optional"
        text = one.get("description", "")
        lines.append(f"- `{field}` ({_type(one)}{needed}) {text}".rstrip())
    return "\n".join([*lines, ""])
