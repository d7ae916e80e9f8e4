"""A database of an earlier version is brought up to date, and what is in it stays."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from sota_core.runs import migrations
from sota_core.runs.states import State
from sota_core.runs.store.database import HEAD, version
from sota_core.runs.store.store import Store
from tests.runs.builders import ME, epoch

MIGRATIONS = Path(migrations.__file__).parent


def make_0001(db_url: str) -> None:
    engine = sa.create_engine(db_url)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()


def insert_0001(db_url: str, recipe) -> None:
    """A finished run with an event and a quota, as the first version wrote them."""
    row = {
        "id": "abcdefghjk", "owner": "ann", "key": "k", "state": "finished", "attempt": 1, "recipe": recipe.to_json(),
        "identity": recipe.identity(), "cost": 1.0, "time_limit_s": 60.0, "self_started": False,
        "cancel_requested": False, "pinned": True, "created_at": 5.0, "ended_at": 9.0, "summary": '{"accuracy": 0.5}',
    }  # fmt: skip
    engine = sa.create_engine(db_url)
    with engine.begin() as connection:
        names = ", ".join(row)
        holes = ", ".join(f":{name}" for name in row)
        connection.execute(sa.text(f"INSERT INTO run ({names}) VALUES ({holes})"), row)
        connection.execute(
            sa.text(
                "INSERT INTO event (run, attempt, seq, t, kind, data) VALUES ('abcdefghjk', 1, 1, 6.0, 'log', '{}')"
            )
        )
        connection.execute(sa.text("INSERT INTO quota (owner, max_active, max_queued) VALUES ('ann', 3, 9)"))
    engine.dispose()


def test_a_database_of_the_first_version_keeps_its_rows(db_url, recipe):
    make_0001(db_url)
    insert_0001(db_url, recipe)
    with Store(db_url) as store:
        assert version(store.session.engine) == HEAD
        run = store.history.get("abcdefghjk")
        assert (run.owner, run.state, run.summary, run.pinned) == ("ann", State.FINISHED, {"accuracy": 0.5}, True)
        assert run.room is None and run.recipe == recipe
        assert [e["kind"] for e in store.log.events(run.id)] == ["log"]
        with store.session.reading() as connection:
            assert store.quotas.by_owner(connection)("ann") == (3, 9)


def test_an_upgraded_database_takes_rooms_and_guesses(db_url, recipe):
    make_0001(db_url)
    with Store(db_url) as store:
        run = store.queue.submit(recipe.replace(label_smoothing=0.1), owner="bob", room="FAST7")
        assert store.guesses.commit_accuracy(run.id, owner="ann", value=0.5)
        store.queue.claim()
        store.transitions.begin(run.id, 1, **ME)
        store.log.append(run.id, 1, [epoch(1)])
        assert store.transitions.finish(run.id, 1, {"accuracy": 0.5})
        assert [r.id for r in store.history.list_runs(room="FAST7")] == [run.id] and len(
            store.guesses.revealed(run.id)
        ) == 1


@pytest.mark.parametrize("older", [None, "0001"])
def test_whichever_way_a_database_came_here_it_has_the_same_indexes(db_url, older):
    if older:
        make_0001(db_url)
    with Store(db_url) as store:
        found = {
            table: {i["name"] for i in sa.inspect(store.session.engine).get_indexes(table)}
            for table in ("run", "guess")
        }
    assert found["run"] >= {"run_by_room", "run_by_state"} and found["guess"] == {"guess_by_run", "guess_by_rival"}
