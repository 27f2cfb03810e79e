"""Commands about value metrics: score candidates side by side, and take a template into the catalog."""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import Parameter

from steelyard.entrypoints.cli.talk import DEFAULT_FOLDER, Folder, Json, Talk, talk
from steelyard.entrypoints.terminal import note, print_json, say, table

Templates = Annotated[
    tuple[str, ...],
    Parameter(help='A template to judge beside them: its key, "=", and your event type.', negative=""),
]


def score(
    *metric: str,
    template: Templates = (),
    outcome: str = "",
    period: str = "",
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """Judge value metrics on what happened in a month; nothing is written.

    Parameters
    ----------
    metric
        Published metrics; without any, all of them.
    outcome
        The metric that shows what customers care about; without it, what each names itself.
    period
        The month, such as 2026-10; the last whole one if left out.
    """
    note("judging metrics …")
    asked: dict[str, Any] = {"outcome": outcome, "metric": list(metric)}
    if period:
        asked["period"] = period
    with talk(folder) as workspace:
        if template:
            asked["candidates"] = [_candidate(one) for one in template]
            asked["metric"] = list(metric) or _published(workspace)
            found = workspace.ask("POST", "/api/v1/metrics/scores", body=asked)
        else:
            query = {name: asked[name] for name in ("outcome", "period") if asked.get(name)}
            if metric:
                query["metric"] = ",".join(metric)
            found = workspace.ask("GET", "/api/v1/metrics/scores", query=query)
    print_json(found) if json else _tell(found)


def templates(*, folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """List the templates of value metrics, those of the consumption playbook first."""
    with talk(folder) as workspace:
        found = workspace.ask("GET", "/api/v1/metrics/templates")
    if json:
        print_json(found)
        return
    table(
        ("key", "what is counted", "should go along with", "published"),
        [
            (one["key"], one["metric"]["definition"], one["outcome"], "yes" if one["published"] else "no")
            for one in found["items"]
        ],
    )


def take(
    template: str,
    /,
    *,
    owner: str,
    event_type: str = "",
    value: str = "",
    key: str = "",
    outcome: str = "",
    dry_run: bool = False,
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """Take a template into the published catalog, as a new version.

    Parameters
    ----------
    template
        The key of the template.
    owner
        Who answers for the metric.
    event_type
        The type of your events; the template's own if left out.
    value
        The path of the value in your events, where the template reads one.
    key
        The metric's key; the template's own if left out.
    outcome
        The key of the metric that it should go along with.
    dry_run
        Say what would change and write nothing.
    """
    metric = _filled(template, owner=owner, event_type=event_type, value=value, key=key)
    body = {**metric, "outcome": outcome, "dry_run": dry_run, "note": f"takes the template {template}"}
    with talk(folder) as workspace:
        done = workspace.ask("POST", "/api/v1/meters", body=body)
    if json:
        print_json(done)
        return
    for change in done["changes"]:
        say(change)
    did = "would be" if dry_run else "is"
    say(f"{metric['key']} {did} in version {done['version']['number']}" if done["changed"] else "it is there")


def _published(workspace: Talk) -> list[str]:
    """The keys of all published metrics."""
    found = workspace.ask("GET", "/api/v1/meters")
    return [one["slug"] for one in found["items"]]


def _candidate(written: str) -> dict[str, Any]:
    """A template with the event type that a person names: `jobs=batch.finished`, or as it is."""
    key, _, event_type = written.partition("=")
    return _filled(key, owner="a candidate", event_type=event_type)


def _filled(template_key: str, **blanks: str) -> dict[str, Any]:
    from steelyard.catalog.metric_templates import template

    return template(template_key).metric(**blanks)


def _tell(found: dict[str, Any]) -> None:
    table(
        ("rank", "metric", "measurable", "auditable", "observable", "correlated", "events"),
        [
            (
                str(one["rank"] or "–"),
                one["key"] + ("" if one["published"] else " (candidate)"),
                *(_gate(gate) for gate in one["gates"]),
                one["correlated"]["rho"] or "–",
                f"{one['events']:,}",
            )
            for one in found["items"]
        ],
        right=(0, 5, 6),
    )
    for one in found["items"]:
        for gate in one["gates"]:
            for check in gate["checks"]:
                if not check["ok"]:
                    say(f"{one['key']}: {gate['name']}: {check['text']}")
    say(f"{found['period']}: {found['text']}")


def _gate(gate: dict[str, Any]) -> str:
    return "yes" if gate["passed"] else f"no ({gate['score']})"
