"""A class's results as CSV: the leaderboard's figures, opened guesses, answers shown with consent; and no cell that a
spreadsheet would execute.
"""

import csv
import io

import pytest

from sota_core.analysis.class_results import answers_csv, guesses_csv, runs_csv
from sota_core.language import use
from sota_core.learn.question import Choice, Deed, Number
from sota_core.learn.questions import questions
from sota_core.people.answers import Shown
from sota_core.recipes import PRESETS
from sota_core.runs.store.guesses import Guess
from sota_core.runs.store.store import Store
from sota_core.settings import Settings

QUESTIONS = questions()


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def runs(settings: Settings):
    with Store(settings) as store:
        for seed in (1, 2):
            recipe = PRESETS["baseline"].replace(source="/srv/=cmd()/@birds", seed=seed)
            store.queue.submit(recipe, owner=f"web-{seed:020x}", room="FAST7")
        yield store.history.list_runs(room="FAST7")


def test_runs_name_what_they_were_and_no_place(runs):
    text = runs_csv(runs, lambda owner: owner[-1], None)
    rows = table(text)
    assert {row["by"] for row in rows} == {"1", "2"} and rows[0]["state"] == "queued" and rows[0]["accuracy"] == ""
    assert rows[0]["data"] == "'@birds" and "/srv" not in text


def test_the_table_is_in_english_whoever_asks_for_it(settings: Settings):
    with Store(settings) as store:
        recipe = PRESETS["mixup"].replace(source="sample", mixup_alpha=0.2)
        store.queue.submit(recipe, owner="web-x", room="FAST7")
        runs = store.history.list_runs(room="FAST7")
    with use("de"):
        (row,) = table(runs_csv(runs, str, None))
    assert (row["experiment"], row["recipe"]) == ("Mixup", "mixup α 0.2, seed 42")


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "  =x", "\t=x", "\r=x", "＝1"])
def test_no_name_is_a_formula(name: str, runs):
    (run, *_) = runs
    (guess,) = table(guesses_csv([run], lambda _: [Guess("web-x", name, 0.5, 0.0)]))
    assert guess["name"].startswith("'") and float(guess["guess"]) == 0.5
    (answer,) = table(answers_csv([Shown(name, "", (), 0.0)]))
    assert answer["name"].startswith("'")


def test_a_number_below_0_that_was_answered_stays_a_number():
    at = next(i for i, q in enumerate(QUESTIONS) if isinstance(q, Number))
    (row,) = table(answers_csv([Shown("Ada", "~" * at + "-2.5", (), 0.0)]))
    assert row[f"{at + 1} {QUESTIONS[at].topic}"] == "-2.5" and row[f"{at + 1} judged"] == "wrong"


def test_a_sealed_guess_is_in_no_table(settings: Settings):
    with Store(settings) as store:
        run = store.queue.submit(PRESETS["baseline"].replace(source="sample"), owner="web-x", room="FAST7")
        store.guesses.commit_accuracy(run.id, owner="web-y", value=0.8, room="FAST7", nickname="Ann")
        assert table(guesses_csv([run], store.guesses.revealed)) == []
        store.transitions.request_cancel(run.id)
        assert [row["name"] for row in table(guesses_csv([run], store.guesses.revealed))] == ["Ann"]


def test_answers_are_judged_and_a_deed_is_known_by_its_run():
    at = next(i for i, q in enumerate(QUESTIONS) if isinstance(q, Choice) and not q.many)
    question = QUESTIONS[at]
    assert isinstance(question, Choice)
    right = "abcdefgh"[next(i for i, option in enumerate(question.options) if option.is_right)]
    wrong = "a" if right != "a" else "b"
    deed = next((q for q in QUESTIONS if isinstance(q, Deed)), None)
    done = (deed.id,) if deed else ()
    ada, bob = table(answers_csv([Shown("Ada", "~" * at + right, done, 0.0), Shown("Bob", "~" * at + wrong, (), 0.0)]))
    column = f"{at + 1} judged"
    assert (ada[column], bob[column]) == ("right", "wrong") and ada[f"{at + 1} {question.topic}"] == right
    assert (int(ada["right"]), int(bob["right"])) == (1 + len(done), 0)
