"""Consoles to look at, and a real Chromium to look with."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from tests.console.living import Living
from tests.console.preview import FileAnswers
from tests.console.served import Served, Visitor

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--headless",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def _serve(answers: FileAnswers) -> Iterator[Served]:
    served = Served(answers)
    yield served
    served.stop()


@pytest.fixture(scope="session")
def console() -> Iterator[Served]:
    """A console with a month of data."""
    yield from _serve(FileAnswers())


@pytest.fixture(scope="session")
def empty_console() -> Iterator[Served]:
    """A console on its first day."""
    yield from _serve(FileAnswers(empty=True))


@pytest.fixture(scope="session")
def broken_console() -> Iterator[Served]:
    """A console whose answers fail in a way that nobody foresaw."""
    yield from _serve(FileAnswers(broken=True))


@pytest.fixture
def visitor(console: Served) -> Visitor:
    """Somebody who is not signed in."""
    return Visitor(console)


@pytest.fixture
def person(console: Served) -> Visitor:
    """Somebody who is."""
    return Visitor(console).sign_in()


# Playwright keeps an event loop running in this thread, so it must end before the tests of other rooms.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Give a running Chromium, or say why there is none."""
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("passed over: no Chromium here (as root: apt-get install chromium)")
    api = pytest.importorskip("playwright.sync_api", reason="passed over: playwright is not installed")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def living(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Living]:
    """A workspace that lives: everything that its console shows comes from a real record."""
    one = Living(tmp_path_factory.mktemp("living") / "workspace")
    yield one
    one.close()


@pytest.fixture(scope="module")
def finance(living: Living) -> Visitor:
    """Somebody who is signed in to it."""
    return Visitor(living.served).sign_in()
