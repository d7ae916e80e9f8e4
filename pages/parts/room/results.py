"""What the class did, as files for its teacher: runs, opened guesses, answers of those who show them.

A file is made when it is asked for, in a thread that belongs to no session. So what only the session knows (whether
the teacher's controls are open, and who is looking) is checked where the button is drawn. Streamlit forgets a button
that is no longer drawn.
"""

import streamlit as st

from pages.shared.people import teacher
from pages.shared.people.owner import named
from pages.shared.runs import room
from pages.shared.session import cached
from sota_core.language import tr, tr_n
from sota_core.people import answers

MOST_RUNS = 1_000


def row(code: str) -> None:
    """The teacher's door, and behind it three files; nothing where the server has no operator's token."""
    teacher.door()
    if not teacher.is_operator():
        return
    n = len(answers.shown(cached.settings().home, code))
    with st.container(horizontal=True, vertical_alignment="center"):
        for name, (text, make, help_) in {
            "runs": (tr("Runs"), _runs, tr("One line per run, with its difference from the room's baseline.")),
            "guesses": (
                tr("Guesses"),
                _guesses,
                tr("The guesses about runs that have ended. Those still sealed are not in it."),
            ),
            "answers": (
                tr("Answers"),
                _answers,
                tr("The answers of those who show them under a name; other answers are not kept."),
            ),
        }.items():
            st.download_button(
                f"{text}, .csv",
                data=lambda make=make: make(code),
                file_name=f"{code}-{name}.csv",
                mime="text/csv",
                key=f"room.csv.{name}",
                help=help_,
                icon=":material/download:",
                on_click="ignore",
            )
        said = tr_n("{n} person shows their answers.", "{n} people show their answers.", n)
        st.markdown(f":gray[:small[{said}]]", width="content")


def _all_runs(code: str) -> list:
    return cached.store().history.list_runs(room=code, limit=MOST_RUNS)


def _runs(code: str) -> str:
    from sota_core.analysis.class_results import runs_csv

    return runs_csv(_all_runs(code), named, room.baseline(code))


def _guesses(code: str) -> str:
    from sota_core.analysis.class_results import guesses_csv

    return guesses_csv(_all_runs(code), cached.store().guesses.revealed)


def _answers(code: str) -> str:
    from sota_core.analysis.class_results import answers_csv

    return answers_csv(answers.shown(cached.settings().home, code))
