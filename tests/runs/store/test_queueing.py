"""What every database must do: submit with quotas, claim in fair order."""

import itertools
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from sota_core.errors import InputError, QuotaError
from sota_core.recipes import Phase, Recipe, preset
from sota_core.runs.states import State
from sota_core.runs.store.quotas import cost_of
from sota_core.runs.store.store import Store
from sota_core.settings import Limits
from tests.runs.builders import ME


class TestSubmit:
    def test_a_submitted_run_is_queued_with_its_recipe(self, store, recipe, clock):
        run = store.queue.submit(recipe, owner="ann", estimate_s=60.0)
        assert run == store.history.get(run.id)
        assert (run.state, run.attempt, run.recipe, run.created_at) == (State.QUEUED, 0, recipe, clock.now)
        assert len(run.id) == 10 and run.id.isalnum()

    def test_the_same_key_gives_the_first_run_and_says_so(self, store, recipe):
        first = store.queue.submit(recipe, owner="ann", key="press-1")
        again = store.queue.submit(recipe, owner="ann", key="press-1")
        assert first.is_new and not again.is_new and again.id == first.id
        assert store.queue.submit(recipe, owner="bob", key="press-1").is_new

    def test_nobody_is_seen_before_one_whose_submit_is_said_to_be_earlier(self, settings, recipe):
        is_timed, has_returned = threading.Event(), threading.Event()
        times = itertools.count(1_000.0)

        def clock() -> float:  # whoever asks first is then slow to continue
            now = next(times)
            if now == 1_000.0:
                is_timed.set()
                has_returned.wait(0.3)
            return now

        with Store(settings, clock=clock) as store, ThreadPoolExecutor(1) as pool:
            first = pool.submit(store.queue.submit, recipe, owner="ann")
            is_timed.wait()
            second = store.queue.submit(recipe, owner="bob")
            seen = {run.id for run in store.history.list_runs(limit=None)}
            has_returned.set()
            assert first.result().created_at < second.created_at and first.result().id in seen

    def test_a_key_cannot_stand_for_two_recipes(self, store, recipe):
        store.queue.submit(recipe, owner="ann", key="press-1")
        with pytest.raises(InputError, match="was used for another recipe"):
            store.queue.submit(recipe.replace(seed=7), owner="ann", key="press-1")

    def test_an_owner_has_one_active_and_two_queued_runs(self, store, recipe):
        for _ in range(3):
            store.queue.submit(recipe, owner="ann")
        with pytest.raises(QuotaError, match=r"you have 3 runs .* 1 \+ 2 is the limit") as refused:
            store.queue.submit(recipe, owner="ann")
        assert refused.value.limit == 3
        store.queue.submit(recipe, owner="bob")

    def test_a_quota_of_ones_own_overrides_the_default(self, store, recipe):
        store.quotas.set("teacher", max_active=2, max_queued=8)
        for _ in range(10):
            store.queue.submit(recipe, owner="teacher")
        assert [store.queue.claim() is not None for _ in range(3)] == [True, True, False]

    def test_the_queue_has_an_end(self, settings, recipe):
        with Store(replace(settings, limits=Limits(max_queued_in_all=2))) as store:
            for owner in ("ann", "bob"):
                store.queue.submit(recipe, owner=owner)
            with pytest.raises(QuotaError, match="queue is full"):
                store.queue.submit(recipe, owner="cy")

    def test_one_address_has_an_end_however_many_owners_it_makes(self, settings, recipe):
        with Store(replace(settings, limits=Limits(max_live_by_address=2))) as store:
            for owner in ("ann", "bob"):
                store.queue.submit(recipe, owner=owner, origin="net-a")
            with pytest.raises(QuotaError, match="2 runs from your network address") as refused:
                store.queue.submit(recipe, owner="cy", origin="net-a")
            assert refused.value.limit == 2
            store.queue.submit(recipe, owner="cy", origin="net-b")
            for owner in ("dan", "eve", "fay"):
                store.queue.submit(recipe, owner=owner)  # no address: signed in, or at this machine
            ended = store.queue.claim()
            store.transitions.request_cancel(ended.id)
            store.transitions.cancel(ended.id, 1)
            store.queue.submit(recipe, owner="gus", origin="net-a")

    def test_what_an_owner_may_have_is_a_setting(self, settings, recipe):
        with Store(replace(settings, limits=Limits(max_active=2, max_queued=1))) as store:
            store.quotas.set("bob", max_active=1, max_queued=1)
            for owner, n in (("ann", 3), ("bob", 2)):
                for _ in range(n):
                    store.queue.submit(recipe, owner=owner)
                with pytest.raises(QuotaError, match=f"you have {n} runs"):
                    store.queue.submit(recipe, owner=owner)
            assert [store.queue.claim().owner for _ in range(3)] == ["ann", "bob", "ann"]

    def test_a_run_too_large_is_refused_and_the_chapters_largest_is_not(self, store):
        store.queue.submit(preset("all"), owner="ann")
        huge = Recipe(phases=(Phase(size=512, n_epochs=100),))
        with pytest.raises(QuotaError, match="too large"):
            store.queue.submit(huge, owner="ann")

    def test_cost_is_epochs_times_pictures_times_area(self, recipe):
        assert cost_of(recipe.replace(subset=0.5), n_images=100) == 1 * 100 * 0.5 * 32**2

    def test_a_self_started_run_passes_queue_and_quota(self, store, recipe):
        for _ in range(3):
            store.queue.submit(recipe, owner="cli")
        run = store.queue.submit(recipe, owner="cli", state="starting")
        assert (run.state, run.attempt, run.self_started, run.pid) == (State.STARTING, 1, True, os.getpid())
        assert store.queue.claim().id != run.id

    @pytest.mark.parametrize("owner", ["", "x" * 201])
    def test_an_owner_must_have_a_name_of_sane_length(self, store, recipe, owner):
        with pytest.raises(InputError, match="1 to 200 characters"):
            store.queue.submit(recipe, owner=owner)


