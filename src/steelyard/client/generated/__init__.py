"""The HTTP interface as Python methods, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.

from __future__ import annotations

from steelyard.client.generated.anomalies import AnomaliesApi
from steelyard.client.generated.attribution import AttributionApi
from steelyard.client.generated.backfills import BackfillsApi
from steelyard.client.generated.billing import BillingApi
from steelyard.client.generated.catalog import CatalogApi
from steelyard.client.generated.commitments import CommitmentsApi
from steelyard.client.generated.contracts import ContractsApi
from steelyard.client.generated.corrections import CorrectionsApi
from steelyard.client.generated.credit_orders import CreditOrdersApi
from steelyard.client.generated.credits import CreditsApi
from steelyard.client.generated.customers import CustomersApi
from steelyard.client.generated.deeds import DeedsApi
from steelyard.client.generated.discounts import DiscountsApi
from steelyard.client.generated.erasures import ErasuresApi
from steelyard.client.generated.estimate import EstimateApi
from steelyard.client.generated.event_types import EventTypesApi
from steelyard.client.generated.events import EventsApi
from steelyard.client.generated.health import HealthApi
from steelyard.client.generated.holds import HoldsApi
from steelyard.client.generated.impact import ImpactApi
from steelyard.client.generated.invitations import InvitationsApi
from steelyard.client.generated.invoices import InvoicesApi
from steelyard.client.generated.journal import JournalApi
from steelyard.client.generated.keys import KeysApi
from steelyard.client.generated.me import MeApi
from steelyard.client.generated.meters import MetersApi
from steelyard.client.generated.metrics import MetricsApi
from steelyard.client.generated.migrations import MigrationsApi
from steelyard.client.generated.names import NamesApi
from steelyard.client.generated.notices import NoticesApi
from steelyard.client.generated.outcomes import OutcomesApi
from steelyard.client.generated.overview import OverviewApi
from steelyard.client.generated.people import PeopleApi
from steelyard.client.generated.rating import RatingApi
from steelyard.client.generated.reconciliations import ReconciliationsApi
from steelyard.client.generated.record import RecordApi
from steelyard.client.generated.retention import RetentionApi
from steelyard.client.generated.reviews import ReviewsApi
from steelyard.client.generated.roles import RolesApi
from steelyard.client.generated.sessions import SessionsApi
from steelyard.client.generated.subscription_changes import SubscriptionChangesApi
from steelyard.client.generated.subscriptions import SubscriptionsApi
from steelyard.client.generated.top_ups import TopUpsApi
from steelyard.client.transport import Transport


class Client:
    """A workspace behind an address; one attribute a noun, one method an endpoint.

    Methods raise `ProblemError` when the server refuses or is not there. Threads may share one.
    """

    def __init__(self, base_url: str, key: str = "", *, timeout: float = 60.0) -> None:
        transport = Transport(base_url, key, timeout=timeout)
        self._transport = transport
        self.health = HealthApi(transport)
        self.events = EventsApi(transport)
        self.meters = MetersApi(transport)
        self.catalog = CatalogApi(transport)
        self.migrations = MigrationsApi(transport)
        self.notices = NoticesApi(transport)
        self.customers = CustomersApi(transport)
        self.subscriptions = SubscriptionsApi(transport)
        self.billing = BillingApi(transport)
        self.invoices = InvoicesApi(transport)
        self.journal = JournalApi(transport)
        self.keys = KeysApi(transport)
        self.overview = OverviewApi(transport)
        self.record = RecordApi(transport)
        self.corrections = CorrectionsApi(transport)
        self.backfills = BackfillsApi(transport)
        self.event_types = EventTypesApi(transport)
        self.anomalies = AnomaliesApi(transport)
        self.reconciliations = ReconciliationsApi(transport)
        self.retention = RetentionApi(transport)
        self.holds = HoldsApi(transport)
        self.erasures = ErasuresApi(transport)
        self.attribution = AttributionApi(transport)
        self.credits = CreditsApi(transport)
        self.top_ups = TopUpsApi(transport)
        self.credit_orders = CreditOrdersApi(transport)
        self.contracts = ContractsApi(transport)
        self.subscription_changes = SubscriptionChangesApi(transport)
        self.outcomes = OutcomesApi(transport)
        self.people = PeopleApi(transport)
        self.invitations = InvitationsApi(transport)
        self.sessions = SessionsApi(transport)
        self.me = MeApi(transport)
        self.names = NamesApi(transport)
        self.roles = RolesApi(transport)
        self.deeds = DeedsApi(transport)
        self.reviews = ReviewsApi(transport)
        self.impact = ImpactApi(transport)
        self.metrics = MetricsApi(transport)
        self.rating = RatingApi(transport)
        self.commitments = CommitmentsApi(transport)
        self.discounts = DiscountsApi(transport)
        self.estimate = EstimateApi(transport)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of this thread's connection."""
        self._transport.close()


__all__ = ["Client"]
