"""Commands about the catalog as code: test, log, diff, check-feature, watch."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from cyclopts import Parameter

from steelyard.client import ProblemError
from steelyard.entrypoints.cli.catalog import Files, reached, texts_of
from steelyard.entrypoints.cli.catalog_words import counted, log_lines, problem_line, test_lines
from steelyard.entrypoints.cli.failure import INVALID, sentences
from steelyard.entrypoints.cli.talk import DEFAULT_FOLDER, Folder, Json, Talk, talk
from steelyard.entrypoints.terminal import print_json, say, say_now
from steelyard.kernel.errors import InvalidInput, NotFound, SteelyardError

_LOOK_SECONDS: Final = 0.2


def run_tests(files: Files, /, *, json: Json = False) -> None:
    """Run the pricing tests of a catalog folder: usage given, invoice expected. Needs no workspace."""
    from msgspec import to_builtins

    from steelyard.adapters.files import read_catalog_folder
    from steelyard.catalog import Examined, examine
    from steelyard.entrypoints.api.handlers.catalog_plan import tests_of

    found = examine(read_catalog_folder(files))
    if not isinstance(found, Examined):
        raise InvalidInput("the catalog has mistakes", code="invalid_catalog", problems=found)
    answer: dict[str, Any] = to_builtins(tests_of(found.catalog, found.trials))
    if json:
        print_json(answer)
    else:
        for line in test_lines(answer):
            say(line)
    if answer["failed"]:
        raise SystemExit(INVALID)


def log(*, folder: Folder = DEFAULT_FOLDER, limit: int = 50, to: str = "", json: Json = False) -> None:
    """Every release, newest first: who, what, when, why.

    Parameters
    ----------
    limit
        How many at most.
    to
        The address of another workspace's server; its key is read from STEELYARD_KEY.
    """
    with reached(folder, to) as workspace:
        answer = workspace.ask("GET", "/api/v1/catalog/log", query={"limit": str(limit)})
    if json:
        print_json(answer)
        return
    for line in log_lines(answer):
        say(line)


def changes(
    *, within_days: int = 14, folder: Folder = DEFAULT_FOLDER, to: str = "", json: Json = False
) -> None:
    """Changes whose success measure somebody should look at, the most overdue first.

    Parameters
    ----------
    within_days
        Also those that are due within so many days.
    to
        The address of another workspace's server; its key is read from STEELYARD_KEY.
    """
    with reached(folder, to) as workspace:
        query = {"within_days": str(within_days)}
        answer = workspace.ask("GET", "/api/v1/catalog/changes", query=query)
    if json:
        print_json(answer)
        return
    for one in answer["items"]:
        say(f"release {one['number']}, {one['due_at'][:10]}: {one['change']['success_measure']}")
        say(f"  because {one['change']['hypothesis']}")
    if not answer["items"]:
        say("no change is to be looked at")


def look_back(
    release: int,
    /,
    *,
    verdict: Literal["keep", "adjust", "take_back", "unclear"],
    finding: str,
    again: str = "",
    folder: Folder = DEFAULT_FOLDER,
    to: str = "",
    json: Json = False,
) -> None:
    """Say what the success measure of a release's change shows.

    Parameters
    ----------
    release
        The number of the release.
    verdict
        What becomes of the change.
    finding
        What the measure shows, in words and figures.
    again
        The day on which it is looked at again, where it is unclear.
    to
        The address of another workspace's server; its key is read from STEELYARD_KEY.
    """
    body: dict[str, Any] = {"verdict": verdict, "finding": finding}
    if again:
        body["again_at"] = again if "T" in again else f"{again}T00:00:00Z"
    with reached(folder, to) as workspace:
        path = "/api/v1/catalog/releases/{number}/outcome"
        answer = workspace.ask("POST", path, names={"number": str(release)}, body=body)
    if json:
        print_json(answer)
        return
    say(f"release {answer['number']}: {answer['outcome']['verdict']}")
    if answer["due_at"]:
        say(f"to be looked at again on {answer['due_at'][:10]}")


def diff(
    after: str = "live", before: str = "", /, *, folder: Folder = DEFAULT_FOLDER, json: Json = False
) -> None:
    """What changed between two published versions, in sentences.

    Parameters
    ----------
    after
        The id or number of the later version.
    before
        The id or number of the earlier one; the one that it followed if not given.
    """
    query = {"after": after} | ({"before": before} if before else {})
    with talk(folder) as workspace:
        answer = workspace.ask("GET", "/api/v1/catalog/diff", query=query)
    if json:
        print_json(answer)
        return
    for change in answer["changes"]:
        say(change["text"])
    say(counted(len(answer["changes"]), "change"))


def pull(
    files: Annotated[Path, Parameter(help="The folder to write into; it must be empty or new.")],
    /,
    *,
    version: str = "live",
    folder: Folder = DEFAULT_FOLDER,
    to: str = "",
    json: Json = False,
) -> None:
    """Write the files that a version was published from into a folder, to be edited again.

    Parameters
    ----------
    version
        The id or number of the version.
    to
        The address of another workspace's server; its key is read from STEELYARD_KEY.
    """
    if files.exists() and (not files.is_dir() or any(files.iterdir())):
        raise InvalidInput(f"{files} is not an empty folder", code="folder_taken")
    with reached(folder, to) as workspace:
        path = "/api/v1/catalog/versions/{id}/source"
        answer = workspace.ask("GET", path, names={"id": version})
    within = files.resolve()
    paths = [(within / one["name"]).resolve() for one in answer["files"]]
    outside = [str(path) for path in paths if not path.is_relative_to(within)]
    if outside:
        raise InvalidInput(f"{outside[0]} would stand outside the folder", code="outside_folder")
    for path, one in zip(paths, answer["files"], strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(one["text"], encoding="utf-8")
    if json:
        print_json({"version": answer["version"], "files": [str(path) for path in paths]})
        return
    say(f"wrote release {answer['number']} ({answer['version']}) to {files}: {len(paths)} files")


def check_feature(
    file: Annotated[Path, Parameter(help="The feature's specification: YAML, or Markdown with YAML.")],
    /,
    *,
    catalog: Path | None = None,
    folder: Folder = DEFAULT_FOLDER,
    to: str = "",
    json: Json = False,
) -> None:
    """Check the `pricing:` block of a feature's own specification against the catalog.

    Parameters
    ----------
    catalog
        A folder of YAML files to check against; else the live catalog of the workspace.
    to
        The address of another workspace's server; its key is read from STEELYARD_KEY.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput(f"{file} is not UTF-8", code="not_utf8") from None
    except FileNotFoundError:
        raise NotFound(f"there is no file {file}", code="file_missing") from None
    answer = _feature_verdict(file.name, text, catalog, folder, to)
    if json:
        print_json(answer)
    elif answer["valid"]:
        say(f"{file}: the catalog says the same of {answer['feature']}")
    else:
        for one in answer["problems"]:
            say(problem_line(one))
        say(counted(len(answer["problems"]), "mistake"))
    if not answer["valid"]:
        raise SystemExit(INVALID)


