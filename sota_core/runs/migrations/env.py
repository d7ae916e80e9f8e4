"""Alembic's entry point: runs the migrations on the connection it is given, inside the transaction open there.

No alembic.ini and no offline mode: the only caller is `sota_core.runs.store.database.migrate`.
"""

from alembic import context

from sota_core.runs.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite too can roll back DDL once the driver's own transaction handling is off, which database.py sees to.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
