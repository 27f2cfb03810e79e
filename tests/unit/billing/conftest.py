"""A workspace with the small catalog, fresh for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.billing_catalog import catalog
from tests.billing_world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    one = World(tmp_path)
    one.publish(catalog())
    yield one
    one.close()
