"""The API's own table, asked in this process: a page gets what a client would get, without a request."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio.to_thread
import msgspec

from steelyard.access import Principal
from steelyard.entrypoints.api import inside
from steelyard.entrypoints.api.endpoints import ENDPOINTS
from steelyard.entrypoints.api.problems import from_error
from steelyard.entrypoints.console.answers import Download, Refusal, without_converters
from steelyard.kernel import SteelyardError

if TYPE_CHECKING:
    from steelyard.entrypoints.bootstrap import Workspace

_TEMPLATES = {without_converters(row.path): row.path for row in ENDPOINTS}


class ApiAnswers:
    """The endpoints of one open workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

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
        """The endpoint's answer, byte for byte.

        Raises Refusal with the same problem that the API would answer.
        """
        question = partial(
            inside.ask,
            self._workspace,
            principal,
            method,
            _TEMPLATES[path],
            names=names,
            query=query,
            body=body,
            client=client,
        )
        try:
            answer = await anyio.to_thread.run_sync(question)
        except SteelyardError as error:
            problem = from_error(error)
            raise Refusal(problem.status, msgspec.to_builtins(problem)) from error
        return Download(content=answer.content, media_type=answer.media_type)
