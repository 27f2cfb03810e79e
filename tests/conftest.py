"""What every kind of test shares: the settings of hypothesis and the way to the public data sets."""

import os
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


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Give the folder of public data sets beside the project; without it, say what is passed over."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("passed over: the public data sets in ../shared/data are not here")
    return folder
