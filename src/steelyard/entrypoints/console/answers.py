"""What the console asks of the API, as one narrow port, and one page's view of it.

A page names an endpoint by its public path and gets that endpoint's answer as plain JSON values. The
workspace's API answers in production; tests answer from files.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import quote, urlencode

import msgspec

from steelyard.access import Principal

Json = dict[str, Any]
_NOTHING: Mapping[str, str] = {}
_CONVERTER = re.compile(r":[a-z]+\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """An answer that is bytes of a named type, such as a PDF or a checkpoint."""

    content: bytes
    media_type: str


class Refusal(Exception):
    """An endpoint refused; `problem` (RFC 9457) says why, and the page shows it in those words."""

    def __init__(self, status: int, problem: Json) -> None:
        super().__init__(str(problem.get("detail") or problem.get("title") or f"status {status}"))
        self.status = status
        self.problem = problem

    @property
    def reasons(self) -> tuple[str, ...]:
        """Everything that is wrong, each as a sentence that names the field where it would not stand alone.

        >>> Refusal(400, {"errors": [{"message": "must be a number", "field": "amount"}]}).reasons
        ('amount must be a number',)
        >>> Refusal(404, {"detail": "there is no such plan"}).reasons
        ('there is no such plan',)
        """
        said = [
            f"{one['field'].replace('_', ' ')} {one['message']}"
            if one["message"].startswith("must ") and one.get("field")
            else one["message"]
            for one in self.problem.get("errors", [])
        ]
        return tuple(said) or (str(self),)


class Answers(Protocol):
    """The API as the console sees it: `path` is an endpoint's template, `names` fills its braces."""

    async def fetch(
        self,
        principal: Principal,
        method: str,
        path: str,
        names: Mapping[str, str],
        query: Mapping[str, str],
        body: Any = None,
        *,
        client: str = "",
    ) -> Download:
        """The endpoint's answer, byte for byte; `body` is plain values where the endpoint takes some.

        `client` is where somebody comes from who is not signed in.

        Raises Refusal where the endpoint refuses.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """One page's questions on behalf of one person; remembers them, so that the page can name its twins."""

    answers: Answers
    principal: Principal
    client: str = ""
    asked: dict[str, Any] = field(default_factory=dict[str, Any])

    async def get(
        self, path: str, names: Mapping[str, str] = _NOTHING, query: Mapping[str, str] = _NOTHING
    ) -> Any:
        """The answer of a GET endpoint as plain JSON values, or as text where it is no JSON.

        Raises Refusal where the endpoint refuses.
        """
        answer = _read(await self.answers.fetch(self.principal, "GET", path, names, query))
        self.asked[address(path, names, query)] = answer
        return answer

    async def get_or_none(
        self, path: str, names: Mapping[str, str] = _NOTHING, query: Mapping[str, str] = _NOTHING
    ) -> Any:
        """The answer, or None where the endpoint refuses: for what a page can do without."""
        try:
            return await self.get(path, names, query)
        except Refusal:
            return None

    async def sample(self, path: str, query: Mapping[str, str]) -> Any:
        """One of many answers of the same endpoint, too many to name each as a twin of the page.

        Raises Refusal where the endpoint refuses.
        """
        return _read(await self.answers.fetch(self.principal, "GET", path, _NOTHING, query))

    async def download(self, path: str, names: Mapping[str, str]) -> Download:
        """The answer byte for byte: evidence is proof only as long as nobody writes it anew.

        Raises Refusal where the endpoint refuses.
        """
        return await self.answers.fetch(self.principal, "GET", path, names, _NOTHING)

    async def post(self, path: str, body: Any = None, names: Mapping[str, str] = _NOTHING) -> Any:
        """The answer of a POST endpoint to a body of plain values.

        Raises Refusal where the endpoint refuses.
        """
        answer = await self.answers.fetch(
            self.principal, "POST", path, names, _NOTHING, body, client=self.client
        )
        return _read(answer)

    async def put(self, path: str, body: Any, names: Mapping[str, str] = _NOTHING) -> Any:
        """The answer of a PUT endpoint to a body of plain values.

        Raises Refusal where the endpoint refuses.
        """
        return _read(await self.answers.fetch(self.principal, "PUT", path, names, _NOTHING, body))

    async def question(self, path: str, body: Any) -> Any:
        """The answer of a POST endpoint that writes nothing; remembered as a twin of the page.

        Raises Refusal where the endpoint refuses.
        """
        answer = await self.post(path, body)
        self.asked[f"POST {path}"] = answer
        return answer

    async def delete(self, path: str, names: Mapping[str, str] = _NOTHING) -> None:
        """What a DELETE endpoint names is gone afterwards.

        Raises Refusal where the endpoint refuses.
        """
        await self.answers.fetch(self.principal, "DELETE", path, names, _NOTHING)


def _read(answer: Download) -> Any:
    if not answer.content:
        return None
    if answer.media_type.startswith("application/json"):
        return msgspec.json.decode(answer.content)
    return answer.content.decode()


def address(path: str, names: Mapping[str, str] = _NOTHING, query: Mapping[str, str] = _NOTHING) -> str:
    """The path with its names filled in and its query.

    >>> address("/api/v1/customers/{key}/usage", {"key": "a b"}, {"period": "2026-10"})
    '/api/v1/customers/a%20b/usage?period=2026-10'
    """
    filled = path.format(**{name: quote(value, safe="") for name, value in names.items()})
    return f"{filled}?{urlencode(query)}" if query else filled


def without_converters(path: str) -> str:
    """A path's template with the converters of its parameters taken off.

    >>> without_converters("/record/proof/{index:int}")
    '/record/proof/{index}'
    """
    return _CONVERTER.sub("}", path)
