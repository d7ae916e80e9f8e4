"""One contract, on every database: submit, claim, the edges, events, lists."""

import multiprocessing
import os
import threading

import pytest
import sqlalchemy as sa

from sota_core.errors import InputError, NotYoursError, QuotaError, UnknownRunError
from sota_core.recipes import Phase, Recipe, preset
from sota_core.runs import schema
from sota_core.runs.database import HEAD, version
from sota_core.runs.eventlog import Beat
from sota_core.runs.quotas import Limits, cost_of
from sota_core.runs.run import Artifact, cursor_of
from sota_core.runs.states import State
from sota_core.runs.store import Store

ME = {"pid": 7, "birth": "boot:1", "host": "here"}


def batch(seq, **payload):
    return {"kind": "batch", "seq": seq, "t": 1000.0 + seq, "step": seq, **payload}


def epoch(seq, accuracy=0.5):
    return {
        "kind": "epoch", "seq": seq, "t": 1000.0 + seq, "accuracy": accuracy, "seconds": 2.0,
        "n_valid": 10, "images_per_s": 5.0,
    }  # fmt: skip


@pytest.fixture
def running(store, recipe):
    """A run whose first attempt is under way."""
    run = store.submit(recipe, owner="ann")
    store.claim()
    assert store.begin(run.id, 1, **ME)
    return store.get(run.id)


class TestSubmit:
    def test_a_submitted_run_is_queued_with_its_recipe(self, store, recipe, clock):
        run = store.submit(recipe, owner="ann", estimate_s=60.0)
        assert run == store.get(run.id)
        assert (run.state, run.attempt, run.recipe, run.created_at) == (State.QUEUED, 0, recipe, clock.now)
        assert len(run.id) == 10 and run.id.isalnum()

    def test_the_same_key_gives_the_first_run_and_says_so(self, store, recipe):
        first = store.submit(recipe, owner="ann", key="press-1")
        again = store.submit(recipe, owner="ann", key="press-1")
        assert first.is_new and not again.is_new and again.id == first.id
        assert store.submit(recipe, owner="bob", key="press-1").is_new

    def test_a_key_cannot_stand_for_two_recipes(self, store, recipe):
        store.submit(recipe, owner="ann", key="press-1")
        with pytest.raises(InputError, match="was used for another recipe"):
            store.submit(recipe.replace(seed=7), owner="ann", key="press-1")

    def test_an_owner_has_one_active_and_two_queued_runs(self, store, recipe):
        for _ in range(3):
            store.submit(recipe, owner="ann")
        with pytest.raises(QuotaError, match=r"you have 3 runs .* 1 \+ 2 is the limit") as refused:
            store.submit(recipe, owner="ann")
        assert refused.value.limit == 3
        store.submit(recipe, owner="bob")

    def test_a_quota_of_ones_own_overrides_the_default(self, store, recipe):
        store.set_quota("teacher", max_active=2, max_queued=8)
        for _ in range(10):
            store.submit(recipe, owner="teacher")
        assert [store.claim() is not None for _ in range(3)] == [True, True, False]

    def test_the_queue_has_an_end(self, settings, recipe):
        with Store(settings, limits=Limits(max_queued_in_all=2)) as store:
            for owner in ("ann", "bob"):
                store.submit(recipe, owner=owner)
            with pytest.raises(QuotaError, match="queue is full"):
                store.submit(recipe, owner="cy")

    def test_a_run_too_large_is_refused_and_the_chapters_largest_is_not(self, store):
        store.submit(preset("all"), owner="ann")
        huge = Recipe(phases=(Phase(size=512, n_epochs=100),))
        with pytest.raises(QuotaError, match="too large"):
            store.submit(huge, owner="ann")

    def test_cost_is_epochs_times_pictures_times_area(self, recipe):
        assert cost_of(recipe.replace(subset=0.5), n_images=100) == 1 * 100 * 0.5 * 32**2

    def test_a_self_started_run_passes_queue_and_quota(self, store, recipe):
        for _ in range(3):
            store.submit(recipe, owner="cli")
        run = store.submit(recipe, owner="cli", state="starting")
        assert (run.state, run.attempt, run.self_started, run.pid) == (State.STARTING, 1, True, os.getpid())
        assert store.claim().id != run.id

    @pytest.mark.parametrize("owner", ["", "x" * 201])
    def test_an_owner_must_have_a_name_of_sane_length(self, store, recipe, owner):
        with pytest.raises(InputError, match="1 to 200 characters"):
            store.submit(recipe, owner=owner)


