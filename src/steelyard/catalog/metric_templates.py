"""Templates of value metrics: what others charge for, ready to be taken into a catalog.

The six candidates of the consumption playbook, and the units of AI and compute that it leaves out. A template
says everything but who owns the metric; event type and path of the value are those of a person's own events.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from steelyard.kernel import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricTemplate:
    """A value metric with blanks: `event_type` and `value` are what it assumes until somebody says otherwise.

    `outcome` says in words what it should go along with, `from_playbook` whether it is one of the playbook's
    six candidates, `advice` what to see to when charging for it.
    """

    key: str
    name: str
    unit: str
    definition: str
    event_type: str
    aggregation: str
    outcome: str
    advice: str
    value: str = ""
    more: Mapping[str, Any]
    from_playbook: bool = False

    def metric(self, *, owner: str, event_type: str = "", value: str = "", key: str = "") -> dict[str, Any]:
        """The metric as a catalog's `metrics` section writes it.

        >>> made = template("jobs").metric(owner="product@example.com", event_type="batch.done")
        >>> made["meter"]
        {'event_types': ['batch.done'], 'aggregation': 'count'}
        """
        meter: dict[str, Any] = {
            "event_types": [event_type or self.event_type],
            "aggregation": self.aggregation,
        }
        if self.value:
            meter["value"] = value or self.value
        return {
            "key": key or self.key,
            "name": self.name,
            "owner": owner,
            "definition": self.definition,
            "unit": self.unit,
            "meter": meter | dict(self.more),
        }


def template(key: str) -> MetricTemplate:
    """The template of that key; NotFound if there is none."""
    for one in TEMPLATES:
        if one.key == key:
            return one
    known = ", ".join(one.key for one in TEMPLATES)
    message = f"there is no metric template {key[:100]!r}; there is {known}"
    raise NotFound(message, code="unknown_metric_template")


TEMPLATES: Final = (
    MetricTemplate(
        key="agent-invocations",
        name="AI agent invocations",
        unit="invocations",
        definition="How often an AI agent was set to work, whether or not it reached a result.",
        event_type="agent.invoked",
        aggregation="count",
        more={},
        outcome="tickets resolved, tasks done without a person",
        advice="Include a number of invocations in each plan; cap loops of agents that call agents.",
        from_playbook=True,
    ),
    MetricTemplate(
        key="events-processed",
        name="Events processed",
        unit="events",
        definition="Events that were taken in and processed to the end, each counted once.",
        event_type="event.processed",
        aggregation="sum",
        value="$.events",
        more={"allow_negative": False},
        outcome="decisions or postings made from events",
        advice="Send sums by the minute rather than one event for each; duplicates are never charged.",
        from_playbook=True,
    ),
    MetricTemplate(
        key="active-seats",
        name="Active seats",
        unit="seats",
        definition="Different people who used the product in the month; a minimum is agreed by contract.",
        event_type="user.active",
        aggregation="unique",
        value="$.user",
        more={},
        outcome="work that people finish in the product",
        advice="Set the minimum commitment as the plan's commitment; count people, never devices.",
        from_playbook=True,
    ),
    MetricTemplate(
        key="gb-indexed",
        name="GB of indexed data",
        unit="GB-months",
        definition="Gigabytes (10⁹ bytes) held in the index, by the part of the month they were held.",
        event_type="index.size",
        aggregation="time_weighted_sum",
        value="$.bytes / 1000000000",
        more={"time_unit": "months"},
        outcome="searches answered from the index",
        advice="Send the size whenever it changes; each event sets the level until the next.",
        from_playbook=True,
    ),
    MetricTemplate(
        key="integrations-active",
        name="Active integrations",
        unit="integrations",
        definition="Different integrations through which anything was exchanged in the month.",
        event_type="integration.used",
        aggregation="unique",
        value="$.integration",
        more={},
        outcome="records kept in step without a person",
        advice="Charge for those in use, not for those set up, so that trying one costs nothing.",
        from_playbook=True,
    ),
    MetricTemplate(
        key="workflows-executed",
        name="Workflows executed",
        unit="workflows",
        definition="Workflows that ran to their end; those that failed through our fault do not count.",
        event_type="workflow.finished",
        aggregation="count",
        more={"filters": [{"path": "$.fault", "op": "not_in", "values": ["ours"]}]},
        outcome="invoices posted, cases closed, orders shipped",
        advice="Name what a failed run costs; customers accept this metric when failures are free.",
        from_playbook=True,
    ),
    MetricTemplate(
        key="tokens",
        name="Tokens",
        unit="tokens",
        definition="Tokens that language models read and wrote, as the models' providers count them.",
        event_type="llm.request",
        aggregation="sum",
        value="$.tokens",
        more={"group_by": {"model": "$.model", "token": "$.token"}, "allow_negative": False},
        outcome="answers that users accepted",
        advice="Keep kinds of tokens apart, or weigh them by a weight table; cached ones cost less.",
    ),
    MetricTemplate(
        key="calls",
        name="API calls",
        unit="calls",
        definition="Calls that were answered, whatever the answer; those over a quota do not count.",
        event_type="api.call",
        aggregation="count",
        more={
            "group_by": {"endpoint": "$.endpoint"},
            "filters": [{"path": "$.status", "op": "not_in", "values": ["429"]}],
        },
        outcome="transactions completed through the interface",
        advice="Simple to explain and to predict; say whether errors count.",
    ),
    MetricTemplate(
        key="compute-hours",
        name="Compute hours",
        unit="hours",
        definition="Hours during which machines ran for a customer, to the second.",
        event_type="compute.ran",
        aggregation="sum",
        value="$.seconds / 3600",
        more={"group_by": {"size": "$.size"}, "allow_negative": False},
        outcome="jobs done, models trained",
        advice="Follows your cost closely and the customer's value loosely: watch the correlation.",
    ),
    MetricTemplate(
        key="jobs",
        name="Jobs",
        unit="jobs",
        definition="Jobs that were carried out to their end.",
        event_type="job.finished",
        aggregation="count",
        more={},
        outcome="results that customers used",
        advice="Jobs of very different size want a price by size, or compute hours beside it.",
    ),
)
"""The templates, those of the playbook first."""
