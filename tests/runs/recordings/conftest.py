"""Recordings are made of a run's events, wherever those are stored: one database will do."""

import pytest


@pytest.fixture
def db_url(tmp_path):
    return f"sqlite:///{tmp_path / 'runs.db'}"
