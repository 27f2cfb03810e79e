"""The section `governance`: who agrees to what, and how strictly rules are kept."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from steelyard.catalog.fields import (
    BOOL,
    KEY,
    TEXT,
    Field,
    Noun,
    decimal,
    is_right,
    list_of,
    mapping_to,
    one_of,
    read_noun,
    whole,
)
from steelyard.catalog.governance import Governance, GuardLevel, GuardRule
from steelyard.catalog.source import Reading
from steelyard.kernel import ZERO

_PERCENT = decimal(at_least=ZERO)
_LIMITS = mapping_to(_PERCENT)
_DEFAULT: Final = Governance()


class Agreeing(StrEnum):
    """The roles that can be asked to agree to a change."""

    OWNER = "owner"
    PRODUCT = "product"
    ENGINEER = "engineer"
    FINANCE = "finance"
    REVENUE_OPERATIONS = "revenue_operations"
    SALES = "sales"
    SUCCESS = "success"
    SUPPORT = "support"
    EXECUTIVE = "executive"
    AUDITOR = "auditor"


_ROLES = list_of(one_of(Agreeing), whole=True)

GOVERNANCE = Noun(
    "governance",
    (
        Field("executive", TEXT, "the e-mail address of who agrees to what is of high risk", default=""),
        Field("medium", _ROLES, "the roles that agree to changes of medium risk", default=_DEFAULT.medium),
        Field("high", _ROLES, "the roles that agree to changes of high risk", default=_DEFAULT.high),
        Field("customers_percent", _PERCENT, "more customers touched are sensitive", default=Decimal(10)),
        Field("revenue_percent", _PERCENT, "more revenue moved is sensitive", default=Decimal(5)),
        Field("increase_percent", _PERCENT, "a bill that rises by more is sensitive", default=Decimal(20)),
        Field("review_hours", whole(at_least=1, at_most=2160), "after so long time refuses", default=72),
        Field("rollback_days", whole(at_least=0, at_most=365), "so long going back is free", default=7),
        Field("notice_days", whole(at_least=0, at_most=730), "of a migration that raises bills", default=30),
        Field("document_required", BOOL, "whether a sensitive change needs its document", default=True),
        Field("guards", mapping_to(one_of(GuardLevel)), "by rule how strictly it is kept", default={}),
        Field("consent_roles", _ROLES, "the roles that consent above these limits", default=("finance",)),
        Field("credits_above", _LIMITS, "by unit, more credit in one lot needs consent", default=None),
        Field("discounts_above", _LIMITS, "by currency, more off a month needs consent", default=None),
        Field("corrections_above", _LIMITS, "by meter or currency, more needs consent", default=None),
        Field("support_features", list_of(KEY), "features that are a tier of support", default=()),
    ),
)


def read_governance(reading: Reading) -> Governance | None:
    """The governance that the section says, or None where there is none or it is wrong, which is noted."""
    value = reading.source.values.get("governance")
    if value is None:
        return None
    values = read_noun(reading, GOVERNANCE, ("governance",), value)
    if values is None or not is_right(*values.values()):
        return None
    known = [rule.value for rule in GuardRule]
    for name in values["guards"]:
        if name not in known:
            reading.unknown(("governance", "guards", name), "unknown_rule", "rule", name, known)
    if Agreeing.EXECUTIVE not in values["high"]:
        message = "what is of high risk always waits for an executive"
        reading.wrong(("governance", "high"), "no_executive", message, allowed="a list with executive")
    if not values["consent_roles"]:
        message = "somebody else must be asked; leave the limits out where nobody is"
        reading.wrong(("governance", "consent_roles"), "no_roles", message, allowed="at least one role")
    roles = {name: _words(values[name]) for name in ("medium", "high", "consent_roles")}
    said: dict[str, Any] = {**values, **roles}
    return Governance(**said)


def _words(roles: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(str(role) for role in roles)
