"""Catalogs to begin with: three ways of cutting tiers, each runnable, with its limits and its tests."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from steelyard.kernel import Conflict, NotFound

HOME: Final = Path(__file__).parent
SAMPLES: Final = {
    "consumption": "Essential, Growth, Enterprise: a base fee, and usage at rates that fall by tier.",
    "throughput": "Starter, Growth, Enterprise: a yearly price by requests per second and tenants.",
    "gateway": "Community, Team, Enterprise, Regulated+: free, metered, and by contract.",
}


def sample_folder(name: str) -> Path:
    """The folder with the sample's files; raises NotFound where there is none of that name.

    >>> sample_folder("gateway").name
    'gateway'
    """
    if name not in SAMPLES:
        message = f"there is no sample {name[:100]!r}; there are {', '.join(SAMPLES)}"
        raise NotFound(message, code="unknown_sample")
    return HOME / name


def copy_sample(name: str, folder: Path) -> list[Path]:
    """Writes the sample's files into the folder, and gives their paths; it never overwrites one.

    Raises NotFound for an unknown sample, Conflict where a file is there already.
    """
    sources = sorted(sample_folder(name).glob("*.yaml"))
    made = [folder / source.name for source in sources]
    if there := [one for one in made if one.exists()]:
        raise Conflict(f"{there[0]} is there already", code="file_exists")
    folder.mkdir(parents=True, exist_ok=True)
    for source, path in zip(sources, made, strict=True):
        path.write_bytes(source.read_bytes())
    return made
