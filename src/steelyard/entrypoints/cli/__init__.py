"""The command line: one thin file a noun; each command asks the API's handlers, over HTTP or in process.

Owns: arguments, what is printed, exit codes.
Does not own: rules, shapes (the API's), the server process.
Invariants: `steelyard --help` imports no engine; an error is one line that says what happened and what to do;
`--json` prints one JSON document and nothing else on standard output.

Exit codes: 0 ok, 2 usage, 3 invalid data or failed verification, 4 refused, 5 conflict, 6 unavailable.
"""

from steelyard.entrypoints.cli.app import app, main

__all__ = ["app", "main"]
