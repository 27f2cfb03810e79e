"""The examples in the docstrings of the domain rooms run and give what they say."""

import doctest
import importlib

import pytest

from tests.tidy.sources import Source, domain_sources

WITH_EXAMPLES = [source for source in domain_sources() if ">>>" in source.text]


@pytest.mark.parametrize("source", WITH_EXAMPLES, ids=lambda source: source.module)
def test_the_examples_give_what_they_say(source: Source, capsys: pytest.CaptureFixture[str]) -> None:
    module = importlib.import_module(source.module)
    results = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    assert results.attempted > 0, f"{source.path} shows an example that doctest does not find"
    assert results.failed == 0, capsys.readouterr().out
