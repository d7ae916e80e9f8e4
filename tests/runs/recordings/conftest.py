"""Recordings are made of a run's events, whichever database holds them: SQLite alone will do."""

import pytest


@pytest.fixture
def db_url(tmp_path):
    return f"sqlite:///{tmp_path / 'runs.db'}"
