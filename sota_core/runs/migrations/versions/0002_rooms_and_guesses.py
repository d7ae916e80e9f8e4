"""The room a run was started in, and guesses.

Written out in full rather than taken from schema.py: a migration must not change when the schema does.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("run", sa.Column("room", sa.String(16)))
    op.create_index("run_by_room", "run", ["room", "created_at"])
    op.create_table(
        "guess",
        sa.Column("subject", sa.String(40), primary_key=True),
        sa.Column("owner", sa.String(200), primary_key=True),
        sa.Column("run", sa.String(16), sa.ForeignKey("run.id", ondelete="CASCADE")),
        sa.Column("rival", sa.String(16), sa.ForeignKey("run.id", ondelete="CASCADE")),
        sa.Column("room", sa.String(16)),
        sa.Column("nickname", sa.String(24)),
        sa.Column("value", sa.Float, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
    )
    op.create_index("guess_by_run", "guess", ["run"])
    op.create_index("guess_by_rival", "guess", ["rival"])
