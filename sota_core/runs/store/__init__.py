"""The store of runs: one database, by SQLAlchemy; SQLite by default, PostgreSQL by URL."""
