"""A database of an earlier version is migrated, and keeps its content."""

import subprocess
import sys
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from sota_core.runs import migrations
from sota_core.runs.dispatch.supervision import Supervisor
from sota_core.runs.executors.executor import Status
from sota_core.runs.states import State
from sota_core.runs.store import schema
from sota_core.runs.store.database import HEAD, version
from sota_core.runs.store.store import Store
from sota_core.settings import Settings
from sota_core.system.environment import child_environment
from tests.runs.builders import ME, epoch
from tests.runs.fakes import FakeExecutor

MIGRATIONS = Path(migrations.__file__).parent


def make_0001(db_url: str) -> None:
    engine = sa.create_engine(db_url)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()


def insert_run(connection: sa.Connection, recipe, **values: object) -> None:
    """Insert a run as the first version wrote it, with the columns that existed then."""
    row = {
        "id": "abcdefghjk", "owner": "ann", "key": "k", "state": "queued", "attempt": 0, "recipe": recipe.to_json(),
        "identity": recipe.identity(), "cost": 1.0, "time_limit_s": 60.0, "self_started": False,
        "cancel_requested": False, "pinned": False, "created_at": 5.0, **values,
    }  # fmt: skip
    names = ", ".join(row)
    holes = ", ".join(f":{name}" for name in row)
    connection.execute(sa.text(f"INSERT INTO run ({names}) VALUES ({holes})"), row)


def insert_0001(db_url: str, recipe) -> None:
    """Insert a finished run with an event and a quota, as the first version wrote them."""
    ended = {"state": "finished", "attempt": 1, "pinned": True, "ended_at": 9.0, "summary": '{"accuracy": 0.5}'}
    engine = sa.create_engine(db_url)
    with engine.begin() as connection:
        insert_run(connection, recipe, **ended)
        connection.execute(
            sa.text(
                "INSERT INTO event (run, attempt, seq, t, kind, data) VALUES ('abcdefghjk', 1, 1, 6.0, 'log', '{}')"
            )
        )
        connection.execute(sa.text("INSERT INTO quota (owner, max_active, max_queued) VALUES ('ann', 3, 9)"))
    engine.dispose()


def test_a_database_of_the_first_version_keeps_its_rows(db_url, recipe, settings):
    make_0001(db_url)
    insert_0001(db_url, recipe)
    with Store(settings) as store:
        assert version(store.session.engine) == HEAD
        run = store.history.get("abcdefghjk")
        assert (run.owner, run.state, run.summary, run.pinned) == ("ann", State.FINISHED, {"accuracy": 0.5}, True)
        assert run.room is None and run.recipe == recipe
        assert [e["kind"] for e in store.log.events(run.id)] == ["log"]
        with store.session.reading() as connection:
            assert store.quotas.by_owner(connection)("ann") == (3, 9)


def test_an_upgraded_database_takes_rooms_and_guesses(db_url, recipe, settings):
    make_0001(db_url)
    with Store(settings) as store:
        run = store.queue.submit(recipe.replace(label_smoothing=0.1), owner="bob", room="FAST7")
        assert store.guesses.commit_accuracy(run.id, owner="ann", value=0.5)
        store.queue.claim()
        store.transitions.begin(run.id, 1, **ME)
        store.log.append(run.id, 1, [epoch(1)])
        assert store.transitions.finish(run.id, 1, {"accuracy": 0.5})
        assert [r.id for r in store.history.list_runs(room="FAST7")] == [run.id] and len(
            store.guesses.revealed(run.id)
        ) == 1


