"""Every record store that the contract is checked against."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.record.stores import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path)
    yield store
    store.writer.close()
