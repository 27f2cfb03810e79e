"""Who is to be billed for a month, by which subscriptions and cards, on which calendar."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from steelyard.billing.ahead import Ahead, asked_by
from steelyard.billing.coming import active_part, coming, ended_span, month_before, month_name
from steelyard.billing.documents import documents_in, documents_of
from steelyard.billing.model import Document
from steelyard.billing.past import Past, past_of
from steelyard.billing.readings import Span
from steelyard.billing.revision import Revision
from steelyard.billing.sharers import with_sharers
from steelyard.catalog import LIVE_KEY, CatalogVersion, LiveCatalog
from steelyard.catalog.service import live_version
from steelyard.contracts import LIVE, Contract, Customer, Subscription
from steelyard.contracts.arrangement import arrangement_of
from steelyard.contracts.contract import Sharing
from steelyard.contracts.rate_card import RateCard
from steelyard.contracts.sharing import shares_commitments
from steelyard.contracts.timeline import Deal, card_over, contracts_of, pinned
from steelyard.kernel import InvalidInput, Period, Problem, parse_month
from steelyard.kernel.period import zone
from steelyard.record import State

_AS_SUBSCRIBED: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A customer with the month on its own calendar, and the subscriptions that ran in it."""

    customer: Customer
    period: Period
    spans: tuple[Span, ...]