def test_runs_go_on_while_the_app_is_upgraded(db_url, recipe, settings):
    """Workers of the first version keep the database open and go on writing; the new dispatcher takes over the runs it
    finds.
    """
    make_0001(db_url)
    engine, under_way = sa.create_engine(db_url), {"state": "running", "attempt": 1, **ME, "heartbeat_at": 6.0}
    with engine.connect() as worker:  # of the first version, whose statements name the columns it knows
        insert_run(worker, recipe, id="finishing1", owner="ann", **under_way)
        insert_run(worker, recipe, id="stopping11", owner="bob", **under_way)
        insert_run(worker, recipe, id="waiting111", owner="eve")
        worker.commit()
        with Store(settings) as store:
            assert version(store.session.engine) == HEAD
            executor = FakeExecutor(slots=3)
            executor.status = {("finishing1", 1): Status(True), ("stopping11", 1): Status(True)}
            supervisor = Supervisor(store, executor, settings)
            supervisor.tick()
            assert executor.launched == [("waiting111", 1)] and not executor.killed
            store.transitions.request_cancel("stopping11")

            event = "INSERT INTO event (run, attempt, seq, t, kind, data) VALUES ('finishing1', 1, 1, 7.0, 'log', '{}')"
            worker.execute(sa.text(event))
            asked = "SELECT id FROM run WHERE cancel_requested AND state = 'running' AND attempt = 1"
            assert worker.execute(sa.text(asked)).scalars().all() == ["stopping11"]
            ends = {"finishing1": ("finished", None), "stopping11": ("cancelled", "stopped")}
            for run, (state, reason) in ends.items():
                end = "UPDATE run SET state = :state, reason = :reason, ended_at = 8.0 WHERE id = :run AND attempt = 1"
                assert worker.execute(sa.text(end), {"state": state, "reason": reason, "run": run}).rowcount == 1
                executor.end(store.history.get(run), 0)
            worker.commit()

            supervisor.tick()
            found = {run.id: (run.state, run.reason) for run in store.history.list_runs()}
            assert found == {**ends, "waiting111": (State.STARTING, None)}
            assert [told["kind"] for told in store.log.events("finishing1")] == ["log"]
    engine.dispose()


def facts(settings: Settings) -> dict[str, object]:
    """What a database says of its tables, without the names it may choose itself."""
    with Store(settings) as store:
        look = sa.inspect(store.session.engine)
        found: dict[str, object] = {
            table: {
                "columns": [(c["name"], str(c["type"]), c["nullable"], c["default"]) for c in look.get_columns(table)],
                "key": look.get_pk_constraint(table)["constrained_columns"],
                "unique": sorted((u["name"], u["column_names"]) for u in look.get_unique_constraints(table)),
                "checks": sorted((c["name"], c["sqltext"]) for c in look.get_check_constraints(table)),
                "indexes": sorted((i["name"], i["column_names"], i["unique"]) for i in look.get_indexes(table)),
                "elsewhere": sorted(
                    (f["constrained_columns"], f["referred_table"], f["options"]) for f in look.get_foreign_keys(table)
                ),
            }
            for table in look.get_table_names()
        }
        with store.session.reading() as connection:
            found["quotas"] = connection.execute(sa.select(schema.quota)).all()
            found["version"] = connection.execute(sa.text("SELECT version_num FROM alembic_version")).all()
            if settings.db_url.startswith("sqlite"):
                sql = connection.execute(sa.text("SELECT name, sql LIKE '%WITHOUT ROWID' FROM sqlite_master")).all()
                found["without rowid"] = sorted(name for name, without in sql if without)
        return found


def test_a_new_database_is_what_the_migrations_make_of_an_old_one(db_url, settings):
    made = facts(settings)
    engine = sa.create_engine(db_url)
    with engine.begin() as connection:
        schema.metadata.drop_all(connection)
        connection.execute(sa.text("DROP TABLE alembic_version"))
    engine.dispose()
    make_0001(db_url)
    assert facts(settings) == made
    assert set(made) >= {*schema.metadata.tables, "alembic_version"} and made["quotas"] == [("*", 1, 2)]


def test_a_new_database_needs_no_alembic(settings):
    code = (
        "import sys; from sota_core.runs.store.store import Store; from sota_core.settings import load; "
        "Store(load()).close(); print('alembic' in sys.modules)"
    )
    env = child_environment(settings)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
    assert done.stdout == "False\n"
