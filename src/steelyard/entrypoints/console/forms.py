"""What a person sent with a form: texts by name, of bounded size."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from starlette.requests import Request

from steelyard.kernel import InvalidInput

FORM_BYTES_MAX = 256 * 1024
FIELDS_MAX = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The fields of a form in the order in which they were sent; a name may stand more than once."""

    pairs: tuple[tuple[str, str], ...] = field(default=())

    def one(self, name: str) -> str:
        """The last text under this name without the white space around it; empty if there is none.

        >>> Form(pairs=(("reason", " a typo "),)).one("reason")
        'a typo'
        """
        return next((text.strip() for key, text in reversed(self.pairs) if key == name), "")

    def raw(self, name: str) -> str:
        """The last text under this name exactly as it was sent, such as a password."""
        return next((text for key, text in reversed(self.pairs) if key == name), "")

    def all(self, name: str) -> list[str]:
        """Every text under this name that is not empty."""
        return [text.strip() for key, text in self.pairs if key == name and text.strip()]

    @property
    def fields(self) -> dict[str, str]:
        """Each name with its last text."""
        return {name: text.strip() for name, text in self.pairs}


def form_of(body: str) -> Form:
    """The form that a body of type application/x-www-form-urlencoded stands for.

    Raises InvalidInput where it has more than 1,000 fields.

    >>> form_of("a=1&a=2&b=x+y").all("a"), form_of("b=x+y").one("b")
    (['1', '2'], 'x y')
    """
    try:
        pairs = parse_qsl(body, keep_blank_values=True, max_num_fields=FIELDS_MAX)
    except ValueError:
        raise InvalidInput(f"a form has at most {FIELDS_MAX} fields", code="too_large") from None
    return Form(pairs=tuple(pairs))


def whole(text: str) -> int:
    """The whole number of at most four digits that somebody typed. Raises InvalidInput for anything else.

    >>> whole("12")
    12
    """
    if text.isdecimal() and len(text) < 5:
        return int(text)
    raise InvalidInput(f"{text[:40]!r} is no whole number", code="not_a_number")


async def read_form(request: Request, bytes_max: int = FORM_BYTES_MAX) -> Form:
    """The form that a request carries.

    Raises InvalidInput where it is larger than 256 KiB, or than `bytes_max`.
    """
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > bytes_max:
            raise InvalidInput("this form is too large", code="too_large")
    return form_of(body.decode(errors="replace"))


def asked_for(request: Request) -> Form:
    """The query of an address, read like a form."""
    return Form(pairs=tuple(request.query_params.multi_items()))