class Cards:
    """Effective rate cards; subscriptions to the same terms share one that is worked out once.

    `instead` are contracts, and `changed` subscriptions, as they will be, each in the place of the kept one
    of its id.
    """

    def __init__(
        self, state: State, instead: Sequence[Contract] = (), changed: Sequence[Subscription] = ()
    ) -> None:
        self._state = state
        self._instead = {one.id: one for one in instead}
        self._changed = {one.id: one for one in changed}
        self._versions: dict[str, CatalogVersion | None] = {}
        self._cards: dict[tuple[object, ...], RateCard] = {}
        self._contracts: dict[str, list[Contract]] | None = None
        self._documents: dict[str, list[Document]] = {}
        self._asking: dict[str, bool] = {}
        self._asked_ahead: bool | None = None
        self._fellows: dict[tuple[object, ...], tuple[Sequence[Contract], dict[str, list[Span]]]] = {}

    def version(self, name: str) -> CatalogVersion | None:
        """The catalog version of that id, or the live one."""
        if name not in self._versions:
            live = name == LIVE
            self._versions[name] = (
                live_version(self._state) if live else self._state.get(CatalogVersion, name)
            )
        return self._versions[name]

    def contracts(self, customer: str) -> tuple[Contract, ...]:
        """The contracts that the customer has or ever had."""
        if self._contracts is None:
            self._contracts = {}
            kept = {one.id: one for one in self._state.find(Contract)} | self._instead
            for one in kept.values():
                for name in one.customers:
                    self._contracts.setdefault(name, []).append(one)
        return contracts_of(customer, self._contracts.get(customer, ()))

    def past(self, customer: str, period: Period) -> Past:
        """The customer's billed months before the period, as all documents until now leave them."""
        return past_of(self._documents_of(customer), before=period.start)

    def fellows(
        self,
        keys: Iterable[str],
        month: datetime,
        versions: Mapping[str, str],
        contracts: Sequence[Contract],
    ) -> list[Span]:
        """The spans of other customers of these contracts in a month, worked out once for all who ask."""
        # What a customer agreed alone is nobody else's; who asks with it shares the answers of all others.
        agreed = [one for one in contracts if one.members]
        place = (month.year, month.month, tuple(sorted(versions.items())), tuple(map(id, agreed)))
        _, known = self._fellows.setdefault(place, (agreed, {}))
        found: list[Span] = []
        for key in keys:
            if key not in known:
                known[key] = self._fellow(key, month, versions, agreed)
            found += known[key]
        return found

    def _fellow(
        self, key: str, month: datetime, versions: Mapping[str, str], contracts: Sequence[Contract]
    ) -> list[Span]:
        customer = self._state.get(Customer, key)
        if customer is None:
            return []
        period = Period.month(month.year, month.month, customer.timezone)
        kept = self._state.find(Subscription, customer=key)
        subscriptions = [self._changed.get(one.id, one) for one in kept]
        billed = self.billed(key, period)
        if billed is not None:
            versions = self._agreed_versions(billed) or priced_by(billed.versions, billed.turned)
        elif versions:
            # Who follows the live catalog and was not billed is priced as whoever shares with it was.
            then = max(versions.values(), key=lambda one: _number(self.version(one)))
            versions = _with_live(subscriptions, period, then)
        return _spans(customer, subscriptions, period, self, versions, self.agreed(key, contracts))

    def _agreed_versions(self, billed: Document) -> Mapping[str, str]:
        """The versions by which a revision says that the billed period is charged; none where none does."""
        found = [
            (self._state.version(Revision, one.id) or 0, said)
            for one in self._state.find(Revision, customer=billed.customer)
            if (said := one.of(billed.period_name)) is not None
        ]
        if not found:
            return {}
        _, last = max(found, key=lambda one: one[0])
        return priced_by(last.versions, last.turned)

    def agreed(self, key: str, contracts: Sequence[Contract]) -> tuple[Contract, ...]:
        """The contracts of a customer, as these say that are among them."""
        given = {one.id: one for one in contracts if key in one.customers}
        known = {one.id: one for one in self.contracts(key)}
        return contracts_of(key, {**known, **given}.values())

    def known(self, key: str) -> Customer | None:
        """The customer of that key, if there is one."""
        return self._state.get(Customer, key)

    def billed(self, customer: str, period: Period) -> Document | None:
        """The first document of the customer's period, if it was billed."""
        mine = [one for one in self._documents_of(customer) if one.period == period]
        return min(mine, key=lambda one: one.issued_at, default=None)

    def _documents_of(self, customer: str) -> list[Document]:
        if customer not in self._documents:
            self._documents[customer] = documents_of(self._state, customer)
        return self._documents[customer]

    def asked(self, customer: str, month: str, subscription: str) -> bool:
        """Whether a document of that month asked the subscription for the next month in advance."""
        if self._asked_ahead is None:
            live = self._state.get(LiveCatalog, LIVE_KEY)
            self._asked_ahead = live is not None and live.asked_ahead
        if not self._asked_ahead:
            return False
        lines = asked_by(documents_in(self._state, customer, month))
        return any(line.subscription == subscription for line in lines)

    def asks_next(self, customer: str, month: str) -> bool:
        """Whether a document may ask for that month: none has billed it."""
        return not documents_in(self._state, customer, month)

    def asks_ahead(self, version: CatalogVersion) -> bool:
        """Whether any price of the version is paid in advance."""
        if version.id not in self._asking:
            self._asking[version.id] = version.catalog.asks_ahead
        return self._asking[version.id]

    def card(
        self, deal: Deal, active: Period, version: str = "", told: Mapping[str, str] = _AS_SUBSCRIBED
    ) -> RateCard:
        """The deal's card over a stretch of time, by the version it follows at its start or the one named.

        Where it turns to another catalog meanwhile, what follows is by that one; where a version is named,
        by the ones that are `told` after it.
        """
        name = version or deal.subscription.terms_at(active.start).catalog
        found = self.version(name)
        if found is None:
            return _cardless(deal.subscription, name)
        turned = dict[str, CatalogVersion]()
        for turn in deal.subscription.turns_over(active):
            then = told.get(after_turn(turn.name), "") if version else turn.catalog
            other = self.version(then) if then else None
            if then and other is None:
                return _cardless(deal.subscription, then)
            if other is not None:
                turned[turn.name] = other
        if any(other.id != found.id for other in turned.values()):
            return card_over(deal, found, active, turned)
        if version or deal.subscription.changes:
            deal = replace(deal, subscription=pinned(deal.subscription, found.id))
        kind = _kind(deal, found, active)
        card = None if kind is None else self._cards.get(kind)
        if card is None or card.problems:
            card = card_over(deal, found, active)
            if kind is not None:
                self._cards[kind] = card
        if kind is None:
            return card
        one = deal.subscription
        return replace(
            card, subscription=one.id, customer=one.customer, arrangement=arrangement_of(one, found)
        )


