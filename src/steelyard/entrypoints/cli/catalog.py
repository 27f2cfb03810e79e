"""Commands about the catalog: validate, plan, publish, rollback, show, schema."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from steelyard.entrypoints.cli.failure import INVALID
from steelyard.entrypoints.cli.talk import DEFAULT_FOLDER, Folder, Json, Talk, elsewhere, talk
from steelyard.entrypoints.terminal import print_json, say

Files = Annotated[Path, Parameter(help="The folder with the catalog's YAML files.")]


def validate(files: Files, /, *, json: Json = False) -> None:
    """Every mistake of a catalog folder at once, each with file, line and what is allowed."""
    from steelyard.adapters.files import read_catalog_folder
    from steelyard.catalog import Catalog
    from steelyard.catalog import validate as validated
    from steelyard.kernel.canonical import to_builtins

    found = validated(read_catalog_folder(files))
    problems = () if isinstance(found, Catalog) else found
    if json:
        print_json({"valid": not problems, "problems": to_builtins(problems)})
    else:
        for one in problems:
            say(str(one))
        say(f"{len(problems)} mistakes" if problems else "valid")
    if problems:
        raise SystemExit(INVALID)


def plan(files: Files, /, *, folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """What publishing a folder would change; nothing is written."""
    with talk(folder) as workspace:
        answer = _publish(workspace, files, note="", dry_run=True)
    if json:
        print_json(answer)
        return
    for change in answer["changes"]:
        say(change)
    say(f"{len(answer['changes'])} changes" if answer["changed"] else "nothing would change")


def publish(
    files: Files,
    /,
    *,
    folder: Folder = DEFAULT_FOLDER,
    note: str = "",
    to: str = "",
    json: Json = False,
) -> None:
    """Publish a folder as an immutable version; the same content again publishes nothing new.

    Parameters
    ----------
    note
        Why, in words.
    to
        The address of another workspace's server; its key is read from STEELYARD_KEY.
    """
    if to:
        answer = _publish(elsewhere(to), files, note=note, dry_run=False)
    else:
        with talk(folder) as workspace:
            answer = _publish(workspace, files, note=note, dry_run=False)
    _tell(answer, json=json)


def rollback(version: str, /, *, folder: Folder = DEFAULT_FOLDER, note: str = "", json: Json = False) -> None:
    """Publish the content of an earlier version again.

    Parameters
    ----------
    version
        The id or number of the version.
    note
        Why, in words.
    """
    with talk(folder) as workspace:
        body = {"version": version, "note": note}
        answer = workspace.ask("POST", "/api/v1/catalog/rollback", body=body)
    _tell(answer, json=json)


def show(what: str = "live", /, *, folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """Print a published version, or the catalog of a folder.

    Parameters
    ----------
    what
        The id or number of a version, `live`, or a folder with YAML files.
    """
    if Path(what).is_dir():
        from steelyard.adapters.files import read_catalog_folder
        from steelyard.catalog import Catalog
        from steelyard.catalog import validate as validated
        from steelyard.kernel.canonical import to_builtins
        from steelyard.kernel.errors import InvalidInput

        found = validated(read_catalog_folder(Path(what)))
        if not isinstance(found, Catalog):
            raise InvalidInput("the catalog has mistakes", code="invalid_catalog", problems=found)
        _summary(what, to_builtins(found), json=json)
        return
    with talk(folder) as workspace:
        version = workspace.ask("GET", "/api/v1/catalog/versions/{id}", names={"id": what})
    if json:
        print_json(version)
    else:
        say(f"version {version['number']} ({version['id']}), {version['published_at']}, {version['note']}")
        _summary(what, version["catalog"], json=False)


def schema() -> None:
    """Print the JSON Schema of catalog files."""
    from steelyard.catalog import schema as schema_of_catalog

    print_json(schema_of_catalog())


def _publish(workspace: Talk, files: Path, *, note: str, dry_run: bool) -> Any:
    """Folders are read here and sent as texts, so that the server can name file and line."""
    texts = [{"name": name, "text": text} for name, text in _texts(files)]
    body = {"files": texts, "note": note, "dry_run": dry_run}
    return workspace.ask("POST", "/api/v1/catalog/versions", body=body)


def _texts(files: Path) -> Iterator[tuple[str, str]]:
    from steelyard.kernel.errors import InvalidInput, NotFound

    if not files.is_dir():
        raise NotFound(f"there is no folder {files}", code="folder_missing")
    for path in sorted(path for path in files.rglob("*") if path.suffix in (".yaml", ".yml")):
        try:
            yield str(path.relative_to(files)), path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            raise InvalidInput(f"{path} is not UTF-8", code="not_utf8") from None


def _tell(answer: dict[str, Any], *, json: bool) -> None:
    if json:
        print_json(answer)
        return
    version = answer["version"]
    did = "published" if answer["changed"] else "is live already, nothing changed:"
    say(f"{did} version {version['number']} ({version['id']}), {len(answer['changes'])} changes")


def _summary(name: str, catalog: dict[str, Any], *, json: bool) -> None:
    if json:
        print_json(catalog)
        return
    for section, things in catalog.items():
        say(f"{section}: {', '.join(sorted(things)) or 'none'}")
