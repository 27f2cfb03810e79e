"""The command line: one thin file a noun; each command asks the API's handlers, over HTTP or in process.

Owns: arguments, what is printed, exit codes.
Does not own: rules, shapes (the API's), the server process.
Invariants: `steelyard --help` imports no engine; an error is one line that says what happened and what to do;
`--json` prints one JSON document and nothing else on standard output.

Exit codes: 0 ok, 2 usage, 3 invalid data or failed verification, 4 refused, 5 conflict, 6 unavailable.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cyclopts import App

    app: App

__all__ = ["app", "main"]


def __getattr__(name: str) -> Any:
    if name == "app":
        from steelyard.entrypoints.cli.tree import app as built

        return built
    raise AttributeError(name)


def main() -> None:
    """Run the command line and leave with its exit code."""
    words = sys.argv[1:]
    if not words or words in (["--help"], ["-h"]):
        from steelyard.entrypoints.cli.commands import help_text

        sys.stdout.write(help_text())
        return
    _run(words)


def _run(words: list[str]) -> None:
    from cyclopts import CycloptsError

    from steelyard.entrypoints.cli.tree import app as built

    try:
        built(words, exit_on_error=False, print_error=False)
    except CycloptsError as error:
        from steelyard.entrypoints.cli.failure import unreadable

        sys.stderr.write(unreadable(error) + "\n")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except Exception as error:  # noqa: BLE001 - said in one line, with an exit code
        from steelyard.entrypoints.cli.failure import leave

        leave(error)