def priced_by(versions: Mapping[str, str], turned: Mapping[str, str]) -> Mapping[str, str]:
    """The versions of an account, with those to which subscriptions turned meanwhile, by their turns."""
    return {**versions, **{after_turn(one): version for one, version in turned.items()}}


def after_turn(name: str) -> str:
    """Under which name the version stands that a subscription follows after the turn of that name."""
    return f"{name} turned"


def _with_live(subscriptions: Iterable[Subscription], period: Period, live: str) -> Mapping[str, str]:
    """The versions that these follow in the period, and turn to in it, with this one for the live one."""
    found: dict[str, str] = {}
    for one in subscriptions:
        active = active_part(one, period)
        if active is None:
            continue
        follows = one.terms_at(active.start).catalog
        found[one.id] = live if follows == LIVE else follows
        for turn in one.turns_over(active):
            found[after_turn(turn.name)] = live if turn.catalog == LIVE else turn.catalog
    return found


def _number(version: CatalogVersion | None) -> int:
    return version.number if version else 0


def _kind(deal: Deal, version: CatalogVersion, active: Period) -> tuple[object, ...] | None:
    """What tells apart the cards that differ; None where a card is nobody else's."""
    one = deal.subscription
    if deal.contracts or one.moments or one.sandbox:
        return None
    quantities = tuple(sorted(one.quantities.items()))
    terms = (one.plan, one.catalog, one.catalog_until, one.add_ons, one.commitment)
    dated = bool(version.catalog.rate_changes or version.catalog.price_books)
    when = (active.start, active.end, deal.customer.key) if dated else ()
    return (version.id, *terms, quantities, when)


def _cardless(subscription: Subscription, version: str) -> RateCard:
    if version == LIVE:
        raise InvalidInput("no catalog is published yet; publish one first", code="no_catalog")
    message = f"{subscription.id} stays on catalog {version}, which is not known here"
    return RateCard(
        subscription=subscription.id,
        customer=subscription.customer,
        plan=subscription.plan,
        plan_name=subscription.plan,
        currency="",
        catalog_version=version,
        problems=(Problem(code="unknown_catalog_version", message=message, field="catalog"),),
    )


def account(
    customer: Customer,
    subscriptions: Iterable[Subscription],
    period: Period,
    cards: Cards,
    versions: Mapping[str, str] = _AS_SUBSCRIBED,
    contracts: Sequence[Contract] | None = None,
    asks: Callable[[], bool] | None = None,
) -> Account:
    """The customer's account for the period; subscriptions stand in the order in which they began.

    `versions` names the catalog version of a subscription where it is not the one that it follows now,
    `contracts` the contracts of the customer where they are not as they are now. `asks` is for documents:
    whether this one asks in advance for the next month; None works the month out for its own sake.
    """
    agreed = cards.contracts(customer.key) if contracts is None else tuple(contracts)
    spans = _spans(customer, subscriptions, period, cards, versions, agreed, asks)
    if any(item.pool for span in spans for item in span.card.items):
        spans = with_fellows(spans, fellows_of(customer, period, cards, versions, agreed))
    if any(shares_commitments(one) for one in agreed):
        known, spans_of = cards.known, _spans_of(period, cards, versions, agreed)
        spans = with_sharers(customer, spans, period, agreed, known, spans_of)
    return Account(customer=customer, period=period, spans=tuple(spans))


def _spans_of(
    period: Period, cards: Cards, versions: Mapping[str, str], contracts: Sequence[Contract]
) -> Callable[[Customer], list[Span]]:
    """What gives another customer's spans of the month, each with those that it shares prices with."""

    def spans_of(other: Customer) -> list[Span]:
        month = period.start.astimezone(zone(other.timezone))
        spans = cards.fellows([other.key], month, versions, contracts)
        if not any(item.pool for span in spans for item in span.card.items):
            return spans
        agreed = cards.agreed(other.key, contracts)
        return with_fellows(spans, fellows_of(other, period, cards, versions, agreed))

    return spans_of


