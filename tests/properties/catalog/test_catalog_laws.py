"""Whatever is written in a catalog, the answer is a catalog or its problems, never a crash."""

import copy
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from steelyard.adapters.files import read_catalog_folder, read_catalog_text
from steelyard.catalog import Catalog, Source, catalog_id, compare, read_catalog, validate
from steelyard.kernel import encode

EXAMPLE = read_catalog_folder(Path(__file__).parents[2] / "unit" / "catalog" / "example_ai")

scalars = st.none() | st.booleans() | st.integers() | st.decimals() | st.text(max_size=8)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of everything below a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [below for name, item in items for below in [(*path, name), *places(item, (*path, name))]]


PLACES = places(EXAMPLE.values)


def replaced(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """The example with something else at one place."""
    values: Any = copy.deepcopy(EXAMPLE.values)
    inside = values
    for name in path[:-1]:
        inside = inside[name]
    inside[path[-1]] = value
    return values


@given(st.sampled_from(PLACES), anything)
def test_any_value_at_any_place_is_accepted_or_told(path: tuple[Any, ...], value: Any) -> None:
    result = validate(Source(values=replaced(path, value), places=EXAMPLE.places))
    if isinstance(result, Catalog):
        assert read_catalog(encode(result)) == result
    else:
        assert all(problem.code and problem.message for problem in result)


@given(st.sampled_from(PLACES))
def test_what_is_left_out_is_accepted_or_told(path: tuple[Any, ...]) -> None:
    values: Any = copy.deepcopy(EXAMPLE.values)
    inside = values
    for name in path[:-1]:
        inside = inside[name]
    del inside[path[-1]]
    assert validate(Source(values=values)) != ()


@given(st.text(max_size=200))
def test_any_text_is_read_or_told(text: str) -> None:
    source = read_catalog_text({"any.yaml": text})
    assert isinstance(validate(source), (Catalog, tuple))


@given(st.randoms(use_true_random=False))
def test_the_order_in_which_things_are_written_changes_nothing(random: Any) -> None:
    values = {name: list(items) for name, items in EXAMPLE.values.items()}
    for items in values.values():
        random.shuffle(items)
    shuffled, example = validate(Source(values=values)), validate(EXAMPLE)
    assert isinstance(shuffled, Catalog)
    assert isinstance(example, Catalog)
    assert catalog_id(shuffled) == catalog_id(example)
    assert compare(example, shuffled) == ()
