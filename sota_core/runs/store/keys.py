"""The key that all servers of one store sign with: what one of them has signed, each of them knows again.

SQLite's lies beside the database, in a file that its owner alone may read; the database itself need not be so private.
Another database keeps it in a table, since its servers may have nothing else in common.
"""

import secrets
from pathlib import Path

import sqlalchemy as sa

from sota_core.people import tokens
from sota_core.runs.store import schema
from sota_core.runs.store.session import Session

_NAME = "server"


def store_key(session: Session, database: Path | None, home: Path) -> bytes:
    """The store's key, made on the first call. (32,) bytes. Atomic: of several servers that begin at once all get it.

    database  SQLite's file; None for other databases
    home      a key that lies here becomes the store's where the store has none: cookies of before stay good

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
