"""Commands about the catalog: validate, plan, publish, rollback, show, schema."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

from cyclopts import Parameter

from steelyard.entrypoints.cli.failure import INVALID, REFUSED
from steelyard.entrypoints.cli.talk import DEFAULT_FOLDER, Folder, Json, Talk, elsewhere, talk
from steelyard.entrypoints.terminal import print_json, say
from steelyard.kernel.errors import InvalidInput, NotFound

_DAY_LENGTH: Final = len("2026-01-01")
Files = Annotated[Path, Parameter(help="The folder with the catalog's YAML files.")]


def validate(files: Files, /, *, json: Json = False) -> None:
    """Every mistake of a catalog folder at once, each with file, line and what is allowed."""
    from steelyard.adapters.files import read_catalog_folder
    from steelyard.catalog import Catalog
    from steelyard.catalog import validate as validated
    from steelyard.entrypoints.cli.catalog_words import counted
    from steelyard.kernel.canonical import to_builtins

    found = validated(read_catalog_folder(files))
    problems = () if isinstance(found, Catalog) else found
    if json:
        print_json({"valid": not problems, "problems": to_builtins(problems)})
    else:
        for one in problems:
            say(str(one))
        say(counted(len(problems), "mistake") if problems else "valid")
    if problems:
        raise SystemExit(INVALID)


def plan(
    files: Annotated[Path | None, Parameter(help="The folder with the catalog's YAML files.")] = None,
    /,
    *,
    rollback: str = "",
    folder: Folder = DEFAULT_FOLDER,
    to: str = "",
    json: Json = False,
) -> None:
    """What publishing a folder would change, for whom, and how its tests go; nothing is written.

    Parameters
    ----------
    rollback
        The id or number of an earlier version, in place of a folder: what going back to it would change.
    to
        The address of another workspace's server; its key is read from STEELYARD_KEY.
    """
    from steelyard.entrypoints.cli.catalog_words import plan_lines

    if (files is None) == (not rollback):
        raise InvalidInput("name a folder, or a version with --rollback, one of the two")
    body: dict[str, Any] = {"version": rollback} if files is None else {"files": texts_of(files)}
    with reached(folder, to) as workspace:
        answer = workspace.ask("POST", "/api/v1/catalog/plan", body=body)
    if json:
        print_json(answer)
    else:
        for line in plan_lines(answer):
            say(line)
    if not answer["valid"] or answer["tests"]["failed"]:
        raise SystemExit(INVALID)


def publish(
    files: Files,
    /,
    *,
    folder: Folder = DEFAULT_FOLDER,
    note: str = "",
    to: str = "",
    dry_run: bool = False,
    json: Json = False,
) -> None:
    """Publish a folder as an immutable version; the same content again publishes nothing new.

    Parameters
    ----------
    note
        Why, in words.
    dry_run
        Only say what would happen.
    to
        The address of another workspace's server; its key is read from STEELYARD_KEY.
    """
    body = {"files": texts_of(files), "note": note, "dry_run": dry_run}
    with reached(folder, to) as workspace:
        answer = workspace.ask("POST", "/api/v1/catalog/versions", body=body)
    _tell(answer, json=json)


def rollback(
    version: str,
    /,
    *,
    folder: Folder = DEFAULT_FOLDER,
    note: str = "",
    to: str = "",
    dry_run: bool = False,
    json: Json = False,
) -> None:
    """Publish the content of an earlier version again.

    Parameters
    ----------
    version
        The id or number of the version.
    note
        Why, in words.
    to
        The address of another workspace's server; its key is read from STEELYARD_KEY.
    dry_run
        Only say what would happen.
    """
    body = {"version": version, "note": note, "dry_run": dry_run}
    with reached(folder, to) as workspace:
        answer = workspace.ask("POST", "/api/v1/catalog/rollback", body=body)
    _tell(answer, json=json)


def show(what: str = "live", /, *, at: str = "", folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """Print a published version, what was live at a moment, or the catalog of a folder.

    Parameters
    ----------
    what
        The id or number of a version, `live`, or a folder with YAML files.
    at
        A day (its end) or a moment, RFC 3339: what was live then.
    """
    if Path(what).is_dir():
        from steelyard.adapters.files import read_catalog_folder
        from steelyard.catalog import Catalog
        from steelyard.catalog import validate as validated
        from steelyard.kernel.canonical import to_builtins

        found = validated(read_catalog_folder(Path(what)))
        if not isinstance(found, Catalog):
            raise InvalidInput("the catalog has mistakes", code="invalid_catalog", problems=found)
        _summary(what, to_builtins(found), json=json)
        return
    with talk(folder) as workspace:
        query = {"at": f"{at}T23:59:59.999999Z" if len(at) == _DAY_LENGTH else at} if at else {}
        version = workspace.ask("GET", "/api/v1/catalog/versions/{id}", names={"id": what}, query=query)
    if json:
        print_json(version)
    else:
        say(f"version {version['number']} ({version['id']}), {version['published_at']}, {version['note']}")
        _summary(what, version["catalog"], json=False)


def schema() -> None:
    """Print the JSON Schema of catalog files."""
    from steelyard.catalog import schema as schema_of_catalog

    print_json(schema_of_catalog())


@contextmanager
def reached(folder: Path, address: str) -> Iterator[Talk]:
    """The workspace of a folder, or the one at an address if there is one."""
    if address:
        yield elsewhere(address)
        return
    with talk(folder) as workspace:
        yield workspace


def texts_of(files: Path) -> list[dict[str, str]]:
    """The files of a folder as texts: they are read here, so that the server can name file and line."""
    if not files.is_dir():
        raise NotFound(f"there is no folder {files}", code="folder_missing")
    texts: list[dict[str, str]] = []
    for path in sorted(path for path in files.rglob("*") if path.suffix in (".yaml", ".yml")):
        try:
            texts.append({"name": str(path.relative_to(files)), "text": path.read_text(encoding="utf-8-sig")})
        except UnicodeDecodeError:
            raise InvalidInput(f"{path} is not UTF-8", code="not_utf8") from None
    if not texts:
        raise NotFound(f"the folder {files} holds no YAML files", code="folder_empty")
    return texts


def _tell(answer: dict[str, Any], *, json: bool) -> None:
    """Says what came of a publication; where it waits for agreement, the exit code says so."""
    from steelyard.entrypoints.cli.catalog_words import published_lines

    if json:
        print_json(answer)
    else:
        for line in published_lines(answer):
            say(line)
    if answer["status"] == "waiting":
        raise SystemExit(REFUSED)


def _summary(name: str, catalog: dict[str, Any], *, json: bool) -> None:
    if json:
        print_json(catalog)
        return
    for section, things in catalog.items():
        say(f"{section}: {', '.join(sorted(things)) or 'none'}")
