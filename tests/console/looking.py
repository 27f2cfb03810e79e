"""A signed-in page in a real Chromium, and the rules of accessibility that every page keeps."""

from __future__ import annotations

from typing import Any

from tests.console.served import Served

RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }
}


class Looking:
    """A signed-in page that keeps what the browser complained about."""

    def __init__(self, chromium: Any, served: Served, **settings: Any) -> None:
        self.served = served
        self.context = chromium.new_context(**settings)
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(served.sign_in_link())
        self.page.wait_for_url("**/console")

    def _hear(self, message: Any) -> None:
        if message.type in ("error", "warning") and "status of 404" not in message.text:
            self.complaints.append(message.text)

    def open(self, path: str) -> Any:
        self.page.goto(self.served.address + path)
        return self.page

    def __enter__(self) -> Looking:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()
