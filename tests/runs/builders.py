"""Small values that the store's tests are made of: events, a worker's identity, damaged rows."""

import json

import sqlalchemy as sa

from sota_core.runs.store import schema
from sota_core.runs.store.store import Store
from sota_core.train import events

ME = {"pid": 7, "birth": "boot:1", "host": "here"}


def started(seq):
    told = events.started(
        device="CPU, 2 threads", precision="fp32", versions={}, n_train=30, n_valid=10, total_steps=3, recipe={}
    )
    return {**told, "seq": seq, "t": 1000.0 + seq}


def batch(seq, **payload):
    return {"kind": "batch", "seq": seq, "t": 1000.0 + seq, "step": seq, **payload}


def first_batch(seq):
    return {**events.first_batch(sheet="data:image/webp;base64,AAAA", n=8, bs=16, size=32), "seq": seq, "t": 1000.0}


def epoch(seq, accuracy=0.5):
    told = events.epoch(
        phase=0,
        stage="main",
        epoch=seq - 1,
        step=seq,
        train_loss=1.5,
        valid_loss=1.4,
        valid_ce=1.4,
        accuracy=accuracy,
        seconds=2.0,
        images_per_s=5.0,
        n_valid=10,
    )
    return {**told, "seq": seq, "t": 1000.0 + seq}


def refuse_to_delete(store: Store, table: sa.Table, run_id: str) -> None:
    """From now on the database refuses to delete this run's rows of a table."""
    column = "id" if table is schema.run else "run"
    refuse = f"CREATE TRIGGER poison BEFORE DELETE ON {table.name} FOR EACH ROW WHEN (OLD.{column} = '{run_id}') "
    with store.session.writing() as connection:
        if connection.dialect.name == "sqlite":
            connection.execute(sa.text(refuse + "BEGIN SELECT RAISE(ABORT, 'refused'); END"))
            return
        body = "BEGIN RAISE EXCEPTION 'refused'; END"
        connection.execute(
            sa.text(
                f"CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS '{body.replace(chr(39), chr(39) * 2)}'"
            )
        )
        connection.execute(sa.text(refuse + "EXECUTE FUNCTION refuse()"))


def of_another_version(store: Store, run_id: str) -> None:
    """From now on the run's recipe has a field that this version does not know, as happens after a rollback."""
    told = json.loads(store.history.get(run_id).recipe_json) | {"knob_of_another_version": 1}
    with store.session.writing() as connection:
        row = schema.run.update().where(schema.run.c.id == run_id)
        connection.execute(row.values(recipe=json.dumps(told)))


def in_a_state_of_another_version(store: Store, run_id: str) -> None:
    """From now on the run is in a state that only another version knows. Such a version has altered the table's check
    constraint, too.
    """
    with store.session.writing() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        else:
            connection.execute(sa.text("ALTER TABLE run DROP CONSTRAINT run_state"))
        connection.execute(schema.run.update().where(schema.run.c.id == run_id).values(state="paused"))
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA ignore_check_constraints = OFF")