class TestClaim:
    def test_an_empty_queue_gives_none(self, store):
        assert store.claim() is None

    def test_a_claim_starts_the_run_and_counts_the_attempt(self, store, recipe, clock):
        run = store.submit(recipe, owner="ann")
        clock.pass_(5)
        taken = store.claim()
        assert (taken.id, taken.state, taken.attempt, taken.claimed_at) == (run.id, State.STARTING, 1, clock.now)
        assert store.claim() is None

    def test_whoever_had_fewest_recent_starts_goes_first(self, store, recipe, clock):
        order = []
        for owner in ("ann", "ann", "bob", "cy", "bob"):
            store.submit(recipe, owner=owner)
            clock.pass_(1)
        while run := store.claim():
            order.append(run.owner)
            assert store.begin(run.id, 1, **ME) and store.finish(run.id, 1, {})
        assert order == ["ann", "bob", "cy", "ann", "bob"]

    def test_starts_of_long_ago_are_forgotten(self, store, recipe, clock):
        run = store.submit(recipe, owner="ann")
        store.claim()
        store.begin(run.id, 1, **ME)
        store.finish(run.id, 1, {})
        clock.pass_(4000)
        store.submit(recipe, owner="ann")
        clock.pass_(1)
        store.submit(recipe, owner="bob")
        assert store.claim().owner == "ann"

    def test_an_owner_with_an_active_run_waits(self, store, recipe):
        store.submit(recipe, owner="ann")
        store.submit(recipe, owner="ann")
        assert store.claim() is not None
        assert store.claim() is None

    def test_the_position_is_the_order_of_the_claims(self, store, recipe, clock):
        runs = []
        for owner in ("ann", "ann", "bob"):
            runs.append(store.submit(recipe, owner=owner, estimate_s=60.0))
            clock.pass_(1)
        places = [store.queue_position(run.id) for run in runs]
        assert [(p.position, p.queued, p.expected_start_s) for p in places] == [(1, 3, 0), (3, 3, 120), (2, 3, 60)]
        store.claim()
        store.begin(runs[0].id, 1, **ME)
        store.heartbeat(runs[0].id, 1, step=5, total=10, eta_s=42.0)
        place = store.queue_position(runs[2].id)
        assert (place.position, place.queued, place.expected_start_s) == (1, 2, 42.0)
        assert store.queue_position(runs[0].id) is None


