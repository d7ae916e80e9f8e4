"""Guesses, on every database: one for each owner, only while the run is open to them, hidden until the end; and
rooms.
"""

import threading

import pytest

from sota_core.errors import InputError, QuotaError
from sota_core.people.rooms import LONGEST_NICKNAME, MOST_ROOMS, new_room_code, nickname_of, room_code
from sota_core.recipes import Phase
from sota_core.runs.dispatch.clearing import clear
from sota_core.runs.store import schema
from sota_core.runs.store.guesses import MOST_GUESSES, WAITS_S, Guess, duel_subject, room_subject
from sota_core.runs.store.store import Store
from tests.runs.builders import ME, epoch


@pytest.fixture
def recipe(recipe):
    return recipe.replace(phases=(Phase(size=32, bs=8, n_epochs=3),))


@pytest.fixture
def run(store, recipe):
    return store.queue.submit(recipe, owner="teacher", room="FAST7")


def begin(store, run):
    assert store.queue.claim().id == run.id and store.transitions.begin(run.id, 1, **ME)


class TestAccuracy:
    def test_a_guess_is_written_once_and_stays(self, store, run, clock):
        assert store.guesses.commit_accuracy(run.id, owner="ann", value=0.8, room="FAST7", nickname="Ann")
        assert not store.guesses.commit_accuracy(run.id, owner="ann", value=0.1)
        assert store.guesses.own(run.id, "ann") == Guess("ann", "Ann", 0.8, clock.now)
        assert store.guesses.count(run.id) == 1

    def test_it_is_hidden_until_the_run_has_ended(self, store, run):
        store.guesses.commit_accuracy(run.id, owner="ann", value=0.8)
        begin(store, run)
        assert store.guesses.revealed(run.id) == []
        store.transitions.finish(run.id, 1, {"accuracy": 0.7})
        assert [g.value for g in store.guesses.revealed(run.id)] == [0.8]

    def test_the_last_epoch_closes_it(self, store, run):
        begin(store, run)
        store.log.append(run.id, 1, [epoch(1)])
        assert store.guesses.is_open(run.id) and store.guesses.commit_accuracy(run.id, owner="ann", value=0.8)
        store.log.append(run.id, 1, [epoch(2)])
        assert not store.guesses.is_open(run.id) and not store.guesses.commit_accuracy(run.id, owner="bob", value=0.8)

    def test_a_single_epoch_is_the_last_one(self, store, recipe):
        run = store.queue.submit(recipe.replace(phases=(Phase(size=32, bs=8, n_epochs=1),)), owner="ann")
        assert store.guesses.is_open(run.id)
        begin(store, run)
        assert not store.guesses.is_open(run.id)

    @pytest.mark.parametrize("queued", [True, False])
    def test_what_has_ended_or_never_was_takes_none(self, store, run, queued):
        if not queued:
            begin(store, run)
            store.transitions.finish(run.id, 1, {"accuracy": 0.7})
        else:
            store.transitions.request_cancel(run.id, by="teacher")
        assert not store.guesses.commit_accuracy(run.id, owner="ann", value=0.7)
        assert not store.guesses.commit_accuracy("nosuch", owner="ann", value=0.7)

    def test_an_earlier_attempt_s_epochs_do_not_close_it(self, store, run):
        store.queue.claim()
        store.log.append(run.id, 1, [epoch(1), epoch(2)])
        store.transitions.requeue(run.id, 1)
        store.queue.claim()
        assert store.transitions.begin(run.id, 2, **ME) and store.guesses.is_open(run.id)

    @pytest.mark.parametrize("value", [-0.01, 1.01, float("nan"), 87, "0.8"])
    def test_what_is_no_share_is_refused(self, store, run, value):
        with pytest.raises(InputError, match="share from 0 to 1"):
            store.guesses.commit_accuracy(run.id, owner="ann", value=value)

    def test_of_many_clicks_at_once_one_counts(self, store, settings, run):
        taken = []

        def click(value):
            with Store(settings) as mine:
                taken.append(mine.guesses.commit_accuracy(run.id, owner="ann", value=value))

        threads = [threading.Thread(target=click, args=(i / 10,)) for i in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(taken) == [False] * 5 + [True] and store.guesses.count(run.id) == 1

    def test_a_run_that_is_removed_takes_its_guesses_along(self, store, run):
        store.guesses.commit_accuracy(run.id, owner="ann", value=0.8)
        begin(store, run)
        store.transitions.finish(run.id, 1, {})
        assert store.history.delete(run.id) and store.guesses.count(run.id) == 0

    def test_there_is_an_end_to_guesses(self, store, run):
        row = {"subject": run.id, "run": run.id, "value": 0.5, "created_at": 1.0}
        with store.session.writing() as connection:
            many = [row | {"owner": f"o{i}"} for i in range(MOST_GUESSES - 1)]
            connection.execute(schema.guess.insert(), many)
        assert store.guesses.commit_accuracy(run.id, owner="last", value=0.5)
        assert not store.guesses.commit_accuracy(run.id, owner="too late", value=0.5)


class TestWinner:
    def test_the_order_in_which_two_runs_are_named_is_no_matter(self, store, run, recipe):
        rival = store.queue.submit(recipe, owner="other", room="FAST7")
        first, second = sorted((run.id, rival.id))
        assert store.guesses.commit_winner(second, first, owner="ann", first_wins=True)
        assert not store.guesses.commit_winner(first, second, owner="ann", first_wins=True)
        assert store.guesses.own(duel_subject(run.id, rival.id), "ann").value == 1.0

    def test_it_closes_with_either_and_is_revealed_with_both(self, store, run, recipe):
        begin(store, run)
        rival = store.queue.submit(recipe, owner="other")
        assert store.guesses.commit_winner(run.id, rival.id, owner="ann", first_wins=True)
        store.transitions.finish(run.id, 1, {"accuracy": 0.7})
        assert not store.guesses.commit_winner(run.id, rival.id, owner="bob", first_wins=True)
        assert store.guesses.revealed(duel_subject(run.id, rival.id)) == []
        store.transitions.request_cancel(rival.id, by="other")
        assert len(store.guesses.revealed(duel_subject(rival.id, run.id))) == 1

    def test_a_room_s_pairs_with_votes_are_listed_until_both_have_ended_and_after(self, store, recipe, clock):
        def submit(room="FAST7"):
            clock.pass_(1)
            return store.queue.submit(recipe, owner=f"at {clock.now}", room=room).id

        def vote(*pair, by="ann"):
            assert store.guesses.commit_winner(*pair, owner=by, first_wins=True)

        def listed(is_over, limit=9):
            found = store.guesses.duels("FAST7", is_over=is_over, limit=limit)
            return [({duel.first.id, duel.second.id}, duel.n) for duel in found]

        a, b, c, d = (submit() for _ in range(4))
        vote(a, b)
        vote(b, a, by="bob")
        vote(a, d)
        vote(b, c)
        vote(submit("OTHER"), submit("OTHER"))
        store.guesses.commit_accuracy(c, owner="ann", value=0.5)
        assert listed(False) == [({a, d}, 1), ({b, c}, 1), ({a, b}, 2)] and listed(True) == []
        assert listed(False, limit=1) == [({a, d}, 1)]
        for run_id in (d, b, a):
            clock.pass_(1)
            store.transitions.request_cancel(run_id)
        assert listed(False) == [({b, c}, 1)]
        assert {frozenset(pair) for pair, _ in listed(True)} == {frozenset({a, d}), frozenset({a, b})}
        clock.pass_(1)
        store.transitions.request_cancel(c)
        assert listed(False) == [] and listed(True, limit=1) == [({b, c}, 1)] and len(listed(True)) == 3
        (last, *_) = store.guesses.duels("FAST7", is_over=True, limit=1)
        assert last.subject == duel_subject(b, c) and last.first.id < last.second.id and last.first.is_terminal

    def test_one_s_own_are_found_among_many(self, store, run, recipe):
        rival = store.queue.submit(recipe, owner="other", room="FAST7")
        about = duel_subject(run.id, rival.id)
        store.guesses.commit_winner(run.id, rival.id, owner="ann", first_wins=True)
        store.guesses.commit_accuracy(run.id, owner="ann", value=0.8)
        store.guesses.commit_accuracy(rival.id, owner="bob", value=0.7)
        assert store.guesses.owns([about, run.id, rival.id, "no/such"], "ann") == {
            subject: store.guesses.own(subject, "ann") for subject in (about, run.id)
        }
        assert store.guesses.owns([], "ann") == {}

    def test_two_are_open_together(self, store, run, recipe):
        begin(store, run)
        rival = store.queue.submit(recipe, owner="other")
        assert store.guesses.is_open(duel_subject(run.id, rival.id))
        store.log.append(run.id, 1, [epoch(1), epoch(2)])
        assert store.guesses.is_open(rival.id) and not store.guesses.is_open(duel_subject(run.id, rival.id))
        assert not store.guesses.is_open(duel_subject(rival.id, "nosuch"))

    def test_a_run_against_itself_is_no_contest(self, store, run):
        with pytest.raises(InputError, match="two runs"):
            store.guesses.commit_winner(run.id, run.id, owner="ann", first_wins=True)


class TestRoom:
    def test_a_room_s_guesses_wait_and_go_to_its_next_run(self, store, recipe):
        assert store.guesses.commit_next("fast7", owner="ann", value=0.8, nickname="Ann")
        assert not store.guesses.commit_next("FAST7", owner="ann", value=0.7)
        assert store.guesses.commit_next("OTHER", owner="ann", value=0.1)
        run = store.queue.submit(recipe, owner="teacher", room="fast7")
        assert store.guesses.bind("FAST7", run.id) == 1 and store.guesses.bind("FAST7", run.id) == 0
        assert store.guesses.own(run.id, "ann").value == 0.8
        assert store.guesses.own(room_subject("FAST7"), "ann") is None
        assert store.guesses.count(room_subject("OTHER")) == 1
        assert store.guesses.revealed(room_subject("OTHER")) == []

    def test_the_rooms_in_which_one_waits_are_bounded(self, store, recipe):
        for n in range(MOST_ROOMS):
            assert store.guesses.commit_next(f"ROOM{n}", owner="ann", value=0.8)
        with pytest.raises(QuotaError, match=f"in {MOST_ROOMS} rooms, as many as one person may; "):
            store.guesses.commit_next("ONEMORE", owner="ann", value=0.8)
        assert store.guesses.count(room_subject("ONEMORE")) == 0
        assert not store.guesses.commit_next("ROOM0", owner="ann", value=0.7)
        assert store.guesses.commit_next("ONEMORE", owner="bob", value=0.8)
        run = store.queue.submit(recipe, owner="teacher", room="ROOM0")
        assert store.guesses.commit_accuracy(run.id, owner="bob", value=0.5) and store.guesses.bind("ROOM0", run.id)
        assert store.guesses.commit_next("ONEMORE", owner="ann", value=0.8)

    def test_one_that_waits_for_ever_goes(self, store, settings, run, clock):
        store.guesses.commit_next("EMPTY", owner="ann", value=0.8)
        store.guesses.commit_accuracy(run.id, owner="ann", value=0.8)
        clock.pass_(WAITS_S)
        store.guesses.commit_next("EMPTY", owner="bob", value=0.8)
        clock.pass_(1)
        clear(store, settings, is_asked=True)
        assert [store.guesses.count(of) for of in (room_subject("EMPTY"), run.id)] == [1, 1]

    def test_who_has_guessed_the_run_itself_keeps_that_guess(self, store, run):
        store.guesses.commit_accuracy(run.id, owner="ann", value=0.6)
        store.guesses.commit_next("FAST7", owner="ann", value=0.9)
        assert store.guesses.bind("FAST7", run.id) == 0
        assert store.guesses.own(run.id, "ann").value == 0.6

    def test_a_run_past_its_time_takes_none(self, store, run):
        store.guesses.commit_next("FAST7", owner="ann", value=0.9)
        store.transitions.request_cancel(run.id, by="teacher")
        assert store.guesses.bind("FAST7", run.id) == 0

    def test_runs_of_a_room_are_listed_and_others_are_not(self, store, run, recipe):
        store.queue.submit(recipe, owner="other")
        assert [r.id for r in store.history.list_runs(room="FAST7")] == [run.id] and run.room == "FAST7"
        assert run.to_json()["room"] == "FAST7" and store.history.list_runs(room="NONE") == []

    @pytest.mark.parametrize("bad", ["", "ab", "with space", "x" * 13, "ä" * 5, "<b>hi"])
    def test_what_is_no_code_is_refused(self, store, recipe, bad):
        with pytest.raises(InputError, match="3 to 12 letters or digits"):
            store.queue.submit(recipe, owner="ann", room=bad)
        assert room_code(bad) is None

    def test_a_new_code_is_one(self):
        code = new_room_code()
        assert room_code(code) == code

    def test_a_nickname_is_bounded_and_one_line(self):
        assert nickname_of("x" * 100) == "x" * LONGEST_NICKNAME
        assert nickname_of("a\nb\t\x00c") == "a b c" and nickname_of("\u200b\u202e") is None
        assert nickname_of("\u200d \u200c") is None and nickname_of("\u200dAda\u200d") == "Ada"

    def test_what_is_read_as_one_character_is_kept_or_left_whole(self):
        astronaut, thumb, accent = "\U0001f469\u200d\U0001f680", "\U0001f44d\U0001f3fd", "e\u0301"
        assert nickname_of(f"Ada {astronaut}") == f"Ada {astronaut}"
        for n, whole in ((LONGEST_NICKNAME - 1, astronaut), (LONGEST_NICKNAME - 1, thumb), (23, accent)):
            assert nickname_of("x" * n + whole) == "x" * n
        flags = "\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7"
        assert nickname_of("x" * 21 + flags) == "x" * 21 + flags[:2] and nickname_of("x" * 23 + flags) == "x" * 23
        assert nickname_of("e" + 30 * "\u0301") == "e" + 23 * "\u0301"
        assert nickname_of("x" * (LONGEST_NICKNAME - 2) + astronaut) == "x" * (LONGEST_NICKNAME - 2)
        assert nickname_of("x" * (LONGEST_NICKNAME - 3) + astronaut) == "x" * (LONGEST_NICKNAME - 3) + astronaut
        assert (
            nickname_of("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645")
            == "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
        )


def test_a_name_is_that_of_the_last_guess_or_run_of_this_person_in_this_room(store, recipe, clock):
    assert store.guesses.last_name("ann", "FAST7") is None
    store.guesses.commit_next("FAST7", owner="ann", value=0.5, nickname="Ann")
    store.guesses.commit_next("FAST7", owner="bob", value=0.5, nickname="Bob")
    store.guesses.commit_next("SLOW8", owner="ann", value=0.5, nickname="Anna elsewhere")
    assert store.guesses.last_name("ann", "FAST7") == "Ann"
    clock.now += 1
    store.queue.submit(recipe, owner="ann", room="FAST7", nickname="Anni")
    assert store.guesses.last_name("ann", "FAST7") == "Anni" and store.guesses.last_name("bob", "FAST7") == "Bob"
