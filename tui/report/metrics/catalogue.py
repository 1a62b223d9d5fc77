"""The catalogue of metrics: their names, types, labels and meaning. Docs and scrapes come of it."""

from enum import Enum

from msgspec import Struct

from tui.report.metrics.tally import GROUPS_KEPT


class Kind(Enum):
    """The type of a metric, by its name in OpenMetrics."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"
    GAUGE_HISTOGRAM = "gaugehistogram"


class Metric(Struct, frozen=True):
    """One metric."""

    name: str
    """As it stands in expressions; of a histogram without ``_bucket`` and the like."""
    kind: Kind
    help: str
    """What it says, in what unit."""
    labels: tuple[str, ...] = ()
    """Its labels. None is a key, an address or a connection id."""
    present: bool = False
    """Whether it is of the present, and so absent while that is not known."""


PLACE = ("service", "protocol", "region", "data_center")
"""The labels of a group."""

CONNECTIONS = Metric(
    "conntop_connections",
    Kind.GAUGE,
    "Connections by state at the last good answer: live, late (heartbeat older than its rhythm "
    "allows), silent (two minutes), gone (left within the last five minutes).",
    ("state", *PLACE),
    present=True,
)
OLDEST = Metric(
    "conntop_oldest_heartbeat_age_seconds",
    Kind.GAUGE,
    "Age of the oldest last heartbeat of the live and late ones, at the last good answer.",
    PLACE,
    present=True,
)
AGES = Metric(
    "conntop_heartbeat_age_seconds",
    Kind.GAUGE_HISTOGRAM,
    "How the ages of the last heartbeats of the live and late ones are spread, at the last good "
    "answer. It is no counter: use its buckets without rate().",
    present=True,
)
FOLDED = Metric(
    "conntop_other_groups",
    Kind.GAUGE,
    f"Groups of connections that are counted under the labels other, since there are more than "
    f"{GROUPS_KEPT} combinations of service, protocol and data center; 0 when all are told apart.",
    present=True,
)
COMPLETE = Metric(
    "conntop_answer_complete",
    Kind.GAUGE,
    "1 when the last good answer was whole, 0 when records may be missing from it: then the "
    "connections are at least so many, and none is called gone for being absent.",
    present=True,
)
UNREADABLE = Metric(
    "conntop_unreadable_records",
    Kind.GAUGE,
    "Records of the last good answer that are left out because they cannot be read.",
    present=True,
)
SKEW = Metric(
    "conntop_clock_skew_seconds",
    Kind.GAUGE,
    "Seconds by which the clock of this machine is ahead of the server's; absent when the server "
    "tells no time.",
    present=True,
)
VERDICT = Metric(
    "conntop_verdict",
    Kind.GAUGE,
    "1 for each thing that is the matter, else 0. Those about us (link_down, rate_limited, "
    "frozen) are always there; those about the fleet and its answers are absent while the present "
    "is not known.",
    ("kind",),
)
UP = Metric(
    "conntop_up",
    Kind.GAUGE,
    "1 when the last poll was answered, 0 when it failed; absent before the first.",
)
FROZEN = Metric(
    "conntop_endpoint_frozen",
    Kind.GAUGE,
    "1 while the endpoint answers but its data stand still, so that they are not believed; absent "
    "while it does not answer.",
)
ANSWERED_AT = Metric(
    "conntop_last_answer_timestamp_seconds",
    Kind.GAUGE,
    "When the last answer that is believed had been read, by the clock of this machine; absent "
    "before the first.",
)
INTERVAL = Metric(
    "conntop_poll_interval_seconds",
    Kind.GAUGE,
    "Seconds between two polls while all is well.",
)
EVENTS = Metric(
    "conntop_events_total",
    Kind.COUNTER,
    "Events by kind. What changed while nobody could see it is told in none.",
    ("kind",),
)
POLLS = Metric(
    "conntop_polls_total",
    Kind.COUNTER,
    "Polls by outcome: answered, or the kind of trouble.",
    ("outcome",),
)
DURATION = Metric(
    "conntop_poll_duration_seconds",
    Kind.HISTOGRAM,
    "How long polls took, failed ones included.",
)
REQUESTS = Metric(
    "conntop_requests_total",
    Kind.COUNTER,
    "Requests sent to the endpoint, parts and last records included; a failed poll counts as one.",
)
RECEIVED = Metric(
    "conntop_received_bytes_total",
    Kind.COUNTER,
    "Bytes of the answers' bodies, after decompression.",
)
BUILD = Metric(
    "conntop_build_info",
    Kind.GAUGE,
    "Always 1; the label tells the version of conntop.",
    ("version",),
)

METRICS = (
    CONNECTIONS,
    OLDEST,
    AGES,
    FOLDED,
    COMPLETE,
    UNREADABLE,
    SKEW,
    VERDICT,
    UP,
    FROZEN,
    ANSWERED_AT,
    INTERVAL,
    EVENTS,
    POLLS,
    DURATION,
    REQUESTS,
    RECEIVED,
    BUILD,
)
"""All of them, the fleet's first."""
