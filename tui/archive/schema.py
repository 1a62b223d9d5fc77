"""The tables of a recording. docs/recording.md tells users what they mean.

Times are ticks of 100 ns since 1970, as the API's seven digits need them: ``at / 10000000`` is the
Unix time. All keys lead with the organization, then the time, so that a database which spreads its
tables over several machines keeps together what is asked together.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

VERSION = 1
"""Of the schema. It grows when an older conntop could not read it, or would read it wrongly."""

metadata = MetaData()

recording = Table(
    "recording",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("conntop", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
)
"""One row: the version of the schema, and what made it when."""

feeds = Table(
    "feeds",
    metadata,
    Column("organization", Text, primary_key=True),
    Column("context", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
)
"""Whose connections are recorded. ``organization`` is the organization's id as the first record has
it, or ``context@host`` where the first answer had none: it stays what it is."""

polls = Table(
    "polls",
    metadata,
    Column("organization", Text, primary_key=True),
    Column("at", BigInteger, primary_key=True),
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    Column("query", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("sentence", Text),
    Column("cut", Text),
    Column("served", Integer, nullable=False),
    Column("unreadable", Integer, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("requests", Integer, nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("lapse", Float, nullable=False),
    Column("told", Integer, nullable=False),
    Column("drops", Integer, nullable=False),
    Column("late", Integer, nullable=False),
    Column("blind", Boolean, nullable=False),
    Column("delta", LargeBinary, nullable=False),
    # Holds all of a moment: a week's are read in a moment, without a look at what is large.
    Index("polls_by_place", "organization", "place", "at", "told", "drops", "late", "blind"),
)
"""Each question: when (server time, never before that of an earlier poll), which (``place`` counts
them), the query as JSON in the endpoint's spelling, ``answer`` or the kind of failure with its
sentence, why records may be missing (``cut``; NULL: complete), what it took, the number of events
that it told, those of drops and of late ones among them, whether the present was unknown
(``blind``), and for conntop itself the heartbeats and all else as it differs from the poll
before."""

keyframes = Table(
    "keyframes",
    metadata,
    Column("organization", Text, primary_key=True),
    Column("at", BigInteger, primary_key=True),
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    Column("parts", LargeBinary, nullable=False),
)
"""For conntop itself: all that was known after the poll of that place. Deltas lead on from it."""

connections = Table(
    "connections",
    metadata,
    Column("organization", Text, primary_key=True),
    Column("first_seen", BigInteger, primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("connection_id", Text, nullable=False),
    Column("organization_id", Text, nullable=False),
    Column("api_key_id", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("client", Text, nullable=False),
    Column("protocol", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("data_center", Text, nullable=False),
    Column("start", BigInteger, nullable=False),
    Column("last_heartbeat", BigInteger, nullable=False),
    Column("gone_at", BigInteger),
    # Not unique: in a table that is partitioned by time only what holds the time can be.
    Index("connections_by_number", "organization", "number"),
)
"""Each connection, as the API has it. ``last_heartbeat`` is that of its last change of state;
``gone_at`` is when it was found to have left. One that comes back after long, or whose other fields
change, has a further row."""

states = Table(
    "states",
    metadata,
    Column("organization", Text, primary_key=True),
    Column("at", BigInteger, primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("state", Text, nullable=False),
    Column("last_heartbeat", BigInteger, nullable=False),
    Index("states_by_number", "organization", "number", "at"),
    sqlite_with_rowid=False,
)
"""Each change of state of a connection: live, late, silent, gone; ``unseen`` where it was forgotten
without being gone (it is not in what is asked any more)."""

events = Table(
    "events",
    metadata,
    Column("organization", Text, primary_key=True),
    Column("at", BigInteger, primary_key=True),
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    Column("rank", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("number", BigInteger),
    Column("evidence", Text, nullable=False),
)
"""What conntop told, by the poll that showed it and the order within it; ``number`` is NULL for
what concerns many or the monitor itself."""

gaps = Table(
    "gaps",
    metadata,
    Column("organization", Text, primary_key=True),
    Column("since", BigInteger, primary_key=True),
    Column("until", BigInteger),
    Column("why", Text, nullable=False),
)
"""When the present was not known: from the last good answer to the next one (NULL: not yet). States
say nothing about these times."""

leases = Table(
    "leases",
    metadata,
    Column("organization", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
)
"""On PostgreSQL, who records an organization (``host:pid``), the how many-th it is, and until when
by the database's clock. A file is guarded by a lock beside it instead."""
