"""Forgetting and keeping: erasure from every file, legal holds, the two clocks of retention."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from steelyard.client import ProblemError
from steelyard.entrypoints.api import ingest, inside
from steelyard.entrypoints.audit import audit_folder
from steelyard.entrypoints.bootstrap import init_workspace, open_workspace
from tests.api.conftest import PERIOD, Server, catalog_files, environment, fill, start, steelyard

SECRET = "jane.doe@privately.example"


def remember(server: Server) -> None:
    """A customer without a subscription, whose usage nobody will bill, among others of the same commits."""
    client = server.client()
    client.customers.create(key="priv", name="Priv", currency="USD")
    for batch in range(4):
        client.events.send(
            [
                {
                    "id": f"{SECRET}-{batch}-{number}" if number % 2 else f"other-{batch}-{number}",
                    "source": "app",
                    "type": "llm.completion",
                    "subject": "priv" if number % 2 else "acme",
                    "time": "2026-11-02T00:00:00Z",
                    "data": {"tokens": 1, "model": f"m-{SECRET}" if number % 2 else "m1"},
                }
                for number in range(40)
            ]
        )


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def traces(folder: Path) -> list[str]:
    """The files that still hold the erased text, in any of the forms that a file could hold it."""
    needles = (SECRET.encode(), SECRET.encode("utf-16-le"), SECRET[:18].encode())
    return [name for name, data in bytes_of(folder).items() if any(one in data for one in needles)]


@pytest.fixture
def server(tmp_path: Path) -> Any:
    server = start(tmp_path / "workspace")
    fill(server)
    remember(server)
    yield server
    server.stop()


def tokens(server: Server, customer: str) -> Any:
    query = f"/api/v1/meters/tokens/query?customer={customer}&windowSize=MONTH"
    return server.ask("GET", query).json["data"]


def test_what_is_erased_is_nowhere_and_the_record_is_as_before(server: Server) -> None:
    client = server.client()
    bad = {"id": "bad", "type": "t", "subject": "priv", "time": "never", "data": {"who": SECRET}}
    assert server.ask("POST", "/api/v1/events", bad).status == 422
    before = tokens(server, "acme")
    assert traces(server.folder)
    size = client.record.entries()["size"]
    proof = client.record.proof(size - 1)
    asked = client.erasures.erase("priv", reason="asked to be forgotten", dry_run=True)
    assert (asked["entries"], asked["kept"], asked["id"]) == (80, [], None)
    assert len(tokens(server, "priv")) == 1, "a dry run changes nothing"

    done = client.erasures.erase("priv", reason="asked to be forgotten")
    assert done["entries"] == 80
    assert traces(server.folder) == []
    assert tokens(server, "priv") == []
    assert tokens(server, "acme") == before
    assert [one["text"] for one in client.record.entries(limit=1000)["items"]].count("erased") == 80
    assert client.record.proof(size - 1)["leaf"] == proof["leaf"], "leaves stay"
    said = server.ask("GET", f"/record/consistency?from={size}").json
    assert said["hashes"], "the tree goes on from the one before"
    assert client.record.verify()["ok"]
    assert [one["entries"] for one in client.erasures.list(customer="priv")["items"]] == [80]

    again = {"id": f"{SECRET}-0-1", "source": "app", "type": "llm.completion", "subject": "priv"}
    assert server.ask("POST", "/api/v1/events", again).status == 204
    assert tokens(server, "priv") == [], "an erased event that is sent again is still known"
    assert client.erasures.erase("priv", reason="once more")["entries"] == 0

    assert server.stop() == 0
    assert traces(server.folder) == []
    assert steelyard("verify", "--dir", str(server.folder)).returncode == 0
    assert steelyard("doctor", "--rebuild", "--dir", str(server.folder)).returncode == 0
    restarted = start(server.folder)
    assert tokens(restarted, "acme") == before
    assert tokens(restarted, "priv") == []
    assert restarted.ask("POST", "/api/v1/events", again).status == 204
    assert tokens(restarted, "priv") == [], "also when the index of known events was made anew"
    restarted.stop()


def test_billing_evidence_and_legal_holds_win(server: Server) -> None:
    client = server.client()
    client.billing.run(period=PERIOD)
    with pytest.raises(ProblemError) as refused:
        client.erasures.erase("acme", reason="asked")
    assert (refused.value.status, refused.value.code) == (409, "retained")
    reasons = {one["code"] for one in refused.value.errors}
    assert reasons == {"billing_evidence", "unbilled"}
    told = client.erasures.erase("acme", reason="asked", dry_run=True)
    evidence = next(one for one in told["kept"] if one["reason"] == "billing_evidence")
    assert evidence["entries"] == 40
    assert (evidence["until"] or "") > "2036"

    client.retention.set(dispute_days=0, statutory_years=0, reason="a test of what follows")
    assert client.retention.show()["by"] == "owner"
    partly = client.erasures.erase("acme", reason="asked", partial=True, until="2026-01-01T00:00:00Z")
    assert partly["entries"] == 0, "nothing was recorded so early"

    hold = client.holds.place(customer="priv", reason="a dispute before court")
    with pytest.raises(ProblemError, match="legal hold"):
        client.erasures.erase("priv", reason="asked", partial=False)
    assert client.erasures.erase("priv", reason="asked", partial=True)["entries"] == 0
    client.holds.lift(hold["id"], reason="settled")
    assert client.holds.list()["items"][0]["lifted_reason"] == "settled"
    assert client.erasures.erase("priv", reason="asked")["entries"] == 80

    gone = client.erasures.erase("acme", reason="asked", partial=True)
    assert gone["entries"] == 40, "evidence whose time is over may go"
    invoice = client.invoices.list(customer="acme")["items"][0]
    assert client.invoices.show(invoice["id"])["total"], "what was billed stays in the documents"
    answer = server.ask("GET", f"/api/v1/invoices/{invoice['id']}/evidence")
    assert answer.json["document"], "its evidence shows commitments and the entry that tells why"
    assert b'"commitment"' in answer.content
    assert client.record.verify()["ok"]


DYING = """
import json, os, sys
from pathlib import Path
from steelyard.adapters.sqlite import erasing
from steelyard.entrypoints.api import inside, ingest
from steelyard.entrypoints.bootstrap import open_workspace

