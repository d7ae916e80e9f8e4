"""Submits, stops, deaths and restarts in any order: no run gets stuck, runs twice, or changes after its end."""

import shutil
import sqlite3
import tempfile
from collections import defaultdict
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule, run_state_machine_as_test

from sota_core.errors import QuotaError
from sota_core.recipes import Phase, Recipe
from sota_core.runs.dispatch.supervision import Supervisor
from sota_core.runs.states import ACTIVE, ALLOWED, MAX_ATTEMPTS, TERMINAL, State
from sota_core.runs.store import schema
from sota_core.runs.store.eventlog import Beat
from sota_core.runs.store.store import Store
from sota_core.settings import load
from tests.databases import migrated
from tests.runs.builders import batch
from tests.runs.conftest import Clock
from tests.runs.fakes import World, WorldExecutor

RECIPE = Recipe(phases=(Phase(size=32, bs=8, n_epochs=1),), arch="xresnet18")
OWNERS = st.sampled_from(["ann", "bob", "cy"])


class Life(RuleBasedStateMachine):
    """Pages, workers and dispatchers act in any order; what must hold for the store is checked after every step."""

    runs = Bundle("runs")

    def __init__(self):
        super().__init__()
        self.home = Path(tempfile.mkdtemp())
        migrated(self.home / "runs.db")  # migrating one would take longer than a whole example
        self.settings = load({"SOTA_HOME": str(self.home), "SOTA_DATA_DIR": "/nowhere", "SOTA_MIN_FREE_MB": "1"})
        self.clock, self.uptime = Clock(), Clock(0.0)
        self.store = Store(self.settings, clock=self.clock)
        self.watch = sqlite3.connect(self.home / "runs.db", check_same_thread=False)
        self.checked = {}
        self.world = World()
        self.n_seq = {}
        self.seen = {}
        self.kept = set()
        self.hire_dispatcher()

    def hire_dispatcher(self):
        executor = WorldExecutor(self.world)
        self.supervisor = Supervisor(self.store, executor, self.settings, host="here", clock=self.uptime)

    def worker_of(self, run):
        """The (run, attempt) of the run's newest attempt that has a process, or None."""
        return max((key for key in self.world.alive if key[0] == run), default=None, key=lambda key: key[1])

    # pages

    @rule(target=runs, owner=OWNERS, key=st.sampled_from([None, "k1"]))
    def submit(self, owner, key):
        before = {run.id for run in self.store.history.list_runs(limit=None)}
        self.clock.pass_(0.001)  # runs of the same moment are ordered by their random ids: no replay would be the same
        try:
            run = self.store.queue.submit(RECIPE, owner=owner, key=key)
        except QuotaError:
            live = [r for r in self.store.history.list_runs(owner=owner) if not r.is_terminal]
            assert len(live) == 3
            return multiple()
        assert run.is_new == (run.id not in before)
        return run.id

    @rule(run=runs)
    def ask_to_stop(self, run):
        self.store.transitions.request_cancel(run)

    @rule(seconds=st.sampled_from([0.5, 3.0, 9.0]))
    def time_passes(self, seconds):
        self.clock.pass_(seconds)
        self.uptime.pass_(seconds)

    # the dispatcher

    @rule()
    def look(self):
        self.supervisor.tick()

    @rule()
    def dispatcher_dies_and_another_looks(self):
        self.hire_dispatcher()
        self.supervisor.tick()

    @rule()
    def dispatcher_dies_between_claim_and_launch(self):
        if len([r for r in self.store.history.active() if not r.self_started]) < 2:
            self.store.queue.claim()
        self.hire_dispatcher()

    # workers, which make the guarded calls that a real one makes

    @rule(run=runs)
    def worker_begins(self, run):
        key, before = self.worker_of(run), self.store.history.get(run)
        if key is None:
            return
        if self.store.transitions.begin(*key, pid=self.world.alive[key], birth="b", host="here"):
            assert before.attempt == key[1] and not before.cancel_requested
        elif before.started_at is None or before.attempt != key[1]:
            self.world.end(key, 1)

    @rule(run=runs, n=st.integers(1, 3))
    def worker_writes(self, run, n):
        key = self.worker_of(run)
        if key:
            first = self.n_seq.get(key, 0) + 1
            beat = self.store.log.append(*key, [batch(first + i) for i in range(n)])
            if beat is Beat.STALE:
                self.world.end(key, 1)
            else:
                self.n_seq[key] = first + n - 1

    @rule(run=runs)
    def worker_keeps_what_it_reached(self, run):
        key = self.worker_of(run)
        if key and self.store.transitions.keep(*key, {"accuracy": 0.25}):
            self.kept.add(run)

    @rule(run=runs, how=st.sampled_from(["finish", "fail", "stop"]))
    def worker_ends(self, run, how):
        key = self.worker_of(run)
        if key is None:
            return
        taken = {
            "finish": lambda: self.store.transitions.finish(*key, {"accuracy": 0.5}),
            "fail": lambda: self.store.transitions.fail(*key, "error", "text"),
            "stop": lambda: self.store.transitions.cancel(*key),
        }[how]()
        if taken:
            self.world.end(key, {"finish": 0, "fail": 1, "stop": 130}[how])

    @rule(run=runs, code=st.sampled_from([-9, -15, 1, 75]))
    def worker_dies(self, run, code):
        key = self.worker_of(run)
        if key:
            self.world.end(key, code)

    @rule(run=runs, attempt=st.integers(1, 3))
    def a_ghost_speaks(self, run, attempt):
        now = self.store.history.get(run)
        if attempt < now.attempt or (attempt == now.attempt and now.is_terminal):
            assert not self.store.transitions.begin(run, attempt, pid=99, birth="g", host="here")
            assert not self.store.transitions.finish(run, attempt, {}) and not self.store.transitions.fail(
                run, attempt, "error", ""
            )
            assert not self.store.transitions.keep(run, attempt, {}) and not self.store.transitions.finish_after(
                run, attempt, ""
            )
            assert not self.store.transitions.requeue(run, attempt) and not self.store.transitions.lose(
                run, attempt, "gone", ""
            )
            assert self.store.log.append(run, attempt, [batch(1)]) is Beat.STALE
            assert self.store.history.get(run) == now

    # what must always hold; checked again only if the database has changed since

    def is_as_checked(self, by):
        (version,) = self.watch.execute("PRAGMA data_version").fetchone()
        before, self.checked[by] = self.checked.get(by), version
        return before == version

    @invariant()
    def every_change_is_a_path_of_edges_and_nobody_has_more_than_their_share(self):
        if self.is_as_checked("states"):
            return
        runs = self.store.history.list_runs(limit=None)
        for run in runs:
            before = self.seen.get(run.id, run)
            if before.is_terminal:
                assert run == before, "a terminal run has changed"
            assert run.attempt >= before.attempt and run.attempt <= MAX_ATTEMPTS
            assert run.state == before.state or run.state in reachable(before.state)
            if run.id in self.kept:
                assert run.state is not State.LOST and run.summary["accuracy"], "a run lost the results it had kept"
            self.seen[run.id] = run
        active = [run for run in runs if run.state in ACTIVE]
        assert len(active) <= 2, "more than two runs are active"
        assert len({run.owner for run in active}) == len(active)

    @invariant()
    def the_end_is_told_once_and_events_have_no_gaps(self):
        if self.is_as_checked("events"):
            return
        query = sa.select(schema.event).order_by(schema.event.c.run, schema.event.c.attempt, schema.event.c.seq)
        told = defaultdict(list)
        with self.store.session.reading() as connection:  # in one query: this runs after every step
            for event in connection.execute(query):
                told[event.run].append(event)
        for run in self.seen.values():
            events = told[run.id]
            assert [e.kind for e in events].count("ended") == run.is_terminal
            if run.is_terminal:
                assert events[-1].kind == "ended" and f'"state": "{run.state}"' in events[-1].data
            last = [e.seq for e in events if e.attempt == run.attempt]
            assert last == list(range(1, len(last) + 1))

    def teardown(self):
        """Whatever happened, a dispatcher that keeps looking brings every run to its end."""
        for key in list(self.world.alive):
            self.world.end(key, -9)
        for _ in range(200):
            if not self.supervisor.tick():
                break
            for key in list(self.world.alive):
                self.store.transitions.begin(*key, pid=self.world.alive[key], birth="b", host="here")
                self.world.end(key, -9)
        assert all(run.state in TERMINAL for run in self.store.history.list_runs(limit=None))
        self.watch.close()
        self.store.close()
        shutil.rmtree(self.home)


def reachable(state):
    """Every state that can be reached from this one."""
    found, todo = set(), [state]
    while todo:
        new = ALLOWED[todo.pop()] - found
        found |= new
        todo += new
    return found


def test_the_table_of_states_has_ends_and_no_ways_out_of_them():
    assert all(not ALLOWED[state] for state in TERMINAL)
    assert all(TERMINAL & reachable(state) for state in ACTIVE | {State.QUEUED})


@pytest.mark.long
@pytest.mark.parametrize("part", range(10))
def test_no_order_of_events_breaks_a_run_in_500_tries(part):
    """Ten parts of 50 tries, each with a seed of its own, so that several processes can share them."""
    life = seed(part)(type("Life", (Life,), {}))
    checks = list(HealthCheck)
    run_state_machine_as_test(
        life,
        settings=settings(
            max_examples=50, stateful_step_count=40, deadline=None, suppress_health_check=checks, database=None
        ),
    )
