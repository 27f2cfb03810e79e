"""The promises of the Makefile that can be checked without a network."""

import re
import subprocess
import zipfile
from pathlib import Path

from tests.tidy.sources import PACKAGE, ROOT
from tests.tidy.test_static_checks import BIN

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PROMISED = ("setup", "demo", "test", "bench", "golden", "check", "fix", "clean")
VENDOR = PACKAGE / "entrypoints" / "console" / "static" / "vendor"


def test_every_promised_target_is_there_and_listed() -> None:
    listed = subprocess.run(["make", "-C", str(ROOT), "help"], capture_output=True, text=True, check=True)
    for target in PROMISED:
        assert re.search(rf"^{target}:.*## ", MAKEFILE, flags=re.MULTILINE), target
        assert f"make {target} " in listed.stdout


def test_the_readme_and_ci_run_the_same_test_command() -> None:
    assert "make test" in (ROOT / "README.md").read_text(encoding="utf-8")
    commands = [
        line
        for line in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith(("#", "set ", "cd "))
    ]
    assert commands == ["make test </dev/null"]


def test_the_console_libraries_come_with_their_licences() -> None:
    for library in ("htmx", "echarts"):
        assert (VENDOR / f"{library}.min.js").stat().st_size > 10_000
        assert (VENDOR / f"{library}.LICENSE.txt").stat().st_size > 100


def test_the_built_package_carries_its_static_files(tmp_path: Path) -> None:
    subprocess.run(
        [str(BIN / "hatchling"), "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT, capture_output=True, check=True, timeout=100,
    )  # fmt: skip
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "steelyard/__init__.py" in names
    assert "steelyard/py.typed" in names
    assert "steelyard/entrypoints/console/static/vendor/echarts.min.js" in names
    assert not [name for name in names if name.startswith("tests/")]
