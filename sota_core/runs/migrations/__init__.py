"""Alembic migrations of the run store, applied by `database.migrate` when a store is opened."""
