"""Trying out what a form asks for: nothing is written, and a refusal comes back as words for the form."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from steelyard.entrypoints.console.answers import Json, Refusal
from steelyard.entrypoints.console.forms import Form
from steelyard.kernel import InvalidInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What a form would do, as the API answers; or why it is refused; `fields` fill the form again."""

    fields: dict[str, str]
    answer: Json | None = None
    refused: tuple[str, ...] = ()


async def try_out(form: Form, asked: Callable[[], Awaitable[Json]]) -> Tried:
    """What asking answers; `asked` reads the form and asks for a dry run."""
    try:
        return Tried(fields=form.fields, answer=await asked())
    except Refusal as refusal:
        return Tried(fields=form.fields, refused=refusal.reasons)
    except InvalidInput as error:
        return Tried(fields=form.fields, refused=(str(error),))
