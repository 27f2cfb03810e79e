"""What every kind of test shares: the settings of hypothesis, where files lie, and the public data sets."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parents[1]

# A busy machine must not fail a property; in CI the same examples come every time.
settings.register_profile(
    "steelyard",
    deadline=None,
    derandomize="CI" in os.environ,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("steelyard")

MEMORY = Path("/dev/shm")
MEMORY_FREE_BYTES = 4 << 30


def pytest_configure() -> None:
    """Puts the files of tests into memory where there is room, unless TMPDIR names a place.

    Thousands of workspaces are made and forgotten, and none of them outlives a power cut anyway.
    """
    if "TMPDIR" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > MEMORY_FREE_BYTES:
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Give the folder of public data sets beside the project; without it, say what is passed over."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("passed over: the public data sets in ../shared/data are not here")
    return folder
