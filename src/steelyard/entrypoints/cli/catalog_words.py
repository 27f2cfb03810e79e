"""What the commands about the catalog say: a plan, how tests went, a log, in lines for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]


def counted(count: int, noun: str) -> str:
    """How many of something, in words.

    >>> counted(1, "change"), counted(2, "change")
    ('1 change', '2 changes')
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def plan_lines(answer: Json) -> Iterator[str]:
    """The plan of a publication: changes, whom they concern, how the tests go, what forbids it."""
    for change in answer["changes"]:
        yield change["text"]
    yield counted(len(answer["changes"]), "change") if answer["changed"] else "nothing would change"
    for one in answer["subscriptions"]:
        stay = f", {one['pinned']} stay on an earlier version" if one["pinned"] else ""
        follow = "subscription follows" if one["live"] == 1 else "subscriptions follow"
        yield f"plan {one['plan']}: {one['live']} {follow}{stay}"
    if answer["changed"]:
        yield f"applies to: {answer['rollout']}"
        yield from answer["money"]
        yield from _risk_lines(answer)
    if answer["tests"]["tests"]:
        yield from test_lines(answer["tests"])
    for one in answer["warnings"]:
        yield f"look: {problem_line(one)}"
    for one in answer["problems"]:
        yield f"refused: {problem_line(one)}"


def _risk_lines(answer: Json) -> Iterator[str]:
    risk = answer["risk"]
    if risk is None:
        return
    needs = f"; {', '.join(answer['needs'])} must agree" if answer["needs"] else ""
    yield f"risk: {risk['level']} ({risk['score']} of 100){needs}"
    for reason in risk["reasons"]:
        yield f"  {reason}"


def published_lines(answer: Json) -> Iterator[str]:
    """What came of a publication: done, nothing to do, or who must agree first."""
    version = answer["version"]
    did = {"published": "published", "previewed": "would publish", "waiting": "not published:"}
    words = did.get(answer["status"], "is live already, nothing changed:")
    changes = counted(len(answer["changes"]), "change")
    yield f"{words} version {version['number']} ({version['id']}), {changes}"
    if answer["stays"]:
        stay = "subscription stays" if answer["stays"] == 1 else "subscriptions stay"
        yield f"{answer['stays']} {stay} on the version before"
    for one in answer["warnings"]:
        yield f"look: {problem_line(one)}"
    waits = answer["waits_for"]
    if waits is not None:
        unmet = ", ".join(waits["unmet"])
        yield f"it waits for {unmet} to agree, until {waits['expires_at']} (review {waits['review']})"
        for reason in answer["risk"]["reasons"]:
            yield f"  {reason}"


def test_lines(answer: Json) -> Iterator[str]:
    """How pricing tests went: each failing one with what differs and the invoice that came of it."""
    for one in answer["tests"]:
        if one["passed"]:
            yield f"ok    {one['name']}"
            continue
        yield f"FAIL  {one['name']} ({one['file']}:{one['line']})"
        for difference in one["differences"]:
            yield f"      {difference}"
        yield "      the invoice says:"
        for line in one["invoice"]:
            yield f"        {line}"
    yield f"{answer['passed']} tests hold, {answer['failed']} fail"


def log_lines(answer: Json) -> Iterator[str]:
    """Releases, one a line: number, version, when, who, what, why."""
    for one in answer["items"]:
        did = "went back to" if one["action"] == "rolled_back" else "published"
        mark = "*" if one["live"] else " "
        note = f": {one['note']}" if one["note"] else ""
        yield (
            f"{mark} {one['number']:>4}  {one['published_at']}  {one['published_by']} {did} "
            f"{one['version']}, {counted(one['changes'], 'change')}{note}"
        )


def problem_line(one: Json) -> str:
    """One mistake with its place.

    >>> problem_line({"message": "no such plan", "file": "a.yaml", "line": 3})
    'a.yaml:3: no such plan'
    """
    file = f"{one['file']}:{one.get('line', 0)}: " if one.get("file") else ""
    field = f"{one['field']}: " if one.get("field") else ""
    allowed = f" (allowed: {one['allowed']})" if one.get("allowed") else ""
    return f"{file}{field}{one['message']}{allowed}"