class TestEdges:
    def test_a_run_lives_from_queued_to_finished(self, store, running, clock):
        clock.pass_(60)
        model = Artifact(running.id, "model.onnx", store.artifacts_dir / running.id / "model.onnx", 12, "ab" * 32)
        assert store.finish(running.id, 1, {"accuracy": 0.9}, [model])
        run = store.get(running.id)
        assert (run.state, run.summary, run.ended_at, run.reason) == (
            State.FINISHED,
            {"accuracy": 0.9},
            clock.now,
            None,
        )
        assert store.artifacts(run.id) == [model]
        (ended,) = store.events(run.id)
        assert ended == {
            "kind": "ended", "run": run.id, "attempt": 1, "seq": 1, "t": clock.now,
            "state": "finished", "reason": None, "message": "",
        }  # fmt: skip

    def test_another_attempt_cannot_do_anything(self, store, running):
        wrong = running.id, 2
        assert not store.begin(*wrong, **ME)
        assert not store.finish(*wrong, {})
        assert not store.fail(*wrong, "error", "text")
        assert not store.lose(*wrong, "killed", "text")
        assert store.append(*wrong, [batch(1)]) is Beat.STALE
        assert store.get(running.id) == running and store.events(running.id) == []

    def test_a_terminal_state_has_no_way_out(self, store, running):
        assert store.lose(running.id, 1, "killed", "signal 9")
        lost = store.get(running.id)
        assert not store.finish(running.id, 1, {}) and not store.fail(running.id, 1, "error", "late")
        assert not store.requeue(running.id, 1) and not store.begin(running.id, 1, **ME)
        assert store.append(running.id, 1, [batch(1)]) is Beat.STALE
        assert store.request_cancel(running.id) == lost

    def test_a_vanished_attempt_is_tried_three_times_in_all(self, store, recipe):
        run = store.submit(recipe, owner="ann")
        for attempt in (1, 2):
            assert store.claim().attempt == attempt
            assert not store.fail_start(run.id, attempt, exit_code=None, message="vanished")
            assert store.requeue(run.id, attempt)
        assert store.claim().attempt == 3
        assert not store.requeue(run.id, 3)
        assert store.fail_start(run.id, 3, exit_code=None, message="vanished")
        assert (store.get(run.id).state, store.get(run.id).reason) == (State.FAILED, "no_start")

    def test_a_known_exit_code_fails_the_start_at_once(self, store, recipe):
        run = store.submit(recipe, owner="ann")
        store.claim()
        assert store.fail_start(run.id, 1, exit_code=1, message="cannot import torch")
        assert store.get(run.id).message == "cannot import torch"

    def test_a_self_started_run_is_never_queued(self, store, recipe):
        run = store.submit(recipe, owner="cli", state="starting")
        assert not store.requeue(run.id, 1)
        assert store.fail_start(run.id, 1, exit_code=None, message="gone")

    def test_a_failure_keeps_reason_and_traceback(self, store, running):
        assert store.fail(running.id, 1, "gpu_oom", "out of memory", "Traceback …")
        run = store.get(running.id)
        assert (run.state, run.reason, run.message, run.traceback) == (
            State.FAILED, "gpu_oom", "out of memory", "Traceback …",
        )  # fmt: skip
        assert "smaller batch" in run.reason_text

    def test_a_run_ended_from_outside_keeps_what_its_events_say(self, store, running):
        store.append(running.id, 1, [epoch(1, 0.4), epoch(2, 0.6)])
        store.lose(running.id, 1, "killed", "signal 9")
        summary = store.get(running.id).summary
        assert (summary["best_accuracy"], summary["n_epochs"], summary["seconds"]) == (0.6, 2, 4.0)

    def test_events_that_cannot_be_summed_up_do_not_hold_the_run(self, store, running):
        store.append(running.id, 1, [{"kind": "epoch", "seq": 1, "t": 1.0, "accuracy": None}])
        assert store.lose(running.id, 1, "killed", "signal 9")


class TestCancel:
    def test_a_queued_run_is_cancelled_at_once(self, store, recipe):
        run = store.submit(recipe, owner="ann")
        assert store.request_cancel(run.id, by="ann").state is State.CANCELLED
        assert store.claim() is None
        assert [e["kind"] for e in store.events(run.id)] == ["ended"]

    def test_a_running_one_is_asked_and_ends_as_cancelled(self, store, running):
        assert store.heartbeat(running.id, 1) is Beat.GO
        assert store.request_cancel(running.id, by="ann").state is State.RUNNING
        assert store.heartbeat(running.id, 1) is Beat.STOP
        assert store.cancel(running.id, 1, summary={"accuracy": 0.3})
        run = store.get(running.id)
        assert (run.state, run.reason, run.cancel_by, run.summary) == (
            State.CANCELLED, "stopped", "ann", {"accuracy": 0.3},
        )  # fmt: skip

    def test_a_starting_one_never_begins(self, store, recipe):
        run = store.submit(recipe, owner="ann")
        store.claim()
        store.request_cancel(run.id)
        assert not store.begin(run.id, 1, **ME)
        assert not store.requeue(run.id, 1)
        assert store.cancel(run.id, 1)

    def test_nothing_is_cancelled_that_was_not_asked_for(self, store, running):
        assert not store.cancel(running.id, 1)

    def test_only_the_owner_or_the_operator_cancels(self, store, running):
        with pytest.raises(NotYoursError):
            store.request_cancel(running.id, by="bob")
        assert store.request_cancel(running.id).cancel_by == "operator"

    def test_time_that_is_over_counts_as_asked_once(self, store, running):
        assert store.stop_for_time(running.id, 1)
        assert not store.stop_for_time(running.id, 1)
        assert store.get(running.id).cancel_by == "time_limit"


