"""The house rules hold in every file, and each rule finds what it is there to find."""

import pytest

from tests.tidy import source_rules as rules
from tests.tidy.sources import PACKAGE, parse, sources

DOMAIN = "src/steelyard/rating/sample.py"


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_no_file_breaks_the_rule(rule: rules.Rule) -> None:
    broken = [place for source in sources() for place in rule(source)]
    assert not broken, f"{rule.__doc__}\n" + "\n".join(broken)


def test_the_rules_see_the_whole_package() -> None:
    seen = {source.path for source in sources() if source.path.startswith("src/")}
    assert len(seen) == len(list(PACKAGE.rglob("*.py"))) > 5
    assert any(source.in_domain for source in sources())


@pytest.mark.parametrize(
    "line",
    [
        "datetime.now()",
        "datetime.datetime.now(tz=UTC)",
        "datetime.utcnow()",
        "date.today()",
        "uuid4()",
        "uuid.uuid4()",
        "time.time()",
        "os.environ['A']",
        "os.path.join('a', 'b')",
        "random.random()",
        "numpy.random.default_rng()",
        "open('file')",
        "print('x')",
        "secrets.token_bytes(8)",
    ],
)
def test_the_world_does_not_enter_a_domain_room(line: str) -> None:
    text = f"import datetime, numpy, os, random, secrets, time, uuid\n{line}"
    assert list(rules.brings_in_the_world(parse(text, DOMAIN)))
    assert not list(rules.brings_in_the_world(parse(text, "src/steelyard/adapters/keys/file.py")))


@pytest.mark.parametrize(
    "line",
    [
        "period.contains(now)",
        "entry.time.microsecond",
        "time.removeprefix('T')",
        "re.compile('a')",
        "self.now",
    ],
)
def test_ordinary_names_are_no_clock(line: str) -> None:
    assert not list(rules.brings_in_the_world(parse(line, DOMAIN)))


def test_binary_fractions_are_found_where_money_passes() -> None:
    for line in ("float(a)", "a * 0.1", "a += 0.1", "a > 0.5", "Decimal(0.1)", "numpy.float64(1)"):
        assert list(rules.uses_binary_fractions(parse(line, DOMAIN))), line
    assert list(rules.uses_binary_fractions(parse("float(a)", "src/steelyard/adapters/documents/pdf.py")))
    for line in ("isinstance(a, float)", "wait(timeout=0.5)", "a * Decimal('0.1')"):
        assert not list(rules.uses_binary_fractions(parse(line, DOMAIN))), line


def test_a_function_may_have_sixty_lines_and_a_docstring() -> None:
    body = "\n\n".join(f"    x{n} = {n}" for n in range(59))
    allowed = f'def f():\n    """Say.\n\n    More.\n    """\n{body}\n'
    assert not list(rules.grows_too_long(parse(allowed)))
    assert list(rules.grows_too_long(parse(allowed + "    y = 1\n")))


def test_a_file_may_have_five_hundred_lines() -> None:
    assert not list(rules.grows_too_long(parse("x = 1\n" * 500)))
    assert list(rules.grows_too_long(parse("x = 1\n" * 501)))


def test_names_that_say_nothing_are_found() -> None:
    for path in (
        "src/steelyard/rating/utils.py",
        "src/steelyard/misc/a.py",
        "src/steelyard/rating/date_helpers.py",
    ):
        assert list(rules.says_nothing_by_its_name(parse("", path))), path
    assert not list(rules.says_nothing_by_its_name(parse("", "src/steelyard/rating/commonwealth.py")))


def test_public_names_of_domain_rooms_are_documented() -> None:
    for text in ('"""File."""\ndef f(): ...', '"""File."""\nclass C: ...', "x = 1"):
        assert list(rules.is_undocumented(parse(text, DOMAIN))), text
    assert not list(rules.is_undocumented(parse('"""File."""\ndef _f(): ...', DOMAIN)))
    assert not list(rules.is_undocumented(parse('"""File."""\ndef f(): ...', "src/steelyard/adapters/a.py")))


def test_a_room_says_what_it_owns() -> None:
    complete = '"""Rating. Owns: a. Does not own: b. Invariants: c."""'
    assert not list(rules.does_not_introduce_its_room(parse(complete, "src/steelyard/rating/__init__.py")))
    assert len(list(rules.does_not_introduce_its_room(parse("", "src/steelyard/rating/__init__.py")))) == 3


def test_unfinished_work_is_found() -> None:
    assert list(rules.is_unfinished(parse("x = 1  # TO" + "DO later")))


def test_a_write_that_names_nobody_is_found() -> None:
    path = "src/steelyard/entrypoints/api/handlers/sample.py"
    named = "call.workspace.writer.submit(call.signed(write))"
    assert list(rules.writes_in_nobodys_name(parse("call.workspace.writer.submit(write).result()", path)))
    assert not list(rules.writes_in_nobodys_name(parse(named, path)))
    assert not list(rules.writes_in_nobodys_name(parse("call.submit(write)", path)))
