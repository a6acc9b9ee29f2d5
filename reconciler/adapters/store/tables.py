"""Nothing in, the tables of our own state out: plain text, numbers, JSON and UTC times, never a secret."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    DDL,
    JSON,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    event,
    func,
)
from sqlalchemy.types import TypeDecorator

# 2: the ledger, and more about hand-offs. 3: which tenants a fleet last had. An older store is brought here by
# adding what it lacks (``upgrading``), so a later version may add tables, and columns that may be empty, and nothing
# else.
SCHEMA_VERSION = 3
OLDEST_READ = 1


class Moment(TypeDecorator[datetime]):
    """A time as ISO 8601 text in UTC, always of one length, so that text order is time order."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """Write an aware time; a naive one is a programming error (ValueError)."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a time zone")
        return value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        """Read it back, aware."""
        if value is None:
            return None
        at = datetime.fromisoformat(value)
        if at.tzinfo is None:
            raise ValueError(f"a time without a time zone: {value}")
        return at.astimezone(UTC)


metadata = MetaData()

about = Table(
    "about", metadata, Column("key", String(40), primary_key=True), Column("value", Text, nullable=False)
)

# `family` joins rows that turned out to be one organisation (a file went from a domain to a GUID): what is
# true of any of them is true of all. It is the smallest id among them.
tenants = Table(
    "tenants",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("family", Integer, nullable=False, index=True),
    Column("name", String(300), nullable=False, unique=True),
)

aliases = Table(
    "aliases",
    metadata,
    Column("key", String(300), primary_key=True),
    Column("tenant_id", ForeignKey("tenants.id"), nullable=False, index=True),
)