folder, step, secret = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
workspace = open_workspace(folder)
for batch in range(4):
    events = [
        {"id": f"{secret if number % 2 else step}-{batch}-{number}", "type": "t",
         "subject": "priv" if number % 2 else "acme"}
        for number in range(10)
    ]
    assert ingest.store(workspace, json.dumps(events).encode(), "application/json").accepted == 10
rewrite = erasing._rewrite
rewritten = []


def die(*_):
    os._exit(9)


def die_at_the_second(*given):
    die() if rewritten else rewritten.append(rewrite(*given))


if step == "usage":
    workspace.usage.erase = die
elif step == "record":
    workspace.writer.erase = die
elif step == "second bundle":
    erasing._rewrite = die_at_the_second
elif step == "log":
    workspace.writer.empty_log = die
inside.ask(workspace, inside.OWNER, "POST", "/api/v1/customers/{key}/erasure", {"key": "priv"}, {},
           {"reason": "asked"})
"""


@pytest.mark.parametrize("step", ["usage", "record", "second bundle", "log"])
def test_an_erasure_that_was_cut_off_is_finished_on_the_next_start(step: str, tmp_path: Path) -> None:
    folder = tmp_path / "workspace"
    init_workspace(folder)
    workspace = open_workspace(folder)
    inside.ask(
        workspace,
        inside.OWNER,
        "POST",
        "/api/v1/customers",
        body={"key": "priv", "name": "Priv", "currency": "USD"},
    )
    workspace.close()
    words = [sys.executable, "-c", DYING, str(folder), step, SECRET]
    died = subprocess.run(words, env=environment(), timeout=60, check=False)
    assert died.returncode == 9
    assert (folder / "erasure.pending").exists()
    assert traces(folder), "it was cut off before its end"
    assert audit_folder(folder)["ok"]
    again = open_workspace(folder)
    assert not (folder / "erasure.pending").exists()
    assert traces(folder) == []
    assert again.catch_up(10)
    assert again.usage.counts(customers=["priv"]).events == 0
    assert again.usage.counts().events == 20
    stored = again.usage.dump()
    again.usage.rebuild(again.reader)
    assert again.usage.dump() == stored, "folding the record anew gives the same store"
    again.close()
    assert audit_folder(folder)["ok"]


def test_erasing_while_events_come_in_and_queries_run(tmp_path: Path) -> None:
    folder = tmp_path / "workspace"
    init_workspace(folder)
    workspace = open_workspace(folder)

    def ask(method: str, path: str, names: dict[str, str], body: Any = None) -> Any:
        return json.loads(inside.ask(workspace, inside.OWNER, method, path, names, body=body).content)

    ask("POST", "/api/v1/customers", {}, {"key": "priv", "name": "Priv", "currency": "USD"})
    failures: list[BaseException] = []
    stop = threading.Event()

    def send(sender: int) -> None:
        sent = 0
        while not stop.is_set():
            sent += 1
            events = [
                {"id": f"{sender}-{sent}-{number}", "type": "t", "subject": "priv" if number % 2 else "acme"}
                for number in range(20)
            ]
            ingest.store(workspace, json.dumps(events).encode(), "application/json")

    def query() -> None:
        while not stop.is_set():
            workspace.usage.counts(customers=["acme"])
            workspace.usage.events(customer="acme", limit=10)

    def watched(function: Any, *given: Any) -> None:
        try:
            function(*given)
        except BaseException as error:  # noqa: BLE001 - told by the test
            failures.append(error)

    threads = [
        threading.Thread(target=watched, args=given) for given in ((send, 1), (send, 2), (query,), (query,))
    ]
    for thread in threads:
        thread.start()
    erased = 0
    path = "/api/v1/customers/{key}/erasure"
    for _ in range(4):
        time.sleep(0.1)

        erased += ask("POST", path, {"key": "priv"}, {"reason": "asked"})["entries"]
    stop.set()
    for thread in threads:
        thread.join()
    erased += ask("POST", path, {"key": "priv"}, {"reason": "asked"})["entries"]
    assert failures == []
    assert workspace.catch_up(10)
    counts = workspace.usage.counts()
    assert workspace.usage.counts(customers=["priv"]).events == 0
    assert erased == counts.events > 0, "half of all events were erased, the other half is there"
    workspace.close()
    assert audit_folder(folder)["ok"]


def test_a_note_of_an_erasure_that_was_never_told_is_dropped(tmp_path: Path) -> None:
    folder = tmp_path / "workspace"
    init_workspace(folder)
    for said in ('{"erasure": "era_none"}', "no json", "[]"):
        (folder / "erasure.pending").write_text(said)
        open_workspace(folder).close()
        assert not (folder / "erasure.pending").exists()


def test_a_report_names_what_could_go_and_applies_exactly_that(server: Server) -> None:
    folder = str(server.folder)
    told = json.loads(steelyard("retention", "--json", "--dir", folder).stdout)
    assert told["erasable"] == 80
    by_customer = {one["customer"]: one for one in told["customers"]}
    assert by_customer["priv"]["erasable"] == 80
    assert {one["reason"] for one in by_customer["acme"]["kept"]} == {"unbilled"}
    stale = steelyard("retention", "--apply", "0" * 16, "--reason", "clean", "--dir", folder)
    assert stale.returncode == 5
    done = steelyard("retention", "--apply", told["plan"], "--reason", "clean", "--dir", folder)
    assert done.returncode == 0, done.stderr
    assert b"80 entries erased" in done.stdout
    assert traces(server.folder) == []
    refused = steelyard("customers", "erase", "acme", "--reason", "asked", "--dir", folder)
    assert refused.returncode == 5
    assert b"no invoice rests on them yet" in refused.stderr
    placed = steelyard("customers", "hold", "acme", "--reason", "court", "--json", "--dir", folder)
    released = steelyard("customers", "release", json.loads(placed.stdout)["id"], "--dir", folder)
    assert released.returncode == 0, released.stderr


def test_a_customer_is_shown_as_far_back_as_its_plan_says(server: Server) -> None:
    client = server.client()
    files: list[Any] = [
        {**file, "text": file["text"].replace("product: platform", "product: platform\n    visible_days: 7")}
        for file in catalog_files()
    ]
    assert any("visible_days: 7" in file["text"] for file in files)
    client.catalog.publish(files=files, note="a week is shown")
    key = client.keys.create(name="acme", scopes=["usage:read", "customers:read"], customer="acme")
    limited = server.client(key["secret"])
    answer = limited.meters.query("tokens")
    assert answer["data"] == []
    assert answer.get("visibleFrom", "") > "2026-11-01"
    assert limited.events.list()["items"] == []
    assert limited.events.list().get("visible_from")
    assert limited.customers.usage("acme", period=PERIOD)["metrics"] == []
    assert len(client.events.list(customer="acme")["items"]) > 40, "the seller's own keys see all"
    assert "visibleFrom" not in client.meters.query("tokens")
