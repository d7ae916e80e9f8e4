"""What every database must do: events, lists, and which runs and files are kept."""

from dataclasses import replace

import pytest

from sota_core.errors import UnknownRunError
from sota_core.runs.dispatch.clearing import clear
from sota_core.runs.run import Artifact, cursor_of
from sota_core.runs.store import schema
from sota_core.runs.store.eventlog import Beat
from tests.runs.builders import ME, batch, epoch, first_batch, refuse_to_delete


@pytest.fixture
def ended(store, recipe, clock):
    """(owner, origin, bytes of its only file) → the id of a run that has ended a second after the one before."""

    def submit(owner, origin, n_bytes):
        run = store.queue.submit(recipe, owner=owner, origin=origin)
        store.queue.claim()
        store.transitions.begin(run.id, 1, **ME)
        path = store.artifacts_dir / run.id / "model.safetensors"
        clock.pass_(1)
        store.transitions.finish(run.id, 1, {}, [Artifact(run.id, path.name, path, n_bytes, "0" * 64)])
        return run.id

    return submit


@pytest.fixture
def cleared(store, settings):
    """Bytes to keep → the ids that `clear` removes."""
    return lambda n_bytes: clear(store, replace(settings, keep_bytes=n_bytes))


class TestEvents:
    def test_events_come_back_in_order_after_a_cursor(self, store, running):
        store.log.append(running.id, 1, [batch(1, loss=2.5), batch(2)], step=2, total=10, eta_s=8.0)
        store.log.append(running.id, 1, [epoch(3)])
        first, second, third = store.log.events(running.id)
        assert first == {
            "kind": "batch", "run": running.id, "attempt": 1, "seq": 1, "t": 1001.0, "step": 1, "loss": 2.5,
        }  # fmt: skip
        assert store.log.events(running.id, after=cursor_of(first)) == [second, third]
        assert store.log.events(running.id, kinds=["epoch"]) == [third]
        assert store.log.events(running.id, limit=1) == [first]
        assert store.history.get(running.id).progress == {"step": 2, "total": 10, "eta_s": 8.0}

    def test_sending_the_same_events_again_changes_nothing(self, store, running):
        for _ in range(2):
            assert store.log.append(running.id, 1, [batch(1), batch(2)]) is Beat.GO
        assert [e["seq"] for e in store.log.events(running.id)] == [1, 2]

    def test_a_snapshot_brings_the_run_and_what_is_new(self, store, running):
        store.log.append(running.id, 1, [batch(1)])
        tick = store.log.snapshot(running.id)
        assert tick.run.id == running.id and len(tick.events) == 1
        nothing = store.log.snapshot(running.id, after=tick.cursor)
        assert nothing.events == [] and nothing.cursor == tick.cursor

    def test_an_unknown_run_has_a_name_in_the_error(self, store):
        with pytest.raises(UnknownRunError, match="'nosuch'"):
            store.log.snapshot("nosuch")
        assert store.log.events("nosuch") == []

    def test_old_batch_events_are_thinned_and_nothing_else(self, store, running, clock):
        store.log.append(running.id, 1, [batch(i) for i in range(1, 2001)] + [epoch(2001)])
        store.transitions.finish(running.id, 1, {})
        assert store.log.thin(before=clock.now) == 0
        removed = store.log.thin(before=clock.now + 1)
        kept = [e["seq"] for e in store.log.events(running.id, kinds=["batch"])]
        assert removed == 2000 - len(kept) and 200 <= len(kept) <= 201 and kept[-1] == 2000
        assert [e["kind"] for e in store.log.events(running.id)][-2:] == ["epoch", "ended"]
        assert store.log.thin(before=clock.now + 1) == 0

    def test_a_run_that_cannot_be_thinned_keeps_none_from_it(self, store, recipe, clock, caplog):
        runs = []
        for owner in ("ann", "bob", "cy"):
            runs.append(store.queue.submit(recipe, owner=owner))
            store.queue.claim()
            store.transitions.begin(runs[-1].id, 1, **ME)
            store.log.append(runs[-1].id, 1, [batch(i) for i in range(1, 1001)])
            store.transitions.finish(runs[-1].id, 1, {})
        refuse_to_delete(store, schema.event, runs[1].id)
        assert store.log.thin(before=clock.now + 1) == 2 * 800
        assert len(store.log.events(runs[1].id, kinds=["batch"])) == 1000 and runs[1].id in caplog.text

    def test_of_visitors_own_pictures_what_earlier_versions_logged_is_taken_out(self, store, on_own_set, running):
        for run in (on_own_set, running):
            store.log.append(run.id, 1, [first_batch(1), batch(2)])
        assert store.log.remove_own_pictures() == 1 and store.log.remove_own_pictures() == 0
        kinds = [[event["kind"] for event in store.log.events(run.id)] for run in (on_own_set, running)]
        assert kinds == [["batch"], ["first_batch", "batch"]]