def _feature_verdict(name: str, text: str, catalog: Path | None, folder: Path, to: str) -> dict[str, Any]:
    if catalog is None:
        body = {"specification": text, "name": name}
        with reached(folder, to) as workspace:
            return workspace.ask("POST", "/api/v1/catalog/features/check", body=body)
    from steelyard.adapters.files import read_catalog_folder, read_feature_text
    from steelyard.catalog import Catalog, validate
    from steelyard.catalog.feature_check import check_feature as checked
    from steelyard.kernel.canonical import to_builtins

    found = validate(read_catalog_folder(catalog))
    if not isinstance(found, Catalog):
        raise InvalidInput("the catalog has mistakes", code="invalid_catalog", problems=found)
    answer = to_builtins(checked(read_feature_text(name, text), found))
    return {"valid": not answer["problems"], **answer}


def watch(
    files: Files,
    /,
    *,
    folder: Folder = DEFAULT_FOLDER,
    to: str = "",
    seconds: float = 0,
) -> None:
    """Publish a folder again whenever a file of it changes; for development. Ends with Ctrl-C.

    Parameters
    ----------
    to
        The address of another workspace's server; its key is read from STEELYARD_KEY.
    seconds
        End by itself after so many seconds; 0 goes on.
    """
    with reached(folder, to) as workspace:
        say_now(f"watching {files}")
        ends = time.monotonic() + seconds if seconds else None
        seen: Any = None
        while ends is None or time.monotonic() < ends:
            now = _stamps(files)
            if now != seen:
                seen = now
                say_now(*_reload(workspace, files))
            time.sleep(_LOOK_SECONDS)


def _stamps(files: Path) -> list[tuple[str, int, int]]:
    """By file when it was written and how long it is."""
    found: list[tuple[str, int, int]] = []
    for path in sorted(path for path in files.rglob("*") if path.suffix in (".yaml", ".yml")):
        try:
            told = path.stat()
        except FileNotFoundError:
            continue
        found.append((str(path), told.st_mtime_ns, told.st_size))
    return found


def _reload(workspace: Talk, files: Path) -> list[str]:
    """Publishes the folder and says what came of it; a mistake is told and leaves what is live as it is."""
    started = time.monotonic()
    try:
        body = {"files": texts_of(files), "note": "watched folder"}
        answer = workspace.ask("POST", "/api/v1/catalog/versions", body=body)
    except (SteelyardError, ProblemError, OSError) as error:
        return sentences(error)
    took_ms = int((time.monotonic() - started) * 1000)
    if not answer["changed"]:
        return [f"up to date: version {answer['version']['number']}"]
    lines = [*answer["changes"][:20]]
    return [*lines, f"live: version {answer['version']['number']}, in {took_ms} ms"]