class TestEvents:
    def test_events_come_back_in_order_after_a_cursor(self, store, running):
        store.append(running.id, 1, [batch(1, loss=2.5), batch(2)], step=2, total=10, eta_s=8.0)
        store.append(running.id, 1, [epoch(3)])
        first, second, third = store.events(running.id)
        assert first == {
            "kind": "batch", "run": running.id, "attempt": 1, "seq": 1, "t": 1001.0, "step": 1, "loss": 2.5,
        }  # fmt: skip
        assert store.events(running.id, after=cursor_of(first)) == [second, third]
        assert store.events(running.id, kinds=["epoch"]) == [third]
        assert store.events(running.id, limit=1) == [first]
        assert store.get(running.id).progress == {"step": 2, "total": 10, "eta_s": 8.0}

    def test_sending_the_same_events_again_changes_nothing(self, store, running):
        for _ in range(2):
            assert store.append(running.id, 1, [batch(1), batch(2)]) is Beat.GO
        assert [e["seq"] for e in store.events(running.id)] == [1, 2]

    def test_a_snapshot_brings_the_run_and_what_is_new(self, store, running):
        store.append(running.id, 1, [batch(1)])
        tick = store.snapshot(running.id)
        assert tick.run.id == running.id and len(tick.events) == 1
        nothing = store.snapshot(running.id, after=tick.cursor)
        assert nothing.events == [] and nothing.cursor == tick.cursor

    def test_an_unknown_run_has_a_name_in_the_error(self, store):
        with pytest.raises(UnknownRunError, match="'nosuch'"):
            store.snapshot("nosuch")
        assert store.events("nosuch") == []

    def test_old_batch_events_are_thinned_and_nothing_else(self, store, running, clock):
        store.append(running.id, 1, [batch(i) for i in range(1, 2001)] + [epoch(2001)])
        store.finish(running.id, 1, {})
        assert store.thin(before=clock.now) == 0
        removed = store.thin(before=clock.now + 1)
        kept = [e["seq"] for e in store.events(running.id, kinds=["batch"])]
        assert removed == 2000 - len(kept) and 200 <= len(kept) <= 201 and kept[-1] == 2000
        assert [e["kind"] for e in store.events(running.id)][-2:] == ["epoch", "ended"]
        assert store.thin(before=clock.now + 1) == 0


