"""Run databases that are migrated already, so that a test that is not about migrations need not wait for them."""

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import sqlalchemy as sa

from sota_core.runs.store.store import Store
from sota_core.settings import Settings, load

SERVER = "SOTA_TEST_PG_URL"  # a PostgreSQL server whose user may make databases; `.ci/real-parts` starts one


def settings_of(database: Path | str) -> Settings:
    """Settings with this database: a SQLite file, beside which is everything else, or the URL of another one."""
    if isinstance(database, Path):
        home, url = database.parent, f"sqlite:///{database}"
    else:
        home, url = Path(tempfile.mkdtemp()), database
    return load({"SOTA_HOME": str(home), "SOTA_DATA_DIR": str(home / "data"), "SOTA_DB_URL": url})


@cache
def _template() -> Path:
    file = Path(tempfile.mkdtemp()) / "runs.db"
    Store(settings_of(file)).close()
    return file


def migrated(file: Path) -> Path:
    """Put an empty, migrated SQLite database at `file`, whose folder is created if need be; takes milliseconds from the
    second call on.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(_template(), file)
    return file


@contextmanager
def on_server(is_migrated: bool = True) -> Iterator[str]:
    """The URL of a new database on the server, empty or migrated; it is dropped afterwards, even if somebody is still
    connected.

    A database and not a schema, because the dispatchers' lock belongs to a whole database.
    """
    url, name = sa.make_url(os.environ[SERVER]), f"test_{uuid.uuid4().hex}"
    with _admin(url) as admin:
        admin.execute(sa.text(f"CREATE DATABASE {name} TEMPLATE {_server_template() if is_migrated else 'template0'}"))
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        with _admin(url) as admin:
            admin.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))


@cache
def _server_template() -> str:
    """The name of this process's migrated database, which the tests' databases are copied from."""
    url, name = sa.make_url(os.environ[SERVER]), f"template_{uuid.uuid4().hex}"
    with _admin(url) as admin:
        admin.execute(sa.text(f"CREATE DATABASE {name} TEMPLATE template0"))
    Store(settings_of(url.set(database=name).render_as_string(hide_password=False))).close()
    return name


def drop_server_template() -> None:
    """Drop the template database at the end of the tests, if one was made."""
    if _server_template.cache_info().currsize:
        with _admin(sa.make_url(os.environ[SERVER])) as admin:
            admin.execute(sa.text(f"DROP DATABASE {_server_template()} WITH (FORCE)"))
        _server_template.cache_clear()


@contextmanager
def _admin(url: sa.URL) -> Iterator[sa.Connection]:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        yield connection
    engine.dispose()
