"""Two kinds of import contract that import-linter does not bring along.

Its `forbidden` contract lists what is banned, so a new way to reach a disk, a network, a clock or a
random number would pass until somebody thought of it: `pure_rooms` lists what is allowed. And both
contracts here pass over rooms that do not exist yet, so that the house can grow room by room.
"""

from collections.abc import Iterator
from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

ROOT_PACKAGE = "steelyard"


class _ListedImports(Contract):
    """A contract whose verdict is a list of imports that must not be, each with its lines."""

    def illegal(self, graph: ImportGraph) -> Iterator[tuple[str, str]]:
        """Give the pairs of importing and imported module that break the contract."""
        raise AssertionError(f"{type(self).__name__} does not say what is illegal")

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Give the imports that break the contract, with their places."""
        places = [
            (importer, imported, [d["line_number"] for d in details])
            for importer, imported in self.illegal(graph)
            if (details := graph.get_import_details(importer=importer, imported=imported)) is not None
        ]
        return ContractCheck(kept=not places, metadata={"places": places})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print each import that must not be, with its lines."""
        for importer, imported, lines in check.metadata["places"]:
            where = ", ".join(f"l. {line}" for line in lines)
            output.print_error(f"{importer} is not allowed to import {imported} ({where})", bold=False)
        output.new_line()


def _inside(graph: ImportGraph, package: str) -> set[str]:
    return {package} | graph.find_descendants(package) if package in graph.modules else set()


class PureRooms(_ListedImports):
    """Each room imports only other rooms and the named libraries; `also` widens it for one room."""

    type_name = "pure_rooms"

    rooms: Any = fields.ListField(subfield=fields.ModuleField())
    may_import: Any = fields.SetField(subfield=fields.StringField())
    also: Any = fields.ListField(subfield=fields.StringField(), required=False)

    def illegal(self, graph: ImportGraph) -> Iterator[tuple[str, str]]:
        """Give the imports of libraries that are not named."""
        for room in self.rooms:
            allowed = {ROOT_PACKAGE} | self.may_import | self._also_in(room.name)
            for importer in sorted(_inside(graph, room.name)):
                for imported in sorted(graph.find_modules_directly_imported_by(importer)):
                    if imported.split(".")[0] not in allowed:
                        yield importer, imported

    def _also_in(self, room: str) -> set[str]:
        rows = (line.split(":") for line in self.also or [])
        return {name.strip() for row, names in rows if row.strip() == room for name in names.split(",")}


class StandsApart(_ListedImports):
    """The module imports nothing of ours but the bare package, and only the named modules import it."""

    type_name = "stands_apart"

    module: Any = fields.ModuleField()
    imported_by: Any = fields.ListField(subfield=fields.ModuleField())

    def illegal(self, graph: ImportGraph) -> Iterator[tuple[str, str]]:
        """Give the imports from the module into the house, and from elsewhere into the module."""
        own = _inside(graph, self.module.name)
        allowed = own.union(*(_inside(graph, importer.name) for importer in self.imported_by))
        for member in sorted(own):
            for imported in sorted(graph.find_modules_directly_imported_by(member) - own):
                if imported.startswith(f"{ROOT_PACKAGE}."):
                    yield member, imported
            for importer in sorted(graph.find_modules_that_directly_import(member) - allowed):
                yield importer, member
