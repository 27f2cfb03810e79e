"""Changing the key that signs the record."""

from __future__ import annotations

from steelyard.entrypoints.cli.talk import DEFAULT_FOLDER, Folder, Json, talk
from steelyard.entrypoints.terminal import print_json, say


def rotate(
    *, reason: str, dry_run: bool = False, folder: Folder = DEFAULT_FOLDER, json: Json = False
) -> None:
    """Change the key that signs the record; the record itself names the new one, under the old signature.

    Parameters
    ----------
    reason
        Why; it is recorded.
    dry_run
        Say which key would be changed, and change nothing.
    """
    with talk(folder) as workspace:
        body = {"reason": reason, "dry_run": dry_run}
        done = workspace.ask("POST", "/api/v1/record/rotation", body=body)
    if json:
        print_json(done)
        return
    if done["dry_run"]:
        say(f"change number {done['number']} would take {done['old']} out of force")
        return
    say(f"new verifier key: {done['new']}")
    say(f"publish it beside the old one, {done['old']}")
    say(f"the old private key is {folder / done['aside']}: move it to where it is safe, or destroy it")
