"""What a publication would do, and whether a catalog keeps what its tests and a feature's team expect."""

from __future__ import annotations

from collections import Counter

from steelyard.access import Scope
from steelyard.adapters.files import read_feature_text
from steelyard.billing.trial import run_trials
from steelyard.catalog import (
    Catalog,
    Examined,
    ReleaseAction,
    catalog_id,
    examine,
    live_version,
    version_named,
)
from steelyard.catalog.feature_check import check_feature as checked
from steelyard.catalog.returning import obstacles
from steelyard.catalog.risk import RiskLevel
from steelyard.catalog.trial import Outcome, Trial
from steelyard.contracts import Subscription
from steelyard.contracts.rollout import follows_live
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.catalog_governed import Judged, judged, risk_found
from steelyard.entrypoints.api.handlers.catalog_source import changes_between, examined, source_of
from steelyard.entrypoints.api.handlers.impact import follows_of
from steelyard.entrypoints.api.problems import item_of
from steelyard.entrypoints.api.shapes import catalog_code as shapes
from steelyard.insight import impact_lines
from steelyard.kernel import InvalidInput, NotFound, Problem


def plan(call: Call) -> shapes.CatalogPlan:
    """What publishing would change, for whom, how much money, and whether it may; nothing is written."""
    body: shapes.CatalogPlanIn = call.body
    live = live_version(call.workspace.state)
    base = live.catalog if live else Catalog()
    if body.version:
        found = Examined(catalog=version_named(call.workspace.state, body.version).catalog)
        problems, action = obstacles(found.catalog, base), ReleaseAction.ROLLED_BACK
    else:
        read = examine(source_of(body))
        found = read if isinstance(read, Examined) else Examined(catalog=base)
        problems, action = (() if isinstance(read, Examined) else read), ReleaseAction.PUBLISHED
    with_money = call.principal.may(Scope.INSIGHT_READ) and not problems
    one = judged(call, found.catalog, action=action, change=found.change, with_money=with_money)
    told = [item_of(problem) for problem in problems] or one.refusals
    return shapes.CatalogPlan(
        valid=not told,
        changed=live is None or live.catalog != found.catalog,
        base=live.id if live else "",
        candidate=catalog_id(found.catalog),
        changes=changes_between(base, found.catalog),
        subscriptions=followers(call, one),
        tests=tests_of(found.catalog, found.trials),
        problems=told,
        warnings=one.warnings,
        risk=risk_found(one.candidate.risk),
        needs=needed(one),
        rollout=one.reach,
        money=list(impact_lines(one.impact)) if with_money and one.impact is not None else [],
        follows=[follows_of(each) for each in one.impact.follows] if with_money and one.impact else [],
        shown=list(one.candidate.shown) if with_money else [],
    )


def needed(one: Judged) -> list[str]:
    """The roles that must agree to a change of this risk; none where nothing is governed."""
    risk = one.candidate.risk
    if one.governance is None or risk is None or risk.level is RiskLevel.LOW:
        return []
    roles = one.governance.high if risk.level is RiskLevel.HIGH else one.governance.medium
    return list(roles)


def test(call: Call) -> shapes.CatalogTests:
    """How the pricing tests of a catalog go."""
    found = examined(source_of(call.body))
    return tests_of(found.catalog, found.trials)


def check_feature(call: Call) -> shapes.FeatureVerdict:
    """Whether the pricing block of a specification fits the catalog that was sent, or the live one."""
    body: shapes.FeatureIn = call.body
    if body.files or body.catalog is not None:
        catalog = examined(source_of(body)).catalog
    else:
        live = live_version(call.workspace.state)
        if live is None:
            raise NotFound("no catalog is published yet; publish one first", code="no_catalog")
        catalog = live.catalog
    verdict = checked(read_feature_text(body.name, body.specification), catalog)
    return shapes.FeatureVerdict(
        valid=not verdict.problems,
        feature=verdict.feature,
        price=verdict.price,
        plans=list(verdict.plans),
        problems=[item_of(one) for one in verdict.problems],
    )


def tests_of(catalog: Catalog, trials: tuple[Trial, ...]) -> shapes.CatalogTests:
    """How these tests go against the catalog."""
    outcomes = run_trials(catalog, trials)
    failed = sum(not one.passed for one in outcomes)
    return shapes.CatalogTests(
        passed=len(outcomes) - failed, failed=failed, tests=[_result(one) for one in outcomes]
    )


def refuse_failing(catalog: Catalog, trials: tuple[Trial, ...]) -> None:
    """Raises InvalidInput with every difference where a test of the catalog fails."""
    failing = [one for one in run_trials(catalog, trials) if not one.passed]
    if not failing:
        return
    problems = tuple(
        Problem(
            code="test_failed",
            message=f"{one.trial.name}: {difference.text}",
            file=one.trial.file,
            line=one.trial.line,
        )
        for one in failing
        for difference in one.differences
    )
    count = "a test fails" if len(failing) == 1 else f"{len(failing)} tests fail"
    raise InvalidInput(f"{count}, nothing is published", code="tests_failed", problems=problems)


def followers(call: Call, judged: Judged) -> list[shapes.FollowersOfPlan]:
    """By plan how many subscriptions that run now would follow the live catalog, and how many stay."""
    held = {one.before.id for one in judged.staying}
    live: Counter[str] = Counter()
    pinned: Counter[str] = Counter()
    for one in call.workspace.state.find(Subscription):
        if one.end is None or one.end > call.now:
            plan = one.terms_at(max(call.now, one.start)).plan
            (live if one.id not in held and follows_live(one, call.now) else pinned)[plan] += 1
    names = sorted({*live, *pinned})
    return [shapes.FollowersOfPlan(plan=name, live=live[name], pinned=pinned[name]) for name in names]


def _result(one: Outcome) -> shapes.CatalogTestResult:
    return shapes.CatalogTestResult(
        name=one.trial.name,
        passed=one.passed,
        file=one.trial.file,
        line=one.trial.line,
        differences=[difference.text for difference in one.differences],
        invoice=list(one.invoice),
    )
