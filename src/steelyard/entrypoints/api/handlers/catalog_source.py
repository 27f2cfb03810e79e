"""From what a request sent to the source of a catalog, and from differences to their shapes."""

from __future__ import annotations

from typing import Any

import msgspec

from steelyard.adapters.files import read_catalog_text
from steelyard.catalog import Catalog, Examined, Readable, Source, examine, explained, source_from_json
from steelyard.catalog.kept_source import SourceFile
from steelyard.entrypoints.api.shapes import catalog as shapes
from steelyard.entrypoints.api.shapes import catalog_code as code
from steelyard.kernel import InvalidInput, Problem, plain


def source_of(body: shapes.CatalogIn) -> Source:
    """The source that was sent, as files or as one tree; InvalidInput where it is both or neither."""
    if bool(body.files) == (body.catalog is not None):
        raise InvalidInput("send either files or a catalog, one of the two", code="invalid_body")
    if body.catalog is not None:
        tree: Any = body.catalog
        return source_from_json(msgspec.json.encode(tree))
    names = [file.name for file in body.files]
    if len(set(names)) != len(names):
        raise InvalidInput("two files have the same name", code="invalid_body")
    return read_catalog_text({file.name: file.text for file in body.files})


def files_of(body: shapes.CatalogIn) -> tuple[SourceFile, ...]:
    """What was sent, as files to be kept; one tree of values becomes one file, since JSON is YAML."""
    if body.catalog is not None:
        tree: Any = body.catalog
        text = msgspec.json.format(msgspec.json.encode(tree), indent=2).decode()
        return (SourceFile(name="catalog.yaml", text=text + "\n"),)
    return tuple(SourceFile(name=file.name, text=file.text) for file in body.files)


def examined(source: Source) -> Examined:
    """The catalog of a source and its tests; raises InvalidInput with every problem."""
    found = examine(source)
    if isinstance(found, Examined):
        return found
    raise invalid(found)


def invalid(problems: tuple[Problem, ...]) -> InvalidInput:
    """The refusal of a catalog with these mistakes."""
    count = f"{len(problems)} mistakes" if len(problems) > 1 else "a mistake"
    return InvalidInput(f"the catalog has {count}", code="invalid_catalog", problems=problems)


def changes_between(before: Catalog, after: Catalog) -> list[code.CatalogChange]:
    """Every difference between two catalogs, in words and in parts."""
    return [_change(one) for one in explained(before, after)]


def _change(one: Readable) -> code.CatalogChange:
    change = one.change
    return code.CatalogChange(
        kind=change.kind.value,
        noun=change.noun,
        key=change.key,
        name=one.name,
        field=change.field,
        before=change.before,
        after=change.after,
        percent=None if one.percent is None else plain(one.percent),
        plans=list(one.plans),
        text=one.text,
    )
