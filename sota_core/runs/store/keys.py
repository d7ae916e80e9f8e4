"""The key that all servers of one store sign with: what one of them has signed, all of them can verify.

With SQLite the key is a file beside the database that only its owner may read, since the database itself need not be
private. Any other database keeps it in a table, since its servers may have nothing else in common.
"""

import secrets
from pathlib import Path

import sqlalchemy as sa

from sota_core.people import tokens
from sota_core.runs.store import schema
from sota_core.runs.store.session import Session

_NAME = "server"


def store_key(session: Session, database: Path | None, home: Path) -> bytes:
    """The store's key, made on the first call. (32,) bytes. Atomic: servers that start together all get the same.

    database  SQLite's file; None for other databases
    home      if the store has no key, a key file in this folder becomes the store's: earlier cookies stay valid

    Raises
        RunError  the key's file holds something else.
    """
    if database is not None:
        return tokens.server_key(database.parent)
    kept = sa.select(schema.secret.c.value).where(schema.secret.c.name == _NAME)
    with session.writing(serial=True) as connection:
        found = connection.execute(kept).scalar()
        if found is None:
            has_file = (home / tokens.KEY_FILE).exists()
            found = (tokens.server_key(home) if has_file else secrets.token_bytes(tokens.KEY_BYTES)).hex()
            connection.execute(schema.secret.insert().values(name=_NAME, value=found))
    return bytes.fromhex(found)
