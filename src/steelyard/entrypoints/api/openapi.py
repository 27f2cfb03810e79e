"""The table of endpoints as an OpenAPI 3.1 document; components come from the shapes themselves."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from steelyard import __version__
from steelyard.entrypoints.api.endpoint import CONVERTERS, Endpoint
from steelyard.entrypoints.api.problems import MEDIA_TYPE, EventsProblem, ProblemAnswer

_TAKES_EVENTS: Final = ("events.send", "events.check")
_REF: Final = "#/components/schemas/{name}"
_PROBLEM_TEXT: Final = {
    400: "It cannot be read.",
    401: "No key, or one that does not hold.",
    403: "The key may not do this.",
    404: "There is no such thing.",
    408: "The body was not whole in time.",
    409: "The world changed meanwhile, or the key of idempotency came with another body.",
    413: "Too much at once.",
    415: "Of a type or encoding that is not read.",
    422: "Readable, but it breaks a rule; `errors` names every place.",
    429: "More than the key may send, or than the server takes in at once; `Retry-After` says when.",
    503: "A part that is needed does not answer; try again.",
}


def build(endpoints: tuple[Endpoint, ...]) -> dict[str, Any]:
    """The OpenAPI document of a table of endpoints, as plain values."""
    shapes = _shapes_of(endpoints)
    schemas, components = msgspec.json.schema_components(shapes, ref_template=_REF)
    schema_of = dict(zip(map(id, shapes), schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        path = paths.setdefault(endpoint.path, {})
        path[endpoint.method.lower()] = _operation(endpoint, schema_of)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Steelyard",
            "version": __version__,
            "summary": "Sell software by what it does: meter, price, bill, and prove every charge.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": dict(sorted(components.items())),
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def _shapes_of(endpoints: tuple[Endpoint, ...]) -> list[Any]:
    shapes: list[Any] = [ProblemAnswer, EventsProblem]
    for endpoint in endpoints:
        for shape in (endpoint.body, endpoint.answer, endpoint.refusal):
            if shape is not None and all(shape is not one for one in shapes):
                shapes.append(shape)
    return shapes


def _operation(endpoint: Endpoint, schema_of: dict[int, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "tags": [endpoint.name.partition(".")[0]],
        "parameters": _parameters(endpoint),
        "responses": _responses(endpoint, schema_of),
    }
    if not endpoint.public:
        operation["security"] = [{"key": []}]
    if endpoint.scope is not None:
        operation["x-scope"] = endpoint.scope.value
    if endpoint.name in _TAKES_EVENTS:
        operation["requestBody"] = _events_body(schema_of[id(endpoint.body)])
    elif endpoint.body is not None:
        content = {media: {"schema": schema_of[id(endpoint.body)]} for media in endpoint.body_media}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _events_body(event: dict[str, Any]) -> dict[str, Any]:
    many = {"type": "array", "items": event, "minItems": 1, "maxItems": 10_000}
    return {
        "required": True,
        "content": {
            "application/json": {"schema": {"oneOf": [event, many]}},
            "application/cloudevents+json": {"schema": event},
            "application/cloudevents-batch+json": {"schema": many},
            "application/x-ndjson": {"schema": {"type": "string"}},
        },
    }


def _parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": _path_schema(endpoint, name)}
        for name in endpoint.path_parameters
    ]
    schema = msgspec.json.schema(endpoint.query)
    properties = schema["$defs"][endpoint.query.__name__]["properties"]
    for name, one in properties.items():
        parameter: dict[str, Any] = {"name": name, "in": "query", "schema": _without_null(one)}
        if one.get("type") == "object":
            parameter |= {"style": "deepObject", "explode": True}
        parameters.append(parameter)
    if endpoint.method == "POST" and not endpoint.public:
        text = "The same key with the same body takes effect once and gets the same answer."
        schema_of_key = {"type": "string", "maxLength": 255}
        parameters.append(
            {"name": "Idempotency-Key", "in": "header", "description": text, "schema": schema_of_key}
        )
    if endpoint.name == "events.send":
        parameters.append(
            {
                "name": "Prefer",
                "in": "header",
                "description": "`return=representation` asks for receipts.",
                "schema": {"type": "string"},
            }
        )
    return parameters


def _path_schema(endpoint: Endpoint, name: str) -> dict[str, Any]:
    if CONVERTERS.get(name) == "int":
        return {"type": "integer", "minimum": 0}
    return {"type": "string", "minLength": 1}


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A query parameter is absent rather than null."""
    arms = schema.get("anyOf")
    if not arms:
        return schema
    rest = [arm for arm in arms if arm != {"type": "null"}]
    extra = {name: value for name, value in schema.items() if name not in ("anyOf", "default")}
    return {**rest[0], **extra} if len(rest) == 1 else {**extra, "anyOf": rest}


def _responses(endpoint: Endpoint, schema_of: dict[int, Any]) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    if endpoint.name == "events.send":
        responses["204"] = {"description": "All events are stored, or were before."}
        responses["200"] = _json("All are stored; here are the receipts.", schema_of[id(endpoint.answer)])
    elif endpoint.status == 204:
        responses["204"] = {"description": "Done."}
    elif endpoint.answer is not None:
        responses[str(endpoint.status)] = _json(endpoint.summary, schema_of[id(endpoint.answer)])
        for media in endpoint.also:
            responses[str(endpoint.status)]["content"][media] = {"schema": {"type": "string"}}
    else:
        kind = "object" if endpoint.media_type.endswith("json") else "string"
        content = {endpoint.media_type: {"schema": {"type": kind}}}
        responses[str(endpoint.status)] = {"description": endpoint.summary, "content": content}
    for status in problem_statuses(endpoint):
        named = "EventsProblem" if endpoint.name == "events.send" and status == 422 else "ProblemAnswer"
        content = {MEDIA_TYPE: {"schema": {"$ref": _REF.format(name=named)}}}
        if endpoint.of_another_product and endpoint.refusal is not ProblemAnswer:
            content = {"application/json": {"schema": schema_of[id(endpoint.refusal)]}}
        responses[str(status)] = {"description": _PROBLEM_TEXT[status], "content": content}
    return responses


def _json(text: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": text, "content": {"application/json": {"schema": schema}}}


def problem_statuses(endpoint: Endpoint) -> list[int]:
    """The statuses with which this endpoint may refuse."""
    if endpoint.of_another_product:
        return sorted(endpoint.problems)
    statuses = {400, 422, 503, *endpoint.problems}
    if not endpoint.public:
        statuses |= {401, 403}
    if endpoint.path_parameters or endpoint.customer_may:
        statuses.add(404)
    if endpoint.method in ("POST", "PUT"):
        statuses |= {408, 409, 413, 415, 429}
    if endpoint.method == "DELETE":
        statuses |= {404, 409}
    return sorted(statuses)
