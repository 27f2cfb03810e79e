"""What is committed belongs to the project alone: no machine, no index, no other people's files."""

import json
import re
import subprocess
import tomllib
from functools import cache

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.tidy.sources import ROOT

# Put together from parts, so that this file does not contain what it looks for.
MACHINE_PATHS = [f"/{folder}/" for folder in ("work", "root", "farm", "tmp", "home")]
INDEX_HOSTS = ["py" + "pi.org", "python" + "hosted", "registry.np" + "mjs", "deb.deb" + "ian", "yarn" + "pkg"]
WORKPLACE = ["." + "library/", "sub" + "agent"]
FOREIGN = re.compile(
    r"(?<![\w.>\])}])("
    + "|".join(map(re.escape, MACHINE_PATHS))
    + r")|"
    + "|".join(map(re.escape, INDEX_HOSTS + WORKPLACE)),
    re.IGNORECASE,
)
ADDRESS = re.compile(r"https?:/" + "/|file:/" + "/|--(extra-)?index-url|--find-links")
TRACKED_BYTES_MAX = 2_000_000


def git(*arguments: str) -> str:
    """Give what git prints about this checkout."""
    return subprocess.run(
        ["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=True, timeout=60
    ).stdout


@cache
def tracked() -> dict[str, str]:
    """Give the text of every tracked file that lies there and is text."""
    texts: dict[str, str] = {}
    for name in git("ls-files", "-z").split("\0"):
        path = ROOT / name
        if name and path.is_file():
            content = path.read_bytes()
            texts[name] = "" if b"\0" in content[:8000] else content.decode("utf-8", errors="replace")
    return texts


def locked() -> dict[str, str]:
    """Give each name in constraints.txt with its version."""
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    return dict(re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", text, flags=re.MULTILINE))


def places(pattern: re.Pattern[str], texts: dict[str, str]) -> list[str]:
    """Give file, line and finding for each match."""
    return [
        f"{name}:{number}: {found.group()}"
        for name, text in texts.items()
        for number, line in enumerate(text.splitlines(), start=1)
        if (found := pattern.search(line))
    ]


def test_no_tracked_file_names_a_machine_or_an_index() -> None:
    assert len(tracked()) > 20
    assert not places(FOREIGN, tracked())


@pytest.mark.parametrize("word", [*MACHINE_PATHS, *INDEX_HOSTS, *WORKPLACE])
def test_the_search_finds_what_must_not_be_there(word: str) -> None:
    assert places(FOREIGN, {"a.md": f"see {word}x"})
    assert places(FOREIGN, {"a.py": f"open('{word}x')"})


def test_ordinary_paths_are_not_mistaken() -> None:
    for line in (
        f"src{MACHINE_PATHS[0]}order.py",
        "/usr/bin/chromium",
        "../shared/data",
        "the tile tree's /root",
        "{id}/home/",
    ):
        assert not places(FOREIGN, {"a.md": line}), line


def test_no_commit_message_names_a_machine_or_an_index() -> None:
    assert not places(FOREIGN, {"git log": git("log", "--format=%s%n%b")})


def test_no_third_party_file_is_tracked() -> None:
    for name, text in tracked().items():
        assert not re.search(r"\.min\.(js|css)$|(^|/)(node_modules|vendor)/", name), name
        if name.endswith((".js", ".css")):
            assert max(map(len, text.splitlines()), default=0) < 1000, f"{name} looks minified"


def test_no_tracked_file_is_heavy() -> None:
    heavy = [name for name in tracked() if (ROOT / name).stat().st_size > TRACKED_BYTES_MAX]
    assert not heavy


def test_the_locks_carry_no_address() -> None:
    for name in ("constraints.txt", "package-lock.json", ".npmrc"):
        assert not places(ADDRESS, {name: (ROOT / name).read_text(encoding="utf-8")})


def test_every_locked_python_package_has_hashes() -> None:
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[A-Za-z0-9])", text.strip())
    assert len(entries) == len(locked()) > 40
    assert not [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry]


def test_every_locked_javascript_package_has_a_hash() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    for name, entry in packages.items():
        assert entry["integrity"].startswith("sha512-"), name
        assert "resolved" not in entry, name


def test_the_lock_satisfies_what_the_project_asks_for() -> None:
    document = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = document["project"]
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    versions = {canonicalize_name(name): version for name, version in locked().items()}
    for line in [*project["dependencies"], *extras, *document["build-system"]["requires"]]:
        wanted = Requirement(line)
        version = versions.get(canonicalize_name(wanted.name))
        assert version, f"{line} is not locked: make lock"
        assert wanted.specifier.contains(version), f"{line} is locked at {version}: make lock"