class TestClaim:
    def test_an_empty_queue_gives_none(self, store):
        assert store.queue.claim() is None

    def test_a_claim_starts_the_run_and_counts_the_attempt(self, store, recipe, clock):
        run = store.queue.submit(recipe, owner="ann")
        clock.pass_(5)
        taken = store.queue.claim()
        assert (taken.id, taken.state, taken.attempt, taken.claimed_at) == (run.id, State.STARTING, 1, clock.now)
        assert store.queue.claim() is None

    def test_whoever_had_fewest_recent_starts_goes_first(self, store, recipe, clock):
        order = []
        for owner in ("ann", "ann", "bob", "cy", "bob"):
            store.queue.submit(recipe, owner=owner)
            clock.pass_(1)
        while run := store.queue.claim():
            order.append(run.owner)
            assert store.transitions.begin(run.id, 1, **ME) and store.transitions.finish(run.id, 1, {})
        assert order == ["ann", "bob", "cy", "ann", "bob"]

    def test_starts_of_long_ago_are_forgotten(self, store, recipe, clock):
        run = store.queue.submit(recipe, owner="ann")
        store.queue.claim()
        store.transitions.begin(run.id, 1, **ME)
        store.transitions.finish(run.id, 1, {})
        clock.pass_(4000)
        store.queue.submit(recipe, owner="ann")
        clock.pass_(1)
        store.queue.submit(recipe, owner="bob")
        assert store.queue.claim().owner == "ann"

    def test_an_owner_with_an_active_run_waits(self, store, recipe):
        store.queue.submit(recipe, owner="ann")
        store.queue.submit(recipe, owner="ann")
        assert store.queue.claim() is not None
        assert store.queue.claim() is None

    def test_the_position_is_the_order_of_the_claims(self, store, recipe, clock):
        runs = []
        for owner in ("ann", "ann", "bob"):
            runs.append(store.queue.submit(recipe, owner=owner, estimate_s=60.0))
            clock.pass_(1)
        places = [store.queue.place_of(run.id) for run in runs]
        assert [(p.position, p.queued, p.expected_start_s) for p in places] == [(1, 3, 0), (3, 3, 120), (2, 3, 60)]
        store.queue.claim()
        store.transitions.begin(runs[0].id, 1, **ME)
        store.log.append(runs[0].id, 1, step=5, total=10, eta_s=42.0)
        place = store.queue.place_of(runs[2].id)
        assert (place.position, place.queued, place.expected_start_s) == (1, 2, 42.0)
        assert store.queue.place_of(runs[0].id) is None

    def test_a_clock_set_back_during_a_run_foretells_nothing(self, store, recipe, clock):
        """The run seemed to have ended before it began, so everybody's start was expected at once."""
        for seconds in (60, -30 * 86_400):
            run = store.queue.submit(recipe, owner="ann")
            store.queue.claim()
            store.transitions.begin(run.id, 1, **ME)
            clock.pass_(seconds)
            store.transitions.finish(run.id, 1, {})
        for owner in ("ben", "cyd"):
            store.queue.submit(recipe, owner=owner)
            clock.pass_(1)
        assert [place.expected_start_s for place in store.queue.places().values()] == [0, 60]

    def test_whoever_has_a_run_under_way_stands_behind_those_who_may_start_before(self, store, recipe, clock):
        store.slots_set = 2
        store.queue.submit(recipe, owner="ann", estimate_s=500)
        other = store.queue.submit(recipe, owner="ben")
        for run in (store.queue.claim(), store.queue.claim()):
            assert run is not None and store.transitions.begin(run.id, 1, **ME)
        store.log.append(other.id, 1, step=1, total=2, eta_s=40.0)
        second = store.queue.submit(recipe.replace(seed=2), owner="ann", estimate_s=60)
        third = store.queue.submit(recipe.replace(seed=3), owner="cyd", estimate_s=60)
        places = store.queue.places()
        assert list(places) == [third.id, second.id]
        assert [(p.position, p.expected_start_s) for p in places.values()] == [(1, 40.0), (2, 500.0)]
