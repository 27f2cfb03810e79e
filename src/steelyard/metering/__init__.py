"""Metering: from what a client sent to a quantity per customer, meter and period.

Owns: usage events and how they are read from the wire; admission (what is refused, whom an event belongs
to); meters and how their quantities are computed; the ports of the directory of subjects and the usage store.
Does not own: prices, customers, where events are kept.

Invariants: an admitted event can be folded by every engine, exactly; one bad event never fails its batch; a
quantity does not depend on the order in which events arrived; numbers are `Decimal`, never `float`; a stored
event never changes, and what counts instead is said by a later entry on the same customer's chain.
"""

from steelyard.metering.admit import Admitted, admit
from steelyard.metering.aggregate import bounded, of_formula, outer, quantity
from steelyard.metering.aggregation import (
    ADDITIVE,
    Aggregation,
    DimensionType,
    FilterOp,
    Outer,
    TimeUnit,
    Windowed,
)
from steelyard.metering.anomalies import Anomaly, noticing, outlier, silence
from steelyard.metering.answers import (
    Affected,
    CostRow,
    EventRow,
    EventStatus,
    KnownUsage,
    QuantityRow,
    StoreCounts,
    UsageChange,
    Window,
)
from steelyard.metering.attribution import (
    AttributionPlan,
    Choice,
    Decided,
    decide,
    write_together,
)
from steelyard.metering.attribution_rules import AttributionRule, Rules, make_rule, retire_rule
from steelyard.metering.backfills import (
    Backfill,
    BackfillCode,
    BackfillRefused,
    BackfillStatus,
    PlannedBackfill,
    abandon_backfill,
    add_to_backfill,
    commit_backfill,
    deprecate,
    entries_of,
    for_backfill,
    open_backfill,
    revert_backfill,
)
from steelyard.metering.changes import (
    Attributed,
    BackfillAction,
    Backfilled,
    Corrected,
    CorrectionAction,
    Range,
    event_of,
    payload_of,
    read_change,
)
from steelyard.metering.corrections import (
    ChangeCode,
    ChangeRefused,
    PlannedChange,
    amend,
    amended,
    attribute,
    hold,
    release,
    void,
    write_of,
)
from steelyard.metering.decoded import EVENTS_MAX, Decoded
from steelyard.metering.defining import FREE_DIMENSIONS, RESERVED_DIMENSIONS, is_path, paths_of
from steelyard.metering.derived_schema import derive_schema
from steelyard.metering.event_schema import (
    EventSchemas,
    Mismatch,
    schema_problems,
    schema_text,
    schema_value,
)
from steelyard.metering.events_now import EventNow, event_now, find_entry, history
from steelyard.metering.expressions import evaluate, metered, names_of, parse_expression
from steelyard.metering.lago import LAGO, decode_lago
from steelyard.metering.levels import stretches
from steelyard.metering.meter import Filter, Meter
from steelyard.metering.model import (
    NO_DATA,
    REFUSED_BYTES_KEPT,
    WHOLE_REQUEST,
    EventClass,
    EventType,
    OnMismatch,
    Quantity,
    RefusalCode,
    Refused,
    UsageEvent,
)
from steelyard.metering.numbers import number_of, product_of
from steelyard.metering.outliers import (
    AnomalyAction,
    AnomalyKind,
    AnomalyMethod,
    ExpectedRange,
    Reported,
    Watch,
    expected_range,
    is_silent,
)
from steelyard.metering.paths import engine_path, parse_path
from steelyard.metering.payload import encode, key_of, read, same_content, tree
from steelyard.metering.ports import BundleSource, SubjectDirectory, UsageStore, UsageTrial
from steelyard.metering.profiles import Drift, DriftKind, Profile, drift
from steelyard.metering.reading import (
    Fields,
    Reading,
    meets,
    read_event,
    read_fields,
    text_of,
    type_of_condition,
    typed,
)
from steelyard.metering.rejections import Rejection, conflict, rejections_of
from steelyard.metering.shapes import Shapes
from steelyard.metering.standing import Standing, standing
from steelyard.metering.stripe import STRIPE, decode_form, decode_json, decode_stream
from steelyard.metering.windows import windows
from steelyard.metering.wire import BODY_BYTES_MAX, decode

__all__ = [
    "ADDITIVE",
    "BODY_BYTES_MAX",
    "EVENTS_MAX",
    "FREE_DIMENSIONS",
    "LAGO",
    "NO_DATA",
    "REFUSED_BYTES_KEPT",
    "RESERVED_DIMENSIONS",
    "STRIPE",
    "WHOLE_REQUEST",
    "Admitted",
    "Affected",
    "Aggregation",
    "Anomaly",
    "AnomalyAction",
    "AnomalyKind",
    "AnomalyMethod",
    "Attributed",
    "AttributionPlan",
    "AttributionRule",
    "Backfill",
    "BackfillAction",
    "BackfillCode",
    "BackfillRefused",
    "BackfillStatus",
    "Backfilled",
    "BundleSource",
    "ChangeCode",
    "ChangeRefused",
    "Choice",
    "Corrected",
    "CorrectionAction",
    "CostRow",
    "Decided",
    "Decoded",
    "DimensionType",
    "Drift",
    "DriftKind",
    "EventClass",
    "EventNow",
    "EventRow",
    "EventSchemas",
    "EventStatus",
    "EventType",
    "ExpectedRange",
    "Fields",
    "Filter",
    "FilterOp",
    "KnownUsage",
    "Meter",
    "Mismatch",
    "OnMismatch",
    "Outer",
    "PlannedBackfill",
    "PlannedChange",
    "Profile",
    "Quantity",
    "QuantityRow",
    "Range",
    "Reading",
    "RefusalCode",
    "Refused",
    "Rejection",
    "Reported",
    "Rules",
    "Shapes",
    "Standing",
    "StoreCounts",
    "SubjectDirectory",
    "TimeUnit",
    "UsageChange",
    "UsageEvent",
    "UsageStore",
    "UsageTrial",
    "Watch",
    "Window",
    "Windowed",
    "abandon_backfill",
    "add_to_backfill",
    "admit",
    "amend",
    "amended",
    "attribute",
    "bounded",
    "commit_backfill",
    "conflict",
    "decide",
    "decode",
    "decode_form",
    "decode_json",
    "decode_lago",
    "decode_stream",
    "deprecate",
    "derive_schema",
    "drift",
    "encode",
    "engine_path",
    "entries_of",
    "evaluate",
    "event_now",
    "event_of",
    "expected_range",
    "find_entry",
    "for_backfill",
    "history",
    "hold",
    "is_path",
    "is_silent",
    "key_of",
    "make_rule",
    "meets",
    "metered",
    "names_of",
    "noticing",
    "number_of",
    "of_formula",
    "open_backfill",
    "outer",
    "outlier",
    "parse_expression",
    "parse_path",
    "paths_of",
    "payload_of",
    "product_of",
    "quantity",
    "read",
    "read_change",
    "read_event",
    "read_fields",
    "rejections_of",
    "release",
    "retire_rule",
    "revert_backfill",
    "same_content",
    "schema_problems",
    "schema_text",
    "schema_value",
    "silence",
    "standing",
    "stretches",
    "text_of",
    "tree",
    "type_of_condition",
    "typed",
    "void",
    "windows",
    "write_of",
    "write_together",
]
