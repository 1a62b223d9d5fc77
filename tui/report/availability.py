"""``report``: what is told of a recorded span, as values; pages of them are made elsewhere."""

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise

from msgspec import Struct
from msgspec.structs import replace

from tui.archive.sessions import Observed
from tui.core.absence import Absence, Attendance, Session, attendance
from tui.core.availability import (
    Availability,
    Frame,
    Incident,
    all_of,
    down_of,
    frame_of,
    groups_of,
    incidents_of,
    longest,
)
from tui.core.instant import Instant
from tui.core.lineage import LINE_KEPT
from tui.core.mask import Mask, masked_client, masked_key
from tui.core.spans import Span, clipped, levels, parts_of, total, without

LISTED = 40
"""Groups of a kind, incidents and gaps that are told at the most."""
LONGEST = 12
"""Absences that are told one by one."""
_GROUPS: tuple[tuple[str, Callable[[Session], str], Callable[[Session], str]], ...] = (
    ("service", lambda one: one.record.service, lambda one: ""),
    ("data center", lambda one: one.record.data_center, lambda one: ""),
    ("API key", lambda one: one.record.api_key_id, lambda one: one.labels.key),
)


class Subject(Struct, frozen=True):
    """What is reported of, and by what."""

    context: str
    """The name of the context, safe."""
    host: str
    """Whom was asked, safe."""
    recording: str
    """What the recording is called before people, safe."""
    command: str
    """The command line that makes the report again, safe."""
    version: str
    """Of conntop."""
    made_at: Instant
    """By this machine's clock."""


class Groups(Struct, frozen=True):
    """All groups of a kind."""

    title: str
    """What they are told apart by."""
    shown: tuple[Availability, ...]
    """Those with the most time down."""
    more: int
    """How many others there are."""


class Columns(Struct, frozen=True):
    """The live connections over the span, for a chart."""

    edges: tuple[Instant, ...]
    """Between which each column lies."""
    levels: tuple[tuple[int, int] | None, ...]
    """The fewest and the most that were up at once; ``None`` where nothing is known."""
    drops: tuple[int, ...]
    """Connections that were lost."""


class Report(Struct, frozen=True):
    """All that is told."""

    subject: Subject
    frame: Frame
    whole: Availability
    groups: tuple[Groups, ...]
    incidents: tuple[Incident, ...]
    """The last ones, oldest first."""
    incident_count: int
    worst: Incident | None
    """The incident with the most time down; ``None`` without any."""
    longest: tuple[Absence, ...]
    seen: Observed
    columns: tuple[Columns, Columns, Columns]
    """For a wide page, for one of medium width and for a narrow one."""
    mask: Mask
    """Hides API key ids, and clients' addresses where wished."""

    def down(self, incident: Incident) -> float:
        """Connection-seconds that an incident took, as far as they are known."""
        spans = clipped((down_of(one, self.frame) for one in incident.absences), self.frame.span)
        return total(without(spans, self.frame.unknown))


def make_report(
    seen: Observed,
    span: Span,
    subject: Subject,
    *,
    away_after: float = LINE_KEPT,
    mask_clients: bool = False,
) -> Report:
    """The report of a span of a recording.

    Args:
        seen: what is recorded of it.
        span: from when until when.
        subject: what is told of the report itself.
        away_after: seconds after which who is not back is away and no longer down.
        mask_clients: whether addresses are told by their network only.
    """
    kept = attendance(seen.sessions, seen.end)
    frame = frame_of(span, seen.unknown, seen.end, away_after)
    incidents = tuple(incidents_of(seen.mass_drops, kept))
    made = Report(
        subject,
        frame,
        all_of(kept, frame),
        tuple(_groups(kept, frame, *kind) for kind in _GROUPS),
        incidents[-LISTED:],
        len(incidents),
        None,
        tuple(longest(kept, frame, LONGEST)),
        seen,
        (_columns(kept, frame, 240), _columns(kept, frame, 160), _columns(kept, frame, 90)),
        _mask(seen.sessions, clients=mask_clients),
    )
    return replace(made, worst=max(incidents, key=made.down, default=None))


def _groups(
    kept: Attendance,
    frame: Frame,
    title: str,
    group: Callable[[Session], str],
    label: Callable[[Session], str],
) -> Groups:
    found = groups_of(kept, frame, group, label)
    return Groups(title, tuple(found[:LISTED]), len(found[LISTED:]))


def _columns(kept: Attendance, frame: Frame, count: int) -> Columns:
    edges = parts_of(frame.span, count)
    counted = levels((span for _, span in kept.up), edges)
    blind = [total(clipped(frame.unknown, part)) * 2 > total([part]) for part in pairwise(edges)]
    first, last = frame.span
    lost = Counter(
        (one.since - first) * count // (last - first)
        for one in kept.absences
        if one.is_drop and first <= one.since < last
    )
    return Columns(
        tuple(edges),
        tuple(None if hidden else level for hidden, level in zip(blind, counted, strict=True)),
        tuple(lost[number] for number in range(count)),
    )


def _mask(sessions: Sequence[Session], *, clients: bool) -> Mask:
    keys = {one.record.api_key_id: one.labels.key for one in sessions}
    words = {key.lower(): name or masked_key(key) for key, name in keys.items() if len(key) >= 8}
    places: dict[str, str] = {}
    if clients:
        addresses = {one.record.client for one in sessions}
        places = {each.lower(): masked_client(each) for each in addresses}
    return Mask({**places, **words}, tuple(words))
