"""What a class did in its room, as CSV for its teacher: runs, opened guesses, answers of those who show them."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sota_core.analysis.export import cell
from sota_core.analysis.room_board import board_rows, final_accuracy
from sota_core.data.sets.sources import source_title
from sota_core.language import ENGLISH, use
from sota_core.learn.progress import decode
from sota_core.learn.question import Deed
from sota_core.learn.questions import questions
from sota_core.people.answers import Shown
from sota_core.recipes import TITLES
from sota_core.recipes.traits import traits
from sota_core.runs.run import Run
from sota_core.runs.store.guesses import Guess


def runs_csv(runs: Sequence[Run], who: Callable[[str], str], baseline: Run | None) -> str:
    """One line per run, in the order given. Accuracies are shares, and so is `change`, against the room's baseline.

    who       an owner → a readable name, for runs whose owner has given no name in the room
    baseline  what the room compares with; it need not be among the runs
    """
    rows = []
    for row in board_rows(runs, baseline):
        what = ("", "", "")
        if (recipe := row.run.known_recipe) is not None:
            with use(ENGLISH):  # like the column names, for programs that read the file
                data, apart = source_title(recipe.source), ", ".join(traits(recipe))
            what = (TITLES.get(recipe.preset, "own recipe"), data, apart)
        figures = (row.accuracy, row.change, row.tta_accuracy, row.seconds)
        by = row.run.nickname or who(row.run.owner)
        rows.append((row.run.id, _time(row.run.created_at), by, *what, row.run.state.value, *figures))
    head = ("run", "started", "by", "experiment", "data", "recipe", "state", "accuracy", "change", "tta", "seconds")
    return _csv(head, rows)


def guesses_csv(runs: Sequence[Run], revealed: Callable[[str], Iterable[Guess]]) -> str:
    """One line per guess on a run that has ended; guesses that are still sealed are left out.

    revealed  a run's id → its guesses; none while the run has not ended
    """
    rows = []
    for run in runs:
        became = final_accuracy(run)
        for guess in revealed(run.id):
            off = None if became is None else round(guess.value - became, 6)
            rows.append((run.id, guess.nickname or "", guess.value, became, off, _time(guess.created_at)))
    return _csv(("run", "name", "guess", "became", "off", "made"), rows)


def answers_csv(shown: Iterable[Shown]) -> str:
    """One line per person: how many answers are right, then for each question the answer and whether it is right.

    A deed (something to do in the app) has no answer: it is right once done, else empty. An incomplete answer is
    neither right nor wrong.
    """
    asked, rows = questions(), []
    for one in shown:
        answers, cells, n_right = decode(one.word, asked), [], 0
        for question in asked:
            answer = answers.get(question.id)
            if isinstance(question, Deed):
                is_right = True if question.id in one.done else None
            else:
                is_right = None if answer is None else question.judge(answer).is_right  # type: ignore[arg-type]
            n_right += is_right is True
            cells += ["" if answer is None else _plain(answer), {True: "right", False: "wrong", None: ""}[is_right]]
        rows.append((one.name, _time(one.at), n_right, *cells))
    head = [cell for i, question in enumerate(asked, 1) for cell in (f"{i} {question.topic}", f"{i} judged")]
    return _csv(("name", "answered", "right", *head), rows)


def _plain(answer: Any) -> Any:
    return " ".join("" if a is None else f"{a:g}" for a in answer) if isinstance(answer, tuple) else answer


def _csv(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows([cell(value) for value in row] for row in rows)
    return out.getvalue()


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
