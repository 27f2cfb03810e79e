"""Commands that copy a workspace, and bring it back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from steelyard.entrypoints.cli.talk import DEFAULT_FOLDER, Folder, Json
from steelyard.entrypoints.terminal import note, print_json, progress_of, say


def backup(
    *,
    to: Path,
    keys: Annotated[bool, Parameter(negative="--no-keys")] = True,
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """Copy a workspace while it runs; the copy is verified before it counts.

    Parameters
    ----------
    to
        Where: a folder that does not exist yet, or a file that ends in .tar.
    keys
        Whether the private keys go with it; without them the copy verifies, but cannot be continued.
    """
    from steelyard.entrypoints.backup import back_up

    note("copying …")
    made = back_up(folder, to, keys=keys, progress=progress_of("copied"))
    if json:
        import msgspec

        print_json({"to": str(to), **msgspec.to_builtins(made)})
        return
    say(f"ok: {made.size} entries backed up to {to} and verified, root {made.root}")
    if keys:
        say("it holds the private keys: keep it as safe as the workspace")


def restore(source: Path, /, *, folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """Bring a workspace back from a backup, into a new or empty folder, and verify it.

    Parameters
    ----------
    source
        What `steelyard backup` made.
    """
    from steelyard.entrypoints.backup import restore as bring_back

    note("checking, copying, folding …")
    made = bring_back(source, folder)
    if json:
        import msgspec

        print_json({"folder": str(folder), **msgspec.to_builtins(made)})
        return
    say(f"ok: {made.size} entries of {made.at} restored to {folder} and verified")
    if not made.keys:
        say(f"put the private key back as {folder / 'record.key'} before you serve it")
