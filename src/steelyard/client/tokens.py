"""The tokens of a model's answer, in buckets that do not overlap, so that none can be billed twice.

OpenAI's shapes count cached tokens within the prompt and reasoning tokens within the completion; Anthropic's
count them beside. Here each token is in exactly one bucket, and the buckets sum to `total_tokens`.
"""

from __future__ import annotations

from typing import Any, Final

_INPUT: Final = ("prompt_tokens", "input_tokens")
_OUTPUT: Final = ("completion_tokens", "output_tokens")
_INPUT_DETAILS: Final = ("prompt_tokens_details", "input_tokens_details")
_OUTPUT_DETAILS: Final = ("completion_tokens_details", "output_tokens_details")
_CARRIERS: Final = ("response", "message")


def part_of(thing: Any, name: str) -> Any:
    """A part of an answer, be it a dictionary or an object; None where it has none."""
    if isinstance(thing, dict):
        return thing.get(name)
    return getattr(thing, name, None)


class TokenCount:
    """Sees an answer, or the chunks of a stream one by one, and knows the tokens at the end.

    >>> count = TokenCount()
    >>> details = {"cached_tokens": 60}
    >>> answer = {"prompt_tokens": 100, "completion_tokens": 20, "prompt_tokens_details": details}
    >>> count.see({"model": "m1", "usage": answer})
    >>> (
    ...     count.figures()["input_tokens"],
    ...     count.figures()["cached_input_tokens"],
    ...     count.figures()["total_tokens"],
    ... )
    (40, 60, 120)
    """

    def __init__(self) -> None:
        self._said: dict[str, int] = {}
        self._model = ""

    def see(self, answer: Any) -> None:
        """Take in an answer or a chunk; what a later chunk says of the same figure replaces the earlier."""
        if answer is None:
            return
        model = part_of(answer, "model")
        if isinstance(model, str) and model:
            self._model = model
        usage = part_of(answer, "usage")
        if usage is not None:
            self._read(usage)
            return
        for carrier in _CARRIERS:
            inside = part_of(answer, carrier)
            if inside is not None and not isinstance(inside, str):
                self.see_inside(inside)

    def see_inside(self, answer: Any) -> None:
        """An answer that a chunk carries, as the Responses and Messages interfaces do."""
        usage = part_of(answer, "usage")
        model = part_of(answer, "model")
        if isinstance(model, str) and model:
            self._model = model
        if usage is not None:
            self._read(usage)

    def _read(self, usage: Any) -> None:
        self._take("input", usage, _INPUT)
        self._take("output", usage, _OUTPUT)
        for names, bucket, inner in (
            (_INPUT_DETAILS, "cached", "cached_tokens"),
            (_OUTPUT_DETAILS, "reasoning", "reasoning_tokens"),
        ):
            for name in names:
                details = part_of(usage, name)
                if details is not None:
                    self._take(bucket, details, (inner,))
        self._take("cached_beside", usage, ("cache_read_input_tokens",))
        self._take("written_beside", usage, ("cache_creation_input_tokens",))

    def _take(self, bucket: str, where: Any, names: tuple[str, ...]) -> None:
        for name in names:
            figure = part_of(where, name)
            if isinstance(figure, int) and not isinstance(figure, bool) and figure >= 0:
                self._said[bucket] = figure

    def figures(self) -> dict[str, Any]:
        """The buckets; `tokens_known` is false when no answer said how many tokens there were."""
        found: dict[str, Any] = {"model": self._model} if self._model else {}
        if not self._said:
            return {**found, "tokens_known": False}
        said = self._said
        cached = min(said.get("cached", 0), said.get("input", 0))
        reasoning = min(said.get("reasoning", 0), said.get("output", 0))
        buckets = {
            "input_tokens": said.get("input", 0) - cached,
            "cached_input_tokens": cached + said.get("cached_beside", 0),
            "cache_write_tokens": said.get("written_beside", 0),
            "output_tokens": said.get("output", 0) - reasoning,
            "reasoning_tokens": reasoning,
        }
        return {**found, **buckets, "total_tokens": sum(buckets.values())}
