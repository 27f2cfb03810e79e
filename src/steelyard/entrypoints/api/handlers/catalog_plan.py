"""What a publication would do, and whether a catalog keeps what its tests and a feature's team expect."""

from __future__ import annotations

from collections import Counter

from steelyard.adapters.files import read_feature_text
from steelyard.billing.trial import run_trials
from steelyard.catalog import Catalog, Examined, catalog_id, examine, live_version, version_named
from steelyard.catalog.feature_check import check_feature as checked
from steelyard.catalog.returning import obstacles
from steelyard.catalog.trial import Outcome, Trial
from steelyard.contracts import LIVE, Subscription
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.catalog_source import changes_between, examined, source_of
from steelyard.entrypoints.api.problems import item_of
from steelyard.entrypoints.api.shapes import catalog_code as shapes
from steelyard.kernel import InvalidInput, NotFound, Problem


def plan(call: Call) -> shapes.CatalogPlan:
    """What publishing would change, for whom, and whether its tests hold; nothing is written."""
    body: shapes.CatalogPlanIn = call.body
    live = live_version(call.workspace.state)
    base = live.catalog if live else Catalog()
    if body.version:
        earlier = version_named(call.workspace.state, body.version).catalog
        found = Examined(catalog=earlier)
        problems = obstacles(earlier, base)
    else:
        read = examine(source_of(body))
        found = read if isinstance(read, Examined) else Examined(catalog=base)
        problems = () if isinstance(read, Examined) else read
    candidate = catalog_id(found.catalog)
    return shapes.CatalogPlan(
        valid=not problems,
        changed=live is None or live.id != candidate,
        base=live.id if live else "",
        candidate=candidate,
        changes=changes_between(base, found.catalog),
        subscriptions=followers(call),
        tests=tests_of(found.catalog, found.trials),
        problems=[item_of(one) for one in problems],
    )


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


def followers(call: Call) -> list[shapes.FollowersOfPlan]:
    """By plan how many subscriptions that run now follow the live catalog, and how many stay."""
    live: Counter[str] = Counter()
    pinned: Counter[str] = Counter()
    for one in call.workspace.state.find(Subscription):
        if one.end is None or one.end > call.now:
            (live if one.catalog == LIVE else pinned)[one.plan] += 1
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
