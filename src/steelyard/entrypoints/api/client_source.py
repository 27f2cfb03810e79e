"""The Python client's source, rendered from the table of endpoints."""

from __future__ import annotations

import keyword
import re
from typing import Any, Final

from steelyard.entrypoints.api.endpoint import CONVERTERS, Endpoint
from steelyard.entrypoints.api.openapi import build

_HEAD: Final = '''"""{text}, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.
# ruff: noqa: PLR0913, PLR0915

from __future__ import annotations

{imports}
'''
_LIBRARY: Final = """import builtins
from collections.abc import Iterator, Sequence
from typing import Any, Literal, NotRequired, TypedDict
"""
_TRANSPORT: Final = "from steelyard.client.transport import Transport, follow, path_part, without_none"

_HOME: Final = "steelyard.client.generated."
_SIMPLE: Final = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}


def render(endpoints: tuple[Endpoint, ...]) -> dict[str, str]:
    """The modules of the client by their names, not yet formatted: one a noun, and the package itself.

    A shape stands in the module of the first noun that uses it, so that modules import one way.
    """
    endpoints = tuple(row for row in endpoints if not row.of_another_product)
    document = build(endpoints)
    nouns: dict[str, list[Endpoint]] = {}
    for endpoint in endpoints:
        nouns.setdefault(endpoint.name.partition(".")[0], []).append(endpoint)
    homes = _homes(nouns, document)
    modules = {noun: _module(noun, rows, homes, document) for noun, rows in nouns.items()}
    return {"__init__": _package(list(nouns)), **modules}


def _homes(nouns: dict[str, list[Endpoint]], document: dict[str, Any]) -> dict[str, str]:
    """The noun in whose module each shape stands."""
    homes: dict[str, str] = {}
    spread = _inputs(document)
    for noun, rows in nouns.items():
        operations = [document["paths"][row.path][row.method.lower()] for row in rows]
        waiting = [name for operation in operations for name in _named(operation)]
        while waiting:
            name = waiting.pop()
            if name in spread:
                waiting += _named(document["components"]["schemas"][name])
                spread.discard(name)
            elif name not in homes and name not in _inputs(document):
                homes[name] = noun
                waiting += _named(document["components"]["schemas"][name])
    return homes


def _named(tree: Any) -> list[str]:
    """The components that a tree of JSON refers to; problems apart, for they become an exception."""
    if isinstance(tree, dict):
        found = [name for key, value in tree.items() if key not in _NO_SHAPES for name in _named(value)]
        reference = tree.get("$ref")
        return [*found, reference.rpartition("/")[2]] if isinstance(reference, str) else found
    if isinstance(tree, list):
        return [name for value in tree for name in _named(value)]
    return []


_NO_SHAPES: Final = frozenset({"application/problem+json"})


def _module(noun: str, rows: list[Endpoint], homes: dict[str, str], document: dict[str, Any]) -> str:
    components = document["components"]["schemas"]
    own = sorted(name for name, home in homes.items() if home == noun)
    body = [_typed_dict(name, components[name]) for name in own] + [_noun(noun, rows, document)]
    text = "\n\n".join(body)
    others: dict[str, list[str]] = {}
    for name, home in sorted(homes.items()):
        if home != noun and re.search(rf"\b{name}\b", text):
            others.setdefault(home, []).append(name)
    lines = [f"from {_HOME}{home} import {', '.join(names)}" for home, names in sorted(others.items())]
    head = _HEAD.format(
        text=f"What can be asked about {noun}", imports="\n".join([_LIBRARY, *lines, _TRANSPORT])
    )
    return f"{head}\n{text}\n"


def _package(nouns: list[str]) -> str:
    lines = [f"from steelyard.client.generated.{noun} import {_class_of(noun)}" for noun in sorted(nouns)]
    lines.append("from steelyard.client.transport import Transport")
    head = _HEAD.format(text="The HTTP interface as Python methods", imports="\n".join(lines))
    return f'{head}\n{_client(nouns)}\n\n__all__ = ["Client"]\n'


def _inputs(document: dict[str, Any]) -> set[str]:
    """Components that only requests have and whose fields become arguments."""
    names: set[str] = set()
    nested = str(document["components"])
    for operations in document["paths"].values():
        for operation in operations.values():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            reference = content.get("schema", {}).get("$ref", "")
            if reference and f"'{reference}'" not in nested:
                names.add(reference.rpartition("/")[2])
    return names