leases = Table(
    "leases",
    metadata,
    Column("tenant_id", ForeignKey("tenants.id"), primary_key=True),
    Column("fence", Integer, nullable=False),
    Column("holder", Text, nullable=False),
    Column("since", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
)

intents = Table(
    "intents",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("tenant_id", ForeignKey("tenants.id"), nullable=False),
    Column("id", String(64), nullable=False, unique=True),
    Column("tenant", String(300), nullable=False),
    Column("address", String(300), nullable=False),
    Column("action", String(16), nullable=False),
    Column("subscription_id", String(200), nullable=False),
    Column("before_plan", String(200), nullable=False),
    Column("before_licenses", Integer),
    Column("after_plan", String(200), nullable=False),
    Column("after_licenses", Integer),
    Column("request_id", String(64), nullable=False),
    Column("step", Text, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("known_ids", JSON, nullable=False),
    Column("intended_at", Moment, nullable=False),
    Column("sent_at", Moment),
    Column("settled", String(16)),
    Column("seen", Boolean, nullable=False),
    Column("clear_looks", Integer, nullable=False),
    Column("plan_id", String(64), nullable=False),
    Column("commit", String(64)),
    Column("acknowledged", Text),
    Column("evidence", Text, nullable=False),
    Column("changed_at", Moment, nullable=False),
    # When it was sent by our own clock; the other times are the service's.
    Column("written_at", Moment),
    UniqueConstraint("tenant_id", "step", "generation", name="one_intent_per_generation"),
    Index("intents_by_tenant", "tenant_id", "seq"),
)
# What was sent since midnight is asked for before each write; a journal of years holds little of that.
Index(
    "intents_sent",
    func.coalesce(intents.c.written_at, intents.c.changed_at),
    postgresql_where=intents.c.sent_at.is_not(None),
).ddl_if(dialect="postgresql")

bindings = Table(
    "bindings",
    metadata,
    Column("tenant_id", ForeignKey("tenants.id"), primary_key=True),
    Column("address", String(300), primary_key=True),
    Column("subscription_id", String(200), nullable=False),
    Column("at", Moment, nullable=False),
)

successors = Table(
    "successors",
    metadata,
    Column("tenant_id", ForeignKey("tenants.id"), primary_key=True),
    Column("old_id", String(200), primary_key=True),
    Column("new_id", String(200), nullable=False),
    Column("at", Moment, nullable=False),
)

suspensions = Table(
    "suspensions",
    metadata,
    Column("tenant_id", ForeignKey("tenants.id"), primary_key=True),
    Column("name", String(300), nullable=False),
    Column("reason", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("until", String(10), nullable=False),
    Column("at", Moment, nullable=False),
)

stops = Table(
    "stops",
    metadata,
    Column("scope", String(40), primary_key=True),
    Column("reason", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("at", Moment, nullable=False),
)

used_plans = Table(
    "used_plans",
    metadata,
    Column("plan_id", String(64), primary_key=True),
    Column("run", String(64), nullable=False),
    Column("at", Moment, nullable=False),
)

handoffs = Table(
    "handoffs",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("tenant", String(300), nullable=False, index=True),
    Column("word", String(300), nullable=False),
    Column("address", String(300), nullable=False),
    Column("subscription_id", String(200)),
    Column("before", JSON(none_as_null=True)),
    Column("after", JSON(none_as_null=True)),
    Column("why", Text, nullable=False),
    Column("commit", String(64)),
    Column("state", String(16), nullable=False),
    Column("ticket", Text),
    Column("text", JSON, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("closed_at", Moment),
    Column("facts", JSON(none_as_null=True)),
    Column("reason", Text),
    Column("by_hand", Boolean),
)

runs = Table(
    "runs",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("tenant", String(300), nullable=False),
    Column("verdict", String(40), nullable=False),
    Column("summary", Text, nullable=False),
    Column("commit", String(64)),
    Column("plan_id", String(64)),
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
    Column("times", Integer, nullable=False),
    Index("runs_by_tenant", "tenant", "seq"),
)

fleet_sizes = Table(
    "fleet_sizes",
    metadata,
    Column("source", String(700), primary_key=True),
    Column("tenants", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("roster", JSON(none_as_null=True)),
)

# What `drift` remembers: how a tenant stood when all was well, and what was seen since.
baselines = Table(
    "baselines",
    metadata,
    Column("tenant_id", ForeignKey("tenants.id"), primary_key=True),
    Column("subscriptions", JSON, nullable=False),
    Column("known", JSON, nullable=False),
    Column("website", Text),
    Column("written", String(64)),
    Column("at", Moment, nullable=False),
)

sightings = Table(
    "sightings",
    metadata,
    Column("tenant_id", ForeignKey("tenants.id"), primary_key=True),
    Column("key", String(700), primary_key=True),
    Column("finding", JSON, nullable=False),
    Column("first_seen", Moment, nullable=False),
    Column("last_seen", Moment, nullable=False),
    Column("times", Integer, nullable=False),
    Column("confirmed_at", Moment),
    Column("reported_at", Moment),
    Column("gone_at", Moment),
)

# What a loop keeps: when whose turn is, what each tenant looked like, who asked, and of itself. All of it is made anew
# by looking again; nothing is ever decided by it but when to look.
turns = Table(
    "turns",
    metadata,
    Column("fleet", String(700), primary_key=True),
    Column("name", String(300), primary_key=True),
    Column("due_at", Moment, nullable=False),
    Column("cause", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("failed_on", String(80)),
    Column("declared", String(80), nullable=False),
    Column("fence", Integer, nullable=False),
    Column("claimed_by", String(64), index=True),
    Column("claimed_until", Moment),
    Index("turns_due", "fleet", "due_at"),
    # A file has no workers to offer them to, and would pay for it at each pass.
    Index("turns_urgent", "fleet", "cause", "due_at").ddl_if(dialect="postgresql"),
)

kept = Table(
    "kept",
    metadata,
    Column("fleet", String(700), primary_key=True),
    Column("name", String(300), primary_key=True),
    Column("tenant", String(300), nullable=False),
    Column("labels", JSON, nullable=False),
    Column("verdict", String(16), nullable=False),
    Column("sync", String(16), nullable=False),
    Column("health", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("gravity", Integer, nullable=False),
    Column("reason", String(80), nullable=False),
    Column("held_by", String(80), nullable=False),
    Column("since", Moment, nullable=False),
    Column("plans", JSON, nullable=False),
    Column("licenses", Integer),
    Column("live", Integer),
    Column("open_handoffs", Integer, nullable=False),
    Column("drift", Integer, nullable=False),
    Column("commit", String(64)),
    Column("observed_at", Moment, nullable=False),
    Column("search", Text, nullable=False),
    Column("conditions", JSON, nullable=False),
    Column("document", JSON, nullable=False),
    Index("kept_states", "fleet", "state"),
)

asks = Table(
    "asks",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(300), nullable=False, index=True),
    Column("by", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("handled_at", Moment),
    Column("answer", JSON(none_as_null=True)),
)

loops = Table(
    "loops",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("fleet", String(700), nullable=False),
    Column("holder", Text, nullable=False),
    Column("version", String(40), nullable=False),
    Column("writes", Boolean, nullable=False),
    Column("backend", String(40), nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("beat_at", Moment, nullable=False),
    Column("state", String(16), nullable=False),
    Column("breaker", String(16), nullable=False),
    Column("passes", Integer, nullable=False),
)

sources = Table(
    "sources",
    metadata,
    Column("fleet", String(700), primary_key=True),
    Column("where", Text, nullable=False),
    Column("branch", String(300)),
    Column("commit", String(64)),
    Column("read_at", Moment, nullable=False),
    Column("tenants", Integer, nullable=False),
    Column("reason", String(80), nullable=False),
    Column("problem", Text, nullable=False),
    Column("refused", String(64)),
    Column("stopped", Text, nullable=False),
    Column("committed_at", Moment),
)

samples = Table(
    "samples",
    metadata,
    Column("fleet", String(700), primary_key=True),
    Column("at", Moment, primary_key=True),
    Column("counts", JSON, nullable=False),
)

# What versions before this one counted calls by; they may be at work beside it.
budgets = Table(
    "budgets",
    metadata,
    Column("key", String(700), primary_key=True),
    Column("full_at", Moment, nullable=False),
)

# When all calls made so far would have fitted, in microseconds since 1970: a number, so that one statement can count.
buckets = Table(
    "buckets",
    metadata,
    Column("key", String(700), primary_key=True),
    Column("full_at", BigInteger, nullable=False),
)

# Turns that are offered to workers and not begun. A mark runs out, so that an offer which got lost is made again.
offers = Table(
    "offers",
    metadata,
    Column("fleet", String(700), primary_key=True),
    Column("name", String(300), primary_key=True),
    Column("until", Moment, nullable=False),
)

# What people know of, by its key, and what is on its way to them. Names are in JSON, which can spell any of them.
open_matters = Table(
    "open_matters",
    metadata,
    Column("thread", String(64), primary_key=True),
    Column("scope", String(64), nullable=False, index=True),
    Column("key", JSON, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("reason", String(200), nullable=False),
    Column("stands", Boolean, nullable=False),
    Column("since", Moment, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("told", JSON, nullable=False),
    Column("past", JSON, nullable=False),
    Column("labels", JSON, nullable=False),
    Column("turns", JSON, nullable=False),
)

# `pace` is empty for what is ready to be sent, else how soon the digest comes that it is gathered for.
notices = Table(
    "notices",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False),
    Column("receiver", String(100), nullable=False),
    Column("pace", String(10), nullable=False),
    Column("thread", String(64), nullable=False),
    Column("body", JSON, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("delivered_at", Moment),
    Column("given_up_at", Moment),
    Column("problem", Text, nullable=False),
    UniqueConstraint("id", "receiver", name="one_message_for_each_receiver"),
)

# Not of the journal: a store without these is sound, and gets them, empty, when it is next written.
FORGETTABLE = frozenset(
    table.name
    for table in (
        *(baselines, sightings),
        *(turns, kept, asks, loops, sources, samples, budgets, buckets, offers),
        *(open_matters, notices),
    )
)

# Append-only. `content` is canonical JSON and says all of it (`at`, `kind` and `by` are copies for readers); `hash`
# covers it, the number and the hash before it, and `about` holds the number and the hash of the last row, so that a
# missing end shows too.
ledger = Table(
    "ledger",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("at", String(32), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("by", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)

# A slip of a hand or of ours is refused by the file itself; what goes round this is found by the chain.
for word in ("UPDATE", "DELETE"):
    event.listen(
        ledger,
        "after_create",
        DDL(  # type: ignore[no-untyped-call]
            f"CREATE TRIGGER ledger_refuses_{word.lower()} BEFORE {word} ON ledger "
            "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
        ).execute_if(dialect="sqlite"),
    )
