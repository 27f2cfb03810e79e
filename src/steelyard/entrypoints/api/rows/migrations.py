"""Endpoints of migrations."""

from __future__ import annotations

from typing import Final

from steelyard.access import Scope
from steelyard.entrypoints.api.endpoint import Endpoint
from steelyard.entrypoints.api.handlers import migrations
from steelyard.entrypoints.api.shapes import migrations as m

ROWS: Final = (
    Endpoint(
        method="POST", path="/api/v1/migrations", name="migrations.create",
        summary="Move a segment to another catalog on a day; a dry run shows whom, and both bills.",
        handler=migrations.create, scope=Scope.CONTRACTS_WRITE, body=m.MigrationIn,
        answer=m.MigrationPlanned, status=201, problems=(404,),
    ),
    Endpoint(
        method="GET", path="/api/v1/migrations", name="migrations.list",
        summary="Migrations, newest first.",
        handler=migrations.list_migrations, scope=Scope.CONTRACTS_READ, query=m.MigrationsQuery,
        answer=m.MigrationList,
    ),
    Endpoint(
        method="GET", path="/api/v1/migrations/{id}", name="migrations.show", summary="One migration.",
        handler=migrations.show, scope=Scope.CONTRACTS_READ, answer=m.Migration,
    ),
    Endpoint(
        method="GET", path="/api/v1/migrations/{id}/comparison", name="migrations.compare",
        summary="Old and new bills of a migration side by side; one of them is not due.",
        handler=migrations.compare, scope=Scope.CONTRACTS_READ, query=m.ComparisonQuery,
        answer=m.Comparison,
    ),
    Endpoint(
        method="GET", path="/api/v1/migrations/{id}/documents/{customer}.pdf", name="migrations.pdf",
        summary="One of both documents as PDF; what is not due says so on its face.",
        handler=migrations.pdf, scope=Scope.CONTRACTS_READ, query=m.DocumentQuery,
        media_type="application/pdf",
    ),
    Endpoint(
        method="GET", path="/api/v1/migrations/{id}/documents/{customer}", name="migrations.documents",
        summary="Both documents of a customer's month, line by line; one of them is not due.",
        handler=migrations.documents, scope=Scope.CONTRACTS_READ, query=m.DocumentsQuery,
        answer=m.TwoDocuments,
    ),
    Endpoint(
        method="POST", path="/api/v1/migrations/{id}/reverse", name="migrations.reverse",
        summary="Let everybody of a migration go back, before its day or after it; what is billed is told.",
        handler=migrations.reverse, scope=Scope.CONTRACTS_WRITE, body=m.MigrationReverse,
        answer=m.MigrationReversed, problems=(404, 409),
    ),
)  # fmt: skip
