"""The six tables, in SQLAlchemy Core. The migrations together create exactly these; a test compares the two.

Times are Unix seconds; JSON is kept as text, so that SQLite and PostgreSQL hold the same bytes.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from sota_core.runs.states import STORED

metadata = MetaData()

_STATES = ", ".join(f"'{state.value}'" for state in STORED)

run = Table(
    "run",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("owner", String(200), nullable=False),
    Column("key", String(200)),  # idempotency key: a second submit with it returns this run
    Column("state", String(16), nullable=False),
    Column("reason", String(32)),
    Column("message", Text),
    Column("traceback", Text),
    Column("attempt", Integer, nullable=False),
    Column("recipe", Text, nullable=False),
    Column("identity", String(64), nullable=False),  # Recipe.identity(): what is trained, whatever its preset
    Column("data", String(64)),  # fingerprint of the pictures, once it is known
    Column("code", String(64)),  # version of the training code
    Column("cost", Float, nullable=False),  # epochs × pictures × size²
    Column("estimate_s", Float),
    Column("time_limit_s", Float, nullable=False),
    Column("self_started", Boolean, nullable=False),  # inserted as `starting` by the process that trains
    Column("cancel_requested", Boolean, nullable=False),
    Column("cancel_by", String(200)),
    Column("cancel_at", Float),
    Column("pinned", Boolean, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("claimed_at", Float),
    Column("started_at", Float),
    Column("ended_at", Float),
    Column("host", String(255)),
    Column("pid", Integer),
    Column("birth", String(80)),  # tells this process from a later one with the same pid
    Column("heartbeat_at", Float),
    Column("step", Integer),
    Column("total", Integer),
    Column("eta_s", Float),
    Column("summary", Text),
    Column("room", String(16)),  # the class it was started in
    Column("origin", String(40)),  # a keyed hash of the network address that submitted it
    Column("nickname", String(24)),  # how whoever started it wants to be called in the room
    UniqueConstraint("owner", "key", name="run_owner_key"),
    CheckConstraint(f"state IN ({_STATES})", name="run_state"),
    Index("run_by_state", "state", "created_at"),
    Index("run_by_owner", "owner", "created_at"),
    Index("run_by_time", "created_at"),
    Index("run_by_identity", "identity", "state"),
    Index("run_by_room", "room", "created_at"),
)

event = Table(
    "event",
    metadata,
    Column("run", String(16), ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
    Column("attempt", Integer, primary_key=True, autoincrement=False),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("t", Float, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("data", Text, nullable=False),
    # In SQLite, rows lie in the order of the key: each update of a live page reads neighbouring rows.
    sqlite_with_rowid=False,
)

artifact = Table(
    "artifact",
    metadata,
    Column("run", String(16), ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
    Column("name", String(120), primary_key=True),
    Column("size_bytes", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("created_at", Float, nullable=False),
)

# What somebody thinks a run will reach. `subject` is a run's id, two ids joined by a slash, or `room/` and its code.
guess = Table(
    "guess",
    metadata,
    Column("subject", String(40), primary_key=True),
    Column("owner", String(200), primary_key=True),
    Column("run", String(16), ForeignKey("run.id", ondelete="CASCADE")),
    Column("rival", String(16), ForeignKey("run.id", ondelete="CASCADE")),
    Column("room", String(16)),
    Column("nickname", String(24)),
    Column("value", Float, nullable=False),
    Column("created_at", Float, nullable=False),
    Index("guess_by_run", "run"),  # deleting a run looks for its guesses
    Index("guess_by_rival", "rival"),
)

# Owner '*' is the default; on PostgreSQL, submits and claims lock its row, so that only one goes on at a time.
quota = Table(
    "quota",
    metadata,
    Column("owner", String(200), primary_key=True),
    Column("max_active", Integer, nullable=False),
    Column("max_queued", Integer, nullable=False),
)

# The key the servers of this store sign with; with SQLite it is a file instead (keys.py).
secret = Table(
    "secret",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", String(64), nullable=False),  # in hexadecimal
)

EVERYONE = "*"
DEFAULT_QUOTA = {"owner": EVERYONE, "max_active": 1, "max_queued": 2}
