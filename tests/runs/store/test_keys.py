"""The signing key belongs to the store: servers with different homes accept each other's signatures."""

import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import sqlalchemy as sa

from sota_core.people.tokens import KEY_FILE, server_key
from sota_core.runs.store import schema
from sota_core.runs.store.keys import store_key
from sota_core.runs.store.store import Store
from tests.databases import settings_of


def test_servers_with_homes_of_their_own_share_the_stores_key(settings, tmp_path):
    with Store(settings) as one, Store(replace(settings, home=tmp_path / "another")) as other:
        assert one.server_key() == other.server_key() and len(one.server_key()) == 32
    assert not (tmp_path / "another" / KEY_FILE).exists()


def test_another_store_has_another_key(settings, tmp_path):
    with Store(settings) as one, Store(settings_of(tmp_path / "other" / "runs.db")) as other:
        assert one.server_key() != other.server_key()


def test_beside_sqlite_it_is_its_owners_alone(store, only_sqlite, settings):
    store.server_key()
    assert stat.S_IMODE((settings.home / KEY_FILE).stat().st_mode) == 0o600


@pytest.fixture
def in_a_table(store, settings):
    """The key as stored on every database but SQLite, where the statements are the same."""
    return lambda home=settings.home: store_key(store.session, None, home)


def test_in_a_table_it_is_made_once_however_many_ask(in_a_table, store, tmp_path):
    with ThreadPoolExecutor(8) as pool:
        (key,) = set(pool.map(lambda i: in_a_table(tmp_path / f"home {i}"), range(16)))
    with store.session.reading() as connection:
        assert connection.execute(sa.select(schema.secret)).all() == [("server", key.hex())]


def test_a_homes_key_of_before_becomes_the_stores(in_a_table, tmp_path):
    before = server_key(tmp_path / "first")
    assert in_a_table(tmp_path / "first") == before == in_a_table(tmp_path / "second")
