"""Whatever a user can meet is documented: each command, endpoint, error code and setting."""

import re
from collections.abc import Callable
from functools import cache

import pytest

from tests.tidy import published_names
from tests.tidy.sources import PACKAGE, ROOT, parse


@cache
def documentation() -> str:
    """Give all of the documentation as one text, with its white space made single."""
    pages = [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md"]
    return re.sub(r"\s+", " ", "\n".join(page.read_text(encoding="utf-8") for page in pages))


def is_documented(name: str, text: str) -> bool:
    """Whether the text has the name in code quotes, alone or followed by arguments."""
    return re.search(rf"`{re.escape(name)}(`|[ ?])", text) is not None


@pytest.mark.parametrize(
    "names",
    [
        published_names.commands,
        published_names.endpoints,
        published_names.error_codes,
        published_names.settings,
    ],
    ids=lambda names: names.__name__,
)
def test_everything_published_is_documented(names: Callable[[], list[str]]) -> None:
    missing = [name for name in names() if not is_documented(name, documentation())]
    assert not missing, "write about these in docs/:\n" + "\n".join(f"`{name}`" for name in missing)


def test_a_missing_name_is_noticed() -> None:
    text = "Call `GET /api/v1/meters` or `steelyard demo --no-serve`; `conflict` means that …"
    for name in ("GET /api/v1/meters", "steelyard demo", "conflict"):
        assert is_documented(name, text)
    for name in ("GET /api/v1/meter", "POST /api/v1/meters", "steelyard serve", "confli", "means"):
        assert not is_documented(name, text)


def test_the_codes_are_read_from_the_error_tree() -> None:
    assert {"invalid_input", "not_found", "conflict", "damaged_record"} <= set(published_names.error_codes())


def test_links_between_pages_lead_somewhere() -> None:
    broken = []
    for page in [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "CHANGELOG.md"]:
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
            if "://" not in target and not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert not broken


def test_every_room_is_on_the_map() -> None:
    rooms = [folder.name for folder in PACKAGE.iterdir() if (folder / "__init__.py").is_file()]
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert not [room for room in rooms if f"`{room}`" not in text]


def test_each_decision_says_context_decision_and_consequence() -> None:
    decisions = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert decisions
    numbers = [page.name[:4] for page in decisions]
    assert len(set(numbers)) == len(numbers), "two decisions share a number"
    for page in decisions:
        text = page.read_text(encoding="utf-8").lower()
        assert all(word in text for word in ("context", "decision", "consequence")), page.name


def test_settings_are_found_in_code() -> None:
    source = parse('import os\nX = os.environ["STEELYARD_GOLDEN"]\nclass Settings:\n    port: int = 0')
    assert published_names.settings_in(source) == {"STEELYARD_GOLDEN", "port"}
