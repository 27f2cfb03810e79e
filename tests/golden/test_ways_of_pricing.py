"""One scenario for each way of pricing that the operating model names: each gives exactly its invoices."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from steelyard.billing import Invoice
from steelyard.billing.evidence import build, verify
from steelyard.entrypoints.bootstrap import Workspace, init_workspace, open_workspace
from steelyard.entrypoints.scenarios import HOME, names, scenario
from steelyard.entrypoints.scenarios.running import run_scenario
from steelyard.kernel import InvalidInput, NotFound, SteelyardError
from tests.api.conftest import steelyard

NAMED = {
    "usage": "Usage-based metrics",
    "agents": "Agent-based pricing",
    "workflows": "Workflow-based pricing",
    "outcomes": "Outcome-based pricing",
    "commitment": "Commit-based deals, true-ups and overages",
    "regions": "Regional variations and dynamic rate cards",
    "segments": "Segmented plans",
    "components": "Flat fees, variable components, credits and thresholds",
    "self-serve-and-contract": "Self-serve pricing and enterprise contracts",
    "freemium": "Freemium tiers and upgrade paths",
    "hybrid": "Seats, subscriptions and hybrid models",
}


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """A new workspace."""
    init_workspace(tmp_path / "workspace")
    opened = open_workspace(tmp_path / "workspace")
    yield opened
    opened.close()


def test_every_way_of_pricing_has_its_scenario() -> None:
    assert {name: scenario(name).title for name in names()} == NAMED


@pytest.mark.parametrize("name", NAMED)
def test_a_way_of_pricing_gives_its_invoices(name: str, workspace: Workspace) -> None:
    results = list(run_scenario(workspace, scenario(name)))
    assert [line for one in results for line in one.differences] == []
    bills = [one.told for one in results if one.step.startswith("bill")]
    documents = workspace.state.find(Invoice)
    assert bills
    assert sum(told.count("INV-") - told.count("(INV-") for told in bills) >= len(documents) > 0
    for one in documents:
        evidence = build(one, state=workspace.state, usage=workspace.usage, reader=workspace.reader)
        assert verify(evidence, workspace.signer.vkey).problems == ()


def test_a_scenario_that_says_otherwise_differs(workspace: Workspace) -> None:
    told = scenario("usage")
    (bill,) = [step for step in told.steps if "bill" in step]
    wrong = {**bill, "expect": bill["expect"].replace("77.70", "77.71")}
    assert wrong != bill
    *_, last = run_scenario(workspace, replace(told, steps=(*told.steps[:-1], wrong)))
    assert any("77.71" in line for line in last.differences)
    assert any("77.70" in line for line in last.differences)


@pytest.mark.parametrize("text", ["a: [", "title: x", "- 1"])
def test_what_is_no_scenario_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(text)
    with pytest.raises(InvalidInput):
        scenario(str(tmp_path / "x.yaml"))
    with pytest.raises(NotFound):
        scenario("nothing")


def test_a_step_that_cannot_be_done_is_refused(workspace: Workspace) -> None:
    told = scenario("usage")
    for step in (
        {"walk": 1},
        {"at": "2026-10-01T00:00:00Z"},
        {"events": "x"},
        {"publish": {"moon": "sun"}},
        {"accept": "T"},
    ):
        with pytest.raises(SteelyardError):
            list(run_scenario(workspace, replace(told, steps=(step,))))


def test_the_command_tells_a_scenario_and_keeps_its_workspace(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    done = steelyard("scenario", "agents", "--keep", str(kept), "--json")
    assert (done.returncode, json.loads(done.stdout)["as_expected"]) == (0, True)
    assert (kept / "workspace.json").is_file()
    text = (HOME / "agents.yaml").read_text()
    (tmp_path / "mine.yaml").write_text(text.replace("660.04", "660.05"))
    differs = steelyard("scenario", str(tmp_path / "mine.yaml"))
    assert (differs.returncode, b"Not as expected" in differs.stdout) == (3, True)
