"""Endpoints about the catalog: checked, planned, tested, published, gone back, and its log."""

from __future__ import annotations

from typing import Final

from steelyard.access import Scope
from steelyard.entrypoints.api.endpoint import Endpoint
from steelyard.entrypoints.api.handlers import (
    catalog,
    catalog_history,
    catalog_plan,
    catalog_proposals,
)
from steelyard.entrypoints.api.pages import PageQuery
from steelyard.entrypoints.api.shapes import catalog as c
from steelyard.entrypoints.api.shapes import catalog_code as cc

ROWS: Final = (
    Endpoint(
        method="POST", path="/api/v1/catalog/validate", name="catalog.validate",
        summary="Whether a catalog is valid, with every mistake, and what it would change.",
        handler=catalog.validate, scope=Scope.CATALOG_READ, body=c.CatalogIn, answer=c.CatalogVerdict,
    ),
    Endpoint(
        method="POST", path="/api/v1/catalog/plan", name="catalog.plan",
        summary="What publishing a catalog would change, for whom, and how its tests go; nothing is written.",
        handler=catalog_plan.plan, scope=Scope.CATALOG_READ, body=cc.CatalogPlanIn, answer=cc.CatalogPlan,
    ),
    Endpoint(
        method="POST", path="/api/v1/catalog/test", name="catalog.test",
        summary="Run the pricing tests of a catalog: usage given, invoice expected.",
        handler=catalog_plan.test, scope=Scope.CATALOG_READ, body=c.CatalogIn, answer=cc.CatalogTests,
    ),
    Endpoint(
        method="POST", path="/api/v1/catalog/features/check", name="catalog.check_feature",
        summary="Check the pricing block of a feature's own specification against a catalog.",
        handler=catalog_plan.check_feature, scope=Scope.CATALOG_READ, body=cc.FeatureIn,
        answer=cc.FeatureVerdict,
    ),
    Endpoint(
        method="POST", path="/api/v1/catalog/versions", name="catalog.publish",
        summary="Publish a catalog as an immutable version; equal content publishes nothing new.",
        handler=catalog.publish, scope=Scope.CATALOG_WRITE, body=c.CatalogPublish,
        answer=c.CatalogPublished, status=201,
    ),
    Endpoint(
        method="POST", path="/api/v1/catalog/rollback", name="catalog.rollback",
        summary="Publish the content of an earlier version again, as a new release.",
        handler=catalog.rollback, scope=Scope.CATALOG_WRITE, body=c.CatalogRollback,
        answer=c.CatalogPublished, status=201, problems=(404,),
    ),
    Endpoint(
        method="GET", path="/api/v1/catalog/versions", name="catalog.list",
        summary="Published versions, newest first.",
        handler=catalog.list_versions, scope=Scope.CATALOG_READ, query=PageQuery,
        answer=c.CatalogVersionList,
    ),
    Endpoint(
        method="GET", path="/api/v1/catalog/versions/{id}", name="catalog.show",
        summary="One version with all it says; `live` is the newest, or what was live at a moment.",
        handler=catalog.show, scope=Scope.CATALOG_READ, query=cc.ShowQuery, answer=c.CatalogVersionFull,
    ),
    Endpoint(
        method="GET", path="/api/v1/catalog/versions/{id}/source", name="catalog.source",
        summary="The files that a version was published from, to be edited again.",
        handler=catalog.show_source, scope=Scope.CATALOG_READ, answer=c.CatalogSource,
    ),
    Endpoint(
        method="POST", path="/api/v1/catalog/edit", name="catalog.edit",
        summary="Files with other numbers where these stand; all else stays as it was written.",
        handler=catalog.edit, scope=Scope.CATALOG_READ, body=c.CatalogEdit, answer=c.CatalogEdited,
    ),
    Endpoint(
        method="GET", path="/api/v1/catalog/log", name="catalog.log",
        summary="Every release, newest first: who, what, when, why.",
        handler=catalog_history.log, scope=Scope.CATALOG_READ, query=PageQuery, answer=cc.CatalogLog,
    ),
    Endpoint(
        method="GET", path="/api/v1/catalog/changes", name="catalog.changes",
        summary="Changes whose success measure is to be looked at, the most overdue first.",
        handler=catalog_history.changes_due, scope=Scope.CATALOG_READ, query=cc.ChangesQuery,
        answer=cc.ChangesDue,
    ),
    Endpoint(
        method="POST", path="/api/v1/catalog/releases/{number}/outcome", name="catalog.look_back",
        summary="Say what the success measure of a change shows, and what becomes of it.",
        handler=catalog_history.look, scope=Scope.CATALOG_WRITE, body=cc.ChangeLookedAt,
        answer=cc.CatalogRelease, status=201, problems=(404, 409),
    ),
    Endpoint(
        method="GET", path="/api/v1/catalog/diff", name="catalog.diff",
        summary="What changed between two versions, in sentences.",
        handler=catalog_history.diff, scope=Scope.CATALOG_READ, query=cc.DiffQuery, answer=cc.CatalogDiff,
        problems=(404,),
    ),
    Endpoint(
        method="GET", path="/api/v1/catalog/proposals", name="catalog.proposals",
        summary="Catalogs that wait for agreement, or waited, newest first.",
        handler=catalog_proposals.list_proposals, scope=Scope.CATALOG_READ, query=PageQuery,
        answer=cc.CatalogProposalList,
    ),
    Endpoint(
        method="GET", path="/api/v1/catalog/proposals/{id}", name="catalog.proposal",
        summary="One proposal with all that was shown to whoever agrees.",
        handler=catalog_proposals.show, scope=Scope.CATALOG_READ, answer=cc.CatalogProposalFull,
    ),
    Endpoint(
        method="POST", path="/api/v1/catalog/proposals/{id}/publish", name="catalog.publish_proposal",
        summary="Publish what was agreed to.",
        handler=catalog_proposals.publish, scope=Scope.CATALOG_WRITE, body=cc.ProposalPublish,
        answer=c.CatalogPublished, status=201, problems=(404,),
    ),
)  # fmt: skip