def _typed_dict(name: str, schema: dict[str, Any]) -> str:
    if "properties" not in schema:
        return f"{name} = {type_text(schema)}"
    required = set(schema.get("required", []))
    fields = {field: type_text(one) for field, one in schema["properties"].items()}
    fields = {f: text if f in required else f"NotRequired[{text}]" for f, text in fields.items()}
    text = _doc(schema.get("description", name))
    if any(keyword.iskeyword(field) or not field.isidentifier() for field in fields):
        body = ", ".join(f"{field!r}: {_quoted(text_of)}" for field, text_of in fields.items())
        return f"{name} = TypedDict({name!r}, {{{body}}})\n{text}"
    lines = [f"    {field}: {text_of}" for field, text_of in fields.items()]
    return f"class {name}(TypedDict):\n    {text}\n\n" + "\n".join(lines)


def _quoted(text: str) -> str:
    return f'NotRequired["{text[12:-1]}"]' if text.startswith("NotRequired[") else f'"{text}"'


def type_text(schema: dict[str, Any]) -> str:
    """A JSON schema as a Python annotation.

    >>> type_text({"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "null"}]})
    'builtins.list[str] | None'
    """
    if "$ref" in schema:
        return schema["$ref"].rpartition("/")[2]
    if "anyOf" in schema:
        return " | ".join(type_text(arm) for arm in schema["anyOf"])
    if "enum" in schema:
        return f"Literal[{', '.join(repr(one) for one in schema['enum'])}]"
    kind = schema.get("type")
    if isinstance(kind, list):
        return " | ".join(_SIMPLE[one] for one in kind)
    if kind == "array":
        return f"builtins.list[{type_text(schema.get('items', {}))}]"
    if kind == "object":
        return f"dict[str, {type_text(schema.get('additionalProperties') or {})}]"
    return _SIMPLE.get(kind or "", "Any")


def _noun(noun: str, rows: list[Endpoint], document: dict[str, Any]) -> str:
    head = (
        f"class {_class_of(noun)}:\n    {_doc(f'What can be asked about {noun}.')}\n\n"
        "    def __init__(self, transport: Transport) -> None:\n        self._transport = transport"
    )
    return "\n\n".join([head, *(_methods(row, document) for row in rows)])


def _methods(row: Endpoint, document: dict[str, Any]) -> str:
    operation = document["paths"][row.path][row.method.lower()]
    if row.name == "events.send":
        return _SEND.format(summary=row.summary)
    if row.name == "events.check":
        return _CHECK.format(summary=row.summary)
    query = [one for one in operation["parameters"] if one["in"] == "query"]
    text = _method(row, operation, query, document)
    if any(one["name"] == "cursor" for one in query):
        text += "\n\n" + _each(row, operation, [one for one in query if one["name"] != "cursor"], document)
    return text


_SEND: Final = '''    def send(self, events: Sequence[EventIn]) -> EventsAccepted:
        """{summary}

        Gives the receipts. Raises ProblemError `events_refused` when some were refused: the others are
        stored, and its `errors` name the refused ones by `index`.
        """
        headers = {{"content-type": "application/cloudevents-batch+json", "prefer": "return=representation"}}
        return self._transport.json("POST", "/api/v1/events", body=list(events), headers=headers)

    def send_bytes(
        self, content: bytes, content_type: str = "application/cloudevents-batch+json"
    ) -> None:
        """Store events that are encoded already, without asking for receipts.

        Raises ProblemError `events_refused` when some were refused: the others are stored.
        """
        headers = {{"content-type": content_type}}
        self._transport.raw("POST", "/api/v1/events", content=content, headers=headers)'''


_CHECK: Final = '''    def check(self, events: Sequence[EventIn]) -> EventsChecked:
        """{summary}"""
        headers = {{"content-type": "application/cloudevents-batch+json"}}
        return self._transport.json("POST", "/api/v1/events/check", body=list(events), headers=headers)'''


def _method(
    row: Endpoint, operation: dict[str, Any], query: list[dict[str, Any]], document: dict[str, Any]
) -> str:
    name = row.name.partition(".")[2]
    answer = "bytes" if row.answer is None else type_text(_answer_schema(operation, row))
    answer = "None" if row.status == 204 else answer
    body = _body_fields(operation, document)
    arguments = _arguments(row, query, body)
    call = [repr(row.method), _path_expression(row)]
    if query:
        call.append("query=" + _mapping(query_names(query)))
    if body:
        required = [(field, ident) for field, ident, _, needed in body if needed]
        optional = [(field, ident) for field, ident, _, needed in body if not needed]
        merged = f"{{{_pairs(required)}{', ' if required else ''}**without_none({_mapping(optional)})}}"
        call.append("body=" + (merged if optional else _mapping(required)))
    method = "raw" if row.answer is None and not (body and row.status == 204) else "json"
    prefix = "" if row.status == 204 else "return "
    return (
        f"    def {_safe(name)}({arguments}) -> {answer}:\n        {_doc(row.summary)}\n"
        f"        {prefix}self._transport.{method}({', '.join(call)})"
    )