def _spans(
    customer: Customer,
    subscriptions: Iterable[Subscription],
    period: Period,
    cards: Cards,
    versions: Mapping[str, str],
    agreed: Sequence[Contract],
    asks: Callable[[], bool] | None = None,
) -> list[Span]:
    """The subscriptions that ran in the period, in the order in which they began, each with its card."""
    spans: list[Span] = []
    runs = False
    for subscription in sorted(subscriptions, key=lambda one: (one.start, one.id)):
        active = active_part(subscription, period)
        bears = active is not None and not runs
        runs = runs or bears
        deal = Deal(subscription=subscription, customer=customer, contracts=tuple(agreed), bears_fees=bears)
        version = versions.get(subscription.id, "")
        if active is None:
            if asks is not None and _is_owed(subscription, customer, period, cards):
                spans.append(_owed(deal, period, cards, version))
            continue
        card = cards.card(deal, active, version, versions)
        ahead = None if asks is None else _ahead(deal, card, period, cards, asks)
        past = cards.past(customer.key, period) if ahead or card.arrangement.looks_back else ()
        spans.append(
            Span(
                customer=customer.key,
                card=card,
                active=active,
                timezone=customer.timezone,
                past=past,
                ahead=ahead,
            )
        )
    return spans


def with_fellows(spans: Sequence[Span], others: Sequence[Span]) -> list[Span]:
    """Each span of a customer with those of others, and the customer's other ones, that it shares with."""
    return [
        replace(span, fellows=(*others, *(one for one in spans if one is not span)))
        if any(item.pool for item in span.card.items)
        else span
        for span in spans
    ]


def fellows_of(
    customer: Customer,
    period: Period,
    cards: Cards,
    versions: Mapping[str, str],
    contracts: Sequence[Contract],
) -> list[Span]:
    """What the other customers of these shared contracts have in the same month, each on its own calendar.

    Where such a customer was billed for the month, its cards are of the versions by which it was.
    """
    shared = [one for one in contracts if one.sharing is Sharing.SHARED]
    names = dict.fromkeys(name for one in shared for name in one.customers if name != customer.key)
    return cards.fellows(names, period.start.astimezone(zone(customer.timezone)), versions, contracts)


def _ahead(
    deal: Deal, card: RateCard, period: Period, cards: Cards, asks: Callable[[], bool]
) -> Ahead | None:
    """What the document settles and asks in advance; None where no price of the subscription is so paid."""
    version = cards.version(card.catalog_version)
    in_advance = version is not None and cards.asks_ahead(version)
    timezone = deal.customer.timezone
    before = month_name(month_before(period, timezone), timezone)
    if not in_advance and not cards.asked(deal.customer.key, before, deal.subscription.id):
        return None
    return coming(
        deal,
        version,
        period,
        lambda active: cards.card(deal, active, card.catalog_version),
        asks=in_advance and asks(),
    )


def _is_owed(subscription: Subscription, customer: Customer, period: Period, cards: Cards) -> bool:
    """Whether the period was asked in advance before the subscription ended, and is to be given back."""
    if subscription.end is None or subscription.end > period.start:
        return False
    before = month_before(period, customer.timezone)
    if subscription.end < before.start:
        return False
    return cards.asked(customer.key, month_name(before, customer.timezone), subscription.id)


def _owed(deal: Deal, period: Period, cards: Cards, version: str) -> Span:
    name = version or deal.subscription.terms_at(period.start).catalog
    found = cards.version(name)
    return ended_span(deal, period, found.id if found else name, cards.past(deal.customer.key, period))


def by_customer(subscriptions: Iterable[Subscription]) -> Mapping[str, list[Subscription]]:
    """The subscriptions of each customer."""
    found: dict[str, list[Subscription]] = {}
    for one in subscriptions:
        found.setdefault(one.customer, []).append(one)
    return found


class Months:
    """A month on each customer's calendar, worked out once for each time zone."""

    def __init__(self, month: str) -> None:
        self.month = month
        self._periods: dict[str, Period] = {}

    def period(self, timezone: str) -> Period:
        """The month between local midnights of the time zone."""
        if timezone not in self._periods:
            self._periods[timezone] = parse_month(self.month, timezone)
        return self._periods[timezone]
