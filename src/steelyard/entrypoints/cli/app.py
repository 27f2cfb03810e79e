"""The tree of commands, and how their failures become exit codes."""

from __future__ import annotations

import sys
from typing import Final

from cyclopts import App, CycloptsError

from steelyard import __version__

_HERE: Final = "steelyard.entrypoints.cli."

app = App(
    name="steelyard",
    help="Sell software by what it does: meter, price, bill, and prove every charge.",
    version=__version__,
    help_epilogue="Exit codes: 0 ok, 2 usage, 3 invalid data or failed verification, 4 refused, 5 conflict, "
    "6 unavailable.",
)


def _add(parent: App, name: str, where: str, text: str) -> None:
    parent.command(_HERE + where, name=name, help=text)


def _group(name: str, text: str) -> App:
    group = App(name=name, help=text)
    app.command(group)
    return group


_add(app, "init", "process:init", "Make a workspace: its folder, its keys, its name.")
_add(app, "serve", "process:serve", "Serve a workspace: the HTTP interface and the console.")
_add(app, "demo", "process:demo", "A month of usage, metered, priced, invoiced and proven.")
_add(app, "doctor", "process:doctor", "Look over a workspace; rebuild what derives from the record.")
_add(app, "verify", "proof:verify", "Check the whole record and the state it tells of.")
_add(app, "rate", "rating:rate", "Rate one quantity: JSON request in, amount and explanation out.")
_add(app, "ingest", "usage:ingest", "Store usage events from a file.")

_receipt = _group("receipt", "Proofs of single charges.")
_add(_receipt, "verify", "proof:verify_receipt", "Check an evidence file offline.")

_catalog = _group("catalog", "What is sold, as YAML files.")
_add(_catalog, "validate", "catalog:validate", "Every mistake of a catalog folder, with its place.")
_add(_catalog, "plan", "catalog:plan", "What publishing a folder would change.")
_add(_catalog, "publish", "catalog:publish", "Publish a folder as an immutable version.")
_add(_catalog, "rollback", "catalog:rollback", "Publish an earlier version again.")
_add(_catalog, "show", "catalog:show", "Print a published version, or a folder's catalog.")
_add(_catalog, "schema", "catalog:schema", "Print the JSON Schema of catalog files.")

_customers = _group("customers", "Who is billed.")
_add(_customers, "list", "customers:list_customers", "All customers.")
_add(_customers, "show", "customers:show", "One customer.")
_add(_customers, "create", "customers:create", "Make a customer.")
_add(_customers, "preview", "customers:preview", "What the next bill would say.")

_invoices = _group("invoices", "What was billed.")
_add(_invoices, "list", "invoices:list_invoices", "All invoices and credit notes.")
_add(_invoices, "show", "invoices:show", "One invoice, line by line.")
_add(_invoices, "evidence", "invoices:evidence", "Write an invoice's evidence file.")

_billing = _group("billing", "Billing runs.")
_add(_billing, "run", "billing:run", "Bill a month.")


def main() -> None:
    """Run the command line and leave with its exit code."""
    try:
        app(sys.argv[1:], exit_on_error=False, print_error=False)
    except CycloptsError as error:
        first = str(error).strip().splitlines()
        sys.stderr.write(f"steelyard: {' '.join(first)} (see steelyard --help)\n")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except Exception as error:  # noqa: BLE001 - said in one line, with an exit code
        from steelyard.entrypoints.cli.failure import leave

        leave(error)