@pytest.fixture
def on_own_set(store, recipe):
    """A run under way on a visitor's own pictures."""
    run = store.queue.submit(recipe.replace(source="own:0123456789abcdef/birds", split="random20"), owner="bea")
    assert store.queue.claim().id == run.id and store.transitions.begin(run.id, 1, **ME)
    return run


class TestHistory:
    def test_lists_are_newest_first_and_can_be_narrowed(self, store, recipe, clock):
        ids = []
        for owner in ("ann", "bob", "ann"):
            ids.append(store.queue.submit(recipe, owner=owner).id)
            clock.pass_(1)
        assert [r.id for r in store.history.list_runs()] == ids[::-1]
        assert [r.id for r in store.history.list_runs(owner="ann")] == [ids[2], ids[0]]
        assert [r.id for r in store.history.latest(1)] == [ids[2]]
        claimed = store.queue.claim()
        assert store.history.list_runs(states=["starting"]) == [claimed] == store.history.active()
        assert store.history.count(["queued"]) == 2

    def test_a_room_s_finished_runs_come_in_the_order_in_which_they_were_started(self, store, recipe, clock):
        def finished(preset, room="FAST7"):
            run = store.queue.submit(recipe.replace(preset=preset), owner="ann", room=room)
            assert store.queue.claim().id == run.id and store.transitions.begin(run.id, 1, **ME)
            store.transitions.finish(run.id, 1, {"accuracy": 0.7})
            clock.pass_(1)
            return run.id

        finished("baseline", "OTHER")
        mixup, fp16, plain = (finished(preset) for preset in ("mixup", "baseline_fp16", "baseline"))
        store.queue.submit(recipe.replace(preset="baseline"), owner="ann", room="FAST7")
        assert [r.id for r in store.history.first_finished("FAST7")] == [mixup, fp16, plain]
        assert [r.id for r in store.history.first_finished("FAST7", "baseline")] == [fp16, plain]
        assert [r.id for r in store.history.first_finished("FAST7", "baseline_")] == [fp16]
        assert [r.id for r in store.history.first_finished("FAST7", limit=1)] == [mixup]

    def test_the_runs_that_ended_last_are_those_that_ended_last(self, store, recipe, clock):
        ids = [store.queue.submit(recipe, owner=f"o{i}", room="FAST7" if i else "OTHER").id for i in range(5)]
        for i in (4, 0, 1, 3):
            clock.pass_(1)
            store.transitions.request_cancel(ids[i])
        assert [run.id for run in store.history.ended_last("FAST7", 2)] == [ids[3], ids[1]]
        assert [run.id for run in store.history.ended_last("FAST7", 9)] == [ids[3], ids[1], ids[4]]
        assert store.history.ended_last("NONE", 9) == []

    def test_an_identical_finished_run_is_found(self, store, running, recipe):
        assert store.history.find_finished(recipe) is None
        store.log.identify(running.id, 1, data="pictures-1")
        store.transitions.finish(running.id, 1, {"accuracy": 0.9})
        assert store.history.find_finished(recipe.replace(preset="baseline")).id == running.id
        assert store.history.find_finished(recipe, data="pictures-1").id == running.id
        assert store.history.find_finished(recipe, data="pictures-2") is None
        assert store.history.find_finished(recipe, code="older") is None
        assert store.history.find_finished(recipe.replace(seed=7)) is None

    def test_pruning_keeps_what_is_young_pinned_or_alive(self, store, recipe, clock):
        store.quotas.set("ann", max_active=9, max_queued=9)
        old, pinned, alive, young = (store.queue.submit(recipe, owner="ann").id for _ in range(4))
        while run := store.queue.claim():
            store.transitions.begin(run.id, 1, **ME)
        folder = store.artifacts_dir / old
        folder.mkdir(parents=True)
        store.log.append(old, 1, [batch(1)])
        store.transitions.finish(old, 1, {})
        store.transitions.finish(pinned, 1, {})
        store.history.pin(pinned)
        clock.pass_(100)
        store.transitions.finish(young, 1, {})
        assert store.history.prune(before=clock.now) == [old]
        assert not folder.exists() and store.log.events(old) == []
        assert not store.history.delete(alive) and store.history.delete(young)
        assert {r.id for r in store.history.list_runs()} == {pinned, alive}

    def test_its_logs_go_with_it_and_what_says_on_which_card_it_was(self, store, running):
        logs = store.artifacts_dir.parent / "logs"
        logs.mkdir(exist_ok=True)
        for name in (f"{running.id}-1.log", f"{running.id}-1.card", f"{running.id}-2.log", "another-1.log"):
            (logs / name).touch()
        store.transitions.finish(running.id, 1, {})
        assert store.history.delete(running.id)
        assert [path.name for path in logs.iterdir()] == ["another-1.log"]

    def test_where_room_is_short_who_takes_most_makes_it(self, ended, cleared):
        class_ = [ended(f"pupil{k}", "net-school", 20) for k in range(20)]
        evil = [ended(f"new{k}", "net-evil", 1_300) for k in range(37)]  # an owner without a cookie is a new one
        assert cleared(400 + 30 * 1_300) == evil[:7]
        assert cleared(400 + 400) == evil[7:] and cleared(300) == class_[:5]

    def test_within_a_network_the_owner_who_takes_most_makes_it_and_whoever_has_none_is_one(self, ended, cleared):
        little = [ended("ann", "net-school", 30) for _ in range(2)]
        much = [ended("bob", "net-school", 40) for _ in range(3)]
        here = [ended("web", None, 50) for _ in range(3)]
        assert cleared(300) == much[:1]  # 330: the school takes 180, and bob 120 of it
        assert cleared(280) == here[:1] and cleared(220) == much[1:2]
        assert cleared(1) == [little[0], here[1], much[2], here[2], little[1]]

    def test_a_pinned_run_stays_and_makes_nobody_the_one_who_takes_most(self, store, ended, cleared):
        pinned, young = ended("teacher", None, 500), ended("teacher", None, 10)
        store.history.pin(pinned)
        other = [ended("ann", None, 10) for _ in range(2)]
        assert cleared(520) == other[:1] and cleared(1) == [young, other[1]]

    def test_a_run_that_cannot_be_deleted_keeps_none_from_making_room(self, store, ended, cleared):
        runs = [ended("ann", None, 10) for _ in range(3)]
        refuse_to_delete(store, schema.run, runs[0])
        assert cleared(20) == [runs[1]]

    def test_a_run_that_cannot_be_pruned_keeps_none_from_it(self, store, recipe, clock, caplog):
        runs = [store.queue.submit(recipe, owner=owner).id for owner in ("ann", "bob", "cy")]
        for run_id in runs:
            store.transitions.request_cancel(run_id)
        refuse_to_delete(store, schema.run, runs[1])
        assert sorted(store.history.prune(before=clock.now + 1)) == sorted([runs[0], runs[2]])
        assert [run.id for run in store.history.list_runs()] == [runs[1]] and runs[1] in caplog.text

    def test_an_export_holds_run_events_and_files(self, store, running, tmp_path):
        folder = store.artifacts_dir / running.id
        folder.mkdir(parents=True)
        (folder / "metrics.csv").write_text("epoch\n")
        store.transitions.finish(
            running.id, 1, {}, [Artifact(running.id, "metrics.csv", folder / "metrics.csv", 6, "0" * 64)]
        )
        written = store.history.export(running.id, tmp_path / "out")
        assert [p.name for p in written] == ["run.json", "events.jsonl", "metrics.csv"]
        assert (tmp_path / "out" / "metrics.csv").read_text() == "epoch\n"
        assert '"kind": "ended"' in (tmp_path / "out" / "events.jsonl").read_text()

    def test_no_picture_of_a_visitor_s_own_set_goes_along(self, store, on_own_set, tmp_path):
        store.log.append(on_own_set.id, 1, [first_batch(1), batch(2)])
        store.history.export(on_own_set.id, tmp_path / "out")
        told = (tmp_path / "out" / "events.jsonl").read_text()
        assert "image/webp" not in told and '"kind": "batch"' in told
