"""Forecasts of when queued runs start: slots, owners who may have one run at a time, and runs that cannot start."""

from hypothesis import given
from hypothesis import strategies as some

from sota_core.runs.store.forecast import Waiting, forecast


def one(owner: str) -> int:
    return 1


def wait(*names: str, seconds: float = 60.0) -> list[Waiting]:
    """Waiting runs of 60 s; the owner is the name without its number: ann's second run is 'ann2'."""
    return [Waiting(name, name.rstrip("0123456789"), seconds) for name in names]


def test_a_free_slot_starts_the_next_at_once_and_the_others_one_after_another():
    assert forecast(wait("ann1", "ben1", "cyd1"), [], 1, one) == [("ann1", 0.0), ("ben1", 60.0), ("cyd1", 120.0)]


def test_two_slots_halve_the_wait():
    starts = dict(forecast(wait("ann1", "ben1", "cyd1"), [("x", 10.0), ("y", 50.0)], 2, one))
    assert starts == {"ann1": 10.0, "ben1": 50.0, "cyd1": 70.0}


def test_whoever_has_a_run_under_way_lets_others_pass():
    found = forecast(wait("ann2", "ben1"), [("ann", 100.0), ("x", 10.0)], 2, one)
    assert found == [("ben1", 10.0), ("ann2", 100.0)]  # ben's slot, free from 70 on, is of no use to ann


def test_a_second_run_of_an_owner_waits_for_the_first_even_with_slots_free():
    assert forecast(wait("ann1", "ann2"), [], 4, one) == [("ann1", 0.0), ("ann2", 60.0)]


def test_an_owner_who_may_have_two_has_two():
    assert forecast(wait("ann1", "ann2"), [], 4, lambda owner: 2) == [("ann1", 0.0), ("ann2", 0.0)]


def test_who_may_start_nothing_is_told_no_time():
    assert forecast(wait("ann1", "ben1"), [], 1, lambda owner: int(owner != "ann")) == [("ben1", 0.0), ("ann1", None)]
    assert forecast(wait("ann1"), [], 0, one) == [("ann1", None)]


def test_more_under_way_than_slots_is_waited_out():
    assert forecast(wait("ann1"), [("x", 5.0), ("y", 9.0)], 1, one) == [("ann1", 9.0)]


@given(
    some.lists(some.tuples(some.sampled_from("abcd"), some.floats(1, 100)), max_size=20),
    some.lists(some.tuples(some.sampled_from("abcd"), some.floats(0, 100)), max_size=4),
    some.integers(1, 4),
)
def test_everyone_is_told_once_in_order_and_no_owner_runs_twice_at_a_time(queue, active, slots):
    order = [Waiting(f"{owner}-{i}", owner, seconds) for i, (owner, seconds) in enumerate(queue)]
    starts = forecast(order, active, slots, one)
    assert sorted(run for run, _ in starts) == sorted(w.run for w in order)
    times = [t for _, t in starts if t is not None]
    assert times == sorted(times) and len(times) == len(starts)
    length = {w.run: w.seconds for w in order}
    for owner in "abcd":
        free_from = max([left for o, left in active if o == owner], default=0.0)
        for run, start in starts:
            if run.startswith(owner) and start is not None:
                assert start >= free_from
                free_from = start + length[run]
