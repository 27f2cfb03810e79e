"""The files of a catalog: kept with the version, given back as they were, edited where a number stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from steelyard.adapters.files.catalog_numbers import numbers_of, with_numbers
from steelyard.kernel import InvalidInput
from tests.api.conftest import CATALOG
from tests.api.local import Local
from tests.api.test_catalog_governance import CHANGE, HIGH, answer, files, publish, shop, signed_in

__all__ = ["shop"]

TEXT = (CATALOG / "catalog.yaml").read_text()
NOTED = "# Prices of the autumn — agreed with Zoë\n" + TEXT


def source(local: Local, version: str = "live") -> Any:
    return local.ask("GET", f"/api/v1/catalog/versions/{version}/source")


def test_the_files_come_back_as_they_were_sent(local: Local) -> None:
    publish(local, NOTED, "tests: []\n")
    found = source(local).json
    assert [(one["name"], one["text"]) for one in found["files"]] == [
        ("0.yaml", NOTED),
        ("1.yaml", "tests: []\n"),
    ]
    again = {"files": found["files"]}
    assert local.done("POST", "/api/v1/catalog/versions", again)["status"] == "unchanged"


def test_a_catalog_sent_as_one_tree_comes_back_as_one_file(local: Local) -> None:
    tree = {"features": [{"key": "sso", "name": "S", "owner": "o", "definition": "d"}]}
    local.done("POST", "/api/v1/catalog/versions", {"catalog": tree})
    again = {"files": source(local).json["files"]}
    assert local.done("POST", "/api/v1/catalog/versions", again)["status"] == "unchanged"


def test_what_waits_for_agreement_keeps_its_files(shop: Local) -> None:
    waiting = publish(shop, HIGH, CHANGE, key=signed_in(shop, "pam"))
    for name in ("fin", "eve"):
        answer(shop, name, waiting["waits_for"]["review"])
    path = f"/api/v1/catalog/proposals/{waiting['waits_for']['proposal']}/publish"
    assert shop.done("POST", path, {})["status"] == "published"
    assert [one["text"] for one in source(shop).json["files"]] == [HIGH, CHANGE]


def test_a_meter_that_is_added_stands_in_a_file_of_its_own(local: Local) -> None:
    publish(local, TEXT)
    meter = {"event_types": "llm.completion", "aggregation": "count"}
    body = {"key": "calls", "name": "Calls", "owner": "o", "definition": "d", "unit": "calls", "meter": meter}
    local.done("POST", "/api/v1/meters", body)
    found = source(local).json
    assert [one["name"] for one in found["files"]] == ["0.yaml", "metric-calls.yaml"]
    again = {"files": found["files"]}
    assert local.done("POST", "/api/v1/catalog/versions", again)["status"] == "unchanged"


def test_a_version_whose_files_are_not_kept_says_so(local: Local) -> None:
    publish(local, TEXT)
    assert source(local, "9").status == 404


def test_numbers_are_found_where_they_stand(local: Local) -> None:
    found = local.done("POST", "/api/v1/catalog/edit", files(NOTED))["numbers"]
    named = {(one["key"], one["field"]): one for one in found}
    assert named["platform-fee", "amount"]["value"] == "49"
    assert named["token-price", "unit_amount"]["value"] == "1.50"
    assert named["team", "items[2].included"]["noun"] == "plans"
    line = NOTED.splitlines()[named["platform-fee", "amount"]["line"] - 1]
    assert "platform-fee" in line


def test_a_number_changes_and_nothing_else_does(local: Local) -> None:
    sent = files(NOTED)
    numbers = local.done("POST", "/api/v1/catalog/edit", sent)["numbers"]
    ids = {(one["key"], one["field"]): one["id"] for one in numbers}
    change = {ids["platform-fee", "amount"]: "55", ids["token-price", "unit_amount"]: "1.25"}
    edited = local.done("POST", "/api/v1/catalog/edit", sent | {"numbers": change})
    expected = NOTED.replace("amount: 49}", "amount: 55}").replace('"1.50"', '"1.25"')
    assert edited["files"][0]["text"] == expected


def test_wrong_numbers_are_all_told(local: Local) -> None:
    id = numbers_of({"0.yaml": TEXT})[0].id
    refused = local.ask(
        "POST", "/api/v1/catalog/edit", files(TEXT) | {"numbers": {id: "ten", "0.yaml#0/prices/9/x": "1"}}
    )
    assert (refused.status, sorted(one["code"] for one in refused.json["errors"])) == (
        422,
        ["not_a_number", "unknown_number"],
    )


@pytest.mark.parametrize("text", ["prices: [", "a: &b [1]", "- 1", "prices: 5", "prices: [5, [6]]", "\0", ""])
def test_a_text_that_is_no_catalog_has_no_numbers(text: str) -> None:
    assert numbers_of({"a.yaml": text}) == []


def test_letters_of_every_length_move_no_place() -> None:
    text = "prices:\n  - {key: a, name: 'Größe 🐘 💶', amount: 7, note: é}\n"
    (one,) = numbers_of({"a.yaml": text})
    assert with_numbers({"a.yaml": text}, {one.id: "8"})["a.yaml"] == text.replace("7", "8")
    with pytest.raises(InvalidInput):
        with_numbers({"a.yaml": text}, {one.id: "1e9999"})


def test_a_version_is_pulled_into_a_folder(local: Local, tmp_path: Path) -> None:
    from steelyard.entrypoints.cli.catalog_code import pull

    publish(local, NOTED)
    local.close()
    pull(tmp_path / "out", folder=local.folder)
    assert (tmp_path / "out" / "0.yaml").read_text() == NOTED
    with pytest.raises(InvalidInput):
        pull(tmp_path / "out", folder=local.folder)


def test_no_file_is_written_outside_the_folder(local: Local, tmp_path: Path) -> None:
    from steelyard.entrypoints.cli.catalog_code import pull

    body = {"files": [{"name": "../../evil.yaml", "text": TEXT}]}
    local.done("POST", "/api/v1/catalog/versions", body)
    local.close()
    with pytest.raises(InvalidInput):
        pull(tmp_path / "a" / "b", folder=local.folder)
    assert not list(tmp_path.rglob("evil.yaml"))


def test_a_cell_of_a_table_names_the_metric_of_its_column() -> None:
    text = (
        "rate_cards:\n  - key: list\n    rates:\n      - key: tokens\n"
        "        metrics: [input-tokens, cached]\n"
        "        per: 1000\n        table:\n          gpt-5: ['1.5', '0.15']\n          o3: [2]\n"
    )
    found = {one.field: (one.value, one.metric) for one in numbers_of({"a.yaml": text})}
    assert found["table.gpt-5[0]"] == ("1.5", "input-tokens")
    assert found["table.gpt-5[1]"] == ("0.15", "cached")
    assert found["table.o3[0]"] == ("2", "input-tokens")
    assert found["per"] == ("1000", "")
