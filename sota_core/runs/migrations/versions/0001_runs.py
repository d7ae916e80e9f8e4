"""Runs, their events and artifacts, and the quotas.

Written out in full rather than taken from schema.py: a migration must not change when the schema does.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_STATES = "'queued', 'starting', 'running', 'finished', 'failed', 'cancelled', 'lost'"


def upgrade() -> None:
    op.create_table(
        "run",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("owner", sa.String(200), nullable=False),
        sa.Column("key", sa.String(200)),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(32)),
        sa.Column("message", sa.Text),
        sa.Column("traceback", sa.Text),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("recipe", sa.Text, nullable=False),
        sa.Column("identity", sa.String(64), nullable=False),
        sa.Column("data", sa.String(64)),
        sa.Column("code", sa.String(64)),
        sa.Column("cost", sa.Float, nullable=False),
        sa.Column("estimate_s", sa.Float),
        sa.Column("time_limit_s", sa.Float, nullable=False),
        sa.Column("self_started", sa.Boolean, nullable=False),
        sa.Column("cancel_requested", sa.Boolean, nullable=False),
        sa.Column("cancel_by", sa.String(200)),
        sa.Column("cancel_at", sa.Float),
        sa.Column("pinned", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("claimed_at", sa.Float),
        sa.Column("started_at", sa.Float),
        sa.Column("ended_at", sa.Float),
        sa.Column("host", sa.String(255)),
        sa.Column("pid", sa.Integer),
        sa.Column("birth", sa.String(80)),
        sa.Column("heartbeat_at", sa.Float),
        sa.Column("step", sa.Integer),
        sa.Column("total", sa.Integer),
        sa.Column("eta_s", sa.Float),
        sa.Column("summary", sa.Text),
        sa.UniqueConstraint("owner", "key", name="run_owner_key"),
        sa.CheckConstraint(f"state IN ({_STATES})", name="run_state"),
    )
    op.create_index("run_by_state", "run", ["state", "created_at"])
    op.create_index("run_by_owner", "run", ["owner", "created_at"])
    op.create_index("run_by_time", "run", ["created_at"])
    op.create_index("run_by_identity", "run", ["identity", "state"])
    op.create_table(
        "event",
        sa.Column("run", sa.String(16), sa.ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("attempt", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("t", sa.Float, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "artifact",
        sa.Column("run", sa.String(16), sa.ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("name", sa.String(120), primary_key=True),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
    )
    quota = op.create_table(
        "quota",
        sa.Column("owner", sa.String(200), primary_key=True),
        sa.Column("max_active", sa.Integer, nullable=False),
        sa.Column("max_queued", sa.Integer, nullable=False),
    )
    op.bulk_insert(quota, [{"owner": "*", "max_active": 1, "max_queued": 2}])
