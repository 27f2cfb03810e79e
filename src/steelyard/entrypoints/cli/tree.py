"""The command line as an application of cyclopts, built from the table of commands."""

from __future__ import annotations

from cyclopts import App, Parameter

from steelyard import __version__
from steelyard.entrypoints.cli.commands import COMMANDS, EXIT_CODES, GROUPS, SUMMARY


def _built() -> App:
    # No --no-dry-run, no --empty-customer, no default that says nothing: what is not given is not asked for.
    plain = Parameter(negative=(), show_default=lambda value: value or None)
    root = App(
        name="steelyard", help=SUMMARY, version=__version__, help_epilogue=EXIT_CODES, default_parameter=plain
    )
    groups = {name: App(name=name, help=text) for name, text in GROUPS.items()}
    for group in groups.values():
        root.command(group)
    for command in COMMANDS:
        group, _, name = command.words.rpartition(" ")
        parent = groups[group] if group else root
        parent.command(f"steelyard.entrypoints.cli.{command.where}", name=name, help=command.text)
    return root


app = _built()
