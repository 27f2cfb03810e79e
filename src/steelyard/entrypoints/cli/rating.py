"""`steelyard rate`: one price calculation, by the same code that bills."""

from __future__ import annotations

import sys
from typing import Annotated

from cyclopts import Parameter

from steelyard.entrypoints.cli.talk import DEFAULT_FOLDER, Folder, talk
from steelyard.entrypoints.terminal import print_json


def rate(
    *,
    live: Annotated[bool, Parameter(help="Ask a workspace, whose live prices have names.")] = False,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Rate one quantity: a JSON request on standard input, amount and explanation as JSON."""
    from steelyard.catalog import answer_rating

    body = sys.stdin.buffer.read()
    if not live:
        print_json(dict(answer_rating(body)))
        return
    with talk(folder) as workspace:
        print_json(workspace.ask("POST", "/api/v1/rate", body=body))