def _each(
    row: Endpoint, operation: dict[str, Any], query: list[dict[str, Any]], document: dict[str, Any]
) -> str:
    name = row.name.partition(".")[2]
    page = document["components"]["schemas"][_answer_schema(operation, row)["$ref"].rpartition("/")[2]]
    item = type_text(page["properties"].get("items", {"items": {}}).get("items", {}))
    passed = [f"{ident}={ident}" for _, ident in query_names(query)]
    passed = [*(_safe(one) for one in row.path_parameters), *passed, "cursor=cursor"]
    each = "each" if name == "list" else f"each_of_{name}"
    return (
        f"    def {each}({_arguments(row, query, [])}) -> Iterator[{item}]:\n"
        f"        {_doc(row.summary.rstrip('.') + ', page after page.')}\n"
        f"        return follow(lambda cursor: self.{_safe(name)}({', '.join(passed)}))"
    )


def _answer_schema(operation: dict[str, Any], row: Endpoint) -> dict[str, Any]:
    content = operation["responses"][str(row.status)].get("content", {})
    return content.get("application/json", {}).get("schema", {})


def _body_fields(operation: dict[str, Any], document: dict[str, Any]) -> list[tuple[str, str, str, bool]]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    reference = content.get("schema", {}).get("$ref", "")
    if not reference:
        return []
    schema = document["components"]["schemas"][reference.rpartition("/")[2]]
    required = set(schema.get("required", []))
    fields = [(f, _safe(f), type_text(one), f in required) for f, one in schema["properties"].items()]
    return sorted(fields, key=lambda field: not field[3])


def _arguments(row: Endpoint, query: list[dict[str, Any]], body: list[tuple[str, str, str, bool]]) -> str:
    arguments = ["self"]
    arguments += [f"{_safe(name)}: str | int" for name in row.path_parameters]
    named = [f"{ident}: {text}" for _, ident, text, needed in body if needed]
    named += [f"{ident}: {_or_none(text)} = None" for _, ident, text, needed in body if not needed]
    named += [f"{_safe(one['name'])}: {_or_none(type_text(one['schema']))} = None" for one in query]
    given = [argument.replace("builtins.list[", "Sequence[") for argument in named]
    return ", ".join([*arguments, *(["*", *given] if given else [])])


def _or_none(text: str) -> str:
    return text if text.endswith("None") or text == "Any" else f"{text} | None"


def query_names(query: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Names on the wire and in Python."""
    return [(one["name"], _safe(one["name"])) for one in query]


def _safe(name: str) -> str:
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
    return f"{snake}_" if keyword.iskeyword(snake) else snake


def _mapping(pairs: list[tuple[str, str]]) -> str:
    return f"{{{_pairs(pairs)}}}"


def _pairs(pairs: list[tuple[str, str]]) -> str:
    return ", ".join(f"{name!r}: {ident}" for name, ident in pairs)


def _path_expression(row: Endpoint) -> str:
    path = row.path
    if not row.path_parameters:
        return repr(path)
    for name in row.path_parameters:
        inside = _safe(name) if CONVERTERS.get(name) == "path" else f"path_part({_safe(name)})"
        path = path.replace(f"{{{name}}}", f"{{{inside}}}")
    return f'f"{path}"'


def _doc(text: str) -> str:
    return '"""' + text.strip().replace('"""', "'''") + '"""'


def _client(nouns: list[str]) -> str:
    lines = [f"        self.{noun} = {_class_of(noun)}(transport)" for noun in nouns]
    return (
        "class Client:\n"
        '    """A workspace behind an address; one attribute a noun, one method an endpoint.\n\n'
        "    Methods raise `ProblemError` when the server refuses or is not there. Threads may share one.\n"
        '    """\n\n'
        '    def __init__(self, base_url: str, key: str = "", *, timeout: float = 60.0) -> None:\n'
        "        transport = Transport(base_url, key, timeout=timeout)\n"
        "        self._transport = transport\n" + "\n".join(lines) + "\n\n"
        "    def __enter__(self) -> Client:\n"
        "        return self\n\n"
        "    def __exit__(self, *failure: object) -> None:\n"
        "        self.close()\n\n"
        "    def close(self) -> None:\n"
        '        """Let go of this thread\'s connection."""\n'
        "        self._transport.close()\n"
    )


def _class_of(noun: str) -> str:
    return "".join(word.capitalize() for word in noun.split("_")) + "Api"
