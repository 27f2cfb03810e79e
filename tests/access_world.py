"""A record and a state in a folder, without a server: what tests of access write to and read from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from steelyard.access import Person, Role
from steelyard.adapters.keys import make_signer
from steelyard.adapters.sql import REGISTRY, SqlStateWriter, StateStore, prepare_state, sqlite_engine
from steelyard.adapters.sqlite import RecordWriter
from steelyard.kernel import instant
from steelyard.metering.payload import key_of, same_content
from steelyard.record import WORKSPACE_CHAIN, Kind, Write, Written
from steelyard.record.planned import saving

AT = instant("2026-11-01T09:00:00Z")


class AccessWorld:
    """One workspace's record and state."""

    def __init__(self, folder: Path) -> None:
        signer = make_signer(folder, "steelyard.local/test", seed=bytes(range(32)))
        prepare_state(folder / "steelyard.sqlite", REGISTRY)
        self.writer = RecordWriter(
            folder,
            signer=signer,
            state_writer=SqlStateWriter(REGISTRY),
            key_of=key_of,
            same_content=same_content,
        )
        self.state = StateStore(sqlite_engine(folder / "steelyard.sqlite"), REGISTRY)

    def close(self) -> None:
        self.writer.close()
        self.state.close()

    def write(self, write: Write | None) -> Written | None:
        """Carry a write out; nothing to write is nothing done."""
        return None if write is None else self.writer.submit(write).result()

    def person(self, name: str, *roles: Role, **more: Any) -> Person:
        """Somebody with these roles, in the state."""
        given: dict[str, Any] = {"id": f"person_{name}", "name": name, "email": f"{name}@acme.example"}
        person = Person(**given, roles=tuple(roles), created_at=AT, **more)
        self.put(person, person.id)
        return person

    def put(self, record: Any, key: str, kind: Kind = Kind.ACCESS) -> None:
        """Store a record as it is, whatever was there."""
        version = self.state.version(type(record), key)
        self.write(saving(kind, WORKSPACE_CHAIN, record, key, version))


def names(items: Sequence[Any]) -> list[str]:
    """The names of enum members, for reading in assertions."""
    return [item.value for item in items]
