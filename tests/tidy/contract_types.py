"""Two kinds of import contract that import-linter does not bring along.

Its `forbidden` contract lists what is banned, so a new way to reach a disk, a network, a clock or a
random number would pass until somebody thought of it: `pure_rooms` lists what is allowed. And both
contracts here pass over rooms that do not exist yet, so that the house can grow room by room.
"""

from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output
from importlinter.contracts.protected import ProtectedContract


class PureRooms(Contract):
    """Each room imports only other rooms and the named libraries; `also` widens it for one room."""

    type_name = "pure_rooms"

    rooms: Any = fields.ListField(subfield=fields.ModuleField())
    may_import: Any = fields.SetField(subfield=fields.StringField())
    also: Any = fields.ListField(subfield=fields.StringField(), required=False)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Give the imports, with their lines, that leave the allowed set."""
        illegal: list[tuple[str, str, list[int]]] = []
        for room in (room.name for room in self.rooms if room.name in graph.modules):
            allowed = self._allowed_in(room)
            for module in sorted({room} | graph.find_descendants(room)):
                for imported in sorted(graph.find_modules_directly_imported_by(module)):
                    if imported.split(".")[0] not in allowed | {"steelyard"}:
                        details = graph.get_import_details(importer=module, imported=imported)
                        illegal.append((module, imported, [detail["line_number"] for detail in details]))
        return ContractCheck(kept=not illegal, metadata={"illegal": illegal})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print each import that is not allowed, with its place."""
        for module, imported, lines in check.metadata["illegal"]:
            places = ", ".join(f"l. {line}" for line in lines)
            output.print_error(f"{module} is not allowed to import {imported} ({places})", bold=False)
        output.new_line()
        output.print("A domain room takes I/O, time and randomness as arguments; adapters bring them.")

    def _allowed_in(self, room: str) -> set[str]:
        extra = {
            library.strip()
            for line in self.also or []
            for library in line.split(":")[1].split(",")
            if line.split(":")[0].strip() == room
        }
        return set(self.may_import) | extra


class FewImporters(ProtectedContract):
    """The protected modules are imported by the allowed ones only, those of both that exist."""

    type_name = "few_importers"

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Give what import-linter's own contract gives, without the modules that are missing."""
        self.protected_modules = [m for m in self.protected_modules if m.expression in graph.modules]
        self.allowed_importers = [m for m in self.allowed_importers if m.expression in graph.modules]
        return super().check(graph, verbose)
