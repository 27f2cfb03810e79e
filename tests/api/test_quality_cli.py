"""The commands about the quality of usage say what the API says."""

from __future__ import annotations

import json

from tests.api.conftest import Server, steelyard
from tests.api.test_api_quality import SCHEMA, sent


def told(server: Server, *words: str) -> str:
    done = steelyard(*words, "--dir", str(server.folder))
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


def test_the_commands_lead_from_what_is_wrong_to_what_is_right(fresh: Server) -> None:
    client = fresh.client()
    client.catalog.publish(files=[{"name": "c.yaml", "text": SCHEMA}], note="")
    client.customers.create(key="acme", name="Acme", currency="USD")
    events = [sent(1, "loose", {"n": 1}, subject="x"), sent(2, "strict", {}), sent(3, "careful", {})]
    assert fresh.ask("POST", "/api/v1/events", events).status == 422
    assert "schema_mismatch\tstrict" in told(fresh, "events", "rejected")
    assert "careful\tbillable\tquarantine\t1" in told(fresh, "events", "types")
    assert "type: integer" in told(fresh, "events", "schema", "loose")
    assert "unattributed\tloose\ttest\tx" in told(fresh, "attribution", "queue")
    assert "2 events" not in told(fresh, "meters", "health", "units")
    made = told(
        fresh, "attribution", "add-rule", "acme", "--source", "test", "--reason", "all of it", "--json"
    )
    assert json.loads(made)["id"] in told(fresh, "attribution", "rules")
    assert "1 would be attributed, 1 wait on" in told(fresh, "attribution", "replay", "--dry-run")
    done = json.loads(told(fresh, "attribution", "replay", "--accept", "--reason", "fine", "--json"))
    assert (done["attributed"], done["accepted"], done["left"]) == (2, 1, 0)
    assert "matches nothing any more" in told(fresh, "attribution", "remove-rule", json.loads(made)["id"])
    assert "shares of all events" in told(fresh, "meters", "health")