class TestHistory:
    def test_lists_are_newest_first_and_can_be_narrowed(self, store, recipe, clock):
        ids = []
        for owner in ("ann", "bob", "ann"):
            ids.append(store.submit(recipe, owner=owner).id)
            clock.pass_(1)
        assert [r.id for r in store.list_runs()] == ids[::-1]
        assert [r.id for r in store.list_runs(owner="ann")] == [ids[2], ids[0]]
        assert [r.id for r in store.latest(1)] == [ids[2]]
        claimed = store.claim()
        assert store.list_runs(states=["starting"]) == [claimed] == store.active()
        assert store.count(["queued"]) == 2

    def test_an_identical_finished_run_is_found(self, store, running, recipe):
        assert store.find_finished(recipe) is None
        store.identify(running.id, 1, data="pictures-1")
        store.finish(running.id, 1, {"accuracy": 0.9})
        assert store.find_finished(recipe.replace(preset="baseline")).id == running.id
        assert store.find_finished(recipe, data="pictures-1").id == running.id
        assert store.find_finished(recipe, data="pictures-2") is None
        assert store.find_finished(recipe, code="older") is None
        assert store.find_finished(recipe.replace(seed=7)) is None

    def test_pruning_keeps_what_is_young_pinned_or_alive(self, store, recipe, clock):
        store.set_quota("ann", max_active=9, max_queued=9)
        old, pinned, alive, young = (store.submit(recipe, owner="ann").id for _ in range(4))
        while run := store.claim():
            store.begin(run.id, 1, **ME)
        folder = store.artifacts_dir / old
        folder.mkdir(parents=True)
        store.append(old, 1, [batch(1)])
        store.finish(old, 1, {})
        store.finish(pinned, 1, {})
        store.pin(pinned)
        clock.pass_(100)
        store.finish(young, 1, {})
        assert store.prune(before=clock.now) == [old]
        assert not folder.exists() and store.events(old) == []
        assert not store.delete(alive) and store.delete(young)
        assert {r.id for r in store.list_runs()} == {pinned, alive}

    def test_an_export_holds_run_events_and_files(self, store, running, tmp_path):
        folder = store.artifacts_dir / running.id
        folder.mkdir(parents=True)
        (folder / "metrics.csv").write_text("epoch\n")
        store.finish(running.id, 1, {}, [Artifact(running.id, "metrics.csv", folder / "metrics.csv", 6, "0" * 64)])
        written = store.export(running.id, tmp_path / "out")
        assert [p.name for p in written] == ["run.json", "events.jsonl", "metrics.csv"]
        assert (tmp_path / "out" / "metrics.csv").read_text() == "epoch\n"
        assert '"kind": "ended"' in (tmp_path / "out" / "events.jsonl").read_text()


class TestManyAtOnce:
    def test_stores_opened_together_migrate_once(self, db_url):
        opened, failed = [], []

        def open_one():
            try:
                opened.append(Store(db_url))
            except Exception as bad:
                failed.append(bad)

        threads = [threading.Thread(target=open_one) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failed == [] and len(opened) == 6
        assert version(opened[0].engine) == HEAD
        for one in opened:
            one.close()

    def test_two_dispatchers_claim_one_run_and_one_wins(self, settings, store, recipe):
        for i in range(8):
            store.submit(recipe, owner=f"owner-{i}")
        claimed = []

        def claim_all():
            with Store(settings) as mine:
                while run := mine.claim():
                    claimed.append(run.id)

        threads = [threading.Thread(target=claim_all) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(claimed) == 8 == len(set(claimed))

    def test_the_same_key_from_many_threads_is_one_run(self, settings, store, recipe):
        runs = []

        def press():
            runs.append(store.submit(recipe, owner="ann", key="press"))

        threads = [threading.Thread(target=press) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len({r.id for r in runs}) == 1 and sum(r.is_new for r in runs) == 1

    def test_a_reader_sees_whole_batches_while_a_process_writes(self, settings, store, running):
        context = multiprocessing.get_context("spawn")
        writer = context.Process(target=_write_batches, args=(settings, running.id))
        writer.start()
        seen = set()
        while store.get(running.id).state is State.RUNNING:
            seen.add(len(store.events(running.id, kinds=["batch"])))
        writer.join()
        assert writer.exitcode == 0
        assert all(n % 5 == 0 for n in seen) and len(store.events(running.id, kinds=["batch"])) == 250


def _write_batches(settings, run_id):
    with Store(settings) as store:
        for start in range(1, 251, 5):
            assert store.append(run_id, 1, [batch(i) for i in range(start, start + 5)]) is Beat.GO
        assert store.finish(run_id, 1, {})


def test_the_migrations_make_the_schema(store):
    """Column by column, what the migrations made is what the code expects."""
    found = sa.MetaData()
    found.reflect(store.engine)
    for name, table in schema.metadata.tables.items():
        expected = [(c.name, c.nullable, c.primary_key) for c in table.columns]
        assert [(c.name, c.nullable, c.primary_key) for c in found.tables[name].columns] == expected
        assert {i.name for i in found.tables[name].indexes} >= {i.name for i in table.indexes}
