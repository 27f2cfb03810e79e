"""Commands that verify: a whole record, or one evidence file offline."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from steelyard.entrypoints.cli.failure import INVALID
from steelyard.entrypoints.cli.talk import DEFAULT_FOLDER, Folder, Json
from steelyard.entrypoints.reach import running_server
from steelyard.entrypoints.terminal import note, print_json, progress_of, say


def verify(*, key: str = "", folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """Check the whole record and the state it tells of: every entry, chain, root and signature.

    Parameters
    ----------
    key
        A verifier key that was kept elsewhere; it must be one of those that signed the record.
    """
    note("checking every entry, chain, root and signature …")
    if running_server(folder) is not None:
        from steelyard.entrypoints.cli.talk import talk

        with talk(folder) as workspace:
            query = {"key": key} if key else {}
            found = workspace.ask("POST", "/api/v1/record/verify", query=query)
    else:
        from steelyard.entrypoints.audit import audit_folder

        found = audit_folder(folder, key, progress_of("verified"))
    if json:
        print_json(found)
    else:
        _tell(found)
    if not found["ok"]:
        raise SystemExit(INVALID)


def _tell(found: dict[str, object]) -> None:
    problems = found["problems"]
    assert isinstance(problems, list)
    for one in problems:
        say(f"BAD {one['message']}")
    states = found["state_problems"]
    assert isinstance(states, list)
    for text in states:
        say(f"BAD {text}")
    if found["ok"]:
        say(f"ok: {found['entries']} entries verify, root {found['root']}, in {found['seconds']} s")
    else:
        say(f"the record does not verify: {len(problems) + len(states)} problems")


def verify_receipt(
    file: Path,
    /,
    *,
    key: Annotated[str, Parameter(help="The record's verifier key, as the vendor publishes it.")],
    keys: Path | None = None,
    json: Json = False,
) -> None:
    """Check an invoice's evidence file offline, by the verifier key alone.

    Parameters
    ----------
    file
        What `steelyard invoices evidence` or the console gave.
    keys
        What `GET /record/keys` gave: it leads from a key that was changed since to the later ones.
    """
    from steelyard.entrypoints.receipts import check_file

    verdict = check_file(file, key, keys)
    if json:
        print_json(verdict)
    else:
        for text in verdict["checks"]:
            say(f"ok  {text}")
        for text in verdict["notes"]:
            say(f"    {text}")
        for text in verdict["problems"]:
            say(f"BAD {text}")
        say("verified" if verdict["ok"] else "this does not verify")
    if not verdict["ok"]:
        raise SystemExit(INVALID)


def proof(
    index: int, /, *, out: Path | None = None, folder: Folder = DEFAULT_FOLDER, json: Json = False
) -> None:
    """Print the proof that an entry is in the record, as a C2SP tlog-proof file.

    Parameters
    ----------
    index
        The entry's index, as its receipt says.
    out
        A file to write it to.
    """
    from steelyard.entrypoints.cli.talk import talk

    with talk(folder) as workspace:
        if json:
            print_json(workspace.ask("GET", "/record/proof/{index}", names={"index": str(index)}))
            return
        content = workspace.ask_bytes("GET", "/record/proof/{index}.tlog-proof", names={"index": str(index)})
    if out is None:
        say(content.decode().removesuffix("\n"))
        return
    with out.open("xb") as file:
        file.write(content)
    say(f"wrote {out}")


def verifier() -> None:
    """Print a program of one file that verifies evidence and proofs without Steelyard, by Python alone."""
    from importlib.resources import files

    text = files("steelyard.entrypoints.offline").joinpath("verify_receipt.py").read_text(encoding="utf-8")
    say(text.removesuffix("\n"))
